"""Putting away what nobody will come back for, clinic by clinic, on a schedule.

Nothing waits for it: an expired hold blocks nobody, swept or not.
"""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction

SQL: Final = queries.beside(__file__)


class Swept(NamedTuple):
    """How much was put away."""

    holds: int


class _Clinic(NamedTuple):
    org_id: UUID


def clinics(db: Transaction, now: datetime) -> list[UUID]:
    """Which clinics have something to sweep; the directory's answer, so asked without any clinic's claims."""
    return [clinic.org_id for clinic in db.all(_Clinic, SQL["clinics_to_sweep"], now=now)]


def sweep(db: Transaction, now: datetime) -> Swept:
    """Removes what had expired by `now` of the clinic whose claims are set."""
    return Swept(holds=db.run(SQL["sweep_holds"], now=now))
