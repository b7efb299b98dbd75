"""A member's doing, in the audit log: by ids, in the transaction that does it."""

from collections.abc import Iterable
from typing import Final

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Role

_SQL: Final = queries.beside(__file__)


def note(
    db: Transaction,
    action: str,
    *,
    patient_id: int | None = None,
    patient_ids: Iterable[int] | None = None,
    of: str | int | None = None,
    role: Role | None = None,
) -> None:
    """Writes down what was done, such as `patient.changed`, and by whom.

    `patient_ids` is for an answer that names several, or none; `of` is the id of anything or anybody else;
    `role` is the one that they have now.
    """
    several = None if patient_ids is None else sorted(set(patient_ids))
    values = {
        "patient_id": patient_id,
        "patient_ids": several,
        "of": None if of is None else str(of),
        "role": role,
    }
    db.run(_SQL["note"], action=action, **values)
