"""Calls that never send a report are closed; those asked for something after it are looked over again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.call import between_calls
from frontdesk.calls import ending, flags, memory, promises
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.notifications import notices

SQL: Final = queries.beside(__file__)

SILENT_FOR: Final = timedelta(minutes=45)
"""The longest call (`maxDurationSeconds`, half an hour), and more than its report takes to come."""


class Closed(NamedTuple):
    """How many calls of a clinic were closed, and how many looked over again."""

    lost: int
    checked: int


class _Id(NamedTuple):
    """Of a call, or of a clinic."""

    id: str


class _Clinic(NamedTuple):
    org_id: UUID


def clinics(db: Transaction, now: datetime) -> list[UUID]:
    """Which clinics have something to close; the directory's answer, so asked without any clinic's claims."""
    return [one.org_id for one in db.all(_Clinic, SQL["clinics_to_close"], silent_since=now - SILENT_FOR)]


def close(db: Transaction) -> Closed:
    """Closes what is over by now, of the clinic whose claims are set."""
    desk = between_calls(db)

    def lose(call_id: str) -> None:
        db.run(SQL["lose_call"], call_id=call_id)
        db.run(SQL["let_go"], call_id=call_id)
        ending.settle_transfers(db, call_id, was_forwarded=None)
        memory.keep(db, call_id)
        flags.add(db, call_id, "no_report")
        notices.note(db, "call_lost", call_id=call_id)

    def check(call_id: str) -> None:
        promises.check(db, desk.clinic, call_id)
        memory.keep(db, call_id)

    lost = _each(db, db.all(_Id, SQL["silent_calls"], silent_since=desk.now - SILENT_FOR), lose)
    return Closed(lost, _each(db, db.all(_Id, SQL["calls_to_check_again"]), check))


def _each(db: Transaction, calls: list[_Id], do: Callable[[str], None]) -> int:
    """How many it was done for; what fails for one is undone for that one, and tried in the next round."""
    done = 0
    for call in calls:
        db.run("SAVEPOINT one_call")
        try:
            do(call.id)
        except ProviderFailed:
            # The database or the time is gone, for the others too.
            raise
        except Exception as failed:  # noqa: BLE001 - the other calls are closed, whatever this one has
            db.run("ROLLBACK TO SAVEPOINT one_call")
            logger.error("a call could not be closed", extra={"call_id": call.id, **described(failed)})
        else:
            db.run("RELEASE SAVEPOINT one_call")
            done += 1
    return done
