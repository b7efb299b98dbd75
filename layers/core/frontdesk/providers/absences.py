"""Time off, of a provider or of the whole clinic. What is booked in it stands until somebody moves it."""

from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import psycopg

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Unknown
from frontdesk.members import audit
from frontdesk.members.problems import not_taken

SQL: Final = queries.beside(__file__)


class NoSuchTimeOff(Unknown):
    """The clinic has no time off of that id; another clinic may."""

    fact = "There is no time off of that id."


class _Row(NamedTuple):
    id: int
    provider_id: int | None
    starts_at: datetime
    ends_at: datetime
    visits: int


class TimeOff(NamedTuple):
    """One stretch, in the clinic's wall time."""

    id: int
    provider_id: int | None
    """None: the whole clinic."""
    start_time: str
    end_time: str
    visits: int
    """Booked in it."""


def to_come(db: Transaction) -> list[TimeOff]:
    """What is not over, by start; a thousand at most."""
    call = between_calls(db)
    found = db.all(_Row, SQL["times_off"], since=call.now, id=None)
    return [_shown(one, call.clinic.zone) for one in found]


def add(db: Transaction, provider_id: int | None, starts: datetime, ends: datetime) -> TimeOff:
    """The stretch between two times: naive ones are the clinic's wall time.

    Raises `Problem` (422) when it ends before it begins, or for a provider that is not there.
    """
    zone = between_calls(db).clinic.zone
    starts_at, ends_at = (zones.utc(at) if at.tzinfo else zones.instant(at, zone) for at in (starts, ends))
    if ends_at <= starts_at:
        raise not_taken(("endTime", "It is not after `startTime`."))
    try:
        made: int = db.value(
            SQL["add_time_off"], provider_id=provider_id, starts_at=starts_at, ends_at=ends_at
        )
    except psycopg.errors.ForeignKeyViolation:
        raise not_taken(("providerId", "There is no provider of that id.")) from None
    audit.note(db, "time_off.created", of=made)
    [found] = db.all(_Row, SQL["times_off"], since=starts_at, id=made)
    return _shown(found, zone)


def drop(db: Transaction, time_off_id: int) -> None:
    """Takes it back. Raises `NoSuchTimeOff`."""
    if not db.run(SQL["drop_time_off"], id=time_off_id):
        raise NoSuchTimeOff
    audit.note(db, "time_off.deleted", of=time_off_id)


def _shown(one: _Row, zone: ZoneInfo) -> TimeOff:
    starts, ends = (zones.wall_text(at, zone) for at in (one.starts_at, one.ends_at))
    return TimeOff(one.id, one.provider_id, starts, ends, one.visits)
