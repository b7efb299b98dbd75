"""When a provider works: shifts, as the clinic's clock shows them, turned into instants."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.scheduling.ranges import Range, known, subtract
from frontdesk.zones import at, midnight

_DAY: Final = timedelta(days=1)


class Shift(NamedTuple):
    """One stretch of work, every week; a day with a break has two."""

    weekday: int
    """ISO: 1 is Monday, 7 is Sunday; of a shift across midnight, the day it starts on."""
    starts: time
    ends: time
    """Of the next day when not after `starts`: 22:00 to 6:00, or midnight to midnight for a whole day."""
    location_id: int | None = None
    """Where; None at a clinic with one place."""

    @property
    def crosses_midnight(self) -> bool:
        """Whether it ends on the day after the one it starts on."""
        return self.ends <= self.starts

    def on(self, day: date, zone: ZoneInfo) -> Range | None:
        """The shift that starts on that day; None when it ends in a skipped hour before it has begun."""
        start = at(day, self.starts, zone)
        end = at(day + _DAY if self.crosses_midnight else day, self.ends, zone)
        return known(start, end) if start < end else None


class Worked(NamedTuple):
    """An open range, and where it is worked."""

    range: Range
    location_id: int | None


Dates = Mapping[date, Sequence[Shift]]
"""Shifts of single dates, in place of their weekday's; an empty list is a day without work."""

NO_DATES: Final[Dates] = MappingProxyType({})


def open_ranges(
    shifts: Iterable[Shift],
    zone: ZoneInfo,
    *,
    first: date,
    last: date,
    closed: Iterable[Range] = (),
    dates: Dates = NO_DATES,
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
        dates: days that have shifts of their own, whatever their weekday has.
    """
    worked = (one.range for one in by_place(shifts, zone, first=first, last=last, dates=dates))
    return subtract(worked, sorted(closed))


def by_place(
    shifts: Iterable[Shift], zone: ZoneInfo, *, first: date, last: date, dates: Dates = NO_DATES
) -> Iterator[Worked]:
    """The open ranges before anything is closed, each with its place.

    Shifts at one place that touch are one range. At two places they stay two, for no visit spans both, and
    where they overlap the one that began earlier has the time.
    """
    whole: Worked | None = None
    for part in _worked(list(shifts), zone, first, last, dates):
        if whole is None:
            whole = part
            continue
        (start, end), place = part
        if place != whole.location_id:
            start = max(start, whole.range.end)
            if start < end:
                yield whole
                whole = Worked(known(start, end), place)
        elif start > whole.range.end:
            yield whole
            whole = part
        elif end > whole.range.end:
            whole = Worked(known(whole.range.start, end), place)
    if whole is not None:
        yield whole


def whole_days(first: date, last: date, zone: ZoneInfo) -> Range | None:
    """From the first moment of `first` to the end of `last`, as time off and holidays are meant.

    None when the zone skipped those days, or when `last` is before `first`.
    """
    start, end = midnight(first, zone), midnight(last + _DAY, zone)
    return known(start, end) if start < end else None


def _worked(shifts: list[Shift], zone: ZoneInfo, first: date, last: date, dates: Dates) -> Iterator[Worked]:
    """Each shift of each day, ascending by start."""
    weekly: dict[int, list[Shift]] = {weekday: [] for weekday in range(1, 8)}
    for shift in shifts:
        weekly[shift.weekday].append(shift)
    # The evening before is only looked at where somebody works through a night.
    since = -1 if dates or any(shift.crosses_midnight for shift in shifts) else 0
    made: list[Worked] = []
    begins = midnight(first + since * _DAY, zone)
    for since_first in range(since, (last - first).days + 1):
        day = first + since_first * _DAY
        ends = midnight(day + _DAY, zone)
        if begins < ends:  # Else the zone skipped that day, as Samoa did 2011-12-30.
            made += (
                Worked(worked, shift.location_id)
                for shift in dates.get(day, weekly[day.isoweekday()])
                if (day >= first or shift.crosses_midnight) and (worked := shift.on(day, zone))
            )
        # Clocks set forward late in the evening may have moved a start behind the next day's first.
        if len(made) > 1:
            made.sort(key=_by_range)
        while made and made[0].range.start < ends:
            yield made.pop(0)
        begins = ends
    yield from made


def _by_range(one: Worked) -> Range:
    return one.range
