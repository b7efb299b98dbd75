"""What is left of a call once Vapi has reported it."""

from typing import Any

import pytest

from frontdesk.calls import following
from functions.calls.close_lost.handler import handler as close_lost
from tests.clinic import Clinic, Context
from tests.conversation import Conversation


def closing_run() -> dict[str, int]:
    """What the schedule does."""
    return close_lost({}, Context(50))


def test_a_report_leaves_a_row_and_a_redacted_transcript(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("get_clinic_info")
    talk.said("bot", "Maple Clinic, how can I help?")
    talk.said("user", "Hi, this is John Doe, my number is 604 555 0123.")

    talk.end(analysis={"summary": "John Doe asked when the clinic is open."})

    row = talk.row()
    assert row["ended_reason"] == "customer-ended-call"
    assert 30 <= row["duration_s"] <= 60
    assert row["cost_usd"] == 0.0421
    assert row["flags"] == []
    assert row["reported_at"] is not None
    assert row["summary"] == "[NAME] asked when the clinic is open."
    assert talk.turns() == [
        ("assistant", "Maple Clinic, how can I help?"),
        ("caller", "Hi, this is [NAME], my number is [PHONE]."),
    ]


def sample() -> dict[str, Any]:
    """A report as one was captured in 2024: everything beside the artifact, which is empty."""
    spoken = [
        {"role": "system", "message": "You are an assistant.", "time": 1722115407145},
        {"role": "bot", "message": "Hi there.", "time": 1722115408897, "secondsFromStart": 1.52},
        {"role": "user", "message": "What are your hours?", "time": 1722115413717.5},
        {
            "role": "tool_calls",
            "message": "",
            "time": 1722115416725,
            "toolCalls": [{"id": "call_ef22", "function": {"name": "transferCall", "arguments": "{}"}}],
        },
        {"role": "tool_call_result", "toolCallId": "call_ef22", "result": "Success.", "time": 1722115418259},
        {"role": "bot", "message": "Nine to five.", "time": 1722115427441},
    ]
    return {
        "type": "end-of-call-report",
        "endedReason": "customer-ended-call",
        "summary": "Hours were asked for.",
        "messages": spoken,
        "recordingUrl": "https://storage.example.invalid/mono.wav",
        "stereoRecordingUrl": "https://storage.example.invalid/stereo.wav",
        "call": {"id": "call-1", "type": "inboundPhoneCall", "createdAt": "2024-07-27T21:23:24.677Z"},
        "phoneNumber": {"number": "+16045550100"},
        "artifact": {"messages": []},
        "timestamp": "2024-07-27T21:24:05.712Z",
    }


def test_the_old_places_are_read_too(talk: Conversation) -> None:
    talk.tell(sample())

    row = talk.row()
    assert (row["started_at"], row["duration_s"]) == ("2024-07-27T21:23:24.677+00:00", 41)
    assert row["summary"] == "Hours were asked for."
    assert row["recording_url"] == "https://storage.example.invalid/stereo.wav"
    assert [role for role, _ in talk.turns()] == ["assistant", "caller", "assistant"]
    [event] = talk.clinic.all("SELECT kind, detail FROM call_events")
    assert event == ("tool", {"tool": "transferCall", "ms": 1534})


def test_a_report_twice_is_done_once(clinic: Clinic, talk: Conversation) -> None:
    talk.said("bot", "Hello.")
    report = talk.end()
    reported_at = talk.row()["reported_at"]

    talk.tell(report)

    assert talk.row()["reported_at"] == reported_at
    assert clinic.all("SELECT count(*) FROM call_messages") == [(1,)]


def test_a_second_report_takes_the_firsts_place_as_far_as_it_says_anything(
    talk: Conversation,
) -> None:
    talk.said("bot", "Hello.")
    talk.end(endedReason="silence-timed-out")
    talk.said("user", "Hello?")

    talk.end(endedReason="customer-ended-call", analysis={}, cost=None)
    assert talk.turns() == [("assistant", "Hello."), ("caller", "Hello?")]
    assert talk.row()["cost_usd"] == 0.0421
    assert talk.row()["ended_reason"] == "customer-ended-call"

    talk.history.clear()
    talk.end(cost=0.05)
    assert len(talk.turns()) == 2
    assert talk.row()["cost_usd"] == 0.05


def test_an_end_gives_back_what_was_held_but_not_what_the_waitlist_keeps(
    clinic: Clinic, talk: Conversation
) -> None:
    clinic.ask("find_earliest_appointment")
    clinic.ask("find_earliest_appointment", call="call-2")
    assert clinic.all("SELECT count(*) FROM appointments WHERE status = 'held'") == [(2,)]
    clinic.do("UPDATE appointments SET call_id = NULL WHERE call_id = 'call-2'")

    talk.status("ended", endedReason="customer-ended-call")

    assert clinic.all("SELECT call_id FROM appointments WHERE status = 'held'") == [(None,)]
    assert talk.row()["ended_at"] is not None


def test_a_tool_call_after_the_end_is_looked_over_by_the_schedule(clinic: Clinic, talk: Conversation) -> None:
    talk.said("bot", "One moment.")
    talk.history[0]["time"] -= 60_000
    talk.end()
    assert talk.row()["flags"] == []

    clinic.book()
    closing_run()

    assert talk.row()["flags"] == ["not_told"]
    assert closing_run()["checked"] == 0


def test_a_transfer_that_vapi_did_not_make_has_failed(clinic: Clinic, talk: Conversation) -> None:
    insert = (
        "INSERT INTO transfers (org_id, call_id, reason, number, status)"
        " SELECT org_id, id, 'billing', '+16045550199', 'accepted' FROM calls WHERE id = %s"
    )
    clinic.ask("get_clinic_info")
    clinic.ask("get_clinic_info", call="call-2")
    clinic.do(insert, "call-1")
    clinic.do(insert, "call-2")

    talk.end(endedReason="customer-ended-call")
    Conversation(clinic, "call-2").end(endedReason="assistant-forwarded-call")

    assert clinic.all("SELECT call_id, status FROM transfers ORDER BY 1") == [
        ("call-1", "failed"),
        ("call-2", "accepted"),
    ]
    talk.status("ended", endedReason="customer-ended-call")
    assert missed(clinic) == ["call-1"]


def missed(clinic: Clinic) -> list[str]:
    """The calls of which the clinic is told that nobody was reached."""
    query = "SELECT call_id FROM notifications WHERE kind = 'transfer_missed' ORDER BY id"
    return [call for (call,) in clinic.all(query)]


def test_an_end_without_a_reason_leaves_it_to_the_report_whether_a_person_was_reached(
    clinic: Clinic, talk: Conversation
) -> None:
    clinic.ask("get_clinic_info")
    clinic.do(
        "INSERT INTO transfers (org_id, call_id, reason, number, status)"
        " SELECT org_id, id, 'billing', '+16045550199', 'asked' FROM calls"
    )

    talk.status("ended")
    talk.end(endedReason="assistant-forwarded-call")

    assert clinic.all("SELECT status FROM transfers") == [("accepted",)]
    assert missed(clinic) == []


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"artifact": None, "analysis": None, "startedAt": None, "endedAt": None, "cost": None},
        {"artifact": [], "analysis": "", "endedReason": 7, "cost": "much", "messages": {"role": "bot"}},
        {"startedAt": -5, "endedAt": "yesterday", "cost": -1, "timestamp": {"at": 1}},
        {"startedAt": 1e300, "endedAt": float("nan"), "cost": float("inf")},
        {"startedAt": "2026-03-02T18:00:00Z", "endedAt": "2026-03-02T17:00:00Z"},
        {
            "artifact": {
                "messages": [None, 7, {"role": ["bot"]}, {"role": "bot"}, {"role": "bot", "message": 5}]
            }
        },
        {"artifact": {"messages": [{"role": "bot", "message": "x\x00y\ud83d z", "time": -1}]}},
        {"artifact": {"messages": [{"role": "user", "message": "\x00", "secondsFromStart": -3}]}},
        {"artifact": {"structuredOutputs": {"1": {"name": "a\x00", "result": {"b\ud83d": ["\x00\ud83d"]}}}}},
        {"artifact": {"recording": {"mono": "javascript:alert(1)"}, "recordingUrl": "ftp://x"}},
        {"artifact": {"assistantActivations": [None, {"assistantName": "a\x00"}, {"assistantName": 3}]}},
        {"call": {"id": "call-1", "metadata": {"outboundCallId": "../7"}}, "customer": None},
        {"analysis": {"summary": "\ud83d\x00", "successEvaluation": {"a": "\x00"}}},
    ],
)
def test_whatever_is_missing_or_broken_the_call_is_over_and_nothing_raises(
    clinic: Clinic, talk: Conversation, broken: dict[str, Any]
) -> None:
    clinic.ask("find_earliest_appointment")

    talk.tell({**talk.message("end-of-call-report"), **broken})

    row = talk.row()
    assert row["ended_at"] is not None
    assert row["reported_at"] is not None
    assert row["duration_s"] is None or row["duration_s"] >= 0
    assert clinic.all("SELECT count(*) FROM appointments WHERE status = 'held'") == [(0,)]


def test_what_can_not_be_stored_is_left_out_of_a_turn_and_no_more(talk: Conversation) -> None:
    talk.said("bot", "x\x00y\ud83d z\u202e")

    talk.end()

    assert talk.turns() == [("assistant", "xy z")]


def test_turns_without_times_stay_in_order(talk: Conversation) -> None:
    words = [f"word{'x' * place}" for place in range(40)]
    said = [{"role": ["bot", "user"][place % 2], "message": word} for place, word in enumerate(words)]

    talk.end(artifact={"messages": said})

    assert [text for _, text in talk.turns()] == words


def test_a_transcript_that_is_only_text_is_split(talk: Conversation) -> None:
    talk.end(
        artifact={"messages": [], "transcript": "AI: Hello.\nHow are you?\nUser: Fine: thanks.\nAI: Good.\n"}
    )

    assert talk.turns() == [
        ("assistant", "Hello. How are you?"),
        ("caller", "Fine: thanks."),
        ("assistant", "Good."),
    ]


def test_what_a_system_or_a_tool_said_is_never_stored(talk: Conversation) -> None:
    said = [
        {"role": "system", "message": "a secret prompt"},
        {"role": "tool_call_result", "message": "a secret answer", "result": "a secret answer"},
        {"role": "bot", "message": "Hello."},
    ]

    talk.end(artifact={"messages": said})

    assert talk.turns() == [("assistant", "Hello.")]


def test_a_transcript_of_five_megabytes_is_kept_as_far_as_there_is_room_and_says_so(
    talk: Conversation,
) -> None:
    said = [{"role": "user", "message": "Well, you know how it is, I think. " * 30} for _ in range(5_000)]

    talk.tell(talk.report(artifact={"messages": said}), seconds=50)

    kept = len(talk.turns())
    assert 50 < kept < 5_000
    assert talk.row()["turns_left_out"] == 5_000 - kept


def test_handoffs_are_told_by_who_speaks_or_who_took_the_call(clinic: Clinic, talk: Conversation) -> None:
    talk.said("bot", "Hello.", assistantName="router")
    talk.said("bot", "Which day?", assistantName="booking-en")
    talk.end()
    other = Conversation(clinic, "call-2")
    other.end(
        artifact={"assistantActivations": [{"assistantName": "router"}, {"assistantName": "booking-zh"}]}
    )

    query = "SELECT call_id, detail FROM call_events WHERE kind = 'handoff' ORDER BY 1"
    assert clinic.all(query) == [
        ("call-1", {"from": "router", "to": "booking-en"}),
        ("call-2", {"from": "router", "to": "booking-zh"}),
    ]


def handoffs(clinic: Clinic) -> list[str]:
    return [to for (to,) in clinic.all("SELECT detail ->> 'to' FROM call_events WHERE kind = 'handoff'")]


def test_a_handoff_told_after_the_report_is_told_once(clinic: Clinic, talk: Conversation) -> None:
    talk.said("bot", "Hello.", assistantName="router")
    talk.said("bot", "Which day?", assistantName="booking-en")
    talk.tell(talk.message("transfer-update", toAssistant={"name": "booking-en"}))
    talk.end()

    talk.tell(talk.message("transfer-update", toAssistant={"name": "booking-en"}))
    assert handoffs(clinic) == ["booking-en"]
    # Of one that the report has not, it is all there is.
    talk.tell(talk.message("transfer-update", toAssistant={"name": "modification-en"}))
    assert handoffs(clinic) == ["booking-en", "modification-en"]


def test_a_report_that_names_nobody_leaves_the_handoffs_that_were_told(
    clinic: Clinic, talk: Conversation
) -> None:
    talk.tell(talk.message("transfer-update", toAssistant={"name": "booking-en"}))

    talk.tell(sample())

    assert handoffs(clinic) == ["booking-en"]


@pytest.mark.parametrize("why", ["outside-hours", "blocked-caller"])
def test_why_the_desk_turned_a_caller_away_stays(clinic: Clinic, talk: Conversation, why: str) -> None:
    clinic.ask("get_clinic_info")
    clinic.do("UPDATE calls SET ended_at = now(), ended_reason = %s", why)

    talk.end(endedReason="assistant-request-returned-error")

    assert talk.row()["ended_reason"] == why


def test_a_message_without_a_number_is_found_by_its_call(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("get_clinic_info")

    talk.tell(talk.report() | {"phoneNumber": None})

    assert talk.row()["reported_at"] is not None


def test_a_message_that_says_nothing_of_whose_it_is_fails_and_is_not_lost(
    clinic: Clinic, harbour: Clinic, talk: Conversation
) -> None:
    with pytest.raises(following.NoClinic):
        talk.tell(talk.report() | {"phoneNumber": None})

    # Nor is it guessed, where two have a call of that id.
    clinic.ask("get_clinic_info")
    harbour.ask("get_clinic_info", call="call-1")
    with pytest.raises(following.NoClinic):
        talk.tell(talk.report() | {"phoneNumber": None})


def test_a_message_of_nobodys_number_changes_nothing(clinic: Clinic) -> None:
    stranger = Conversation(Clinic(clinic.owner_url, number="+12505550177"))

    stranger.end()

    assert clinic.all("SELECT count(*) FROM calls") == [(0,)]


def test_a_message_without_a_call_or_of_an_unknown_type_is_passed_over(
    clinic: Clinic, talk: Conversation
) -> None:
    talk.tell({**talk.report(), "call": None})
    talk.tell(talk.message("model-output", output="x"))

    assert clinic.all("SELECT count(*) FROM calls") == [(0,)]


def test_a_test_call_is_found_by_its_squad(clinic: Clinic) -> None:
    clinic.do("INSERT INTO vapi_entries (vapi_id, org_id) VALUES ('squad-1', %s)", clinic.org_id)
    web = Conversation(Clinic(clinic.owner_url, number="", caller=None), kind="webCall")
    report = web.report()
    report["call"]["squadId"] = "squad-1"

    web.tell(report)

    assert web.row()["kind"] == "webCall"


def test_one_clinics_report_is_nothing_of_anothers(
    clinic: Clinic, harbour: Clinic, talk: Conversation
) -> None:
    harbour.ask("get_clinic_info", call="call-1")
    talk.said("bot", "Hello.")

    talk.end()

    assert harbour.all("SELECT ended_at FROM calls") == [(None,)]
    assert harbour.all("SELECT count(*) FROM transcripts") == [(0,)]
