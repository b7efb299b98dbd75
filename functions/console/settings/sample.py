"""What rules do to a day: which starts callers would be offered, and where the first visits' buffers lie.

An invented day, nine to twelve and one to five, by the scheduling engine itself.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.scheduling import slots
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from functions.providers.appointment_types.endpoint import AppointmentType

_UTC: Final = ZoneInfo("UTC")
_DAY: Final = date(2026, 6, 1)
_HOURS: Final = ((9, 12), (13, 17))
_FIRST: Final = 8.5
_WIDTH: Final = 48
"""Of an hour."""
_HOUR: Final = timedelta(hours=1)


class Stretch(NamedTuple):
    """Part of the picture, left to right."""

    kind: str
    x: float
    width: float
    start: datetime
    end: datetime


class Sample(NamedTuple):
    """The picture, and the same in words."""

    stretches: list[Stretch]
    starts: list[datetime]
    """If nobody had booked."""
    starts_after_one: list[datetime]
    """Likewise, once the first is taken."""
    ticks: list[tuple[float, int]]
    """Where each full hour lies, and on a dial of twelve."""
    width: float


def of(rules: dict[str, Any], kind: AppointmentType | None) -> Sample | None:
    """The day under those rules for that kind of visit; None when they aren't rules."""
    try:
        made = Rules(
            duration_min=kind.duration_min if kind else 30,
            buffer_before_min=kind.buffer_before_min if kind else 0,
            buffer_after_min=kind.buffer_after_min if kind else 0,
            cleanup_min=rules["cleanupMin"],
            buffers_inside_hours=rules["buffersInsideHours"],
            slot_interval_min=rules["slotIntervalMin"],
            slot_offset_min=rules["slotOffsetMin"],
            packed=rules["packed"],
        )
    except ValueError:
        return None
    opened = [Range(_at(start), _at(end)) for start, end in _HOURS]
    starts = _starts(opened, [], made)
    first = starts[0] if starts else None
    taken = [slots.occupied(first, made)] if first else []
    stretches = [_stretch("open", one) for one in opened]
    if first:
        stretches.append(_stretch("buffer", taken[0]))
        stretches.append(_stretch("booked", Range(first, first + made.duration)))
    return Sample(
        stretches,
        starts,
        _starts(opened, taken, made),
        [((hour - _FIRST) * _WIDTH, (hour - 1) % 12 + 1) for hour in range(9, 18)],
        (17.5 - _FIRST) * _WIDTH,
    )


def _starts(opened: list[Range], busy: list[Range], rules: Rules) -> list[datetime]:
    midnight = datetime.combine(_DAY, time(), UTC)
    return list(slots.free_starts(opened, busy, rules, now=midnight, zone=_UTC))


def _at(hour: float) -> datetime:
    return datetime.combine(_DAY, time(), UTC) + hour * _HOUR


def _stretch(kind: str, range_: Range) -> Stretch:
    hours = (range_.start - _at(_FIRST)) / _HOUR
    width = (range_.end - range_.start) / _HOUR * _WIDTH
    return Stretch(kind, hours * _WIDTH, width, range_.start, range_.end)
