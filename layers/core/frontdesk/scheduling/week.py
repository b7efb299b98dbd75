"""A provider's week as the clinic's own people see it: what is open, taken, kept free or off. No names."""

from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.scheduling.blocks import Block, Kind, fill
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.diary import Diary
from frontdesk.scheduling.hours import whole_days
from frontdesk.scheduling.ranges import Range

SQL: Final = queries.beside(__file__)

_KINDS: Final = {"held": Kind.HELD, "pending": Kind.PENDING}
"""By status; all the others that block are booked."""
_DAY: Final = timedelta(days=1)


class Day(NamedTuple):
    """One local date, filled from midnight to midnight."""

    date: date
    blocks: list[Block]
    """Empty for a day that the zone skipped."""
    has_own_hours: bool
    """Whether the date has hours of its own, in place of its weekday's."""


class _Occupying(NamedTuple):
    id: int
    status: str
    starts_at: datetime
    ends_at: datetime
    occupied_from: datetime
    occupied_to: datetime
    location_id: int | None


class _Outside(NamedTuple):
    starts_at: datetime
    ends_at: datetime


def of_provider(call: Call[Any], desk: Desk, provider_id: int, day: date) -> list[Day]:
    """The seven days from the Monday of that day's week.

    A visit is seen also where there are no hours for it any more; of a hold or a request whose time is up
    there is nothing.
    """
    first = day - day.weekday() * _DAY
    days = [first + n * _DAY for n in range(7)]
    read = Diary(call, desk, [provider_id], first, days[-1])
    whole = [(one, whole_days(one, one, call.clinic.zone)) for one in days]
    layers = _layers(call, desk, read, provider_id, [range_ for _, range_ in whole if range_])
    own = read.dates(provider_id)
    return [Day(one, fill(range_, layers) if range_ else [], one in own) for one, range_ in whole]


def _layers(call: Call[Any], desk: Desk, read: Diary, provider_id: int, days: list[Range]) -> list[Block]:
    """Everything there is to see in those days, what hides the rest last."""
    window = {"since": days[0].start, "until": days[-1].end}
    taken = call.db.all(
        _Occupying,
        SQL["occupying"],
        provider_id=provider_id,
        now=call.now,
        **window,
    )
    layers = [Block(one.range, Kind.OPEN, location_id=one.location_id) for one in read.worked(provider_id)]
    layers += [Block(closed, Kind.HOLIDAY) for closed in read.holidays]
    layers += [Block(off, Kind.TIME_OFF) for off in read.time_off(provider_id)]
    if own := desk.calendars.get(provider_id):
        outside = call.db.all(_Outside, SQL["outside"], calendar_id=own.id, **window)
        layers += [Block(Range(*one), Kind.OUTSIDE) for one in outside]
    for row in taken:
        visit = Block(Range(row.starts_at, row.ends_at), _KINDS.get(row.status, Kind.BOOKED), *_whose(row))
        layers += [Block(Range(row.occupied_from, row.occupied_to), Kind.BUFFER, *_whose(row)), visit]
    return layers


def _whose(row: _Occupying) -> tuple[int, str, int | None]:
    return row.id, row.status, row.location_id
