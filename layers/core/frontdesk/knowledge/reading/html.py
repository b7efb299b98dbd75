"""HTML: what a reader of the page sees, event by event of the parser, so no depth of nesting matters.

Word documents and Markdown come through here too: their libraries make HTML of them.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from frontdesk.knowledge.blocks import Block, one_line, visible, weight
from frontdesk.knowledge.reading.decoding import decode
from frontdesk.knowledge.splitting import LONGEST_HEADING

_UNSEEN: Final = frozenset(
    {"script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "canvas", "audio"}
    | {"video", "select", "button", "textarea", "nav", "dialog", "datalist"}
)
"""Not told: never seen, or not what the page says."""
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)} | {"summary": 6}
_BREAKS: Final = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "ul",
        "ol",
        "dl",
        "dd",
        "blockquote",
    }
    | {
        "pre",
        "form",
        "fieldset",
        "figure",
        "figcaption",
        "address",
        "details",
        "body",
        "html",
        "hr",
        "li",
        "dt",
    }
    | {"center", "table", "caption", *_HEADINGS}
)
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_BOLD: Final = frozenset({"b", "strong"})
_MOST_SPANNED: Final = 50


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of an HTML file."""
    return of_html(decode(path.read_bytes()))


def of_html(text: str) -> Iterator[Block]:
    """The blocks of a page of HTML, well-formed or not."""
    reader = _Reader()
    for begins in range(0, len(text), 65_536):
        reader.feed(text[begins : begins + 65_536])
        yield from reader.taken()
    reader.close()
    reader.end()
    yield from reader.taken()


class _Table:
    """One table that is being read; what stands in an inner one is the inner one's."""

    def __init__(self) -> None:
        self.header: list[str] = []
        self.rows = 0
        self.cells: list[str] = []
        self.are_headers = True
        self.reaching: dict[int, tuple[str, int]] = {}
        """Cells of rows above that reach down to this one: by column, the text and for how many rows yet."""
        self.below: dict[int, tuple[str, int]] = {}
        """The same for the next row."""
        self.span: tuple[int, int] = (1, 1)
        self.is_in_cell = False


class _Reader(HTMLParser):
    """Collects the text between what breaks it, and knows what it is from the tags that are open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._bold = 0
        """Characters of `_text` that stand out."""
        self._length = 0
        self._is_bold = 0
        self._as: str = "text"
        self._level = 0
        self._term = ""
        self._unseen = ""
        """The tag whose content isn't told, and how many of its kind are open."""
        self._depth = 0
        self._tables: list[_Table] = []
        self._pre = 0

    def taken(self) -> list[Block]:
        """The blocks that are complete; each is given once."""
        blocks, self._blocks = self._blocks, []
        return blocks

    def end(self) -> None:
        """What the file left open is complete."""
        while self._tables:
            self._end_table()
        self._break()
        if self._term:
            self._add(Block("text", self._term))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What begins here, and what that ends."""
        if self._unseen:
            self._depth += tag == self._unseen
            return
        given = dict(attrs)
        if tag in _UNSEEN or (tag not in _VOID and _is_hidden(given)):
            self._unseen, self._depth = tag, 1
        elif tag == "body":
            self._break()
        elif tag == "table":
            self._break()
            self._tables.append(_Table())
        elif self._tables and tag in ("tr", "td", "th"):
            self._cell_or_row(tag, given)
        elif tag == "br":
            self._text.append("\n" if self._pre else " \n")
        elif tag in _BREAKS:
            stays = tag in ("p", "div") and self._as in ("item", "term") and not self._length
            self._break()
            if not stays:
                self._as, self._level = "text", 0
            if tag in _HEADINGS:
                self._as, self._level = "heading", _HEADINGS[tag]
            elif tag in ("li", "dt"):
                self._as = {"li": "item", "dt": "term"}[tag]
            self._pre += tag == "pre"
        self._is_bold += tag in _BOLD

    def handle_endtag(self, tag: str) -> None:
        """What ends here."""
        if self._unseen:
            self._depth -= tag == self._unseen
            if not self._depth:
                self._unseen = ""
            return
        if tag in _BOLD:
            self._is_bold = max(0, self._is_bold - 1)
        elif tag == "table" and self._tables:
            self._end_table()
        elif self._tables and tag in ("td", "th"):
            self._end_cell()
        elif self._tables and tag == "tr":
            self._end_row()
        elif tag in _BREAKS:
            self._break()
            self._as, self._level = "text", 0
            if tag == "pre":
                self._pre = max(0, self._pre - 1)

    def handle_data(self, data: str) -> None:
        """Text, unless nobody sees it."""
        if self._unseen:
            return
        self._text.append(data)
        if not data.isspace():
            self._length += len(data)
            self._bold += len(data) if self._is_bold else 0

    def _break(self) -> None:
        """Ends the paragraph; inside a table's cell it only parts two words."""
        if self._tables and self._tables[-1].is_in_cell:
            self._text.append(" ")
            return
        text = one_line(visible("".join(self._text)))
        is_bold = self._bold == self._length
        self._text, self._bold, self._length = [], 0, 0
        if not text:
            return
        if self._as == "term":
            self._term = f"{self._term} / {text}" if self._term else text
        elif self._as == "heading":
            self._add(Block("heading", text, level=self._level))
        elif self._as == "item":
            self._add(Block("item", text))
        elif self._term:
            mark = " " if self._term.endswith((":", "?", "：", "？")) else ": "
            text, self._term = self._term + mark + text, ""
            self._add(Block("text", text))
        elif (
            is_bold
            and weight(text) <= LONGEST_HEADING
            and not text.endswith((".", "。", "!", "！", ":", "："))
        ):
            # As most people make a heading in Word.
            self._add(Block("heading", text, level=6))
        else:
            self._add(Block("text", text))

    def _add(self, block: Block) -> None:
        self._blocks.append(block)

    def _cell_or_row(self, tag: str, given: dict[str, str | None]) -> None:
        table = self._tables[-1]
        if tag == "tr":
            self._end_row()
            return
        self._end_cell()
        self._text = []
        table.is_in_cell = True
        table.are_headers &= tag == "th"
        table.span = (_number(given.get("colspan")), _number(given.get("rowspan")))

    def _end_cell(self) -> None:
        table = self._tables[-1]
        if not table.is_in_cell:
            return
        table.is_in_cell = False
        text = one_line(visible("".join(self._text))).replace("\t", " ")
        self._text, self._bold, self._length = [], 0, 0
        _fill(table)
        across, down = table.span
        for _ in range(across):
            if down > 1:
                table.below[len(table.cells)] = (text, down - 1)
            table.cells.append(text)

    def _end_row(self) -> None:
        table = self._tables[-1]
        self._end_cell()
        if not table.cells:
            self._text = []
            return
        _fill(table)
        cells, are_headers = table.cells, table.are_headers
        table.cells, table.are_headers = [], True
        table.reaching, table.below = table.below, {}
        table.rows += 1
        filled = [cell for cell in cells if cell]
        if are_headers or (table.rows == 1 and _names_columns(cells)):
            table.header = cells
        elif len(set(filled)) == 1:
            # One cell across the table: a line between rows, or a table that only sets the page.
            self._add(Block("text", filled[0]))
        elif filled:
            self._add(Block("row", "\t".join(cells), header="\t".join(table.header)))

    def _end_table(self) -> None:
        self._end_row()
        table = self._tables.pop()
        if table.rows == 1 and table.header:
            self._add(Block("row", "\t".join(table.header)))
        self._text = []


def _fill(table: _Table) -> None:
    """Puts in the cells that reach down from the rows above."""
    while reaching := table.reaching.pop(len(table.cells), None):
        text, rows = reaching
        if rows > 1:
            table.below[len(table.cells)] = (text, rows - 1)
        table.cells.append(text)


def _names_columns(cells: list[str]) -> bool:
    """Whether a table's first row says what the columns are, though it isn't marked so."""
    return (
        len(cells) > 1
        and all(cells)
        and len(set(cells)) == len(cells)
        and not any(c.isdigit() for cell in cells for c in cell)
    )


def _is_hidden(given: dict[str, str | None]) -> bool:
    style = (given.get("style") or "").replace(" ", "").lower()
    return "hidden" in given or "display:none" in style or "visibility:hidden" in style


def _number(span: str | None) -> int:
    return min(_MOST_SPANNED, max(1, int(span))) if span and span.isascii() and span.isdigit() else 1
