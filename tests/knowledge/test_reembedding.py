"""Another model for a clinic's passages: beside the old one until all is there, then instead of it."""

from uuid import UUID

import pytest

from frontdesk.knowledge import reembedding
from frontdesk.knowledge.digest import TOPICS
from frontdesk.knowledge.embedding import ENCODER, TITAN, EmbedderFailed
from frontdesk.knowledge.reembedding import Progress, reembed
from tests.embedder import StandIn
from tests.knowledge.conftest import Library
from tests.knowledge.test_documents import many
from tests.knowledge.test_embedders import Bedrock, bedrock

__all__ = ["bedrock"]
QUESTIONS = sum(len(asked) for topic in TOPICS for asked in topic.questions.values())
MODELS = "SELECT model, count(*)::integer FROM chunk_embeddings GROUP BY model ORDER BY model"


@pytest.fixture
def titan(bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch) -> Bedrock:
    monkeypatch.setattr(reembedding, "SEARCH_ENDS_S", 0.0)
    return bedrock


def to_titan(library: Library) -> list[Progress]:
    return list(reembed(UUID(library.clinic.org_id), TITAN))


def test_questions_are_compared_with_the_old_until_the_new_is_whole(library: Library, titan: Bedrock) -> None:
    library.add("fees.csv", many(100))
    steps = reembed(UUID(library.clinic.org_id), TITAN)

    assert next(steps) == Progress(100, 0, is_done=False)
    assert next(steps) == Progress(100, 64, is_done=False)
    assert library.clinic.all(MODELS) == [(TITAN, 64), (ENCODER, 100)]
    assert library.clinic.all("SELECT embedding_model FROM organizations") == [(ENCODER,)]
    assert len(library.texts()) == 100

    assert list(steps)[-1] == Progress(100, 100, is_done=True)
    assert library.clinic.all(MODELS) == [(TITAN, 100)]
    assert library.clinic.all("SELECT embedding_model FROM organizations") == [(TITAN,)]
    assert len(library.texts()) == 100


def test_what_was_cut_off_goes_on_where_it_was(library: Library, titan: Bedrock) -> None:
    library.add("fees.csv", many(100))
    steps = reembed(UUID(library.clinic.org_id), TITAN)
    assert [next(steps).embedded, next(steps).embedded] == [0, 64]
    steps.close()

    assert to_titan(library)[0] == Progress(100, 64, is_done=False)
    asked = len(titan.asked)
    assert asked == 100 + QUESTIONS, "each passage once, and what the digest is made of"
    assert to_titan(library)[-1] == Progress(100, 100, is_done=True)
    assert len(titan.asked) == asked, "done is done"


def test_an_embedder_that_is_away_leaves_the_old(library: Library, titan: Bedrock) -> None:
    library.add("fees.csv", many(3))
    titan.answer = b"nonsense"

    with pytest.raises(EmbedderFailed):
        to_titan(library)

    assert library.clinic.all(MODELS) == [(ENCODER, 3)]
    assert len(library.texts()) == 3


def test_a_document_that_comes_meanwhile_is_not_missing(
    library: Library, titan: Bedrock, embedder: StandIn
) -> None:
    library.add("fees.csv", many(3))
    steps = reembed(UUID(library.clinic.org_id), TITAN)
    assert [next(steps).embedded, next(steps).embedded] == [0, 3]
    library.add("more.csv", many(3, first=10))

    assert list(steps)[-1] == Progress(6, 6, is_done=True)
    assert library.clinic.all(MODELS) == [(TITAN, 6)]
    assert len(library.texts()) == 6
    # And who comes after it is of the new model at once.
    asked = len(embedder.texts)
    library.add("last.csv", many(1, first=20))
    assert len(library.texts()) == 7
    assert len(embedder.texts) == asked


def test_a_search_that_began_with_the_old_model_still_finds_its_vectors(
    library: Library, titan: Bedrock
) -> None:
    library.add("fees.csv", many(3))
    steps = reembed(UUID(library.clinic.org_id), TITAN)

    assert [next(steps).is_done for _ in range(3)] == [False, False, True]

    assert library.clinic.all("SELECT embedding_model FROM organizations") == [(TITAN,)]
    assert library.clinic.all(MODELS) == [(TITAN, 3), (ENCODER, 3)]
    assert list(steps) == []
    assert library.clinic.all(MODELS) == [(TITAN, 3)]


def test_two_at_once_leave_the_vectors_of_the_model_that_came_last(library: Library, titan: Bedrock) -> None:
    library.add("fees.csv", many(3))
    first = reembed(UUID(library.clinic.org_id), TITAN)
    while not next(first).is_done:
        pass
    second = reembed(UUID(library.clinic.org_id), ENCODER)
    while not next(second).is_done:
        pass

    assert list(first) == list(second) == []

    assert library.clinic.all(MODELS) == [(ENCODER, 3)]
    assert len(library.texts()) == 3


def test_each_clinic_by_itself(library: Library, harbours: Library, titan: Bedrock) -> None:
    library.add("fees.csv", many(2))
    harbours.add("fees.csv", many(2))

    to_titan(library)

    assert harbours.clinic.all(MODELS) == [(ENCODER, 2)]
    assert len(harbours.texts()) == len(library.texts()) == 2


def test_the_digest_is_of_what_the_new_model_finds(library: Library, titan: Bedrock) -> None:
    library.add("parking.md", "# Where can I park?\n\nBehind the house.\n")
    library.clinic.do("UPDATE knowledge_digests SET text = 'Parking: as the old model has it.'")

    to_titan(library)

    assert "Behind the house." in library.clinic.all("SELECT text FROM knowledge_digests")[0][0]


def test_a_clinic_without_a_document_takes_the_stages_model_with_its_first(
    library: Library, titan: Bedrock
) -> None:
    assert to_titan(library) == [Progress(0, 0, is_done=False), Progress(0, 0, is_done=True)]

    assert library.add("fees.csv", many(1))["status"] == "ready"
    assert library.clinic.all(MODELS) == [(ENCODER, 1)]
