"""What is read of a document: blocks in its order, the passages made of them, and the text they hold."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Nobody sees them; bidi controls and tags also hide from an admin what a model would read.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# Ligatures, radicals and letters in the shapes of one place in a word, as PDF files have them.
_SHAPES: Final = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc]")
_WIDE: Final = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_WIDE_WEIGHT: Final = 2.5
_HYPHENATED: Final = re.compile(r"\w[-\u2010]$")
_SECOND_HALVES: Final = frozenset(
    {"in", "up", "on", "off", "out", "to", "free", "time", "term", "based", "line"}
)
"""Of words that keep their hyphen: walk-in, follow-up."""


class Block(NamedTuple):
    """One piece of a document as its author set it."""

    kind: Literal["heading", "text", "item", "row", "answer"]
    text: str
    """In one line. Of a row its cells, with tabs between them."""
    page: int | None = None
    """From 1; None where a format has no pages."""
    level: int = 0
    """Of a heading 1 to 6."""
    header: str = ""
    """Of a row its table's header cells, with tabs between them, empty without; of an answer its question,
    with what the question stands under before it, tabs between them."""


class Passage(NamedTuple):
    """What is found and read aloud: about a paragraph."""

    text: str
    heading: str
    """What it stands under, outermost first: `Fees > Forms`; may be empty."""
    page: int | None


def visible(text: str) -> str:
    """The text without what nobody sees, its lines ended by newlines, letters in their plain shape."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    return _SHAPES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def one_line(text: str) -> str:
    """The text in one line with single spaces; none comes between two Han characters where a line ended."""
    return joined(text.split("\n"))


def joined(lines: Iterable[str]) -> str:
    """Lines of one paragraph as one; a word that a hyphen parts at a line's end is whole again."""
    parts: list[str] = []
    before = ""
    for line in lines:
        part = " ".join(line.split())
        if not part:
            continue
        if _HYPHENATED.search(before) and part[0].isalnum():
            is_parted = before[-3:-1].isalpha() and before[-2].islower() and part[0].islower()
            if is_parted and re.split(r"\W", part, maxsplit=1)[0] not in _SECOND_HALVES:
                parts[-1] = before[:-1]
        elif before and not (is_wide(before[-1]) and is_wide(part[0])):
            parts.append(" ")
        parts.append(part)
        before = part
    return "".join(parts)


def is_wide(character: str) -> bool:
    """Whether it is Han, kana, hangul or punctuation as wide as they are."""
    return _WIDE.match(character) is not None


def weight(text: str) -> float:
    """How much it says and how long it takes to say, in Latin characters: a Chinese one counts for 2.5."""
    return len(text) if text.isascii() else len(text) + (_WIDE_WEIGHT - 1) * len(_WIDE.findall(text))
