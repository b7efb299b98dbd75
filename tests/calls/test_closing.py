"""Calls whose report never comes."""

import pytest

from functions.calls.close_lost.handler import handler
from tests.clinic import Clinic, Context
from tests.conversation import Conversation


def run() -> dict[str, int]:
    return handler({}, Context(50))


def silent(clinic: Clinic, minutes: int) -> None:
    """Winds the clock of all calls back."""
    clinic.do(
        "UPDATE calls SET started_at = started_at - %s * interval '1 minute',"
        " last_tool_at = last_tool_at - %s * interval '1 minute'",
        minutes,
        minutes,
    )
    clinic.do("UPDATE call_messages SET taken_at = taken_at - %s * interval '1 minute'", minutes)


def test_a_call_that_fell_silent_is_closed_and_told_of(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("find_earliest_appointment")
    silent(clinic, 46)

    assert run() == {"clinics": 1, "lost": 1, "checked": 0, "failed": 0}

    row = talk.row()
    assert row["ended_at"] == row["last_tool_at"]
    assert (row["ended_reason"], row["flags"]) == ("no-report", ["no_report"])
    assert talk.notices() == [("call_lost", "")]
    assert clinic.all("SELECT count(*) FROM appointments WHERE status = 'held'") == [(0,)]
    assert run()["lost"] == 0


def test_a_call_that_still_tells_or_asks_something_is_left_alone(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("get_clinic_info")
    silent(clinic, 44)
    assert run()["lost"] == 0

    silent(clinic, 10)
    talk.status("in-progress")
    assert run()["lost"] == 0


def test_a_late_report_settles_the_call_and_takes_the_flag_away(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("get_clinic_info")
    silent(clinic, 90)
    run()

    talk.end()

    row = talk.row()
    assert (row["flags"], row["ended_reason"]) == ([], "customer-ended-call")
    assert row["duration_s"] is not None


def test_a_call_that_ended_and_is_never_reported_is_told_of_too(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("get_clinic_info")
    talk.status("ended", endedReason="customer-ended-call")
    ended_at = talk.row()["ended_at"]
    clinic.do("UPDATE calls SET ended_at = ended_at - interval '44 minutes'")
    silent(clinic, 50)
    assert run()["lost"] == 0

    clinic.do("UPDATE calls SET ended_at = ended_at - interval '2 minutes'")
    assert run()["lost"] == 1

    row = talk.row()
    assert (row["ended_reason"], row["flags"]) == ("customer-ended-call", ["no_report"])
    assert row["ended_at"] < ended_at
    assert row["ended_at"] != row["last_tool_at"]
    assert talk.notices() == [("call_lost", "")]
    assert run() == {"clinics": 0, "lost": 0, "checked": 0, "failed": 0}


@pytest.mark.parametrize("why", ["outside-hours", "blocked-caller"])
def test_of_a_caller_who_was_turned_away_no_report_is_waited_for(clinic: Clinic, why: str) -> None:
    clinic.ask("get_clinic_info")
    clinic.do("UPDATE calls SET ended_at = now() - interval '90 minutes', ended_reason = %s", why)
    silent(clinic, 90)

    assert run() == {"clinics": 0, "lost": 0, "checked": 0, "failed": 0}


def test_a_lost_call_is_remembered_and_its_wish_for_a_person_told_of(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("find_earliest_appointment", providerId="101")
    clinic.do(
        "INSERT INTO transfers (org_id, call_id, reason, number, status)"
        " SELECT org_id, id, 'billing', '+16045550199', 'asked' FROM calls"
    )
    silent(clinic, 60)

    run()

    assert clinic.all("SELECT provider_id, promise FROM caller_memories") == [(101, "call_back")]
    told = clinic.all("SELECT call_id FROM notifications WHERE kind = 'transfer_missed'")
    assert told == [(clinic.call,)]


def test_what_was_asked_after_the_report_is_remembered(clinic: Clinic, talk: Conversation) -> None:
    clinic.prove_john()
    talk.end()
    clinic.ask("find_earliest_appointment", providerId="101")

    assert run()["checked"] == 1

    assert clinic.all("SELECT provider_id FROM caller_memories") == [(101,)]


def test_a_call_that_can_not_be_closed_keeps_no_other_from_it(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("get_clinic_info")
    clinic.ask("get_clinic_info", call="call-2")
    silent(clinic, 60)
    clinic.do("ALTER TABLE notifications ADD CONSTRAINT refuses CHECK (call_id <> 'call-1') NOT VALID")
    try:
        assert run() == {"clinics": 1, "lost": 1, "checked": 0, "failed": 0}
    finally:
        clinic.do("ALTER TABLE notifications DROP CONSTRAINT refuses")

    # All of the one, or nothing.
    assert talk.row()["ended_at"] is None
    assert Conversation(clinic, "call-2").row()["flags"] == ["no_report"]
    assert run()["lost"] == 1


def test_each_clinic_has_its_turn(clinic: Clinic, harbour: Clinic) -> None:
    clinic.ask("get_clinic_info")
    harbour.ask("get_clinic_info")
    silent(clinic, 60)
    silent(harbour, 60)

    assert run() == {"clinics": 2, "lost": 2, "checked": 0, "failed": 0}
