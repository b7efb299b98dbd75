"""What a clinic's people hear when they save, read and delete agents; and that Vapi is never waited for."""

from typing import Any
from uuid import uuid4

import pytest

from frontdesk import aws
from local import demo
from tests.agents.conftest import Platform
from tests.clinic import Clinic
from tests.member import Member, token

MAPLES, HARBOURS = Member(token(demo.MAPLE)), Member(token(demo.HARBOUR))
BODY: dict[str, Any] = {"name": "Front desk", "template": "assistant"}


@pytest.fixture
def raised(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events handed to the bus, in place of the bus: what it does with them is shown in tests/local."""
    handed: list[dict[str, Any]] = []

    class Bus:
        def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's own name
            handed.extend(Entries)
            return {"FailedEntryCount": 0}

    bus = Bus()

    def client(_: str) -> Bus:
        return bus

    monkeypatch.setattr(aws, "client", client)
    return handed


def path() -> str:
    return f"/agents/{uuid4()}"


def test_a_save_is_one_row_one_event_and_an_answer_that_asks_vapi_for_nothing(
    platform: Platform, raised: list[dict[str, Any]], maple: Clinic
) -> None:
    where = path()
    answer = MAPLES.put(where, BODY)

    assert answer.status == 200
    assert (answer.body["sync"], answer.body["message"]) == ("pending", "Agent saved. Tools syncing...")
    assert answer.headers["etag"] == '"1"'
    assert answer.body["agent"]["languages"] == ["en", "zh"]
    [event] = raised
    assert (event["Source"], event["DetailType"]) == ("frontdesk", "AgentSaved")
    assert event["Detail"] == f'{{"org_id":"{demo.MAPLE}","agent_id":"{where.removeprefix("/agents/")}"}}'
    assert platform.vapi.requests() == []
    assert maple.all("SELECT name, version FROM agents") == [("Front desk", 1)]


def test_an_agent_is_shown_as_saved_and_how_far_it_has_come(
    platform: Platform, raised: list[dict[str, Any]]
) -> None:
    saved = platform.save()
    where = f"/agents/{saved.agent_id}"
    assert (MAPLES.get(where).body["sync"], MAPLES.get(where).body["syncedVersion"]) == ("pending", 0)
    platform.sync(saved)

    shown = MAPLES.get(where)

    assert (shown.body["sync"], shown.body["syncedVersion"], shown.body["version"]) == ("synced", 1, 1)
    assert shown.headers["etag"] == '"1"'
    assert [each["id"] for each in MAPLES.get("/agents").body["agents"]] == [str(saved.agent_id)]


def test_two_who_save_at_once_do_not_undo_each_other(raised: list[dict[str, Any]]) -> None:
    where = path()
    MAPLES.put(where, BODY)

    assert MAPLES.put(where, BODY | {"name": "First"}, if_match='"1"').headers["etag"] == '"2"'
    refused = MAPLES.put(where, BODY | {"name": "Second"}, if_match='"1"')

    assert refused.status == 412
    assert "read it again" in refused.body["detail"]
    assert MAPLES.get(where).body["name"] == "First"
    assert len(raised) == 2


def test_what_is_not_there_yet_matches_no_version(raised: list[dict[str, Any]]) -> None:
    assert MAPLES.put(path(), BODY, if_match='"1"').status == 404
    assert raised == []


def test_another_clinics_agent_is_not_there(platform: Platform, raised: list[dict[str, Any]]) -> None:
    saved = platform.save()
    where = f"/agents/{saved.agent_id}"

    for answer in (HARBOURS.put(where, BODY), HARBOURS.get(where), HARBOURS.delete(where)):
        assert answer.status == 404
    assert HARBOURS.get("/agents").body == {"agents": []}
    assert raised == []
    assert platform.agent(saved).name == "Front desk"
    assert HARBOURS.get(where).body == HARBOURS.get(path()).body


def test_a_template_is_for_good(raised: list[dict[str, Any]]) -> None:
    where = path()
    MAPLES.put(where, BODY)

    refused = MAPLES.put(where, BODY | {"template": "squad"})

    assert refused.status == 409
    assert "template can't be changed" in refused.body["detail"]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "at least 1"),
        ({"name": "x" * 41}, "name", "at most 40"),
        ({"name": "a\x00b"}, "name", "neither written nor spoken"),
        ({"voice": "darth"}, "voice", "there is no such voice"),
        ({"voice": "xiaoxiao"}, "", "doesn't speak en"),
        ({"languages": ["fr"]}, "languages.0", "'en' or 'zh'"),
        ({"languages": []}, "languages", "at least 1"),
        ({"languages": ["en", "en"]}, "", "named twice"),
        ({"model": "gpt-17"}, "model", "there is no such model"),
        ({"temperature": 0.9}, "temperature", "less than or equal to 0.7"),
        ({"template": "swarm"}, "template", "'squad' or 'assistant'"),
        ({"transferReasons": ["boredom"]}, "transferReasons.0", "patient_request"),
        ({"greeting": "x" * 401}, "greeting", "at most 400"),
        ({"instructions": "x" * 8001}, "instructions", "at most 8000"),
        ({"vapiPrivateKey": "secret"}, "vapiPrivateKey", "not permitted"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_field(
    raised: list[dict[str, Any]], fields: dict[str, Any], field: str, words: str
) -> None:
    refused = MAPLES.put(path(), BODY | fields)

    assert refused.status in (400, 422)
    [error] = refused.body["errors"]
    assert error["field"] == field
    assert words in error["detail"]
    assert raised == []


def test_a_prompt_of_two_megabytes_is_too_large(raised: list[dict[str, Any]]) -> None:
    refused = MAPLES.put(path(), BODY | {"instructions": "x" * 2_000_000})

    assert refused.status == 413
    assert raised == []


def test_an_id_that_is_none_leads_nowhere(raised: list[dict[str, Any]]) -> None:
    assert MAPLES.put("/agents/front-desk", BODY).status == 404
    assert raised == []


def test_a_deleted_agent_is_gone_at_once_and_its_id_with_it(
    platform: Platform, raised: list[dict[str, Any]]
) -> None:
    saved = platform.save()
    platform.sync(saved)
    where = f"/agents/{saved.agent_id}"

    assert MAPLES.delete(where).body == {"id": str(saved.agent_id)}

    assert len(raised) == 1
    answers = (MAPLES.get(where), MAPLES.delete(where), MAPLES.put(where, BODY))
    assert [one.status for one in answers] == [404, 404, 404]


def test_a_save_stands_though_the_bus_is_away(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> Any:
        raise aws.FAILED[0]

    monkeypatch.setattr(aws, "client", away)
    where = path()

    assert MAPLES.put(where, BODY).status == 200
    assert MAPLES.get(where).body["sync"] == "pending"


def test_what_is_degraded_says_why_and_the_way_out(platform: Platform, maple: Clinic) -> None:
    saved = platform.save()
    maple.do("UPDATE agents SET sync_error = 'Vapi says 400: voice.voiceId is not known'")

    shown = MAPLES.get(f"/agents/{saved.agent_id}").body

    assert (shown["sync"], shown["syncError"]) == ("degraded", "Vapi says 400: voice.voiceId is not known")
    assert "save the agent again" in shown["syncHelp"]


def test_the_choices_name_every_voice_with_a_sample_in_each_of_its_languages(platform: Platform) -> None:
    choices = MAPLES.get("/agent-choices").body

    assert {"sarah", "xiaoxiao"} <= {voice["id"] for voice in choices["voices"]}
    assert all(voice["sample"].keys() == set(voice["languages"]) for voice in choices["voices"])
    assert "gpt-4o" in choices["models"]
