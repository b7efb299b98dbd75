"""Which passages of a clinic's documents answer a question, by meaning and by words; or that none does.

Both searches are exact, within the clinic's current documents and one model, in one query. They are fused by
rank, since their scores have no common measure; whether anything is good enough is judged by the scores.
"""

import json
import re
import struct
import time
from base64 import b64decode
from functools import cache
from math import hypot
from pathlib import Path
from typing import Final, Literal, NamedTuple

from frontdesk.db.queries import beside
from frontdesk.db.transaction import Transaction
from frontdesk.errors import ProviderFailed
from frontdesk.knowledge import parts, terms
from frontdesk.knowledge.embedding import DIMENSIONS, ENCODER, TITAN, Vector, embedder, sql_text
from frontdesk.trigger import Model

SQL: Final = beside(__file__)
RESERVE_S: Final = 1.5
"""Kept of the deadline for the search itself; an embedder that takes longer isn't waited for."""
CENTRES: Final = Path(__file__).with_name("centres.json")
_OWN_LANGUAGE: Final = 0.04
"""How much nearer to a question passages in its own language are, whatever they say."""
_HAN: Final = re.compile("[\u3400-\u9fff]")
_CHINESE_FROM: Final = 0.2
"""The share of Han characters; as the column `is_chinese` has it."""


class Found(NamedTuple):
    """A passage, and how near it is."""

    chunk_id: int
    document: str
    page: int | None
    """From 1; None where a format has no pages."""
    heading: str
    text: str
    is_suspicious: bool
    """Whether it reads like an order to a model."""
    similarity: float | None
    """In meaning: how much nearer than what is usual in its language. None by words alone."""
    score: float
    """Of both ranks; comparable within one answer only."""


class Answered(NamedTuple):
    """The best passages first; none where the documents don't say."""

    passages: list[Found]
    by: Literal["both", "words"]
    """`words` where no vector of the question was to be had in time."""


class Evidence(NamedTuple):
    """How much speaks for an answer being among what was found."""

    found: float
    """The most that speaks for one passage: its words, 1 for what one that stands nowhere would weigh, and
    its similarity times the judge's `nearness`."""
    unknown: float
    """The share of the question, its words weighed, that stands nowhere in the documents."""


class Judge(NamedTuple):
    """What is evidence enough. It doesn't carry over from one model to another."""

    nearness: float
    unknown: float
    """A known word speaks for itself, an unknown one against."""
    least: float

    def is_answer(self, given: Evidence) -> bool:
        """Whether it is enough."""
        return given.found + self.unknown * given.unknown >= self.least


JUDGES: Final[dict[Model, Judge]] = {
    ENCODER: Judge(nearness=4, unknown=-0.5, least=2.72),
    TITAN: Judge(nearness=4, unknown=-0.5, least=3.2),
}
"""The encoder's is fitted to the `tuning` half of the labelled set, where it rejects seven of ten questions
that the documents don't answer; Titan's is a guess on the careful side, to be measured where Titan is."""
BY_WORDS: Final = Judge(nearness=0, unknown=-0.5, least=2.2)
"""Stricter: words alone find something for nearly every question."""


class _Model(NamedTuple):
    model: Model


class _Row(NamedTuple):
    chunk_id: int
    document: str
    page: int | None
    heading: str
    text: str
    is_suspicious: bool
    similarity: float | None
    score: float
    evidence: float
    unknown: float


def ask(db: Transaction, question: str, *, deadline: float, most: int = 3) -> Answered:
    """The passages that answer, at most so many, from the documents of the transaction's clinic.

    No transaction is held while the embedder is awaited, so `db` may be another one afterwards.

    Args:
        db: under the clinic's claims.
        question: as the caller said it.
        deadline: on the clock of `time.monotonic`; who leaves less than `RESERVE_S` of it is late.
        most: how many passages.
    """
    clinic = db.one(_Model, SQL["model_to_ask"])
    if clinic is None or not question.strip():
        return Answered([], "words")
    vector = _vector(db, question, clinic.model, deadline - RESERVE_S)
    found, evidence = find(db, question, vector, clinic.model, most=most)
    judge = JUDGES[clinic.model] if vector else BY_WORDS
    return Answered(found if judge.is_answer(evidence) else [], "both" if vector else "words")


def is_chinese(text: str) -> bool:
    """Whether it is in Chinese, names in Latin letters apart."""
    return len(_HAN.findall(text)) > _CHINESE_FROM * len(text)


def find(
    db: Transaction, question: str, vector: Vector | None, model: Model, *, most: int, by_words: bool = True
) -> tuple[list[Found], Evidence]:
    """The best passages, whether they answer or not, and the evidence; by words alone without a vector."""
    in_chinese = is_chinese(question)
    asked, english_mean, chinese_mean = (
        centred(vector, model, in_chinese=in_chinese) if vector else (None, 0, 0)
    )
    rows = db.all(
        _Row,
        SQL["search"],
        terms=list(terms.of(question)) if by_words else [],
        is_chinese=in_chinese,
        vector=asked and sql_text(asked),
        model=asked and model,
        english_mean=english_mean,
        chinese_mean=chinese_mean,
        nearness=(JUDGES[model] if asked else BY_WORDS).nearness,
        most=most,
    )
    found = [
        Found(
            row.chunk_id,
            row.document,
            row.page,
            row.heading,
            row.text,
            row.is_suspicious,
            row.similarity,
            row.score,
        )
        for row in rows
    ]
    evidence = Evidence(rows[0].evidence, rows[0].unknown) if rows else Evidence(0, 1)
    return found, evidence


def _vector(db: Transaction, question: str, model: Model, by: float) -> Vector | None:
    if time.monotonic() >= by:
        return None
    with db.released():
        try:
            [vector] = embedder(model).embed([parts.of_question(question)], deadline=by)
        except ProviderFailed:
            return None
    return vector


class Centres(NamedTuple):
    """The mean vectors of questions and of passages of a model, by language."""

    questions: dict[str, Vector]
    passages: dict[str, Vector]


def centred(vector: Vector, model: Model, *, in_chinese: bool) -> tuple[Vector, float, float]:
    """A question's vector as it is compared, and how near an ordinary passage is to it: English, Chinese.

    The vectors of all questions in one language have much in common, and so have passages; that says nothing
    about what they mean, but it is most of what keeps the two languages apart.
    """
    centres = _centres().get(model)
    if centres is None:
        return vector, 0, 0
    common = centres.questions["zh" if in_chinese else "en"]
    moved = [number - mean for number, mean in zip(vector, common, strict=True)]
    length = hypot(*moved) or 1.0
    asked = tuple(number / length for number in moved)
    near = {
        language: sum(number * mean for number, mean in zip(asked, centre, strict=True))
        for language, centre in centres.passages.items()
    }
    near["zh" if in_chinese else "en"] += _OWN_LANGUAGE
    return asked, near["en"], near["zh"]


@cache
def _centres() -> dict[str, Centres]:
    """Of models that need it; made by `benchmarks/knowledge_centres.py`."""
    written = json.loads(CENTRES.read_text("utf-8"))
    return {
        model: Centres(
            **{
                kind: {language: _unpacked(packed) for language, packed in by_language.items()}
                for kind, by_language in kinds.items()
            }
        )
        for model, kinds in written.items()
    }


def _unpacked(packed: str) -> Vector:
    return struct.unpack(f"<{DIMENSIONS}e", b64decode(packed))
