"""The pictures in docs/, drawn from what the code says: a tool call's way, and the ladder of patience."""

from typing import Final
from xml.sax.saxutils import escape

from frontdesk.tool import DEADLINE_S, LAMBDA_TIMEOUT_S, STATEMENT_SHARE, VAPI_TIMEOUT_S

_WIDTH: Final = 860
_STYLE: Final = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933 }
  .lane { font-weight: 600 } .note { fill: #52606d; font-size: 12px }
  .line { stroke: #cbd2d9 } .go { stroke: #2b6cb0; stroke-width: 1.5 } .box { fill: #ebf4ff; stroke: #2b6cb0 }
  .bar { fill: #2b6cb0 } .tip { fill: #2b6cb0 } .paper { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb } .note { fill: #9aa5b1 } .line { stroke: #3e4c59 } .paper { fill: #12181f }
    .box { fill: #1a2f45; stroke: #63b3ed } .go { stroke: #63b3ed } .bar, .tip { fill: #63b3ed }
  }"""
_LANES: Final = {"caller": 70, "Vapi": 260, "Lambda": 490, "Postgres": 780}
_STEPS: Final = (
    ("caller", "Vapi", "“Tuesday morning, please.”"),
    ("Vapi", "Lambda", "POST /vapi/tools/{name}, signed"),
    ("Lambda", "Lambda", "prove the raw body, read Vapi's shape"),
    ("Lambda", "Postgres", "BEGIN · clinic by called number · claims"),
    ("Lambda", "Lambda", "check the arguments, run the handler"),
    ("Lambda", "Postgres", "its queries, under the clinic's wall"),
    ("Lambda", "Postgres", "(undo a decline) · answer · audit · COMMIT"),
    ("Lambda", "Vapi", "200, one line: facts, say, today"),
    ("Vapi", "caller", "“The earliest I have is …”"),
)


def tool_call() -> str:
    """A tool call from the voice to the row and back, as SVG."""
    step, top = 46, 78
    bottom = top + step * len(_STEPS)
    parts = [_text(20, 26, "A tool call, from the voice to the row and back", "lane")]
    for lane, x in _LANES.items():
        parts.append(_text(x, 54, lane, "lane", anchor="middle"))
        parts.append(f'<line class="line" x1="{x}" y1="62" x2="{x}" y2="{bottom - 12}"/>')
    for number, (start, end, words) in enumerate(_STEPS):
        y = top + step * number + 18
        if start == end:
            parts.append(
                f'<rect class="box" x="{_LANES[start] - 130}" y="{y - 18}" width="260" height="26" rx="6"/>'
            )
            parts.append(_text(_LANES[start], y, words, anchor="middle"))
        else:
            parts += _arrow(_LANES[start], _LANES[end], y, words)
    return _svg(bottom + 8, parts, "Sequence of a tool call between caller, Vapi, Lambda and Postgres")


def ladder() -> str:
    """Who gives up when, to scale, as SVG: each step leaves the next one time to say so."""
    rungs = (
        ("statement timeout", STATEMENT_SHARE * DEADLINE_S),
        ("deadline inside the function", DEADLINE_S),
        ("Lambda timeout", LAMBDA_TIMEOUT_S),
        ("Vapi's patience", VAPI_TIMEOUT_S),
    )
    left, scale = 230, (_WIDTH - 310) / VAPI_TIMEOUT_S
    parts = [_text(20, 26, "The ladder of patience, in seconds", "lane")]
    for number, (name, seconds) in enumerate(rungs):
        y = 52 + 34 * number
        parts.append(_text(left - 12, y + 13, name, anchor="end"))
        parts.append(
            f'<rect class="bar" x="{left}" y="{y}" width="{seconds * scale:.0f}" height="18" rx="4"/>'
        )
        parts.append(_text(round(left + seconds * scale) + 8, y + 13, f"{seconds:g} s", "note"))
    return _svg(52 + 34 * len(rungs) + 6, parts, "Four timeouts, each shorter than the next")


def _arrow(start: int, end: int, y: int, words: str) -> list[str]:
    tip = end - 7 if end > start else end + 7
    back = tip - 6 if end > start else tip + 6
    return [
        _text((start + end) // 2, y - 5, words, "note", anchor="middle"),
        f'<line class="go" x1="{start}" y1="{y + 4}" x2="{tip}" y2="{y + 4}"/>',
        f'<path class="tip" d="M{end} {y + 4} L{back} {y - 1} L{back} {y + 9} Z"/>',
    ]


def _text(x: int, y: int, words: str, kind: str = "", *, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(height: int, parts: list[str], title: str) -> str:
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">\n'
        f"  <title>{escape(title)}</title>\n  <style>{_STYLE}\n  </style>\n"
        f'  <rect class="paper" width="{_WIDTH}" height="{height}" rx="8"/>\n{body}\n</svg>\n'
    )
