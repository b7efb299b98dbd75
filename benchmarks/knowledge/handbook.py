"""Writes the patient handbook of the labelled set, `handbook.md`, as a PDF: the same bytes each time.

Half-letter pages in large print, nothing but text objects in the standard Helvetica, which every reader has.
What it knows of Markdown is what the handbook uses: headings of two levels, paragraphs, one table.
"""

import sys
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

TEXT: Final = Path(__file__).with_name("handbook.md")
_WIDTH: Final = 396
_HEIGHT: Final = 612
_LEFT: Final = 45
_TOP: Final = 545
_BOTTOM: Final = 70
"""Points, from the foot of the page."""
_BODY: Final = 13
_LEADING: Final = 18
_COLUMNS: Final = (45, 185, 230, 290)
_ADDRESS: Final = "2480 Larchwood Street, Vancouver - +1 604-555-0100"
# Helvetica's advances in thousandths of an em from the space to the tilde (Adobe's Core 14 font metrics).
_ADVANCES: Final = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)


class _Text(NamedTuple):
    font: str
    size: int
    x: int
    y: int
    text: str

    def drawn(self) -> bytes:
        escaped = self.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"BT /{self.font} {self.size} Tf {self.x} {self.y} Td ({escaped}) Tj ET\n".encode("latin-1")


_HEADER: Final = _Text("R", 9, _LEFT, _HEIGHT - 35, "Maple Clinic: patient handbook")


class _Line(NamedTuple):
    """What stands on one line: texts at their places across the page."""

    texts: tuple[_Text, ...]
    above: int = 0
    """Points kept free above it, unless it is the first of its page."""
    keeps: int = 0
    """Points that must be left below it, so that no heading stands alone at a page's foot."""
    new_page: bool = False


def pages() -> list[str]:
    """What stands on each page, a line for each of its lines, without header and footer."""
    return [
        "\n".join(" ".join(text.text for text in line) for _, line in groupby(page, key=lambda text: text.y))
        for page in _pages()
    ]


def pdf() -> bytes:
    """The handbook: each chapter on a new page, a header and a footer with the number on every page."""
    pages = list(_pages())
    first = 5
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-CA) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        *(
            f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>".encode()
            for font in ("Helvetica", "Helvetica-Bold")
        ),
    ]
    for number, texts in enumerate(pages, 1):
        drawn = b"".join(text.drawn() for text in (_HEADER, *texts, *_footer(number, len(pages))))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}]"
            f" /Contents {len(objects) + 2} 0 R /Resources << /Font << /R 3 0 R /B 4 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%sendstream" % (len(drawn), drawn))
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    """The objects with the table of where each begins (ISO 32000-1, section 7.5)."""
    made = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(objects) + 1, len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(made)


def _footer(number: int, count: int) -> tuple[_Text, ...]:
    page = f"Page {number} of {count}"
    right = round(_WIDTH - _LEFT - _breadth(page, 9))
    return _Text("R", 9, _LEFT, 35, _ADDRESS), _Text("R", 9, right, 35, page)


def _pages() -> Iterator[list[_Text]]:
    page: list[_Text] = []
    y = _TOP
    for line in _lines(TEXT.read_text("utf-8")):
        below = y - line.above if page else y
        if page and (line.new_page or below - line.keeps < _BOTTOM):
            yield page
            page, below = [], _TOP
        page += [text._replace(y=below) for text in line.texts]
        y = below - _LEADING
    yield page


def _lines(text: str) -> Iterator[_Line]:
    for table, group in groupby(text.split("\n\n"), key=lambda block: block.startswith("|")):
        for block in group:
            if table:
                yield from _table(block.splitlines())
            elif block.startswith("# "):
                title = _Text("B", 20, _LEFT, 0, block[2:].strip())
                yield _Line((title,), keeps=4 * _LEADING, new_page=True)
            elif block.startswith("## "):
                title = _Text("B", 15, _LEFT, 0, block[3:].strip())
                yield _Line((title,), above=_LEADING, keeps=3 * _LEADING)
            else:
                yield from _paragraph(block)


def _paragraph(block: str) -> Iterator[_Line]:
    line = ""
    above = _LEADING // 3
    body = partial(_Text, "R", _BODY, _LEFT, 0)
    for word in block.split():
        longer = f"{line} {word}".strip()
        if _breadth(longer, _BODY) > _WIDTH - 2 * _LEFT:
            yield _Line((body(line),), above)
            longer, above = word, 0
        line = longer
    yield _Line((body(line),), above)


def _table(rows: list[str]) -> Iterator[_Line]:
    for index, row in enumerate(rows):
        if index == 1:  # the rule below the header
            continue
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        font = "R" if index else "B"
        yield _Line(
            tuple(_Text(font, 11, x, 0, cell) for x, cell in zip(_COLUMNS, cells, strict=True)),
            above=0 if index else _LEADING // 2,
        )


def _breadth(text: str, size: int) -> float:
    """Points; what isn't ASCII counts as wide as an `n`."""
    advances = (_ADVANCES[ord(char) - 32] if " " <= char <= "~" else 556 for char in text)
    return sum(advances) * size / 1000


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(pdf())
