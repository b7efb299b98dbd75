"""What was said against what the rows say: a promise without a row, a row nobody was told of."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from frontdesk.calls import said
from frontdesk.calls.spoken_times import times
from frontdesk.speech.times import say_time
from tests.calls.reading import Read
from tests.clinic import Clinic
from tests.conversation import Conversation

LINES = [
    (text.strip(), sorted(kinds.split()))
    for line in (Path(__file__).parent / "claims.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
    for text, _, kinds in [line.partition("|")]
]


def test_the_list_is_long_and_in_both_languages() -> None:
    assert len(LINES) > 200
    assert sum(any("一" <= c <= "鿿" for c in text) for text, _ in LINES) > 70
    assert sum(not kinds for _, kinds in LINES) > 90


@pytest.mark.parametrize(("text", "kinds"), LINES)
def test_what_a_sentence_claims_to_be_done(text: str, kinds: list[str]) -> None:
    assert sorted({claim.kind for claim in said.claims(text)}) == kinds


NAMED: list[tuple[str, set[tuple[int, int]], set[int], set[tuple[int, int]]]] = [
    ("you're booked this Thursday, February 26th, at 2:30 PM", {(14, 30)}, {4}, {(2, 26)}),
    ("booked for thursday at two thirty", {(2, 30), (14, 30)}, {4}, set()),
    ("half past two in the afternoon", {(14, 30)}, set(), set()),
    ("quarter to three", {(2, 45), (14, 45)}, set(), set()),
    ("Tuesday the third at noon", {(12, 0)}, {2}, {(0, 3)}),
    ("moved from Tuesday at two to Friday at nine a.m.", {(2, 0), (14, 0), (9, 0)}, {2, 5}, set()),
    ("the 12th of March at eight fifteen a.m.", {(8, 15)}, set(), {(3, 12)}),
    ("2月26日星期四下午两点半", {(14, 30)}, {4}, {(2, 26)}),
    ("周五早上九点一刻", {(9, 15)}, {5}, set()),
    ("下周一上午十点", {(10, 0)}, {1}, set()),
]


@pytest.mark.parametrize(("text", "clocks", "weekdays", "dates"), NAMED)
def test_the_times_in_a_sentence(text: str, clocks: Any, weekdays: Any, dates: Any) -> None:
    found = times(said.plain(text))

    assert (set(found.clocks), set(found.weekdays), set(found.dates)) == (clocks, weekdays, dates)


def test_a_huge_sentence_without_a_stop_is_read_in_no_time() -> None:
    assert said.claims("booked you for " * 60_000) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("_CONDITION", "if i've booked you "),
        ("_CLAUSE", "not i've booked you "),
        ("_FROM_FILE", "i see you're booked "),
    ],
)
def test_what_is_read_of_a_sentence_without_an_end_grows_as_it_does(
    monkeypatch: pytest.MonkeyPatch, pattern: str, text: str
) -> None:
    read = Read(monkeypatch, said, pattern)
    # One that is denied has the next one looked at.
    said.claims(text * 2_000)

    assert 2_000 < read.characters < 2_000 * 5 * said.LOOK_BACK


def test_an_apology_is_looked_behind_once() -> None:
    began = time.process_time()

    assert not said.takes_back("sorry " * 16_000)
    # By its square this takes a minute.
    assert time.process_time() - began < 2


def spoken(start: str) -> str:
    """A start's time as it is said, `2:30 PM`."""
    return say_time(datetime.fromisoformat(start), "en")


def test_a_booking_that_was_said_is_no_flag(clinic: Clinic, talk: Conversation) -> None:
    booking = clinic.book()
    talk.said("bot", booking["say"] + " Anything else?")

    talk.end()

    assert talk.row()["flags"] == []
    assert talk.notices() == []


def test_a_booking_said_and_not_made_is_a_broken_promise(clinic: Clinic, talk: Conversation) -> None:
    clinic.prove_john()
    talk.said("bot", "You're booked for Thursday at two.")

    talk.end()

    assert talk.row()["flags"] == ["promise_broken"]
    assert talk.notices() == [("promise_broken", "")]


def test_a_booking_said_for_another_time_is_a_broken_promise(clinic: Clinic, talk: Conversation) -> None:
    booking = clinic.book()
    wrong = "4:45 PM" if spoken(booking["startTime"]) != "4:45 PM" else "9 AM"
    talk.said("bot", booking["say"])
    talk.said("bot", f"So, see you at {wrong}.")

    talk.end()

    assert talk.row()["flags"] == ["promise_broken"]


def test_a_slip_that_is_put_right_is_none(clinic: Clinic, talk: Conversation) -> None:
    booking = clinic.book()
    talk.said("bot", "You're booked for 4:45 PM.")
    talk.said("bot", f"I'm sorry, that was wrong, it's {spoken(booking['startTime'])}. {booking['say']}")

    talk.end()

    assert talk.row()["flags"] == []


def test_a_booking_that_nobody_heard_of(clinic: Clinic, talk: Conversation) -> None:
    talk.said("bot", "One moment, let me book that.")
    clinic.book()
    talk.history[0]["time"] -= 60_000

    talk.end()

    assert talk.row()["flags"] == ["not_told"]
    assert talk.notices() == [("promise_broken", "not_told")]


def test_a_time_that_was_offered_before_it_was_booked_tells_of_no_booking(
    clinic: Clinic, talk: Conversation
) -> None:
    booking = clinic.book()
    talk.said("bot", f"The earliest I have is {spoken(booking['startTime'])}. Does that work?")
    talk.history[0]["time"] -= 60_000

    talk.end()

    assert talk.row()["flags"] == ["not_told"]


def test_an_old_visit_read_back_is_no_promise(clinic: Clinic, talk: Conversation) -> None:
    booking = clinic.book(call="an-earlier-call")
    clinic.prove_john()
    talk.said("bot", f"You're booked with {booking['providerName']} at {spoken(booking['startTime'])}.")

    talk.end()

    assert talk.row()["flags"] == []


def test_a_move_and_a_cancellation_are_looked_up_too(clinic: Clinic, talk: Conversation) -> None:
    booking = clinic.book(call="an-earlier-call")
    clinic.prove_john()
    cancelled = clinic.ask("cancel_appointment", appointmentId=booking["appointmentId"])
    talk.said("bot", cancelled["say"])
    talk.said("bot", "And I've moved your appointment to Friday at nine.")

    talk.end()

    assert talk.row()["flags"] == ["promise_broken"]


def test_a_waitlist_a_file_and_a_call_back_need_rows(clinic: Clinic, talk: Conversation) -> None:
    talk.said("bot", "I've added you to the waitlist, you're registered, and someone will call you back.")
    talk.end()
    assert talk.row()["flags"] == ["promise_broken"]

    other = Conversation(clinic, "call-2")
    clinic.ask("add_to_waitlist", call="call-2", firstName="Wai", lastName="Ting", phone="604 555 0188")
    other.said("bot", "You're on the clinic's waitlist, and someone will call you back.")
    other.end()
    assert other.row()["flags"] == []


def test_chinese_is_compared_too(clinic: Clinic, talk: Conversation) -> None:
    clinic.prove_john()
    talk.said("bot", "已经为您约好了周四下午两点。")

    talk.end()

    assert talk.row()["flags"] == ["promise_broken"]


def test_an_outcome_that_did_not_happen(clinic: Clinic, talk: Conversation) -> None:
    clinic.ask("log_call_metadata", callOutcome="booked")
    talk.said("bot", "Goodbye.")

    talk.end()

    assert talk.row()["flags"] == ["outcome_differs"]
    assert talk.notices() == [("promise_broken", "outcome_differs")]


def test_vapis_own_outcome_is_compared_likewise(clinic: Clinic, talk: Conversation) -> None:
    booking = clinic.book()
    talk.said("bot", booking["say"])
    outputs = {"1": {"name": "call_outcome", "result": {"outcome": "cancelled", "followUp": False}}}

    talk.end(artifact={"structuredOutputs": outputs})

    assert talk.row()["flags"] == ["outcome_differs"]
    assert talk.row()["structured"] == {"call_outcome": {"outcome": "cancelled", "followUp": False}}


def test_an_outcome_that_did(clinic: Clinic, talk: Conversation) -> None:
    booking = clinic.book()
    talk.said("bot", booking["say"])
    clinic.ask("log_call_metadata", callOutcome="booked")

    talk.end()

    assert talk.row()["flags"] == []


def test_a_request_told_as_a_booking_is_a_broken_promise(clinic: Clinic, talk: Conversation) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    booking = clinic.book()
    talk.said("bot", booking["say"])
    talk.end()
    assert talk.row()["flags"] == []

    talk.said("bot", f"Yes, you're booked for {spoken(booking['startTime'])}.")
    talk.end()
    assert talk.row()["flags"] == ["promise_broken"]
