"""How long a search takes among many clinics' passages, and what an index of all of them would find.

`SQL alone` is the whole hybrid query as the functions' role, exact within the clinic. `With the embedder` is
that and a question's vector by the local model in this process. The passages are invented: vectors around a
thousand centres, five words each by Zipf's law. HNSW is measured where building it takes about a minute; the
nearest ten of one clinic are asked for, and compared with the exact ones.
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import psycopg

from benchmarks.database import Database
from benchmarks.knowledge_quality import encoder
from frontdesk.db import connection
from frontdesk.db.claims import clinic_transaction
from frontdesk.knowledge import searching
from frontdesk.knowledge.embedding import DIMENSIONS, ENCODER, Vector, sql_text
from frontdesk.settings import settings

CLINICS: Final = 500
SIZES: Final = (1_000, 100_000, 1_000_000)
INDEXED: Final = 100_000
"""Passages under HNSW; of a million the build alone would take longer than all other benchmarks."""
ASKED: Final = 200
NEAREST: Final = 10
SQL_ALONE, WHOLE = "SQL alone", "with the embedder"
EXACT, POST_FILTER, ITERATIVE = "exact in the clinic", "HNSW, filtered after", "HNSW, iterative scan"
_BATCH: Final = 20_000
_CENTRES: Final = 1_000
_QUESTION: Final = "where do I park and how much is it"
_ORG: Final = "('00000000-0000-4000-9000-' || lpad(to_hex({}), 12, '0'))::uuid"


def measure(database: Database, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Rows of milliseconds for each size, and of recall at ten within one clinic."""
    os.environ |= database.environment
    settings.cache_clear()
    connection.drop()
    rows: list[dict[str, Any]] = []
    try:
        embed = encoder()
        with psycopg.connect(database.superuser_url, autocommit=True) as superuser:
            # Nobody checks or counts what is invented here.
            superuser.execute("SET session_replication_role = replica")
            superuser.execute("SET maintenance_work_mem = '2GB'")
            before = 0
            for size in SIZES:
                say(f"{size:,} passages of {CLINICS} clinics")
                _fill(superuser, before, size)
                before = size
                rows += _timed(size, embed)
                if size == INDEXED:
                    say("an HNSW index of them")
                    rows += _indexed(superuser, size)
    finally:
        connection.drop()
        settings.cache_clear()
    return rows


def vectors(count: int, seed: int) -> Any:
    """Unit vectors around centres that are the same for every seed, as an array (count, 512)."""
    np: Any = import_module("numpy")
    centres = np.random.default_rng(0).standard_normal((_CENTRES, DIMENSIONS), dtype="float32")
    dice = np.random.default_rng(seed)
    made = centres[dice.integers(_CENTRES, size=count)]
    made = made + dice.standard_normal((count, DIMENSIONS), dtype="float32")
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def _fill(superuser: psycopg.Connection, have: int, want: int) -> None:
    """Adds passages until there are so many, each clinic's one after the other, as uploads leave them."""
    numbers = {"have": have, "more": want - have, "each": (want - have) // CLINICS, "clinics": CLINICS}
    if not have:
        superuser.execute(_DOCUMENTS.encode(), numbers)
    superuser.execute(_CHUNKS.encode(), numbers)
    superuser.execute(_TERMS.encode(), numbers)
    with (
        superuser.cursor() as cursor,
        cursor.copy(
            "COPY chunk_embeddings (org_id, version_id, chunk_id, model, part, embedding) FROM STDIN"
            " (FORMAT binary)"
        ) as copy,
    ):
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for start in range(have, want, _BATCH):
            for block in _packed(start, min(_BATCH, want - start), have, numbers["each"]):
                copy.write(block)
        copy.write(b"\xff\xff")
    superuser.execute("VACUUM ANALYZE documents, document_chunks, chunk_embeddings, chunk_terms")


def _packed(start: int, count: int, have: int, each: int) -> Iterator[bytes]:
    """Rows as COPY's binary format has them, and vectors as pgvector's `vector_send` does."""
    model = ENCODER.encode()
    packed = _filler()
    for number in range(start, start + count):
        clinic = (number - have) // each
        yield b"".join(
            (
                (6).to_bytes(2),
                (16).to_bytes(4) + org(clinic).bytes,
                (8).to_bytes(4) + clinic.to_bytes(8),
                (8).to_bytes(4) + number.to_bytes(8),
                len(model).to_bytes(4) + model,
                (2).to_bytes(4) + (0).to_bytes(2),
                (4 + 4 * DIMENSIONS).to_bytes(4) + DIMENSIONS.to_bytes(2) + bytes(2),
                packed[number % len(packed)],
            )
        )


@cache
def _filler() -> list[bytes]:
    """Vectors in the order of the wire; beyond 100,000 passages they come again, each in another clinic."""
    return [vector.tobytes() for vector in vectors(INDEXED, 1).astype(">f4")]


def org(clinic: int) -> UUID:
    """The id of the clinic of that number."""
    return UUID(int=UUID("00000000-0000-4000-9000-000000000000").int + clinic)


def _timed(size: int, embed: Callable[[Sequence[str]], list[Vector]]) -> Iterator[dict[str, Any]]:
    dice = random.Random(size)
    asked = [tuple(map(float, vector)) for vector in vectors(ASKED, -size % 2**32)]
    alone: list[float] = []
    whole: list[float] = []
    for warm_up in (True, False):
        for vector in asked:
            # By Zipf's law too: a word that many passages have, and some that few have.
            words = " ".join(f"w{5 * int(600 * dice.random() ** 3) + dice.randint(1, 5)}" for _ in range(5))
            with clinic_transaction(org(dice.randrange(CLINICS)), time.monotonic() + 60) as db:
                began = time.perf_counter()
                embed([_QUESTION])
                embedded = time.perf_counter()
                searching.find(db, words, vector, ENCODER, most=3)
                ended = time.perf_counter()
            if not warm_up:
                alone.append(1_000 * (ended - embedded))
                whole.append(1_000 * (ended - began))
    for what, times in ((SQL_ALONE, alone), (WHOLE, whole)):
        yield {"what": what, "way": EXACT, "passages": size, **_percentiles(times)}


def _percentiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p99_ms": round(ordered[len(ordered) * 99 // 100], 2),
    }


def _indexed(superuser: psycopg.Connection, size: int) -> Iterator[dict[str, Any]]:
    """The nearest of one clinic by each way; the index is gone afterwards."""
    asked = [sql_text(tuple(map(float, vector))) for vector in vectors(ASKED, 7)]
    exact, times = _nearest(asked, {"enable_indexscan": "on"})
    yield {"what": "nearest ten", "way": EXACT, "passages": size, "recall": 1.0, **_percentiles(times)}
    began = time.perf_counter()
    superuser.execute("CREATE INDEX everybody ON chunk_embeddings USING hnsw (embedding vector_ip_ops)")
    built_s = round(time.perf_counter() - began)
    # By it alone: left to choose, Postgres takes the clinic's own B-tree, and is right.
    forced = {"enable_sort": "off", "enable_bitmapscan": "off"}
    for way, scan in ((POST_FILTER, "off"), (ITERATIVE, "relaxed_order")):
        found, times = _nearest(asked, forced | {"hnsw.iterative_scan": scan})
        shared = sum(len(theirs & ours) for theirs, ours in zip(found, exact, strict=True))
        yield {
            "what": "nearest ten",
            "way": way,
            "passages": size,
            "recall": round(shared / sum(map(len, exact)), 3),
            "built_s": built_s,
            **_percentiles(times),
        }
    superuser.execute("DROP INDEX everybody")


def _nearest(asked: Sequence[str], given: dict[str, str]) -> tuple[list[set[int]], list[float]]:
    found: list[set[int]] = []
    times: list[float] = []
    with psycopg.connect(settings().database_url or "") as app:
        app.execute("SELECT '[1]'::vector")  # pgvector's own settings come with its library
        for name, value in given.items():
            app.execute("SELECT set_config(%s, %s, false)", [name, value])
        for nth, vector in enumerate(asked):
            claims = json.dumps({"app_metadata": {"org_id": str(org(nth * 7 % CLINICS))}})
            app.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])
            began = time.perf_counter()
            rows = app.execute(_NEAREST.encode(), {"vector": vector, "model": ENCODER, "most": NEAREST})
            found.append({row[0] for row in rows})
            times.append(1_000 * (time.perf_counter() - began))
    return found, times


_NEAREST: Final = """
SELECT chunk_id FROM chunk_embeddings
WHERE org_id = (SELECT auth.org_id()) AND model = %(model)s
ORDER BY embedding <#> %(vector)s::vector LIMIT %(most)s
"""
_DOCUMENTS: Final = f"""
INSERT INTO documents (org_id, id, name, current_version) OVERRIDING SYSTEM VALUE
SELECT {_ORG.format("n")}, n, 'handbook.pdf', n FROM generate_series(0, %(clinics)s - 1) n
"""
_CHUNKS: Final = f"""
INSERT INTO document_chunks
    (org_id, id, document_id, version_id, place, heading, text, content_hash, is_suspicious)
OVERRIDING SYSTEM VALUE
SELECT {_ORG.format("clinic")}, id, clinic, clinic, id, 'A heading', 'Passage ' || id, '', false
FROM generate_series(%(have)s, %(have)s + %(more)s - 1) id,
    LATERAL (SELECT (id - %(have)s) / %(each)s AS clinic) c
"""
_TERMS: Final = f"""
INSERT INTO chunk_terms (org_id, version_id, chunk_id, term, n)
SELECT {_ORG.format("clinic")}, clinic, id, 'w' || floor(600 * random() ^ 3) * 5 + nth, 1
FROM generate_series(%(have)s, %(have)s + %(more)s - 1) id,
    LATERAL (SELECT (id - %(have)s) / %(each)s AS clinic) c,
    generate_series(1, 5) nth
"""
