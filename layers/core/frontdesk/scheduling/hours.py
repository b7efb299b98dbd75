"""When a provider works: weekly shifts, as the clinic's clock shows them, turned into instants."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.scheduling.ranges import Range, merge, subtract
from frontdesk.zones import instant

_DAY = timedelta(days=1)


class Shift(NamedTuple):
    """One stretch of work, every week; a day with a break has two."""

    weekday: int
    """ISO: 1 is Monday, 7 is Sunday; of a shift across midnight, the day it starts on."""
    starts: time
    ends: time
    """Of the next day when not after `starts`: 22:00 to 6:00, or midnight to midnight for a whole day."""

    @property
    def crosses_midnight(self) -> bool:
        """Whether it ends on the day after the one it starts on."""
        return self.ends <= self.starts

    def on(self, day: date, zone: ZoneInfo) -> Range | None:
        """The shift that starts on that day; None when it ends in a skipped hour before it has begun."""
        start = _at(day, self.starts, zone)
        end = _at(day + _DAY if self.crosses_midnight else day, self.ends, zone)
        return Range(start, end) if start < end else None


def open_ranges(
    shifts: Iterable[Shift],
    zone: ZoneInfo,
    *,
    first: date,
    last: date,
    closed: Iterable[Range] = (),
) -> Iterator[Range]:
    """When the shifts are worked, ascending and disjoint, made day by day as they are asked for.

    Shifts are whole: one that starts on `last` runs past its midnight, and one that started on the evening
    before `first` is there from its start. So a closing time is always the clinic's, never the question's.

    Args:
        shifts: in any order; may overlap.
        zone: whose clocks the shifts go by.
        first: the first day asked for.
        last: the last one, itself included; with `last` before `first` there is nothing.
        closed: time off and holidays, in any order; may overlap.
    """
    return subtract(merge(_worked(list(shifts), zone, first, last)), sorted(closed))


def whole_days(first: date, last: date, zone: ZoneInfo) -> Range | None:
    """From the first moment of `first` to the end of `last`, as time off and holidays are meant.

    None when the zone skipped those days, or when `last` is before `first`.
    """
    start, end = _at(first, time(), zone), _at(last + _DAY, time(), zone)
    return Range(start, end) if start < end else None


def _worked(shifts: list[Shift], zone: ZoneInfo, first: date, last: date) -> Iterator[Range]:
    """Each shift of each day, ascending by start."""
    weekly = {n: [shift for shift in shifts if shift.weekday == n] for n in range(1, 8)}
    made: list[Range] = []
    midnight = _at(first - _DAY, time(), zone)
    for since_first in range(-1, (last - first).days + 1):
        day = first + since_first * _DAY
        next_midnight = _at(day + _DAY, time(), zone)
        if midnight < next_midnight:  # Else the zone skipped that day, as Samoa did 2011-12-30.
            todays = (
                shift.on(day, zone)
                for shift in weekly[day.isoweekday()]
                if day >= first or shift.crosses_midnight
            )
            made += filter(None, todays)
        # Clocks set forward late in the evening may have moved a start behind the next day's first.
        made.sort()
        while made and made[0].start < next_midnight:
            yield made.pop(0)
        midnight = next_midnight
    yield from made


def _at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, wall), zone)
