"""The booking rules once more, minute by minute: slow and obvious, to hold the real thing against.

Minutes are counted from the epoch; nothing here calls what it checks. `weeks` draws the questions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from hypothesis import strategies as st

from frontdesk.scheduling.hours import Shift
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from frontdesk.zones import zone

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/Vancouver", date(2025, 11, 2)),
    ("America/Vancouver", date(2026, 3, 8)),
    ("America/Vancouver", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    # Sets its clocks forward over midnight.
    ("America/Scoresbysund", date(2026, 3, 28)),
    # On the same offset all year.
    ("Asia/Shanghai", date(2026, 6, 10)),
]
"""Zones, and days on which something may go wrong in them."""


@dataclass(frozen=True)
class Week:
    """A few days around a change of the clocks, and one provider's work in them."""

    zone_name: str
    first: date
    last: date
    shifts: list[Shift]
    closed: list[Range]
    busy: list[Range]
    now: datetime


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    zone_name, changing = draw(st.sampled_from(CHANGES))
    first, last = changing - DAY, changing + draw(st.integers(0, 1)) * DAY
    midnight = datetime.combine(first, time(), UTC)
    times = st.integers(0, 1439).map(lambda m: time(m // 60, m % 60))
    weekdays = st.integers(-2, 1).map(lambda n: (changing + n * DAY).isoweekday())
    starts = st.integers(-24 * 60, 4 * 24 * 60).map(lambda m: midnight + m * MINUTE)

    def to_range(start: datetime, length_min: int) -> Range:
        return Range(start, start + length_min * MINUTE)

    ranges = st.builds(to_range, starts, st.integers(1, 600))
    return Week(
        zone_name=zone_name,
        first=first,
        last=last,
        shifts=draw(st.lists(st.builds(Shift, weekdays, times, times, st.none()), min_size=1, max_size=5)),
        closed=draw(st.lists(ranges, max_size=2)),
        busy=sorted(draw(st.lists(ranges, max_size=6))),
        now=draw(starts) - DAY,
    )


def rules(*, packed: st.SearchStrategy[bool]) -> st.SearchStrategy[Rules]:
    return st.builds(
        Rules,
        duration_min=st.integers(1, 120),
        buffer_before_min=st.integers(0, 20),
        buffer_after_min=st.integers(0, 20),
        cleanup_min=st.sampled_from([0, 0, 5, 11]),
        buffers_inside_hours=st.booleans(),
        notice_min=st.sampled_from([0, 60, 1440]),
        horizon_days=st.sampled_from([0, 1, 2, 180]),
        slot_interval_min=st.sampled_from([5, 7, 15, 20, 25, 60, 90, 240, 1440]),
        slot_offset_min=st.integers(0, 90),
        packed=packed,
    )


def minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def minutes(ranges: Iterable[Range]) -> set[int]:
    return {m for start, end in ranges for m in range(minute(start), minute(end))}


@cache
def walls(zone_name: str, first: date, last: date) -> dict[int, datetime]:
    """What the clocks show at each minute of those days, and of two on either side."""
    place, start, end = zone(zone_name), first - 3 * DAY, last + 3 * DAY
    count = (end - start).days * 1440
    begin = datetime.combine(start, time(), UTC)
    return {
        minute(moment): moment.astimezone(place).replace(tzinfo=None, fold=0)
        for moment in (begin + n * MINUTE for n in range(count))
    }


def open_minutes(week: Week) -> set[int]:
    shown = walls(week.zone_name, week.first, week.last)
    first_at = {wall: m for m, wall in reversed(shown.items())}
    last_at = {wall: m for m, wall in shown.items()}
    dates = {wall.date() for wall in shown.values()}

    def minute_of(wall: datetime) -> int:
        """The first time the clocks show it; else as long after the last wall time that they do."""
        if wall in first_at:
            return first_at[wall]
        late = next(n for n in range(2 * 1440) if wall - n * MINUTE in last_at)
        return last_at[wall - late * MINUTE] + late

    found: set[int] = set()
    for n in range(-1, (week.last - week.first).days + 1):
        day = week.first + n * DAY
        for weekday, starts, ends, _ in week.shifts:
            overnight = ends <= starts
            if day not in dates or weekday != day.isoweekday() or (day < week.first and not overnight):
                continue
            start = minute_of(datetime.combine(day, starts))
            end = minute_of(datetime.combine(day + DAY if overnight else day, ends))
            found.update(range(start, end))
    return found - minutes(week.closed)


def free_starts(week: Week, rules: Rules) -> list[int]:
    shown = walls(week.zone_name, week.first, week.last)
    opened, busy = open_minutes(week), minutes(week.busy)
    before, after, cleanup = rules.buffer_before_min, rules.buffer_after_min, rules.cleanup_min

    cuts: set[int] = set()
    if rules.packed:
        # Hours of more than a day have no beginning to pack from but each midnight.
        run: list[int] = []
        for m in [*sorted(opened), -1]:
            if run and m != run[-1] + 1:
                if len(run) > 1440:
                    cuts.update(n for n in run[1:] if shown[n].date() != shown[n - 1].date())
                run = []
            run.append(m)

    def is_inside(m: int) -> bool:
        """Whether the hours let a visit be going on, with its buffers where they ask for that."""
        span = range(m - before, m + after + 1)
        return not rules.buffers_inside_hours or (opened.issuperset(span) and cuts.isdisjoint(span[1:]))

    def is_usable(m: int) -> bool:
        """Whether a visit may be going on: nothing is busy so near that a buffer would meet it."""
        clean = set(range(m - before, m + after + cleanup + 1))
        return m in opened and not clean & busy and is_inside(m)

    usable = {m for m in opened if is_usable(m)}
    last_date = week.now.astimezone(zone(week.zone_name)).date() + rules.horizon_days * DAY
    # While packing: the next start, counted from the beginning of this run of usable minutes.
    packed_at = -1
    found: list[int] = []
    for m in sorted(usable):
        if m - 1 not in usable or m in cuts:
            packed_at = m
        if rules.packed:
            is_offered = m == packed_at
        else:
            of_day = shown[m].hour * 60 + shown[m].minute
            is_offered = (of_day - rules.slot_offset_min) % rules.slot_interval_min == 0
        lasts = range(m, m + rules.duration_min)
        if not is_offered or not usable.issuperset(lasts) or not cuts.isdisjoint(lasts[1:]):
            continue
        packed_at = m + rules.duration_min + after + cleanup + before
        if m >= minute(week.now) + rules.notice_min and shown[m].date() <= last_date:
            found.append(m)
    return found
