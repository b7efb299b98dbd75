"""Time zones: the one place where a `ZoneInfo` is made, and where wall time meets instants.

An instant is an aware datetime in UTC. Two datetimes of one `ZoneInfo` compare and subtract by their wall
times, which goes wrong where a clock is set back; in UTC both are right, and ten times as fast.
"""

import zoneinfo
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_MIDNIGHT: Final = time()
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

# From here on the pinned `tzdata` package answers, never the machine's files: those of many systems in use
# still set British Columbia's clocks back on 2026-11-01, an hour off for every visit of that winter.
zoneinfo.reset_tzpath(to=())
ZoneInfo.clear_cache()


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name, such as `America/Vancouver`; raises `ValueError` when there is none."""
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(
            f"There is no time zone {name!r}; IANA names look like 'America/Vancouver'."
        ) from unknown


def is_known(name: str) -> bool:
    """Whether it is an IANA name that the pinned data has; spelling counts, capitals too."""
    return name in zoneinfo.available_timezones()


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; raises `ValueError` for a naive one, which names no moment.

    One that is beyond all years there, as a stranger's event may be, is the first or the last of all.
    """
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("A moment needs its zone, and this datetime is naive.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _FIRST if moment.year == _FIRST.year else _LAST


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks of the zone show `wall` (naive), in UTC.

    A wall time that comes twice is its first occurrence. One that is skipped moves forward by the gap, as
    PEP 495 reads it with `fold=0`: 2:30 on a night from 2:00 to 3:00 is 3:30.
    """
    if wall.tzinfo is not None:
        raise ValueError("A wall time has no zone of its own, and this datetime is aware.")
    return utc(wall.replace(tzinfo=zone, fold=0))


@lru_cache(maxsize=8192)
def at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """When the clocks of the zone show `wall` (naive) on that day, in UTC, as `instant` reads it.

    Remembered, for every call asks for the same days' hours, and reckoning anew takes twenty times as long.
    """
    return instant(datetime.combine(day, wall), zone)


def is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone never show `wall` (naive), being set forward past it."""
    return instant(wall, zone).astimezone(zone).replace(tzinfo=None) != wall


def wall_text(moment: datetime, zone: ZoneInfo) -> str:
    """What the clocks of the zone show: `2026-02-20T14:00:00`.

    A wall time that comes twice carries its offset, to tell which one: `2026-11-01T01:30:00-04:00`.
    """
    local = utc(moment).astimezone(zone)
    comes_twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    return (local if comes_twice else local.replace(tzinfo=None)).isoformat(timespec="seconds")


def today(now: datetime, zone: ZoneInfo) -> date:
    """The date in the zone at that moment."""
    return utc(now).astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When that day begins in the zone, in UTC; the first moment of it, where midnight itself is skipped."""
    return at(day, _MIDNIGHT, zone)
