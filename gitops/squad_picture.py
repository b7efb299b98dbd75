"""The squad as a picture: who hands over to whom, drawn from `resources/squads/frontdesk.yml` itself."""

from collections.abc import Iterator, Mapping
from math import hypot
from typing import Any, Final, cast

from frontdesk.vapi.kinds import SQUADS
from gitops.svg import WIDTH, document, text
from gitops.tree import Tree

_BOX: Final = (124, 30)
_PLACES: Final = {
    "router": (WIDTH / 2, 66),
    "patient-id-en": (215, 150),
    "registration-en": (78, 262),
    "booking-en": (215, 262),
    "modification-en": (352, 262),
    "patient-id-zh": (WIDTH - 215, 150),
    "registration-zh": (WIDTH - 78, 262),
    "booking-zh": (WIDTH - 215, 262),
    "modification-zh": (WIDTH - 352, 262),
}
_ARCS: Final = {"booking-en": 60, "registration-en": 100}
"""How deep a line below the row goes, that would else cross what stands between."""
_HEIGHT: Final = 400

Handoff = tuple[str, str]


def draw(tree: Tree) -> str:
    """Every handoff as an arrow, those back to the router as a sentence; SVG."""
    squad = tree.resources[SQUADS.name, "frontdesk"].document
    all_of_them = set(handoffs(squad))
    home = {pair for pair in all_of_them if pair[1] == "router"}
    drawn = sorted({cast("Handoff", tuple(sorted(pair))) for pair in all_of_them - home})
    parts = [text(20, 26, "Who hands the call to whom", "lane")]
    for one, other in drawn:
        parts += _line(one, other, {pair for pair in all_of_them - home if set(pair) == {one, other}})
    parts += [part for name in _members(squad) for part in _box(name)]
    back = f"{len(home)} of {len(_members(squad)) - 1} also hand back to the router, for something unrelated."
    parts.append(text(20, _HEIGHT - 14, back, "note"))
    return document(_HEIGHT, parts, "The squad's assistants and the handoffs between them")


def handoffs(squad: Mapping[str, Any]) -> Iterator[Handoff]:
    """From whom, to whom."""
    for member in squad["members"]:
        for tool in member.get("assistantOverrides", {}).get("tools:append", []):
            for destination in tool.get("destinations", []):
                yield member["assistantId"], destination["assistantName"]


def _members(squad: Mapping[str, Any]) -> list[str]:
    return [member["assistantId"] for member in squad["members"]]


def _box(name: str) -> list[str]:
    x, y = _PLACES[name]
    width, height = _BOX
    place = f'x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width}" height="{height}" rx="6"'
    # On paper first, so that no line shows through.
    return [f'<rect class="{kind}" {place}/>' for kind in ("paper", "box")] + [
        text(x, y + 5, name, anchor="middle")
    ]


def _line(one: str, other: str, pairs: set[Handoff]) -> list[str]:
    """A line between two boxes, with a tip wherever a call may arrive."""
    (x1, y1), (x2, y2) = _PLACES[one], _PLACES[other]
    if one in _ARCS and other == one.replace("-en", "-zh"):
        low = y1 + _BOX[1] / 2 + _ARCS[one]
        start, end = (x1, y1 + _BOX[1] / 2), (x2, y2 + _BOX[1] / 2)
        path = f"M{start[0]:g} {start[1]:g} C{x1:g} {low:g} {x2:g} {low:g} {end[0]:g} {end[1]:g}"
        ways = {one: (0.0, -1.0), other: (0.0, -1.0)}
    elif one.startswith("registration") and other == "router":
        # Around patient-id, which stands in the straight way.
        side = x2 + (_BOX[0] / 2 if x1 > x2 else -_BOX[0] / 2)
        start, end = (x1, y1 - _BOX[1] / 2), (side, y2)
        path = f"M{side:g} {y2:g} Q{x1:g} {y2:g} {x1:g} {start[1]:g}"
        ways = {one: (0.0, 1.0), other: (1.0 if side < x2 else -1.0, 0.0)}
    else:
        length = hypot(x2 - x1, y2 - y1)
        along = ((x2 - x1) / length, (y2 - y1) / length)
        start, end = _edge(x1, y1, *along), _edge(x2, y2, -along[0], -along[1])
        path = f"M{start[0]:.0f} {start[1]:.0f} L{end[0]:.0f} {end[1]:.0f}"
        ways = {other: along, one: (-along[0], -along[1])}
    places = {one: start, other: end}
    tips = [_tip(*places[goal], *ways[goal]) for _, goal in sorted(pairs)]
    return [f'<path class="go" fill="none" d="{path}"/>', *tips]


def _edge(x: float, y: float, dx: float, dy: float) -> tuple[float, float]:
    """Where a ray from a box's middle leaves it."""
    half_width, half_height = _BOX[0] / 2, _BOX[1] / 2
    step = min(half_width / abs(dx) if dx else 1e9, half_height / abs(dy) if dy else 1e9)
    return x + dx * step, y + dy * step


def _tip(x: float, y: float, dx: float, dy: float) -> str:
    """An arrow's head that ends there, pointing that way."""
    back_x, back_y = x - 8 * dx, y - 8 * dy
    left, right = (back_x - 4 * dy, back_y + 4 * dx), (back_x + 4 * dy, back_y - 4 * dx)
    return (
        f'<path class="tip" d="M{x:.1f} {y:.1f} L{left[0]:.1f} {left[1]:.1f}'
        f' L{right[0]:.1f} {right[1]:.1f} Z"/>'
    )
