"""Calls whose report never comes."""

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


def test_each_clinic_has_its_turn(clinic: Clinic, harbour: Clinic) -> None:
    clinic.ask("get_clinic_info")
    harbour.ask("get_clinic_info")
    silent(clinic, 60)
    silent(harbour, 60)

    assert run() == {"clinics": 2, "lost": 2, "checked": 0, "failed": 0}
