"""Every tool, called on one clinic's line with everything that is known of the other's people."""

import json
import re
from typing import Any

import pytest
from psycopg import sql

from tests.clinic import JOHN, Clinic
from tests.protocol.test_any_arguments import TOOLS, definition, fields
from tests.walls.conftest import tables

MAPLES = (
    "Maple",
    "枫叶",
    "Vancouver",
    "6045550",
    "John",
    "Doe",
    "1990-01-15",
    "Meiling",
    "陈美玲",
    "Robin",
    "Casey",
    "Wei Chen",
    "陈伟",
    "Priya",
    "Sharma",
    "O'Neil",
    "dermatology",
)
"""What only Maple's rows hold."""


def stands_in(word: str, text: str) -> bool:
    """Whether a name is there by itself, not in "Doesn't" nor in a token that chance made; or any number."""
    if word.isdigit():
        return word in text
    return bool(re.search(f"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", text))


def everything(clinic: Clinic) -> dict[str, list[Any]]:
    """All rows of a clinic."""
    return {
        table: clinic.all(
            sql.SQL("SELECT to_jsonb(t)::text FROM {} t ORDER BY 1").format(sql.Identifier(table)).as_string()
        )
        for table in tables(clinic.owner_url)
    }


def of_maples(clinic: Clinic) -> dict[str, Any]:
    """Arguments, by name, that would be right at Maple for John Doe and his visit."""
    booked = clinic.book()
    return {
        "demographicId": clinic.prove_john(),
        "appointmentId": booked["appointmentId"],
        "providerId": booked["providerId"],
        "newProviderId": booked["providerId"],
        "providerName": "Dr. Wei Chen",
        "specialty": "dermatology",
        "phone": JOHN,
        "dateOfBirth": "1990-01-15",
        "name": "John Doe",
        "startTime": booked["startTime"],
        "newStartTime": booked["startTime"],
        "startDate": booked["startTime"][:10],
        "endDate": booked["startTime"][:10],
        "findAvailable": True,
        "appointmentType": booked["appointmentType"],
    }


@pytest.mark.parametrize("name", TOOLS)
def test_no_tool_shows_or_changes_another_clinics_people(clinic: Clinic, harbour: Clinic, name: str) -> None:
    """Called by John's own telephone, in a call of the same id as the one that has proven him at Maple."""
    known = of_maples(clinic)
    before = everything(clinic)
    tool = definition(name)
    tool.ready()
    good = dict(tool.example)
    harbour.caller, harbour.call = JOHN, clinic.call

    said = [
        json.dumps(harbour.asked(name, {**good, **{key: known[key] for key in keys}}), ensure_ascii=False)
        for keys in ([], *([key] for key in known if key in fields(tool)), known.keys() & set(fields(tool)))
    ]

    ids = [f'\\"{key}\\":{known[key]}' for key in ("demographicId", "appointmentId")]
    ids += [f'\\"id\\":{known["demographicId"]}', '\\"providerId\\":\\"100\\"']
    shown = [word for word in MAPLES for one in said if stands_in(word, one)]
    shown += [known_id for known_id in ids for one in said if known_id in one]
    assert shown == []
    assert everything(clinic) == before


def test_the_same_ids_work_at_their_own_clinic(clinic: Clinic, harbour: Clinic) -> None:
    """So the test above asks for what is really there."""
    known = of_maples(clinic)

    assert clinic.ask("get_patient", demographicId=known["demographicId"])["firstName"] == "John"
    visits = clinic.ask("check_appointments", startDate=known["startDate"], endDate=known["endDate"])
    assert [v["appointmentId"] for v in visits["appointments"]] == [known["appointmentId"]]
    harbour.caller, harbour.call = JOHN, clinic.call
    assert harbour.ask("get_patient")["found"] is False
    assert harbour.ask("cancel_appointment", appointmentId=known["appointmentId"])["cancelled"] is False
    assert harbour.ask("search_patient_by_phone", phone=JOHN, dateOfBirth="1990-01-15")["found"] is False


def test_the_other_clinics_people_and_doctors_are_unknown_here(clinic: Clinic, harbour: Clinic) -> None:
    assert harbour.ask("search_patient", name="Jane Roe")["found"] is True
    assert harbour.ask("find_earliest_appointment", providerId="200")["found"] is True

    assert clinic.ask("search_patient", name="Jane Roe")["found"] is False
    assert clinic.ask("find_earliest_appointment", providerId="200")["found"] is False
    assert "200" not in [p["providerId"] for p in clinic.ask("get_providers")["providers"]]
