"""The picture of the dashboard, docs/dashboard.svg: what `infra.sections` puts on it, on an invented day.

The same definition makes CloudWatch's page, so a graph that is added there is seen here.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from gitops.svg import WIDTH, document, text
from infra.sections import COLUMNS, Graph, Line, Section, sections

_MARGIN: Final = 20
_GAP: Final = 12
_HOURS: Final = 24
_POINTS: Final = 96
"""A quarter of an hour each."""
_PLOT: Final = 96
_LEGEND: Final = 16
"""Height of one line of it."""
_LETTER: Final = 6.1
"""Width of the mean one, at the size of a legend."""
_COLOURS: Final = (
    *("#2b6cb0", "#c05621", "#2f855a", "#97266d", "#6b46c1"),
    *("#b7791f", "#2c7a7b", "#c53030", "#4a5568"),
)
_AT_NIGHT: Final = (
    *("#63b3ed", "#f6ad55", "#68d391", "#f687b3", "#b794f4"),
    *("#f6e05e", "#4fd1c5", "#fc8181", "#cbd5e0"),
)
_STYLE: Final = (
    """
  .panel { fill: none; stroke: #cbd2d9 } .curve { fill: none; stroke-width: 1.4 } .small { font-size: 11px }
  .limit { stroke: #c53030; stroke-dasharray: 5 4 } .second { stroke-dasharray: 3 2 }
  .sample { font-size: 12px; font-style: italic }
"""
    + "".join(f"  .c{n} {{ stroke: {colour} }}\n" for n, colour in enumerate(_COLOURS))
    + "  @media (prefers-color-scheme: dark) {\n    .panel { stroke: #3e4c59 } .limit { stroke: #fc8181 }\n"
    + "".join(f"    .c{n} {{ stroke: {colour} }}\n" for n, colour in enumerate(_AT_NIGHT))
    + "  }"
)


def draw(tools: Sequence[str], queues: Sequence[str]) -> str:
    """The whole page with tools of these names, as SVG."""
    parts = [
        text(_MARGIN, 28, "The dashboard of a stage: frontdesk-prod", "lane"),
        text(WIDTH - _MARGIN, 28, "sample data: an invented weekday, 0 to 24 h", "sample", anchor="end"),
    ]
    y = 44.0
    for section in sections(tools, queues):
        made, y = _section(section, y)
        parts += made
    return document(math.ceil(y) + 8, parts, "The dashboard of a stage, with sample data", style=_STYLE)


def _section(section: Section, y: float) -> tuple[list[str], float]:
    """Its heading and its graphs, in rows of 24 columns, and where it ends."""
    parts = [text(_MARGIN, y + 18, section.title, "lane")]
    y += 28
    for row in _rows(section.graphs):
        height = max(_height(graph) for graph in row)
        x = float(_MARGIN)
        for graph in row:
            parts += _graph(graph, x, y, height)
            x += _width(graph) + _GAP
        y += height + _GAP
    return parts, y


def _rows(graphs: Sequence[Graph]) -> Iterator[list[Graph]]:
    row: list[Graph] = []
    for graph in graphs:
        if sum(each.width for each in [*row, graph]) > COLUMNS:
            yield row
            row = []
        row.append(graph)
    yield row


def _width(graph: Graph) -> float:
    in_row = COLUMNS / graph.width
    return (WIDTH - 2 * _MARGIN - (in_row - 1) * _GAP) / in_row


def _height(graph: Graph) -> float:
    return 30 + _PLOT + 14 + _LEGEND * len(_legend(graph)) + 6


def _graph(graph: Graph, x: float, y: float, height: float) -> list[str]:
    width = _width(graph)
    days = [_day(line, f"{graph.title} {line.label}") for line in graph.lines]
    highest = _round_up(max(1.0, *(max(day) for day in days)))
    left, right, top = x + 44, x + width - 10, y + 30
    bottom = top + _PLOT

    def height_of(value: float) -> float:
        return round(bottom - value / highest * _PLOT, 1)

    parts = [
        f'<rect class="panel" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6"/>',
        text(round(x + 10, 1), round(y + 19, 1), graph.title, "small"),
    ]
    for share in (0, 0.5, 1):
        at = height_of(share * highest)
        parts.append(f'<line class="line" x1="{left:.1f}" y1="{at}" x2="{right:.1f}" y2="{at}"/>')
        parts.append(
            text(round(left - 5, 1), round(at + 4, 1), _short(share * highest), "note small", anchor="end")
        )
    if graph.limit is not None and 0 < graph.limit <= highest:
        at = height_of(graph.limit)
        parts.append(f'<line class="limit" x1="{left:.1f}" y1="{at}" x2="{right:.1f}" y2="{at}"/>')
    step = (right - left) / (_POINTS - 1)
    for number, day in enumerate(days):
        points = " ".join(
            f"{left + step * place:.1f},{height_of(value):.1f}" for place, value in enumerate(day)
        )
        parts.append(f'<polyline class="curve {_kind(number)}" points="{points}"/>')
    for row, line in enumerate(_legend(graph)):
        at = bottom + 20 + _LEGEND * row
        for number, label, offset in line:
            start = x + 10 + offset
            parts.append(
                f'<line class="curve {_kind(number)}" x1="{start:.1f}" y1="{at - 4:.1f}"'
                f' x2="{start + 14:.1f}" y2="{at - 4:.1f}"/>'
            )
            parts.append(text(round(start + 18, 1), round(at, 1), label, "note small"))
    return parts


def _kind(number: int) -> str:
    return f"c{number % len(_COLOURS)}{' second' if number >= len(_COLOURS) else ''}"


def _legend(graph: Graph) -> list[list[tuple[int, str, float]]]:
    """Lines of it: number, label and offset of each entry."""
    lines: list[list[tuple[int, str, float]]] = [[]]
    offset, room = 0.0, _width(graph) - 20
    for number, line in enumerate(graph.lines):
        width = 30 + _LETTER * len(line.label)
        if offset + width > room and lines[-1]:
            lines.append([])
            offset = 0.0
        lines[-1].append((number, line.label, offset))
        offset += width
    return lines


def _day(line: Line, seed: str) -> list[float]:
    """An invented day of that line: what is usual, by the hours that clinics keep; 0 lies still."""
    chance = random.Random(seed)  # noqa: S311 - no secret: the same picture each time
    drift, day = 0.0, list[float]()
    for place in range(_POINTS):
        drift = 0.8 * drift + chance.gauss(0, 0.015 if line.is_level else 0.05)
        busy = 1.0 if line.is_level else _busy(place * _HOURS / _POINTS)
        value = line.usual * busy * max(0.2, 1 + drift)
        if 0 < line.usual < 1:  # of what is rare, now and then a whole one
            value = float(chance.random() < line.usual * busy * 0.4)
        day.append(min(value, 100.0) if line.expression else value)
    return day


_CURVE: Final[Mapping[int, float]] = {
    0: 0.02,
    6: 0.03,
    7: 0.25,
    9: 1.0,
    11: 0.85,
    12: 0.6,
    14: 0.8,
    16: 0.7,
    18: 0.25,
    20: 0.08,
    24: 0.02,
}
"""Of calls, by the hour."""


def _busy(hour: float) -> float:
    for (start, low), (end, high) in pairwise(_CURVE.items()):
        if start <= hour <= end:
            return low + (high - low) * (hour - start) / (end - start)
    return 0.0


def _round_up(value: float) -> float:
    """To the next 1, 2, 4, 5 or 8 of its magnitude, so that the axis has plain numbers."""
    magnitude = 10 ** math.floor(math.log10(value))
    return next(step * magnitude for step in (1, 2, 4, 5, 8, 10) if step * magnitude >= value)


def _short(value: float) -> str:
    for power, unit in ((9, "G"), (6, "M"), (3, "k")):
        if value >= 10**power:
            return f"{value / 10**power:g} {unit}"
    return f"{value:g}"
