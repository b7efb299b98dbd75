"""Calls that never send a report are closed; those asked for something after it are looked over again."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.call import between_calls
from frontdesk.calls import flags, promises
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
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
    lost = db.all(_Id, SQL["silent_calls"], silent_since=desk.now - SILENT_FOR)
    for call in lost:
        db.run(SQL["lose_call"], call_id=call.id)
        db.run(SQL["let_go"], call_id=call.id)
        db.run(SQL["settle_transfers"], call_id=call.id, was_forwarded=None)
        flags.add(db, call.id, "no_report")
        notices.note(db, "call_lost", call_id=call.id)
    again = db.all(_Id, SQL["calls_to_check_again"])
    for call in again:
        promises.check(db, desk.clinic, call.id)
    return Closed(len(lost), len(again))
