import json

import psycopg
import pytest

from cli import vapi
from local.player import Answered, Glanced, HandedOff, Noted, Player, Stopped
from local.scripts import Script
from local.stack import Stack
from local.transcript import Transcript
from tests.local.plays import PLAYS, play

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def staffed(running_stack: Stack) -> Stack:
    """With the squad that Vapi would hold: each rehearsal is held to who is linked to what."""
    vapi.push_squad(running_stack.addresses, lambda _: None)
    return running_stack


@pytest.mark.parametrize("name", PLAYS)
def test_a_scripted_call_goes_as_its_script_wants_on_any_day_and_twice(staffed: Stack, name: str) -> None:
    assert play(staffed, name)
    assert play(staffed, name)


def test_a_tool_that_the_speaker_is_not_linked_to_and_a_handoff_to_nobody_are_objected_to(
    staffed: Stack,
) -> None:
    turns = [{"tool": "create_appointment"}, {"handoff": "booking-zh"}]

    asked, handed = list(Player(script(*turns), staffed.addresses).play())

    assert isinstance(asked, Answered)
    assert "router is not linked to create_appointment" in asked.objections
    assert isinstance(handed, HandedOff)
    assert handed.objections == ["router can't hand over to booking-zh"]


def test_a_booking_asked_for_thrice_is_one_row(running_stack: Stack) -> None:
    answers = play(running_stack, "barge_in_repeat")
    booked = {answer.answer["appointmentId"] for answer in answers if answer.tool == "create_appointment"}

    assert len(booked) == 1
    stack = running_stack.addresses
    claims = json.dumps({"app_metadata": {"org_id": stack.organizations[0]["id"]}})
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
        last = connection.execute("SELECT max(id) FROM appointments WHERE status <> 'held'").fetchone()
    assert last == (*booked,)


def script(*turns: object, called: str = "+16045550100", calls: dict[str, object] | None = None) -> Script:
    line = {"caller": "+16045550123", "called": called}
    return Script.model_validate({"title": "A play", **line, "calls": calls or {}, "turns": list(turns)})


def test_several_tools_in_one_message_get_each_its_answer(running_stack: Stack) -> None:
    asks = [{"tool": "get_clinic_info"}, {"tool": "get_providers"}, {"tool": "get_clinic_info"}]
    events = list(Player(script({"together": asks}), running_stack.addresses).play())

    answers = [event for event in events if isinstance(event, Answered)]
    assert [answer.tool for answer in answers] == [ask["tool"] for ask in asks]
    assert all("say" in answer.answer for answer in answers)
    assert len({answer.tool_call_id for answer in answers}) == 3


def test_a_transcript_shows_the_call_and_says_what_is_not_as_expected(
    running_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = ({"caller": "Hello?"}, {"tool": "get_clinic_info", "expect": {"name": "Another Clinic"}})
    is_as_expected = Transcript("A play").follow(Player(script(*turns), running_stack.addresses).play())

    shown = capsys.readouterr().out
    assert not is_as_expected
    assert "caller  Hello?" in shown
    assert "✗ name: wanted equals 'Another Clinic', got 'Maple Clinic'" in shown


def test_a_members_request_has_its_turn_and_a_refusal_is_expected_or_objected_to(
    running_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {"member": "POST /appointments/987654321/approve"}
    turns = (unknown, {**unknown, "expect": {"status": 404, "title": "Not Found"}})

    is_as_expected = Transcript("A play").follow(Player(script(*turns), running_stack.addresses).play())

    shown = capsys.readouterr().out
    assert not is_as_expected
    assert shown.count("member  POST /appointments/987654321/approve") == 2
    assert shown.count("✗ title: wanted exists False, got 'Not Found'") == 1
    assert "✗ 1 not as expected, 2 as expected" in shown


def test_a_member_belongs_to_the_clinic_that_is_called(running_stack: Stack) -> None:
    nobodys = script({"member": "GET /appointments"}, called="+16045550199")

    [event] = Player(nobodys, running_stack.addresses).play()

    assert event == Stopped("a", "+16045550199 is no clinic's line on this stack")


@pytest.mark.parametrize("vendor", ["google", "outlook"])
def test_a_provider_sees_what_they_put_into_their_calendar_and_what_is_not_there_is_objected_to(
    running_stack: Stack, vendor: str
) -> None:
    walk = {"start": "2026-03-02T09:30:00", "minutes": 45, "title": f"A walk at {vendor}"}
    sees = [walk["title"], "A swim"]
    looks = [{"calendar": vendor, "sees": {"title": title}, "within_s": 1} for title in sees]

    noted, there, missing = Player(
        script({"calendar": vendor, "puts": walk}, *looks), running_stack.addresses
    ).play()

    assert isinstance(noted, Noted)
    assert isinstance(there, Glanced)
    assert isinstance(missing, Glanced)
    assert (there.answer["start"], there.answer["end"]) == ("2026-03-02T09:30:00", "2026-03-02T10:15:00")
    assert there.objections == []
    assert missing.objections[0].startswith("sees: wanted one, there are [")


def test_a_transcript_says_whose_call_goes_on(
    running_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = [{"caller": "One"}, {"caller": "Two", "call": "b"}, {"minutes_pass": 1}, {"caller": "Three"}]
    two = script(*turns, calls={"b": {"caller": "+16045550124", "called": "+16045550100"}})

    Transcript("A play").follow(Player(two, running_stack.addresses).play())

    lines = [line.strip("─ ") for line in capsys.readouterr().out.splitlines() if line]
    said = ["caller  One", "call b", "caller  Two", "minutes that pass: 1", "call a", "caller  Three"]
    assert lines[1:-1] == said


def test_a_play_that_cannot_go_on_is_one_json_document_all_the_same(
    running_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    player = Player(script({"assistant": "At {nobody.startTime}"}), running_stack.addresses)
    is_as_expected = Transcript("A play", as_json=True).follow(player.play())

    document = json.loads(capsys.readouterr().out)
    assert not is_as_expected
    assert document["events"][-1]["kind"] == "stopped"
    assert document["as_expected"] is False
