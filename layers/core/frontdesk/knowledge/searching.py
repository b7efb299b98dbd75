"""Stand-in of SEARCH's module, thrown away at the merge: the nearest vectors above a bound, else words."""

import re
import time
from typing import Final, Literal, NamedTuple

from frontdesk.db.transaction import Transaction
from frontdesk.errors import ProviderFailed
from frontdesk.knowledge import embedding

_NEAR: Final = 0.25
_SQL: Final = """
    WITH q AS (SELECT %(vector)s::vector AS vector)
    SELECT c.id AS chunk_id, d.name AS document, c.page, c.heading, c.text, c.is_suspicious,
        (1 - (e.embedding <=> q.vector))::float AS similarity, (1 - (e.embedding <=> q.vector))::float AS score
    FROM documents d JOIN document_chunks c ON c.org_id = d.org_id AND c.version_id = d.current_version
    JOIN chunk_embeddings e ON e.org_id = c.org_id AND e.chunk_id = c.id AND e.model = %(model)s, q
    WHERE d.org_id = (SELECT auth.org_id()) ORDER BY similarity DESC LIMIT %(most)s"""
_WORDS: Final = """
    SELECT c.id AS chunk_id, d.name AS document, c.page, c.heading, c.text, c.is_suspicious,
        NULL::float AS similarity, 1::float AS score
    FROM documents d JOIN document_chunks c ON c.org_id = d.org_id AND c.version_id = d.current_version
    WHERE d.org_id = (SELECT auth.org_id()) AND c.text ~* ANY (%(words)s::text[]) LIMIT %(most)s"""


class Found(NamedTuple):
    chunk_id: int
    document: str
    page: int | None
    heading: str
    text: str
    is_suspicious: bool
    similarity: float | None
    score: float


class Answered(NamedTuple):
    passages: list[Found]
    by: Literal["both", "words"]


def ask(db: Transaction, question: str, *, deadline: float, most: int = 3) -> Answered:
    model = db.value("SELECT embedding_model FROM organizations WHERE id = (SELECT auth.org_id())")
    if model is None:
        return Answered([], "words")
    try:
        with db.released():
            until = max(time.monotonic() + 0.1, deadline - 1.5)
            [vector] = embedding.embedder(model).embed([question], deadline=until)
    except ProviderFailed:
        words = [word for word in re.findall(r"\w{4,}|[\u4e00-\u9fff]{2}", question)]
        return Answered(db.all(Found, _WORDS, words=words, most=most), "words")
    found = db.all(Found, _SQL, vector=embedding.sql_text(vector), model=model, most=most)
    return Answered([one for one in found if one.similarity and one.similarity > _NEAR], "both")
