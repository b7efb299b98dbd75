"""What Vapi's `knowledge-base-request` is answered with: passages of this clinic, quickly, or none."""

import json
import time
from typing import Any
from uuid import UUID

import pytest

from frontdesk.db import connection
from frontdesk.knowledge import digest
from frontdesk.knowledge.blocks import Passage
from frontdesk.settings import settings
from tests.calls.conftest import Line
from tests.clinic import HARBOUR_NUMBER, Clinic
from tests.embedder import StandIn
from tests.knowledge import shelf

PARKING = (
    "Where you can park: patients park free of charge for two hours in the green stalls behind the building."
)
ASKED = "Where can patients park free of charge?"


@pytest.fixture(autouse=True)
def documents(line: Line, maple: Clinic, embedder: StandIn) -> None:
    shelf.fill(maple)
    shelf.put(maple, "parking.pdf", Passage(PARKING, "Parking", 2))


def asks(line: Line, *said: str | dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    turns = [{"role": "user", "content": one} if isinstance(one, str) else one for one in said]
    status, answer = line.tell("knowledge-base-request", messagesOpenAIFormatted=turns, **fields)
    assert status == 200
    assert answer.keys() == {"documents"}
    return answer["documents"]


def test_the_callers_last_words_are_looked_up_and_the_source_goes_along(line: Line, maple: Clinic) -> None:
    before: list[dict[str, Any]] = [
        {"role": "system", "content": "You are the receptionist."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "How can I help?"},
    ]

    found = asks(line, *before, ASKED)[0]

    assert found["content"] == (
        f'<clinic_document name="parking.pdf" page="2">Parking: {PARKING}</clinic_document>'
    )
    assert 0 < found["similarity"] <= 1
    assert found["uuid"] == str(maple.all("SELECT max(id) FROM document_chunks")[0][0])


def test_of_a_question_in_several_turns_all_are_heard(line: Line, maple: Clinic, embedder: StandIn) -> None:
    asks(line, {"role": "assistant", "content": "Yes?"}, "Where can patients park", "free of charge?")

    assert embedder.texts == ["Where can patients park free of charge?"]


def test_vapis_own_messages_will_do(line: Line) -> None:
    said = [{"role": "bot", "message": "Yes?"}, {"role": "user", "message": ASKED}]

    _, answer = line.tell("knowledge-base-request", messages=said)

    assert PARKING in answer["documents"][0]["content"]


def test_the_other_clinic_finds_nothing_of_it(line: Line, harbour: Clinic) -> None:
    shelf.put(harbour, "fees.md", "A sick note costs twenty dollars.")
    line.number = HARBOUR_NUMBER

    assert asks(line, ASKED) == []


def test_a_web_call_is_the_clinics_whose_squad_it_is(line: Line, maple: Clinic) -> None:
    maple.do("INSERT INTO vapi_entries (vapi_id, org_id) VALUES ('squad-of-maple', %s)", maple.org_id)
    call = {"id": "web-1", "type": "webCall", "squadId": "squad-of-maple"}
    said = [{"role": "user", "content": ASKED}]

    _, answer = line.post(
        {"message": {"type": "knowledge-base-request", "call": call, "messagesOpenAIFormatted": said}}
    )

    assert PARKING in answer["documents"][0]["content"]


@pytest.mark.parametrize(
    "turns",
    [[], None, "x", [7], [{"role": "assistant", "content": "Hello"}], [{"role": "user", "content": ["x"]}]],
)
def test_without_a_question_nothing_is_asked(line: Line, embedder: StandIn, turns: Any) -> None:
    _, answer = line.tell("knowledge-base-request", messagesOpenAIFormatted=turns, messages=turns)

    assert answer == {"documents": []}
    assert embedder.texts == []


def test_a_number_that_is_nobodys_finds_nothing(line: Line) -> None:
    line.number = "+12505550177"

    assert asks(line, ASKED) == []


def test_a_question_is_answered_in_time_whatever_fails(
    line: Line, embedder: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder.stalls = True
    found = asks(line, ASKED)[0]
    assert PARKING in found["content"]

    monkeypatch.setenv("FRONTDESK_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/frontdesk")
    settings.cache_clear()
    connection.drop()
    assert asks(line, ASKED) == []
    connection.drop()
    assert max(line.answered) < 3.2


def test_the_first_prompt_of_a_call_holds_what_is_asked_most(line: Line, maple: Clinic) -> None:
    line.push_squad()
    assert line.variables(line.rings())["knowledge"] == ""

    digest.rebuild(UUID(maple.org_id), time.monotonic() + 20)

    told = line.variables(line.rings())["knowledge"]
    assert told.startswith("Parking: ")
    assert PARKING in told


def test_what_was_asked_is_in_no_log(line: Line, printed: pytest.CaptureFixture[str]) -> None:
    asks(line, f"{ASKED} My name is Quillfeather.")

    logged = printed.readouterr().out
    assert "Quillfeather" not in logged
    [said] = [json.loads(one) for one in logged.splitlines() if "question answered" in one]
    assert (said["outcome"], said["org_id"]) == ("found", "00000000-0000-4000-8000-00000000aa01")
