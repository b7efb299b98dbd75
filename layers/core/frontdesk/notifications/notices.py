"""A notice to the clinic: a row, written in the transaction of what it tells of."""

from typing import Final
from uuid import UUID

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.notifications.wire import Kind

SQL: Final = queries.beside(__file__)


def note(
    db: Transaction,
    kind: Kind,
    *,
    call_id: str | None = None,
    patient_id: int | None = None,
    appointment_id: int | None = None,
    of: str = "",
) -> None:
    """Tells the clinic, by ids; the same of one call and appointment is told once.

    `of` names anything else that it is about, such as an agent, or tells two moves of one visit apart.
    """
    db.run(
        SQL["note"], kind=kind, call_id=call_id, patient_id=patient_id, appointment_id=appointment_id, of=of
    )


def note_degraded(db: Transaction, agent_id: UUID) -> None:
    """Tells the clinic that an agent isn't what it was saved as; once, until it has been at Vapi again."""
    db.run(SQL["note_degraded"], agent_id=agent_id)
