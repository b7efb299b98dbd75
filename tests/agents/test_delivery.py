"""What becomes of the message that an agent was saved: tried again, given up, or passed on to everybody."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from frontdesk import aws
from frontdesk.agents.syncing import Saved
from functions.agents.on_agent_saved.handler import handler
from gitops.files import ROOT
from local import demo
from tests.agents.conftest import Platform
from tests.clinic import Clinic, Context
from tests.member import Member, token


@dataclass
class Sqs:
    """The queue's side of the wire."""

    seen_again_s: list[int] = field(default_factory=list[int])
    sent: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Delay and agent of each."""
    buried: list[str] = field(default_factory=list[str])
    """Reasons."""

    def change_message_visibility(self, **asked: Any) -> None:
        self.seen_again_s.append(asked["VisibilityTimeout"])

    def send_message(self, **asked: Any) -> None:
        self.buried.append(asked["MessageAttributes"]["reason"]["StringValue"])

    def put_events(self, **_: Any) -> dict[str, Any]:
        return {"FailedEntryCount": 0}

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        entries = asked["Entries"]
        self.sent += [(one["DelaySeconds"], json.loads(one["MessageBody"])["agent_id"]) for one in entries]
        return {}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Sqs:
    made = Sqs()

    def client(_: str) -> Sqs:
        return made

    monkeypatch.setattr(aws, "client", client)
    return made


def deliver(saved: Saved, attempt: int = 1) -> bool:
    """Whether the message is done with."""
    record = {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": json.dumps({"detail-type": "AgentSaved", "detail": saved.model_dump(mode="json")}),
        "attributes": {"ApproximateReceiveCount": str(attempt)},
    }
    return handler({"Records": [record]}, Context(30)) == {"batchItemFailures": []}


def test_a_save_that_comes_through_is_done(platform: Platform, sqs: Sqs) -> None:
    saved = platform.save()
    assert deliver(saved)
    assert platform.agent(saved).sync == "synced"
    assert sqs == Sqs()


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 2, 3), (2, 4, 5), (3, 8, 9)])
def test_when_vapi_fails_it_comes_again_after_2_4_and_8_seconds(
    platform: Platform, sqs: Sqs, attempt: int, least: int, most: int
) -> None:
    platform.vapi.faults({"status": 503})
    saved = platform.save()

    assert not deliver(saved, attempt)

    [wait_s] = sqs.seen_again_s
    assert least <= wait_s <= most
    assert platform.agent(saved).sync == "pending"


def test_vapi_says_itself_when_to_come_again(platform: Platform, sqs: Sqs) -> None:
    platform.vapi.faults({"status": 429, "headers": {"Retry-After": "17"}})

    assert not deliver(platform.save())

    assert sqs.seen_again_s == [17]


def test_told_to_wait_on_the_last_try_it_is_sent_anew_for_nothing_is_wrong_with_the_agent(
    platform: Platform, sqs: Sqs
) -> None:
    platform.vapi.faults({"status": 429, "headers": {"Retry-After": "17"}})
    saved = platform.save()

    assert deliver(saved, attempt=4)

    assert (sqs.sent, sqs.buried) == ([(17, str(saved.agent_id))], [])
    assert platform.agent(saved).sync == "pending"


def test_what_is_told_to_wait_does_not_keep_the_next_message_from_asking(
    platform: Platform, sqs: Sqs
) -> None:
    platform.vapi.faults({"status": 429, "headers": {"Retry-After": "17"}, "times": 1})

    assert not deliver(platform.save())
    assert deliver(platform.save())

    assert sqs.seen_again_s == [17]


def test_after_the_last_try_the_agent_says_why_and_its_tools_stay(platform: Platform, sqs: Sqs) -> None:
    platform.vapi.faults({"path": "/assistant", "status": 503})
    saved = platform.save()
    for attempt in (1, 2, 3, 4):
        assert not deliver(saved, attempt)

    agent = platform.agent(saved)
    assert agent.sync == "degraded"
    assert "503" in (agent.sync_error or "")
    assert len(platform.tools()) == 19

    platform.vapi.faults()
    assert deliver(saved)  # the schedule sends it again
    assert platform.agent(saved).sync == "synced"


def test_what_no_retry_heals_is_given_up_at_once_and_said(platform: Platform, sqs: Sqs) -> None:
    saved = platform.save()
    platform.vapi.faults({"path": "/assistant", "method": "POST", "status": 422})

    assert deliver(saved)

    assert sqs.buried == ["Vapi refuses it; the agent's `syncError` says why"]
    assert "422" in (platform.agent(saved).sync_error or "")
    assert sqs.seen_again_s == []
    assert deliver(saved), "the schedule tries again, and nothing is new"
    assert (len(sqs.buried), platform.agent(saved).sync) == (1, "degraded")


def test_the_clinic_is_told_once_of_an_agent_until_it_is_well_again(
    platform: Platform, sqs: Sqs, clinic: Clinic
) -> None:
    saved = platform.save()

    def fail(status: int) -> None:
        platform.vapi.faults({"path": "/assistant", "status": status})
        deliver(saved)

    def told() -> list[Any]:
        return clinic.all("SELECT kind, of FROM notifications")

    fail(422)
    fail(400)
    assert told() == [("sync_degraded", str(saved.agent_id))]

    platform.vapi.faults()
    assert deliver(saved)
    assert len(told()) == 1
    clinic.do("UPDATE agents SET version = version + 1, name = 'Another'")
    fail(422)
    assert told() == [("sync_degraded", str(saved.agent_id))] * 2
    [again, _] = Member(token()).get("/notifications").body["notifications"]
    assert (again["title"], again["agentId"]) == (
        "An agent does not answer as it was saved: Another",
        str(saved.agent_id),
    )


def test_a_next_save_of_a_degraded_agent_begins_anew(platform: Platform, sqs: Sqs) -> None:
    saved = platform.save()
    platform.vapi.faults({"path": "/assistant", "method": "POST", "status": 422})
    deliver(saved)
    platform.vapi.faults()

    platform.save(agent_id=saved.agent_id, name="Mended")
    assert platform.agent(saved).sync == "pending"
    assert deliver(saved)
    assert platform.agent(saved).sync == "synced"


def test_who_meets_another_at_the_same_agent_comes_again_soon_and_in_the_end_later(
    platform: Platform, sqs: Sqs, maple: Clinic
) -> None:
    saved = platform.save()
    maple.do("UPDATE agents SET leased_by = gen_random_uuid(), leased_until = now() + interval '1 min'")

    assert not deliver(saved)
    assert sqs.seen_again_s == [1]
    assert deliver(saved, attempt=4)
    assert sqs.sent == [(15, str(saved.agent_id))]
    assert platform.agent(saved).sync == "pending"


def test_whoever_finds_another_definition_sends_everybody_after_it_in_waves(
    platform: Platform, sqs: Sqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.agents.delivery.WAVE", 2)
    saves = [platform.save((demo.MAPLE, demo.HARBOUR)[each % 2]) for each in range(6)]
    for saved in saves:
        deliver(saved)
    assert sqs.sent == []
    platform.publish(get_patient="Says more.")

    deliver(saves[0])

    assert [delay for delay, _ in sqs.sent] == [0, 0, 5, 5, 10]
    assert {agent for _, agent in sqs.sent} == {str(saved.agent_id) for saved in saves[1:]}


def test_an_agent_that_is_not_there_any_more_is_done(platform: Platform, sqs: Sqs, maple: Clinic) -> None:
    saved = platform.save()
    maple.do("DELETE FROM agents")

    assert deliver(saved)
    assert (platform.assistants(), sqs) == ([], Sqs())


def test_the_sample_of_what_sqs_sends_is_read(platform: Platform, sqs: Sqs) -> None:
    """Of an agent that isn't there, so done; a message that can't be read would be given up."""
    sample = json.loads((ROOT / "events" / "sqs.json").read_text())

    assert handler(sample, Context(30)) == {"batchItemFailures": []}
    assert sqs.buried == []


def test_what_vapi_answers_400_with_is_told_reason_by_reason(
    platform: Platform, sqs: Sqs, maple: Clinic
) -> None:
    saved = platform.save()
    # The stand-in checks bodies as Vapi does, and answers with a list.
    maple.do("ALTER TABLE agents DROP CONSTRAINT agents_name_check")
    maple.do("UPDATE agents SET name = repeat('x', 41)")

    assert deliver(saved)

    assert "400" in (platform.agent(saved).sync_error or "")
    assert "name" in (platform.agent(saved).sync_error or "")
    assert platform.vapi.writes()[-1]["status"] == 400
