"""A provider's week as a picture for the terminal: a column a day, a row each quarter or half hour.

Every kind has a mark and a colour, so that it reads without either.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rich.text import Text

from frontdesk.call import Clinic
from frontdesk.scheduling.blocks import Block, Kind
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.providers import Provider
from frontdesk.scheduling.week import Day
from frontdesk.zones import utc

_CLOCK: Final = 6
_WIDTH: Final = 12
"""Of a day: a mark and `09:00–09:30`. With the clock and a space before each, a week takes 97 columns."""
_DAY_MIN: Final = 24 * 60
_SHORT_MIN: Final = 9 * 60
"""Hours a day up to which a row is a quarter of an hour; half an hour when there are more."""
_NOBODY_THERE: Final = {Kind.CLOSED, Kind.TIME_OFF, Kind.HOLIDAY}


class _Look(NamedTuple):
    mark: str
    colour: str
    words: str


_LOOKS: Final = {
    Kind.OPEN: _Look("·", "green", "open"),
    Kind.BOOKED: _Look("█", "blue", "booked"),
    Kind.PENDING: _Look("?", "yellow", "pending"),
    Kind.HELD: _Look("▒", "cyan", "held"),
    Kind.BUFFER: _Look("~", "bright_black", "buffer"),
    Kind.OUTSIDE: _Look("x", "red", "own calendar"),
    Kind.TIME_OFF: _Look("/", "magenta", "time off"),
    Kind.HOLIDAY: _Look("*", "magenta", "holiday"),
    Kind.CLOSED: _Look(" ", "default", "closed"),
}


class _Row(NamedTuple):
    minute: int
    """From midnight, as the clock shows it."""
    fold: int
    """1 where the clock shows it for the second time."""

    def on(self, day: date, zone: ZoneInfo) -> datetime | None:
        """When that is on a day, in UTC; None when the clock doesn't show it."""
        wall = datetime.combine(day, time(*divmod(self.minute, 60)))
        moment = utc(wall.replace(tzinfo=zone, fold=self.fold))
        there = moment.astimezone(zone)
        return moment if (there.replace(tzinfo=None, fold=0), there.fold) == (wall, self.fold) else None


def draw(clinic: Clinic, desk: Desk, provider: Provider, days: list[Day]) -> Text:
    """The picture, each line ended."""
    rows = _rows(days, clinic.zone)
    columns = [list(_column(day, rows, clinic.zone, desk)) for day in days]
    first, last = days[0].date, days[-1].date
    lines = [
        Text(f"{provider.name} ({provider.id}), {clinic.name}", "bold"),
        Text(f"{first:%A} {first.day} {first:%B} to {last:%A} {last.day} {last:%B %Y}, {clinic.zone.key}"),
        Text(),
        _line("", (Text(f"{day.date:%a %d %b}", "bold") for day in days)),
    ]
    if any(day.has_own_hours for day in days):
        lines.append(_line("", (Text("own hours" if day.has_own_hours else "") for day in days)))
    lines += [_line(_clock(row), cells) for row, *cells in zip(rows, *columns, strict=True)]
    return Text("\n").join([*lines, Text(), _legend(days, rows), Text()])


def _rows(days: list[Day], zone: ZoneInfo) -> list[_Row]:
    """The clock while anything happens in the week, and every moment at which something begins.

    An hour that comes twice stands there twice, as it comes. Where nothing happens, it is one row.
    """
    blocks = [block for day in days for block in day.blocks]
    ends = [
        (_row(block.range.start, zone).minute, _row(block.range.end, zone).minute or _DAY_MIN)
        for block in blocks
        if block.kind not in _NOBODY_THERE
    ]
    first, last = (
        min((start for start, _ in ends), default=0),
        max((end for _, end in ends), default=_DAY_MIN),
    )
    step = (15 if last - first <= _SHORT_MIN else 30) if ends else _DAY_MIN
    on_grid = range(first - first % step, last, step)
    twice = [n for n in range(_DAY_MIN) if any(_Row(n, 1).on(day.date, zone) for day in days)]
    rows = {_row(block.range.start, zone) for block in blocks}
    rows |= {_Row(n, 0) for n in on_grid} | {_Row(n, 1) for n in twice if n in on_grid}
    shown = [row for row in rows if on_grid.start <= row.minute < last]
    # The second time comes when the first is over, whatever minute it begins with.
    return sorted(shown, key=lambda row: (twice[-1], row) if row.fold else (row.minute, row))


def _row(moment: datetime, zone: ZoneInfo) -> _Row:
    local = moment.astimezone(zone)
    return _Row(local.hour * 60 + local.minute, local.fold)


def _column(day: Day, rows: Iterable[_Row], zone: ZoneInfo, desk: Desk) -> Iterator[Text]:
    """A cell a row: of each block first its times, then its id and place, then only its mark."""
    words: Iterator[str] = iter(())
    before: Block | None = None
    for row in rows:
        moment = row.on(day.date, zone)
        block = next((b for b in day.blocks if moment and b.range.start <= moment < b.range.end), None)
        if block is None:
            yield Text("" if row.fold else "skipped", "dim")
            continue
        if block is not before:
            words, before = iter(_words(block, day, zone, desk)), block
        yield _cell(_LOOKS[block.kind], next(words, ""))


def _words(block: Block, day: Day, zone: ZoneInfo, desk: Desk) -> list[str]:
    if block.kind is Kind.CLOSED:
        return []
    start, end = (moment.astimezone(zone) for moment in block.range)
    place = desk.locations.get(block.location_id or 0)
    return [
        "all day" if day.blocks == [block] else f"{start:%H:%M}–{end:%H:%M}",
        *([f" #{block.appointment_id} "] if block.appointment_id else []),
        *([f" {place.name} "] if place else []),
    ]


def _cell(look: _Look, words: str) -> Text:
    words = words[: _WIDTH - 1]
    filled = look.mark * (_WIDTH - 1 - len(words))
    return Text.assemble((look.mark, look.colour), (words, f"bold {look.colour}"), (filled, look.colour))


def _line(clock: str, cells: Iterable[Text]) -> Text:
    line = Text.assemble((clock.ljust(_CLOCK), "dim"))
    for cell in cells:
        cell.pad_right(_WIDTH - cell.cell_len)
        line = line + Text(" ") + cell
    line.rstrip()
    return line


def _clock(row: _Row) -> str:
    return "{:02}:{:02}".format(*divmod(row.minute, 60)) + ("²" if row.fold else "")


def _legend(days: list[Day], rows: list[_Row]) -> Text:
    """What the marks mean; of the rarer ones, those that are there."""
    there = {block.kind for day in days for block in day.blocks}
    usual = [Kind.OPEN, Kind.BOOKED, Kind.HELD, Kind.BUFFER, Kind.TIME_OFF]
    shown = [kind for kind in _LOOKS if kind in usual or (kind in there and kind is not Kind.CLOSED)]
    legend = Text("   ").join(
        Text.assemble((_LOOKS[kind].mark * 2, _LOOKS[kind].colour), " ", _LOOKS[kind].words) for kind in shown
    )
    if any(row.fold for row in rows):
        legend += Text("   ² the hour that comes twice, again")
    return legend
