"""Where a call goes when Vapi asks in mid-call: to people, to another member of the squad, or nowhere."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from frontdesk.calls import entries
from frontdesk.db import connection
from frontdesk.settings import settings
from frontdesk.vapi import squads
from tests.calls.conftest import Line
from tests.clinic import Clinic

SQUAD = Path(__file__).parents[2] / "resources" / "squads" / "frontdesk.yml"


def wants_a_person(line: Line, **fields: Any) -> dict[str, Any]:
    status, answer = line.tell("transfer-destination-request", **fields)
    assert status == 200
    return answer


def is_handed(line: Line, speaking: str | None = None, **parameters: Any) -> Any:
    """The member that a handoff leads to; the whole answer where it leads to none."""
    assistant = {"assistant": {"name": speaking}} if speaking else {}
    status, answer = line.tell("handoff-destination-request", parameters=parameters, **assistant)
    assert status == 200
    return answer["destination"]["assistantName"] if "destination" in answer else answer


def test_the_members_that_calls_are_handed_to_are_those_of_the_pushed_squad() -> None:
    squad = yaml.safe_load(SQUAD.read_text(encoding="utf-8"))

    assert squad["name"] == squads.SHARED_SQUAD
    assert {each["assistantId"] for each in squad["members"]} == squads.MEMBERS


def test_who_wants_a_person_is_passed_to_the_clinics_line_of_now(line: Line, maple: Clinic) -> None:
    maple.do("DELETE FROM transfer_lines")
    maple.do("INSERT INTO transfer_lines (org_id, number) VALUES (%s, %s)", maple.org_id, "+16045550177")
    maple.ask("get_clinic_info", call="call-1")

    answer = wants_a_person(line)

    assert answer == {"destination": {"type": "number", "number": "+16045550177", "message": ""}}
    noted = maple.all("SELECT call_id, detail FROM call_events WHERE kind = 'transfer-destination'")
    assert noted == [("call-1", {"found": True})]


def test_without_a_line_the_clinics_own_number_and_without_that_a_sentence(line: Line, maple: Clinic) -> None:
    maple.do("DELETE FROM transfer_lines")
    maple.do("UPDATE organizations SET phone_number = '+16045550166'")
    assert wants_a_person(line)["destination"]["number"] == "+16045550166"

    # The one that was called: a call that goes there comes back to us.
    maple.do("UPDATE organizations SET phone_number = %s", line.number)
    assert wants_a_person(line).keys() == {"error"}


def test_who_reached_no_line_is_told_to_the_clinic_once(line: Line, maple: Clinic) -> None:
    maple.do("DELETE FROM transfer_lines")
    maple.do("UPDATE organizations SET phone_number = %s", line.number)
    maple.ask("get_clinic_info", call="call-1")

    wants_a_person(line)
    wants_a_person(line)

    assert maple.all("SELECT kind, call_id FROM notifications") == [("transfer_missed", "call-1")]


@pytest.mark.parametrize("number", ["", "+12505550177"])
def test_of_a_number_that_is_nobodys_a_sentence(line: Line, number: str) -> None:
    line.number = number

    assert wants_a_person(line).keys() == {"error"}


def test_a_transfer_without_the_database_goes_by_the_copy(
    line: Line, maple: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    maple.do("DELETE FROM transfer_lines")
    maple.do("INSERT INTO transfer_lines (org_id, number) VALUES (%s, %s)", maple.org_id, "+16045550177")
    line.rings()
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/frontdesk")
    settings.cache_clear()
    connection.drop()

    assert wants_a_person(line)["destination"]["number"] == "+16045550177"
    entries.forget()
    assert wants_a_person(line).keys() == {"error"}
    connection.drop()


@pytest.mark.parametrize(
    ("speaking", "parameters", "member"),
    [
        ("router", {"destination": "booking-en"}, "booking-en"),
        ("router", {"destination": " booking-zh "}, "booking-zh"),
        ("booking-en", {"destination": "router"}, "router"),
        # A role, in the language that is named, spoken, or usual.
        ("router", {"destination": "booking", "language": "Mandarin"}, "booking-zh"),
        ("patient-id-zh", {"destination": "modification"}, "modification-zh"),
        (None, {"destination": "registration"}, "registration-en"),
        # Only the language: who does the same in it.
        ("booking-en", {"language": "zh"}, "booking-zh"),
        ("registration-zh", {"language": "en"}, "registration-en"),
    ],
)
def test_a_handoff_leads_to_who_was_named(
    line: Line, speaking: str | None, parameters: dict[str, Any], member: str
) -> None:
    assert is_handed(line, speaking, **parameters) == member


def test_what_was_said_last_goes_along(line: Line) -> None:
    _, answer = line.tell("handoff-destination-request", parameters={"destination": "booking-en"})

    assert answer["destination"]["contextEngineeringPlan"] == squads.CONTEXT


@pytest.mark.parametrize(
    ("speaking", "parameters"),
    [
        (None, {}),
        ("router", {"language": "zh"}),
        ("router", {"destination": "billing"}),
        ("booking-en", {"destination": "booking-fr"}),
        ("booking-en", {"destination": 7, "language": ["zh"]}),
    ],
)
def test_a_handoff_to_nobody_says_who_there_is(
    line: Line, speaking: str | None, parameters: dict[str, Any]
) -> None:
    found = is_handed(line, speaking, **parameters)

    if parameters.get("destination") == 7:
        # What is no name is none: the one who speaks goes on.
        assert found == "booking-en"
    else:
        assert found.keys() == {"error"}
        assert "booking-zh" in found["error"]
        assert "billing" not in found["error"]


@pytest.mark.parametrize("parameters", [None, [], "x"])
def test_nor_does_a_handoff_without_parameters_raise(line: Line, parameters: Any) -> None:
    status, answer = line.tell("handoff-destination-request", parameters=parameters)

    assert (status, answer.keys()) == (200, {"error"})
