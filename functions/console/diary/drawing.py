"""A provider's week as a picture: where each block lies, in the units of an SVG.

Down goes the clock of the clinic's zone. An hour that comes twice stands there twice, as it comes; on a day
that skips one, nothing is drawn in it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.scheduling.blocks import Block, Kind
from frontdesk.scheduling.week import Day

LEFT: Final = 44
TOP: Final = 30
WIDTH: Final = 128
"""Of a day."""
HOUR: Final = 48
_MARGIN: Final = 3
_USUAL: Final = (9, 17)
"""Hours that are shown of a week in which nothing happens."""
_MINUTE: Final = timedelta(minutes=1)
_NOBODY_THERE: Final = {Kind.CLOSED, Kind.TIME_OFF, Kind.HOLIDAY}

Row = tuple[int, int]
"""An hour of the clock, and 1 where it is shown for the second time."""


class Box(NamedTuple):
    """One stretch of one kind; of a visit, with where it leads."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    start: datetime
    """On the clinic's clock, as the end; of the whole stretch, where it lies in several boxes."""
    end: datetime
    appointment_id: int | None


class Line(NamedTuple):
    """An hour."""

    y: float
    hour: int
    is_again: bool
    """Whether the clock shows it for the second time."""


class Column(NamedTuple):
    """A day."""

    date: date
    x: float
    boxes: list[Box]


class Picture(NamedTuple):
    """All of it."""

    width: float
    height: float
    lines: list[Line]
    columns: list[Column]
    now: tuple[float, float] | None
    """Where the present moment is, if it is there to be seen."""


def draw(days: list[Day], zone: ZoneInfo, now: datetime) -> Picture:
    """The week."""
    rows = _rows(days, zone)
    place = {row: TOP + n * HOUR for n, row in enumerate(rows)}
    columns = [
        Column(day.date, LEFT + n * WIDTH, list(_boxes(day, LEFT + n * WIDTH, place, zone)))
        for n, day in enumerate(days)
    ]
    lines = [Line(y, hour, bool(fold)) for (hour, fold), y in place.items()]
    today = next((column for column in columns if column.date == now.astimezone(zone).date()), None)
    y = _y(now, place, zone) if today else None
    height = TOP + len(rows) * HOUR + 4
    return Picture(LEFT + len(days) * WIDTH, height, lines, columns, (today.x, y) if today and y else None)


def _rows(days: list[Day], zone: ZoneInfo) -> list[Row]:
    """The hours in which anything happens in the week; those that come twice, twice."""
    busy = [block.range for day in days for block in day.blocks if block.kind not in _NOBODY_THERE]
    first = min((_local(one.start, zone).hour for one in busy), default=_USUAL[0])
    last = max((_local(one.end - _MINUTE, zone).hour for one in busy), default=_USUAL[1])
    twice = {
        _local(moment, zone).hour
        for day in days
        for block in day.blocks
        for moment in _hours(block, zone)
        if _local(moment, zone).fold
    }
    return [(hour, fold) for hour in range(first, last + 1) for fold in ((0, 1) if hour in twice else (0,))]


def _hours(block: Block, zone: ZoneInfo) -> Iterable[datetime]:
    """Where a block begins, and each later moment at which another hour of the clock does."""
    moment = block.range.start
    while moment < block.range.end:
        yield moment
        local = _local(moment, zone)
        moment += timedelta(minutes=60 - local.minute) - timedelta(seconds=local.second)


def _boxes(day: Day, x: float, place: dict[Row, int], zone: ZoneInfo) -> Iterable[Box]:
    for block in day.blocks:
        if block.kind is Kind.CLOSED:
            continue
        start, end = _local(block.range.start, zone), _local(block.range.end, zone)
        # An hour at a time, for the next one on the clock needn't lie below it; then what touches is one box.
        parts: list[list[float]] = []
        for moment in _hours(block, zone):
            y = _y(moment, place, zone)
            if y is None:
                continue
            until = min(block.range.end, moment + timedelta(minutes=60 - _local(moment, zone).minute))
            below = y + (until - moment) / timedelta(hours=1) * HOUR
            if parts and parts[-1][1] == y:
                parts[-1][1] = below
            else:
                parts.append([y, below])
        is_wide = block.kind in (Kind.OPEN, Kind.HOLIDAY, Kind.TIME_OFF, Kind.OUTSIDE)
        margin = 0 if is_wide else _MARGIN
        for above, below in parts:
            yield Box(
                block.kind.value.replace("_", "-"),
                x + 1 + margin,
                above,
                WIDTH - 2 - 2 * margin,
                max(below - above, 2),
                start,
                end,
                block.appointment_id if block.kind is not Kind.BUFFER else None,
            )


def _y(moment: datetime, place: dict[Row, int], zone: ZoneInfo) -> float | None:
    local = _local(moment, zone)
    row = place.get((local.hour, local.fold))
    return None if row is None else row + (local.minute + local.second / 60) / 60 * HOUR


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(UTC).astimezone(zone)
