"""docs/booking.svg: one provider's day, and what becomes of each start in it.

The day is invented; what is drawn of it is computed by the functions that answer callers.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final

from frontdesk import zones
from frontdesk.scheduling import hours, offers, slots
from frontdesk.scheduling.blocks import Block, Kind, fill
from frontdesk.scheduling.hours import Shift
from frontdesk.scheduling.openings import Opening
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from frontdesk.scheduling.slots import Refusal
from frontdesk.speech import times
from gitops.svg import WIDTH, document, text

_ZONE: Final = zones.zone("America/Vancouver")
_DAY: Final = date(2026, 11, 24)
_NEXT_DAY: Final = _DAY + timedelta(days=1)
_ASKED_FOR: Final = Rules(duration_min=30, buffer_after_min=15, notice_min=60)
_SHIFTS: Final = [
    Shift(day.isoweekday(), *ends)
    for day in (_DAY, _NEXT_DAY)
    for ends in ((time(9), time(12)), (time(13), time(17)))
]


def _at(hour: int, minute: int = 0, *, day: date = _DAY) -> datetime:
    return zones.instant(datetime.combine(day, time(hour, minute)), _ZONE)


_NOW: Final = _at(8, 40)
_TIME_OFF: Final = Range(_at(16), _at(17))
_TAKEN: Final = (
    (Kind.BOOKED, Range(_at(10), _at(11)), Range(_at(9, 45), _at(11, 15))),
    (Kind.HELD, Range(_at(13, 30), _at(14)), Range(_at(13, 30), _at(14, 15))),
)
"""Each with what it occupies."""
_BUSY: Final = [occupied for _, _, occupied in _TAKEN]

_FROM, _TO = _at(8, 30), _at(17, 30)
_LEFT: Final = 30
_PER_MINUTE: Final = (WIDTH - 2 * _LEFT) / ((_TO - _FROM) / timedelta(minutes=1))
_HOURS_Y, _BAND_Y, _STARTS_Y, _OFFERS_Y, _LEGEND_Y = 84, 96, 168, 224, 318
_BAND: Final = 48
_STYLE: Final = """
  .small { font-size: 11px; fill: #52606d } .strong { font-size: 12px; font-weight: 600 }
  .open { fill: #e3f4e8; stroke: #7cc191 } .booked { fill: #2b6cb0 }
  .onbooked { fill: #ffffff; font-weight: 600 }
  .held { fill: #ffe6b3; stroke: #c98a1b } .onheld { fill: #6b4708; font-weight: 600 }
  .buffer { fill: url(#hatch); stroke: #9aa5b1 } .hatch { stroke: #9aa5b1; stroke-width: 2 }
  .time_off { fill: #eceff2; stroke: #b8c1cb }
  .free { fill: #2f855a } .refused { fill: none; stroke: #b0bac5; stroke-width: 1.5 }
  .offer { fill: #2f855a } .onoffer { fill: #ffffff; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .small { fill: #9aa5b1 } .open { fill: #16301f; stroke: #2f855a } .booked { fill: #3c7fc4 }
    .held { fill: #4a3510; stroke: #d69e2e } .onheld { fill: #fbd38d }
    .time_off { fill: #1f2933; stroke: #52606d }
    .buffer { stroke: #616e7c } .hatch { stroke: #616e7c } .refused { stroke: #616e7c }
    .free { fill: #68d391 } .offer { fill: #38a169 }
  }"""
_HATCH: Final = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)


def draw() -> str:
    """The picture, as SVG."""
    asked = _ASKED_FOR
    parts = [
        _HATCH,
        text(_LEFT, 28, "One provider's day, and what becomes of each start in it", "lane"),
        text(
            _LEFT,
            48,
            f"At {_clock(_NOW)} a caller asks for a visit of {asked.duration_min} minutes, with"
            f" {asked.buffer_after_min} kept free after it. Starts lie {asked.slot_interval_min} minutes"
            f" apart, and {asked.notice_min} minutes' notice is wanted.",
            "note",
        ),
        *_hours(),
        *_band(),
        *_starts(),
        *_offers(),
        *_legend(),
    ]
    return document(
        _LEGEND_Y + 24, parts, "A day with hours, visits, a hold, refused starts and offers", style=_STYLE
    )


def _free_starts(since: datetime | None = None) -> Iterator[datetime]:
    """The starts that are free on the day and the next, as the finder reckons them."""
    starting = Range(since, _at(0, day=_NEXT_DAY + timedelta(days=1))) if since else slots.ALWAYS
    return slots.free_starts(_open(), _BUSY, _ASKED_FOR, now=_NOW, zone=_ZONE, starting=[starting])


def offered() -> list[datetime]:
    """The first offer and the alternatives, as a caller hears them."""

    def first_from(since: datetime | None) -> Opening | None:
        return next((Opening(start, [100]) for start in _free_starts(since)), None)

    return [opening.start for opening in offers.choice(first_from, _ZONE)]


def refusals() -> dict[datetime, Refusal | None]:
    """Of each start of the grid from opening to closing: why it can't be had; None where it can."""
    opening, closing = _at(9), _at(17)
    step = timedelta(minutes=_ASKED_FOR.slot_interval_min)
    grid = [opening + n * step for n in range((closing - opening) // step)]
    return {start: slots.why_not(start, _open(), _BUSY, _ASKED_FOR, now=_NOW, zone=_ZONE) for start in grid}


def _open() -> Iterator[Range]:
    return hours.open_ranges(_SHIFTS, _ZONE, first=_DAY, last=_NEXT_DAY, closed=[_TIME_OFF])


# --- Drawing


def _hours() -> list[str]:
    parts: list[str] = []
    for hour in range(9, 18):
        x = _x(_at(hour))
        parts.append(text(x, _HOURS_Y, f"{hour}:00", "small", anchor="middle"))
        parts.append(f'<line class="line" x1="{x:g}" y1="{_BAND_Y - 4}" x2="{x:g}" y2="{_STARTS_Y - 10}"/>')
    return parts


def _band() -> list[str]:
    """The day itself, with what is taken in it."""
    day = [Block(one.range, Kind.OPEN) for one in hours.by_place(_SHIFTS, _ZONE, first=_DAY, last=_DAY)]
    day.append(Block(_TIME_OFF, Kind.TIME_OFF))
    for kind, visit, occupied in _TAKEN:
        day += [Block(occupied, Kind.BUFFER), Block(visit, kind)]
    parts: list[str] = []
    for (start, end), kind, *_ in fill(Range(_at(9), _at(17)), day):
        if kind is not Kind.CLOSED:
            parts.append(_box(start, end, _BAND_Y, _BAND, kind.value))
        if kind is not Kind.BUFFER:
            words = "break" if kind is Kind.CLOSED else kind.value.replace("_", " ")
            parts.append(text((_x(start) + _x(end)) / 2, _BAND_Y + 29, words, _ink(kind), anchor="middle"))
    return parts


def _ink(kind: Kind) -> str:
    return f"on{kind}" if kind in (Kind.BOOKED, Kind.HELD) else "small"


def _starts() -> list[str]:
    """A dot a start: full where it is free, and under those that aren't, why."""
    parts: list[str] = []
    for why, alike in groupby(refusals().items(), key=lambda one: one[1]):
        starts = [start for start, _ in alike]
        kind, radius = ("free", 5) if why is None else ("refused", 3.5)
        parts += [
            f'<circle class="{kind}" cx="{_x(at):g}" cy="{_STARTS_Y}" r="{radius:g}"/>' for at in starts
        ]
        words = "free" if why is None else why.value.replace("_", " ")
        from_, to = _x(starts[0]), _x(starts[-1])
        middle, y = (from_ + to) / 2, _STARTS_Y + 11
        parts.append(f'<line class="line" x1="{from_ - 4:g}" y1="{y}" x2="{to + 4:g}" y2="{y}"/>')
        parts.append(
            text(middle, _STARTS_Y + 26, words, "strong" if why is None else "small", anchor="middle")
        )
    return parts


def _offers() -> list[str]:
    first, other_time, other_day = offered()
    day = times.say_weekday(other_day.astimezone(_ZONE).weekday(), "en")
    parts: list[str] = []
    for start, words, more in (
        (first, "first offer", "held for this call"),
        (other_time, "another time of day", ""),
    ):
        end = start + _ASKED_FOR.duration
        parts.append(_box(end, slots.occupied(start, _ASKED_FOR).end, _OFFERS_Y, 28, "buffer"))
        parts.append(_box(start, end, _OFFERS_Y, 28, "offer"))
        middle = (_x(start) + _x(end)) / 2
        parts.append(text(middle, _OFFERS_Y + 19, _clock(start), "onoffer", anchor="middle"))
        parts.append(text(_x(start), _OFFERS_Y + 46, words, "strong"))
        parts.append(text(_x(start), _OFFERS_Y + 62, more, "small"))
    right, y = WIDTH - _LEFT, _OFFERS_Y + 14
    parts.append(text(right - 22, y + 4, f"{day} {_clock(other_day)}", "strong", anchor="end"))
    parts.append(f'<path class="free" d="M{right} {y} l-12 -6 v12 Z"/>')
    parts.append(text(right, _OFFERS_Y + 46, "another day", "strong", anchor="end"))
    return parts


def _legend() -> list[str]:
    entries = (
        ("buffer", "buffer"),
        ("free", "a start that is free"),
        ("refused", "a start that is refused, and why"),
    )
    parts: list[str] = []
    for place, (kind, words) in enumerate(entries):
        x = _LEFT + 170 * place
        if kind == "buffer":
            parts.append(f'<rect class="buffer" x="{x}" y="{_LEGEND_Y - 11}" width="18" height="14" rx="3"/>')
        else:
            parts.append(f'<circle class="{kind}" cx="{x + 9}" cy="{_LEGEND_Y - 4}" r="4.5"/>')
        parts.append(text(x + 26, _LEGEND_Y, words, "note"))
    return parts


def _box(start: datetime, end: datetime, y: int, height: int, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{_x(start):g}" y="{y}" width="{_x(end) - _x(start):g}"'
        f' height="{height}" rx="4"/>'
    )


def _x(moment: datetime) -> float:
    return round(_LEFT + _PER_MINUTE * ((moment - _FROM) / timedelta(minutes=1)), 1)


def _clock(moment: datetime) -> str:
    local = moment.astimezone(_ZONE)
    return f"{local.hour}:{local.minute:02}"
