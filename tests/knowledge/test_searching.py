"""What a question finds in a clinic's documents, and what it doesn't."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest

from frontdesk.db.claims import clinic_transaction
from frontdesk.knowledge import parts, searching, terms
from frontdesk.knowledge.embedding import ENCODER, TITAN, Vector, sql_text
from frontdesk.knowledge.searching import Answered
from local import demo
from tests import embedder as stand_in
from tests.conftest import Database
from tests.db.test_queries import VALUES, explained, nodes, sequential

MAPLE, HARBOUR = UUID(demo.MAPLE), UUID(demo.HARBOUR)


class Said(NamedTuple):
    """A passage to be found."""

    text: str
    heading: str = ""
    page: int | None = None


PARKING = Said("Free parking stalls for patients are behind the building.", "Visiting us > Parking", 3)
RENEWALS = Said("Metformin and other tablets are renewed within three business days.", "Prescriptions")
BILLING = Said("Questions about a bill: call the billing desk, +1 604-555-0103.", "Fees")
SICK_NOTE = Said("A sick note for work costs $25.00.", "Fees")


def keep(
    org_id: UUID,
    *said: Said,
    name: str = "handbook.pdf",
    model: str = ENCODER,
    vectors: Sequence[Vector] | None = None,
    is_current: bool = True,
) -> None:
    """Stores a document of these passages, as an upload does."""
    with clinic_transaction(org_id, time.monotonic() + 10) as db:
        document = db.value(
            "INSERT INTO documents (org_id, name) VALUES ((SELECT auth.org_id()), %(name)s)"
            " ON CONFLICT (org_id, name) DO UPDATE SET name = excluded.name RETURNING id",
            name=name,
        )
        version = db.value(
            "INSERT INTO document_versions (org_id, document_id, status)"
            " VALUES ((SELECT auth.org_id()), %(document)s, 'ready') RETURNING id",
            document=document,
        )
        for place, one in enumerate(said):
            chunk = db.value(
                "INSERT INTO document_chunks (org_id, document_id, version_id, place, page, heading, text,"
                " content_hash, is_suspicious) VALUES ((SELECT auth.org_id()), %(document)s, %(version)s,"
                " %(place)s, %(page)s, %(heading)s, %(text)s, '', false) RETURNING id",
                document=document,
                version=version,
                place=place,
                page=one.page,
                heading=one.heading,
                text=one.text,
            )
            terms.write(db, [chunk], [f"{one.heading}. {one.text}"], version)
            told = parts.of_passage(one.heading, one.text)
            for part, vector in enumerate(vectors or map(stand_in.vector, told)):
                db.run(
                    "INSERT INTO chunk_embeddings (org_id, version_id, chunk_id, model, part, embedding)"
                    " VALUES ((SELECT auth.org_id()), %(version)s, %(chunk)s, %(model)s, %(part)s,"
                    " %(vector)s::vector)",
                    version=version,
                    chunk=chunk,
                    model=model,
                    part=part,
                    vector=sql_text(vector),
                )
        if is_current:
            db.run("UPDATE documents SET current_version = %(v)s WHERE id = %(id)s", v=version, id=document)
        db.run(
            "UPDATE organizations SET embedding_model = coalesce(embedding_model, %(model)s)", model=ENCODER
        )


def ask(question: str, *, org_id: UUID = MAPLE, seconds: float = 5, most: int = 3) -> Answered:
    """What the clinic's documents answer."""
    deadline = time.monotonic() + seconds
    with clinic_transaction(org_id, deadline + 5) as db:
        return searching.ask(db, question, deadline=deadline, most=most)


pytestmark = pytest.mark.usefixtures("database")


def test_the_passage_that_answers_comes_first_and_names_its_source(embedder: stand_in.StandIn) -> None:
    keep(MAPLE, RENEWALS, PARKING, BILLING, SICK_NOTE)

    found = ask("hi um where is parking for patients")

    assert found.by == "both"
    first = found.passages[0]
    assert (first.document, first.page, first.heading) == ("handbook.pdf", 3, "Visiting us > Parking")
    assert first.text == PARKING.text
    assert len(found.passages) <= 3
    assert embedder.texts == ["where is parking for patients"]


def test_a_sentence_in_the_middle_of_a_passage_is_found_by_its_own_vector(embedder: stand_in.StandIn) -> None:
    whole = "We are open daily. Dogs wait outside. The elevator is slow. Bring a card. Masks are free."
    keep(MAPLE, Said(whole), PARKING, RENEWALS)

    found = ask("the elevator is slow")

    assert found.passages[0].text == whole
    assert found.passages[0].similarity is not None
    with clinic_transaction(MAPLE, time.monotonic() + 5) as db:
        db.run("DELETE FROM chunk_embeddings WHERE part > 0")
    assert (ask("the elevator is slow").passages[0].similarity or 0) < found.passages[0].similarity


def test_what_the_documents_dont_say_is_no_answer(embedder: stand_in.StandIn) -> None:
    keep(MAPLE, RENEWALS, PARKING, BILLING, SICK_NOTE)

    assert ask("do you do laser eye surgery").passages == []
    assert ask("你们可以激光矫正近视吗").passages == []


def test_the_other_clinic_finds_nothing_though_its_own_says_the_same(embedder: stand_in.StandIn) -> None:
    keep(MAPLE, PARKING, name="maple.md")
    keep(HARBOUR, PARKING, name="harbour.md")

    assert [one.document for one in ask("where is parking for patients").passages] == ["maple.md"]
    found = ask("where is parking for patients", org_id=HARBOUR).passages
    assert [one.document for one in found] == ["harbour.md"]


def test_what_only_the_other_clinic_says_is_not_found(embedder: stand_in.StandIn) -> None:
    keep(MAPLE, PARKING)
    keep(HARBOUR, RENEWALS)

    assert ask("where is parking for patients", org_id=HARBOUR).passages == []


def test_vectors_of_another_model_are_never_compared(embedder: stand_in.StandIn) -> None:
    question = "where is parking for patients"
    keep(MAPLE, Said("Nothing of the kind."), name="a.md", model=TITAN, vectors=[stand_in.vector(question)])
    keep(MAPLE, PARKING, name="b.md")

    assert [one.document for one in ask(question).passages] == ["b.md"]


def test_a_version_that_isnt_current_is_not_found(embedder: stand_in.StandIn) -> None:
    keep(MAPLE, PARKING)
    keep(MAPLE, Said("Free parking stalls for patients are in front of the house now."), is_current=False)

    assert [one.text for one in ask("where is parking for patients").passages] == [PARKING.text]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("who is 604 555 0103", BILLING),
        ("metformin tablets", RENEWALS),
        ("was it $25 for the sick note", SICK_NOTE),
    ],
)
def test_numbers_prices_and_drugs_are_found_by_words_while_the_embedder_is_away(
    question: str, said: Said, embedder: stand_in.StandIn
) -> None:
    keep(MAPLE, *(Said(f"Passage {place} is about the garden.") for place in range(40)))
    keep(MAPLE, PARKING, RENEWALS, BILLING, SICK_NOTE, name="fees.md")
    embedder.fails_after = 0

    found = ask(question)

    assert found.by == "words"
    assert (found.passages[0].text, found.passages[0].similarity) == (said.text, None)
    assert ask("do you do laser eye surgery").passages == []


def test_an_embedder_that_is_late_is_not_waited_for(embedder: stand_in.StandIn) -> None:
    keep(MAPLE, *(Said(f"Passage {place} is about the garden.") for place in range(40)), RENEWALS)
    embedder.stalls = True
    began = time.monotonic()

    found = ask("metformin tablets", seconds=searching.RESERVE_S + 0.3)

    assert time.monotonic() - began < searching.RESERVE_S
    assert (found.by, found.passages[0].text) == ("words", RENEWALS.text)


def test_no_transaction_is_open_while_the_embedder_is_awaited(
    embedder: stand_in.StandIn, database: Database
) -> None:
    keep(MAPLE, PARKING)
    embedder.stalls = True
    with ThreadPoolExecutor(1) as thread, psycopg.connect(database.app_url, autocommit=True) as watching:
        waiting = thread.submit(ask, "where is parking for patients", seconds=20)
        states: list[str] = []
        until = time.monotonic() + 5
        # This thread's connection, and the one that asks.
        while states != ["idle", "idle"] and time.monotonic() < until:
            states = [
                state
                for (state,) in watching.execute(
                    "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                )
            ]
        embedder.stalls = False
        assert waiting.result().passages
    assert states == ["idle", "idle"]


def test_a_clinic_without_documents_answers_without_asking_the_embedder(embedder: stand_in.StandIn) -> None:
    assert ask("where is parking") == Answered([], [], "words")
    keep(MAPLE, PARKING, is_current=False)
    assert ask("where is parking") == Answered([], [], "words")
    assert embedder.texts == []


def test_nothing_of_a_question_is_printed(
    embedder: stand_in.StandIn, printed: pytest.CaptureFixture[str]
) -> None:
    keep(MAPLE, PARKING)
    embedder.fails_after = 0

    ask("where is parking for Zebulon")

    assert "Zebulon" not in "".join(printed.readouterr())


@pytest.mark.parametrize("is_generic", [False, True], ids=["these values", "any values"])
def test_a_search_reads_what_is_the_clinics_own_by_b_trees(
    is_generic: bool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = sql_text(stand_in.vector("where"))
    for name, value in {"terms": ["t1", "t2"], "model": "m", "vector": vector, "most": 3}.items():
        monkeypatch.setitem(VALUES, name, value)
    _fill(database)
    with psycopg.connect(database.app_url) as app:
        claims = json.dumps({"app_metadata": {"org_id": demo.MAPLE}})
        app.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])
        plan = explained(app, searching.SQL["search"], is_generic=is_generic)

    assert not sequential(plan) & {"document_chunks", "chunk_embeddings", "chunk_terms"}
    used = {node["Index Name"]: node["Index Cond"] for node in nodes(plan) if "Index Cond" in node}
    assert any("chunk_terms" in name and "term = ANY" in condition for name, condition in used.items())
    assert any("chunk_embeddings" in name and "model =" in condition for name, condition in used.items())


def _fill(database: Database) -> None:
    """Two clinics with two thousand passages each."""
    for org_id in (MAPLE, HARBOUR):
        keep(org_id, PARKING)
        with clinic_transaction(org_id, time.monotonic() + 30) as db:
            db.run(_MANY)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE")


_MANY = """
WITH document AS (
    INSERT INTO documents (org_id, name)
    SELECT (SELECT auth.org_id()), 'document ' || n FROM generate_series(1, 50) n RETURNING org_id, id
), version AS (
    INSERT INTO document_versions (org_id, document_id) SELECT org_id, id FROM document
    RETURNING org_id, document_id, id
), chunk AS (
    INSERT INTO document_chunks
        (org_id, document_id, version_id, place, heading, text, content_hash, is_suspicious)
    SELECT org_id, document_id, id, n, '', 'Text ' || n, '', false FROM version, generate_series(1, 40) n
    RETURNING org_id, version_id, id
), embedding AS (
    INSERT INTO chunk_embeddings (org_id, version_id, chunk_id, model, embedding)
    SELECT org_id, version_id, id, 'm', array_fill(0.1, ARRAY[512])::vector FROM chunk
)
INSERT INTO chunk_terms (org_id, version_id, chunk_id, term, n)
SELECT org_id, version_id, id, 't' || (id * 7 + n * 13) %% 500, 1 FROM chunk, generate_series(1, 20) n
"""
