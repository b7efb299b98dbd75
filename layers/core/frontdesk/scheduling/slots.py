"""Which starts are free. Pure: ranges and rules in, instants out; no clock, no database.

A visit occupies its own time and its buffers, and what it occupies must not meet what is busy. That is the
same as keeping the visit alone clear of busy time widened by those buffers, which is how it is reckoned here:
hours minus widened busy time leaves gaps, and a visit fits wherever it lies within one of them.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import repeat, takewhile
from typing import Final
from zoneinfo import ZoneInfo

from frontdesk.scheduling.ranges import Range, clip, known, subtract
from frontdesk.scheduling.rules import Rules
from frontdesk.zones import midnight, today, utc

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)

ALWAYS: Final = Range(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Refusal(StrEnum):
    """Why a start can't be had; where several reasons hold, the first of them."""

    PAST = "past"
    TOO_SOON = "too_soon"
    """Less than the minimum notice ahead."""
    TOO_FAR = "too_far"
    """On a date behind the horizon."""
    CLOSED = "closed"
    """Not wholly within one stretch of working hours."""
    TAKEN = "taken"
    """It, or its buffers, would overlap something busy."""
    OFF_GRID = "off_grid"
    """Free, but not a time that is offered."""
    FULL = "full"
    """As many visits are booked that day, or that week, as the clinic allows."""
    UNSEEN = "unseen"
    """The provider's own calendar would know, and can't be seen."""


def free_starts(
    open_ranges: Iterable[Range],
    busy: Iterable[Range],
    rules: Rules,
    *,
    now: datetime,
    zone: ZoneInfo,
    starting: Iterable[Range] = (ALWAYS,),
) -> Iterator[datetime]:
    """Free starts in order, one at a time, so that asking for the first costs only the first.

    Args:
        open_ranges: when the provider works, ascending and disjoint.
        busy: what blocks, with its own buffers, ascending by start; may overlap.
        rules: duration, buffers, grid, notice and horizon of the appointment type.
        now: the moment of asking; a start exactly at `now + notice` is allowed.
        zone: whose clocks make the grid, and whose midnight ends the horizon's last day.
        starting: when a visit may start, ascending and disjoint: what the caller asked for.

    Yields:
        Starts in UTC, on whole minutes. A visit that touches closing time still fits.
    """
    bookable = bookable_days(rules, now, zone)
    if bookable is None:
        return iter(())
    return starts_within(gaps(open_ranges, busy, rules, zone), rules, zone, starting=clip(starting, bookable))


def bookable_days(rules: Rules, now: datetime, zone: ZoneInfo) -> Range | None:
    """When a visit may start by notice and horizon; None when the notice reaches past the horizon."""
    beyond = today(now, zone) + timedelta(days=rules.horizon_days + 1)
    soonest, end = utc(now) + rules.notice, midnight(beyond, zone)
    return Range(soonest, end) if soonest < end else None


def gaps(
    open_ranges: Iterable[Range], busy: Iterable[Range], rules: Rules, zone: ZoneInfo
) -> Iterator[Range]:
    """Where a visit may lie, whatever the time of asking; ascending and disjoint, as lazily as both are."""
    return subtract(_for_visits(open_ranges, rules, zone), _against_visits(busy, rules))


def starts_within(
    gaps: Iterable[Range], rules: Rules, zone: ZoneInfo, *, starting: Iterable[Range]
) -> Iterator[datetime]:
    """The starts of visits that lie in a gap and begin when they may, in order, in UTC."""
    for gap, soonest, latest in _beginning(gaps, starting, rules.duration):
        yield from _starts(gap, rules, soonest, latest, zone)


def why_not(
    start: datetime,
    open_ranges: Iterable[Range],
    busy: Iterable[Range],
    rules: Rules,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Refusal | None:
    """Why `free_starts` doesn't offer a start, of the same arguments; None exactly when it does."""
    visit = Range(start, utc(start) + rules.duration)
    if visit.start < utc(now):
        return Refusal.PAST
    if visit.start < utc(now) + rules.notice:
        return Refusal.TOO_SOON
    bookable = bookable_days(rules, now, zone)
    if bookable is None or visit.start >= bookable.end:
        return Refusal.TOO_FAR
    hours = _holding(visit, _for_visits(open_ranges, rules, zone))
    if hours is None:
        return Refusal.CLOSED
    gap = _holding(visit, subtract([hours], _against_visits(busy, rules)))
    if gap is None:
        return Refusal.TAKEN
    offered = _starts(gap, rules, visit.start, visit.start, zone)
    return None if any(offered) else Refusal.OFF_GRID


def occupied(start: datetime, rules: Rules) -> Range:
    """What a visit at `start` keeps others from: its own time and its buffers."""
    start = utc(start)
    return Range(start - rules.buffer_before, start + rules.duration + rules.kept_after)


def earliest(by_provider: Mapping[int, Iterator[datetime]]) -> Iterator[tuple[datetime, int]]:
    """The starts of several providers as one stream in order, each with its provider's id.

    Of equal starts, the provider named first in the mapping comes first. Lazy: one start ahead of each.
    """
    streams = (
        zip(starts, repeat(place), repeat(provider))
        for place, (provider, starts) in enumerate(by_provider.items())
    )
    return ((start, provider) for start, _, provider in heapq.merge(*streams))


def _for_visits(open_ranges: Iterable[Range], rules: Rules, zone: ZoneInfo) -> Iterable[Range]:
    """Where the hours let the visit itself lie."""
    if rules.packed:
        open_ranges = _cut_at_midnights(open_ranges, zone)
    if not rules.buffers_inside_hours:
        return open_ranges
    before, after = rules.buffer_before, rules.buffer_after
    return (
        known(hours.start + before, hours.end - after)
        for hours in open_ranges
        if hours.start + before < hours.end - after
    )


def _cut_at_midnights(open_ranges: Iterable[Range], zone: ZoneInfo) -> Iterator[Range]:
    """Hours without an end have no beginning to pack from, wherever one looks: there it is each midnight."""
    for hours in open_ranges:
        start, end = hours
        if end - start > _DAY:
            day = today(start, zone) + _DAY
            while (begins := midnight(day, zone)) < end:
                if start < begins:
                    yield known(start, begins)
                    start = begins
                day += _DAY
        yield known(start, end)


def _against_visits(busy: Iterable[Range], rules: Rules) -> Iterable[Range]:
    """What the visit itself must stay clear of, so that its buffers stay clear of what is busy."""
    before, after = rules.buffer_before, rules.kept_after
    if not before and not after:
        return busy
    return (known(block.start - after, block.end + before) for block in busy)


def _holding(visit: Range, ranges: Iterable[Range]) -> Range | None:
    """The one of the ascending, disjoint ranges that the visit lies within."""
    begun = takewhile(lambda whole: whole.start <= visit.start, ranges)
    return next((whole for whole in begun if visit.end <= whole.end), None)


def _beginning(
    gaps: Iterable[Range], starting: Iterable[Range], duration: timedelta
) -> Iterator[tuple[Range, datetime, datetime]]:
    """The gaps a visit fits into, each with the first and last start wished for there, both included."""
    wished = iter(starting)
    wish = next(wished, None)
    for gap in gaps:
        last = gap.end - duration
        if last < gap.start:
            continue
        while wish is not None and wish.end <= gap.start:
            wish = next(wished, None)
        while wish is not None and wish.start <= last:
            yield gap, max(gap.start, wish.start), min(last, wish.end - datetime.resolution)
            if wish.end > last:
                break  # It may reach into the next gap too.
            wish = next(wished, None)
        if wish is None:
            return


def _starts(
    gap: Range, rules: Rules, soonest: datetime, latest: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """Starts between `soonest` and `latest`, both included, of visits that begin in the gap and fit."""
    latest = min(latest, gap.end - rules.duration)
    if rules.packed:
        return _one_after_another(_whole_minute(gap.start), rules, soonest, latest)
    return _on_the_clock(_whole_minute(max(gap.start, soonest)), rules, latest, zone)


def _one_after_another(
    start: datetime, rules: Rules, soonest: datetime, latest: datetime
) -> Iterator[datetime]:
    """Starts that leave no time unused, counted from `start` whatever part of them is bookable."""
    step = rules.buffer_before + rules.duration + rules.kept_after
    if start < soonest:
        start += -((start - soonest) // step) * step
    while start <= latest:
        yield start
        start += step


def _on_the_clock(moment: datetime, rules: Rules, latest: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Starts at which the zone's clocks show a time of the grid; `moment` is a whole minute."""
    if moment > latest:
        return
    interval = rules.slot_interval_min
    local = moment.astimezone(zone)
    # No clock is changed twice in a day: with the same offset at both ends, the wall runs with the time.
    is_steady = latest - moment < _DAY and latest.astimezone(zone) - local == latest - moment
    minute = local.hour * 60 + local.minute
    while moment <= latest:
        ahead = (rules.slot_offset_min - minute) % interval
        if ahead == 0:
            yield moment
            ahead = interval
        # Each midnight is looked at, for there the grid begins anew.
        ahead = min(ahead, 1440 - minute)
        if is_steady:
            minute = (minute + ahead) % 1440
        else:
            step = ahead * _MINUTE
            there = (moment + step).astimezone(zone)
            # Of one zone, walls are subtracted: a difference that isn't the time passed means that the
            # clocks are changed on the way, maybe onto the grid and off again. Then go minute by minute.
            if there - local != step:
                ahead = 1
                there = (moment + _MINUTE).astimezone(zone)
            local = there
            minute = local.hour * 60 + local.minute
        moment += ahead * _MINUTE


def _whole_minute(moment: datetime) -> datetime:
    """The first whole minute not before it; other calendars' ranges may end at any second."""
    return moment + (_EPOCH - moment) % _MINUTE if moment.second or moment.microsecond else moment
