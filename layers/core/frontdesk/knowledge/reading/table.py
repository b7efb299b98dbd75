"""CSV: questions and answers, or any table, as programs and people write them."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from frontdesk.knowledge.blocks import Block, one_line, visible
from frontdesk.knowledge.reading.decoding import decode

_QUESTION: Final = re.compile(r"(?:patients? |the )?(?:questions?|faqs?|q)|问题?|問題?|常见问题|提问", re.I)
_ANSWER: Final = re.compile(
    r"(?:the |our )?(?:answers?|repl(?:y|ies)|responses?|a)|答案?|回答|回复|答复", re.I
)
_DELIMITERS: Final = ",;\t|"
_LONGEST_CELL: Final = 1_000_000


def blocks(path: Path) -> Iterator[Block]:
    """An answer for each line of a file with questions, else a row for each line after the first.

    A line with fewer cells than the first lacks the last ones; one with more has a comma that nobody
    quoted, in the answer, or else in the last column.
    """
    lines = _lines(visible(decode(path.read_bytes())))
    header = next(lines, list[str]())
    asks = [place for place, cell in enumerate(header) if _QUESTION.fullmatch(cell)]
    answers = [place for place, cell in enumerate(header) if _ANSWER.fullmatch(cell)]
    if asks and answers:
        for cells in lines:
            yield from _answer(_fitted(cells, len(header), at=answers[0]), asks[0], answers[0])
        return
    if len(header) == 2 and header[0].endswith(("?", "？")):
        for cells in (header, *lines):
            yield from _answer(_fitted(cells, 2, at=1), 0, 1)
        return
    for cells in lines:
        yield Block("row", "\t".join(_fitted(cells, len(header), at=-1)), header="\t".join(header))


def is_of_questions(text: str) -> bool:
    """Whether the text's first line names a column of questions and one of answers."""
    header = next(_lines(visible(text)), list[str]())
    return any(map(_QUESTION.fullmatch, header)) and any(map(_ANSWER.fullmatch, header))


def has_columns(text: str) -> bool:
    """Whether the text is a table, rather than prose in a file called so."""
    rows = [cells for _, cells in zip(range(20), _lines(visible(text)), strict=False)]
    return bool(rows) and len(rows[0]) > 1 and sum(len(row) > 1 for row in rows) > len(rows) / 2


def _lines(text: str) -> Iterator[list[str]]:
    """Each line's cells, but of lines that have none."""
    head = re.sub(r'"[^"]*"', "", text.lstrip("\n").split("\n", 1)[0])
    delimiter = max(_DELIMITERS, key=head.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    for line in reader:
        cells = [one_line(cell) for cell in line]
        if any(cells):
            yield cells


def _fitted(cells: list[str], columns: int, *, at: int) -> list[str]:
    """The cells as so many columns; what is too much stands in the column `at`, with its commas."""
    extra = len(cells) - columns
    if extra <= 0:
        return cells + [""] * -extra
    at %= columns
    return [*cells[:at], ", ".join(filter(None, cells[at : at + extra + 1])), *cells[at + extra + 1 :]]


def _answer(cells: list[str], asks: int, answers: int) -> Iterator[Block]:
    """One answer, under its question and what else its line has: a category, as a rule."""
    others = [cell for place, cell in enumerate(cells) if place not in (asks, answers)]
    if cells[answers]:
        yield Block("answer", cells[answers], header="\t".join(filter(None, (*others, cells[asks]))))
