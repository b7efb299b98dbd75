"""`POST /knowledge/search`: what a member finds, and that it is what a caller would hear."""

import pytest

from frontdesk.knowledge.blocks import Passage
from local import demo
from tests.clinic import Clinic
from tests.embedder import StandIn
from tests.knowledge import shelf
from tests.member import Member, token

PARKING = "Patients park free of charge for two hours in the green stalls behind the building."
ASKED = "Where can patients park free of charge?"


@pytest.fixture(autouse=True)
def documents(clinic: Clinic, embedder: StandIn) -> None:
    shelf.fill(clinic)
    shelf.put(clinic, "parking.pdf", Passage(PARKING, "Parking", 2))


def test_a_viewer_sees_the_passages_their_source_and_what_a_caller_hears(clinic: Clinic) -> None:
    clinic.lower_the_owner("viewer")

    answer = Member(token()).post("/knowledge/search", {"question": ASKED, "language": "en"})

    assert answer.status == 200
    passage = answer.body["passages"][0]
    assert passage.pop("similarity") > 0
    assert passage.pop("score") > 0
    assert passage == {
        "chunkId": clinic.all("SELECT max(id) FROM document_chunks")[0][0],
        "document": "parking.pdf",
        "page": 2,
        "heading": "Parking",
        "text": PARKING,
        "isSuspicious": False,
    }
    assert (answer.body["found"], answer.body["by"]) == (True, "both")
    assert answer.body["say"] == clinic.ask("search_knowledge", question=ASKED, language="en")["say"]


def test_it_says_when_words_alone_were_compared(embedder: StandIn) -> None:
    embedder.fails_after = 0

    answer = Member(token()).post("/knowledge/search", {"question": ASKED})

    assert (answer.body["found"], answer.body["by"]) == (True, "words")
    assert answer.body["say"].startswith(PARKING)


def test_the_language_is_the_questions_unless_another_is_named() -> None:
    asked = {"question": "你们修助听器吗"}

    assert "转接" in Member(token()).post("/knowledge/search", asked).body["say"]
    assert "connect" in Member(token()).post("/knowledge/search", {**asked, "language": "en"}).body["say"]


def test_the_other_clinic_finds_nothing_of_it(harbour: Clinic) -> None:
    shelf.put(harbour, "fees.md", "A sick note costs twenty dollars.")

    answer = Member(token(demo.HARBOUR)).post("/knowledge/search", {"question": ASKED})

    assert (answer.body["found"], answer.body["passages"]) == (False, [])


@pytest.mark.parametrize("body", [{}, {"question": ""}, {"question": "x" * 1001}, {"question": 7}])
def test_a_question_is_some_text(body: object) -> None:
    assert Member(token()).post("/knowledge/search", body).status == 422
