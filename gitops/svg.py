"""How the pictures in docs/ are drawn: one width, one style, in light and in dark."""

from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 860
_STYLE: Final = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933 }
  .lane { font-weight: 600 } .note { fill: #52606d; font-size: 12px }
  .line { stroke: #cbd2d9 } .go { stroke: #2b6cb0; stroke-width: 1.5 } .box { fill: #ebf4ff; stroke: #2b6cb0 }
  .bar { fill: #2b6cb0 } .tip { fill: #2b6cb0 } .paper { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb } .note { fill: #9aa5b1 } .line { stroke: #3e4c59 } .paper { fill: #12181f }
    .box { fill: #1a2f45; stroke: #63b3ed } .go { stroke: #63b3ed } .bar, .tip { fill: #63b3ed }
  }"""


def text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "start") -> str:
    """Words at a place; `kind` is a class of the style."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def document(height: int, parts: list[str], title: str, *, style: str = "") -> str:
    """The whole picture; `style` is what it has beyond the common one."""
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
        f"  <title>{escape(title)}</title>\n  <style>{_STYLE}{style}\n  </style>\n"
        f'  <rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>\n{body}\n</svg>\n'
    )
