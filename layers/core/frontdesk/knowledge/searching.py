"""Which passages of a clinic's documents answer a question, by meaning and by words; or that none does.

Both searches are exact, within the clinic's current documents and one model, in one query. Their scores are
added up: the sum orders the passages, and says whether the best of them is good enough to be told.
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
_ALIKE: Final = 0.1
"""A similarity below which two texts have nothing to do with each other."""
_ABOUT: Final = 0.05
"""Of a score, what nobody would notice."""
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
    """Of meaning and words together, by which passages are ordered and judged."""


class Answered(NamedTuple):
    """What was found, the best first; nothing where the documents say nothing near the question."""

    passages: list[Found]
    sure: list[Found]
    """Those of them that answer, as far as numbers tell. Of the others a reader has to judge."""
    by: Literal["both", "words"]
    """`words` where no vector of the question was to be had in time."""


class Judge(NamedTuple):
    """Which scores are enough. They don't carry over from one model to another."""

    sure: float
    """To be told as the answer."""
    least: float
    """To be looked at."""

    def is_sure(self, one: Found) -> bool:
        """Whether it may be told. Where meanings were compared, words alone are never enough."""
        return one.score >= self.sure and (one.similarity is None or one.similarity >= _ALIKE)


JUDGES: Final[dict[Model, Judge]] = {
    ENCODER: Judge(sure=0.64, least=0.28),
    TITAN: Judge(sure=0.9, least=0.35),
}
"""The encoder's are fitted to the `tuning` half of the labelled set: nine of ten questions that the documents
don't answer are below `sure`, none that they answer is below `least`. Titan's are a guess on the careful
side, which leaves nearly all to the agent, to be measured where there is a Titan."""
BY_WORDS: Final = Judge(sure=0.3, least=0.15)
"""Words alone score less, and find something for nearly every question."""


class _Model(NamedTuple):
    model: Model


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
        return Answered([], [], "words")
    vector = _vector(db, question, clinic.model, deadline - RESERVE_S)
    found = find(db, question, vector, clinic.model, most=most)
    judge = JUDGES[clinic.model] if vector else BY_WORDS
    near = [one for one in found if one.score >= judge.least]
    # Of two that are about as near, the one that needs no translation.
    in_chinese = is_chinese(question)
    near.sort(key=lambda one: one.score + _ABOUT * (is_chinese(one.text) == in_chinese), reverse=True)
    return Answered(near, [one for one in near if judge.is_sure(one)], "both" if vector else "words")


def is_chinese(text: str) -> bool:
    """Whether it is in Chinese, names in Latin letters apart."""
    return len(_HAN.findall(text)) > _CHINESE_FROM * len(text)


def find(
    db: Transaction, question: str, vector: Vector | None, model: Model, *, most: int, by_words: bool = True
) -> list[Found]:
    """The best passages, however far they are; by words alone without a vector."""
    in_chinese = is_chinese(question)
    asked, english_mean, chinese_mean = (
        centred(vector, model, in_chinese=in_chinese) if vector else (None, 0, 0)
    )
    return db.all(
        Found,
        SQL["search"],
        terms=list(terms.of(question)) if by_words else [],
        is_chinese=in_chinese,
        vector=asked and sql_text(asked),
        model=asked and model,
        english_mean=english_mean,
        chinese_mean=chinese_mean,
        most=most,
    )


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
