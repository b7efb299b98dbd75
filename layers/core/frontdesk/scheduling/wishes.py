"""What a caller asks for, and when a visit may start to be that. Pure: no clock, no database."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.scheduling.ranges import Range, known, merge, subtract
from frontdesk.speech.when import PartOfDay, When
from frontdesk.zones import midnight

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
# Wall times of a day without a date are written as if they were instants, so that ranges can be made of them.
_MIDNIGHT: Final = datetime(2000, 1, 1, tzinfo=UTC)
_WHOLE_DAY: Final = (Range(_MIDNIGHT, _MIDNIGHT + _DAY),)


class Wish(NamedTuple):
    """Days and wall times, local to the clinic."""

    first: date
    last: date
    """Itself included; with `last` before `first` nothing suits."""
    suits: tuple[When, ...] = ()
    """Any of these; empty for any time."""
    excluded: tuple[When, ...] = ()
    """None of these."""


def windows(wish: Wish, zone: ZoneInfo) -> Iterator[Range]:
    """When a visit may start: ascending, disjoint, not touching, made day by day as they are asked for.

    An instant counts by the wall time it has. So of an hour that comes twice both halves past one suit
    who asked for "after 1:30", and before it and after it are each instant once; of a skipped hour or day
    there is nothing. Without any wish but its days it is one range, whatever their number.
    """
    if wish.suits or wish.excluded:
        return merge(_by_day(wish, zone))
    return _whole_days(wish.first, wish.last, zone)


def suits(wish: Wish, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a visit may start at that moment (UTC)."""
    return any(window.start <= moment < window.end for window in windows(wish, zone))


def _by_day(wish: Wish, zone: ZoneInfo) -> Iterator[Range]:
    days = (wish.first + n * _DAY for n in range((wish.last - wish.first).days + 1))
    for walls, alike in groupby(days, key=lambda day: _walls_on(day, wish)):
        if walls == _WHOLE_DAY:
            run = list(alike)
            yield from _whole_days(run[0], run[-1], zone)
        elif walls:
            for day in alike:
                yield from _instants(day, walls, zone)


def _walls_on(day: date, wish: Wish) -> tuple[Range, ...]:
    """The wall times of that day that suit."""
    suiting = _parts_on(day, wish.suits) if wish.suits else (PartOfDay(),)
    return _walls(suiting, _parts_on(day, wish.excluded))


def _parts_on(day: date, whens: Iterable[When]) -> tuple[PartOfDay, ...]:
    return tuple(when.part for when in whens if when.falls_on(day))


@lru_cache(maxsize=64)
def _walls(suiting: tuple[PartOfDay, ...], excluded: tuple[PartOfDay, ...]) -> tuple[Range, ...]:
    """What is in a part that suits and in none that is excluded; the days of a wish have few such pairs."""
    return tuple(subtract(merge(sorted(map(_wall, suiting))), sorted(map(_wall, excluded))))


def _wall(part: PartOfDay) -> Range:
    def at(wall: time) -> datetime:
        return datetime.combine(_MIDNIGHT, wall, UTC)

    return Range(at(part.after), at(part.before) if part.before else _MIDNIGHT + _DAY)


def _whole_days(first: date, last: date, zone: ZoneInfo) -> Iterator[Range]:
    start, end = midnight(first, zone), midnight(last + _DAY, zone)
    if start < end:  # Else the zone skipped them, as Samoa did 2011-12-30.
        yield known(start, end)


def _instants(day: date, walls: Iterable[Range], zone: ZoneInfo) -> Iterator[Range]:
    """When the clocks show those wall times on that day."""
    for stretch, ahead in _clocks(day, zone):
        # What is added to a time of the day without a date to make it an instant.
        shift = datetime.combine(day, time(), UTC) - _MIDNIGHT - ahead
        for wall in walls:
            start, end = max(wall.start + shift, stretch.start), min(wall.end + shift, stretch.end)
            if start < end:
                yield known(start, end)


@lru_cache(maxsize=1024)
def _clocks(day: date, zone: ZoneInfo) -> list[tuple[Range, timedelta]]:
    """The day, parted where its clocks are changed, with how far ahead of UTC they are in each part."""
    whole = next(_whole_days(day, day, zone), None)
    if whole is None:
        return []
    before, after = _ahead(whole.start, zone), _ahead(whole.end, zone)
    if before == after:
        return [(whole, before)]
    seconds = range(int((whole.end - whole.start) / _SECOND))
    unchanged = bisect_left(seconds, True, key=lambda s: _ahead(whole.start + s * _SECOND, zone) != before)
    change = whole.start + unchanged * _SECOND
    parts = [(known(whole.start, change), before)]
    return [*parts, (known(change, whole.end), after)] if change < whole.end else parts


def _ahead(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).replace(tzinfo=UTC) - moment
