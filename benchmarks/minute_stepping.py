"""The obvious slot finder, to measure ours beside: step through each day's hours, look whether it is taken.

As most schedulers have it: a day at a time, from opening on in steps of the grid, each start tried against
what is taken on that day. It knows no buffers, notice or horizon, which only makes it faster.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from frontdesk.scheduling.hours import Shift
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from frontdesk.zones import instant, midnight

_DAY = timedelta(days=1)


def free_starts(
    shifts: Sequence[Shift], busy: Sequence[Range], rules: Rules, zone: ZoneInfo, first: date, last: date
) -> Iterator[datetime]:
    """Free starts from `first` to `last`, in order, in UTC; `busy` ascends and is disjoint."""
    step = timedelta(minutes=rules.slot_interval_min)
    day = first
    while day <= last:
        begun = bisect_left(busy, midnight(day, zone), key=lambda taken: taken.end)
        over = bisect_left(busy, midnight(day + _DAY, zone), key=lambda taken: taken.start)
        of_day = busy[begun:over]
        for shift in shifts:
            if shift.weekday != day.isoweekday():
                continue
            start = instant(datetime.combine(day, shift.starts), zone)
            closes = instant(datetime.combine(day, shift.ends), zone)
            while start + rules.duration <= closes:
                end = start + rules.duration
                if not any(taken.start < end and start < taken.end for taken in of_day):
                    yield start
                start += step
        day += _DAY
