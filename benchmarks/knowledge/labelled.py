"""The labelled set: documents of an invented clinic, and what its callers ask.

Questions are in `questions.yml`, which says what its fields mean. The set knows nothing of the code that is
measured with it.
"""

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, cast

from ruamel.yaml import YAML

from benchmarks.knowledge import handbook

Language = Literal["en", "zh"]
Pair = Literal["en>en", "zh>zh", "en>zh", "zh>en", "en>none", "zh>none"]
"""Language of the question > that of the documents that answer it."""
Split = Literal["tuning", "sealed"]

HANDBOOK: Final = "patient-handbook.pdf"
"""Made anew each time, so it isn't among the files."""
_HERE: Final = Path(__file__).parent
_SPACE: Final = re.compile(r"\s+")
_NOT_TEXT: Final = re.compile(r"(?s)<(script|style|title)\b.*?</\1>|<[^>]*>")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")


class Place(NamedTuple):
    """A passage of a document, found by words that stand in it and nowhere else in the document."""

    document: str
    contains: str

    def is_in(self, document: str, text: str) -> bool:
        """Whether a passage of this document is the place; where its lines end doesn't matter."""
        return document == self.document and squeezed(self.contains) in squeezed(text)


class Question(NamedTuple):
    """What a caller asks, and where it is answered."""

    id: str
    question: str
    language: Language
    pair: Pair
    split: Split
    answers: tuple[Place, ...]
    """Any one of them answers; none where the documents don't say."""

    def is_answered_by(self, document: str, text: str) -> bool:
        """Whether the passage answers it."""
        return any(place.is_in(document, text) for place in self.answers)


def documents() -> dict[str, bytes]:
    """File names and contents, in the order of the names, the handbook last."""
    files = {path.name: path.read_bytes() for path in sorted((_HERE / "documents").iterdir())}
    return files | {HANDBOOK: handbook.pdf()}


def questions() -> list[Question]:
    """All of them, in the order of the file."""
    written = cast("Any", YAML(typ="safe", pure=True)).load(_HERE / "questions.yml")
    return [_question(fields) for fields in written]


def _question(fields: dict[str, Any]) -> Question:
    answers = tuple(Place(**place) for place in fields.pop("answers"))
    return Question(**fields, answers=answers)


@cache
def text(document: str) -> str:
    """A document's text without any reader of ours, for checking the labels; pages end with a form feed."""
    if document == HANDBOOK:
        return "\f".join(handbook.pages())
    written = (_HERE / "documents" / document).read_text("utf-8")
    return unescape(_NOT_TEXT.sub(" ", written)) if document.endswith(".html") else written


def language_of(document: str) -> Language:
    """Chinese documents have Chinese names."""
    return "zh" if _HAN.search(document) else "en"


def squeezed(written: str) -> str:
    """Without white space."""
    return _SPACE.sub("", written)
