"""`/calls`: what the clinic's people read of their calls."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from local import demo
from tests import member
from tests.clinic import Clinic
from tests.conversation import Conversation
from tests.member import Member


@pytest.fixture
def maple() -> Member:
    return Member(member.token())


def test_the_whole_story_of_a_call(clinic: Clinic, talk: Conversation, maple: Member) -> None:
    talk.status("in-progress")
    talk.said("bot", "Maple Clinic, how can I help?", assistantName="router")
    talk.said("user", "This is John Doe, born January 15th 1990.")
    booking = clinic.book()
    clinic.ask("log_call_metadata", callOutcome="booked")
    talk.said("bot", booking["say"], assistantName="booking-en")
    talk.end(analysis={"summary": "John Doe booked."})

    told = maple.get("/calls/call-1")

    assert told.status == 200
    story: dict[str, Any] = told.body
    assert (story["outcome"], story["flags"], story["endedReason"]) == ("booked", [], "customer-ended-call")
    assert story["summary"] == "[NAME] booked."
    assert story["callerNumber"] == clinic.caller
    kinds = [
        (one["kind"], one["tool"] or one["role"] or one["detail"].get("to")) for one in story["timeline"]
    ]
    assert kinds == [
        ("status", None),
        ("speech", "assistant"),
        ("speech", "caller"),
        ("tool", "search_patient_by_phone"),
        ("tool", "find_earliest_appointment"),
        ("tool", "create_appointment"),
        ("tool", "log_call_metadata"),
        ("handoff", "booking-en"),
        ("speech", "assistant"),
    ]
    assert story["timeline"][2]["text"] == "This is [NAME], born [DOB]."
    assert all(one["ms"] is not None and one["outcome"] == "done" for one in story["timeline"] if one["tool"])
    [visit] = story["appointments"]
    assert (visit["id"], visit["status"]) == (booking["appointmentId"], "booked")
    assert visit["startTime"].startswith(booking["startTime"])
    assert [one["kind"] for one in story["notices"]] == ["booked"]


def test_what_a_tool_that_writes_answered_is_told_without_whom_it_names(
    clinic: Clinic, maple: Member
) -> None:
    clinic.book()
    clinic.do(
        "UPDATE tool_calls SET result = %s WHERE tool = 'create_appointment'",
        '{"booked": true, "say": "John Doe, you are booked; we call 604-555-0123."}',
    )
    clinic.do("UPDATE tool_calls SET result = 'no JSON' WHERE tool = 'find_earliest_appointment'")

    timeline = maple.get("/calls/call-1").body["timeline"]

    told = {one["tool"]: one["text"] for one in timeline}
    assert told["create_appointment"] == "[NAME], you are booked; we call [PHONE]."
    assert told["find_earliest_appointment"] is None


def test_every_reading_is_an_entry_of_ids(clinic: Clinic, talk: Conversation, maple: Member) -> None:
    patient = clinic.prove_john()
    talk.end()

    maple.get("/calls/call-1")
    maple.get("/calls", patientId=patient)

    entries = clinic.all(
        "SELECT action, patient_id, change ->> 'of' FROM audit_log WHERE action LIKE 'call%%'"
    )
    assert entries == [("call.read", patient, "call-1"), ("calls.listed", patient, None)]


def test_another_clinics_call_is_not_there(clinic: Clinic, talk: Conversation) -> None:
    talk.end()
    harbour = Member(member.token(demo.HARBOUR))

    assert harbour.get("/calls/call-1").status == 404
    assert harbour.patch("/calls/call-1", {"resolvedFlags": []}).status == 404
    assert harbour.get("/calls").body["calls"] == []


def test_pages_come_newest_first_and_hold_each_call_once(clinic: Clinic, maple: Member) -> None:
    for number in range(7):
        clinic.ask("get_clinic_info", call=f"call {number}/é")
    clinic.do("UPDATE calls SET started_at = '2026-03-02T18:00Z' WHERE id < 'call 4'")

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = maple.get("/calls", limit=2, **cursor).body
        seen += [call["id"] for call in page["calls"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert seen == [f"call {number}/é" for number in (6, 5, 4, 0, 1, 2, 3)]
    assert maple.get("/calls", cursor="nonsense").status == 400
    beyond_all_years = base64.urlsafe_b64encode(b"0001-01-01T00:00:00+14:00 a").decode()
    assert maple.get("/calls", cursor=beyond_all_years).body["calls"] == []
    assert maple.get("/calls", phone="6045550123").status == 400


def test_filters_narrow(clinic: Clinic, talk: Conversation, maple: Member) -> None:
    talk.said("bot", "You're booked for Thursday at two.")
    talk.end()
    clinic.ask("log_call_metadata", call="call-2", callOutcome="clinic_info")
    clinic.ask("get_clinic_info", call="call-3")
    clinic.do("UPDATE calls SET started_at = '2026-03-02T18:00Z' WHERE id = 'call-3'")

    def ids(**query: Any) -> list[str]:
        return [call["id"] for call in maple.get("/calls", **query).body["calls"]]

    assert ids(flagged="true") == ["call-1"]
    assert ids(flagged="false") == ["call-2", "call-3"]
    assert ids(outcome="clinic_info") == ["call-2"]
    clinic.do("UPDATE calls SET language = 'zh' WHERE id = 'call-2'")
    assert ids(language="zh") == ["call-2"]
    assert ids(language="en") == ["call-1", "call-3"]
    assert maple.get("/calls", language="fr").status == 400
    assert ids(from_="2026-03-02", to="2026-03-02") == ["call-3"]
    assert ids(from_=datetime.now(UTC).date().replace(day=1).isoformat())[-1] != "call-3"


def test_a_flag_that_was_seen_to_is_no_more_to_look_at(
    clinic: Clinic, talk: Conversation, maple: Member
) -> None:
    talk.said("bot", "You're booked for Thursday at two.")
    talk.end()

    told = maple.patch("/calls/call-1", {"resolvedFlags": ["promise_broken", "emergency"]})

    assert (told.body["flags"], told.body["resolvedFlags"]) == (["promise_broken"], ["promise_broken"])
    assert maple.get("/calls", flagged="true").body["calls"] == []
    assert maple.patch("/calls/call-1", {"resolvedFlags": ["nonsense"]}).status == 422
    clinic.lower_the_owner("viewer")
    assert maple.patch("/calls/call-1", {"resolvedFlags": []}).status == 403
