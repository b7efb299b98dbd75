"""Putting away what is over, and passing on what it freed, clinic by clinic, on a schedule.

Nothing waits for it but the waitlist: what has expired blocks nobody, swept or not.
"""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.call import between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.scheduling import holds, waitlist

SQL: Final = queries.beside(__file__)


class Swept(NamedTuple):
    """How much was put away."""

    holds: int
    requests: int
    """That nobody answered in time."""
    kept: int
    """Freed times that are kept for somebody on the waitlist now."""


class _Clinic(NamedTuple):
    org_id: UUID


def clinics(db: Transaction, now: datetime) -> list[UUID]:
    """Which clinics have something to sweep; the directory's answer, so asked without any clinic's claims."""
    return [clinic.org_id for clinic in db.all(_Clinic, SQL["clinics_to_sweep"], now=now)]


def sweep(db: Transaction) -> Swept:
    """Puts away what is over by now, of the clinic whose claims are set."""
    call = between_calls(db)
    dropped = db.run(SQL["drop_holds"], call_id=call.id, now=call.now)
    lapsed = holds.lapse(call)
    kept = waitlist.pass_on(call) + waitlist.wake(call, lapsed)
    return Swept(holds=dropped, requests=len(lapsed), kept=kept)
