"""A freed time that is kept for somebody on the waitlist: theirs, and for the while nobody else's."""

from typing import Any

import pytest

from tests.clinic import MEILING, Clinic

LAST_OF_A_DAY = {"providerId": "102", "timeOfDay": "after 4:30 pm"}


@pytest.fixture
def kept(clinic: Clinic) -> dict[str, Any]:
    """Where to look for the only time of a day, which is kept for Meiling."""
    booked = clinic.book(call="booked", **LAST_OF_A_DAY)
    day = booked["startTime"][:10]
    wish = {"startDate": day, "endDate": day, **LAST_OF_A_DAY}
    assert clinic.ask("find_earliest_appointment", call="waits", caller=MEILING, **wish)["found"] is False
    waiting = {"firstName": "Meiling", "lastName": "Chen", "phone": MEILING}
    clinic.ask("add_to_waitlist", call="waits", caller=MEILING, **waiting)
    assert clinic.ask("cancel_appointment", call="booked", appointmentId=booked["appointmentId"])["cancelled"]
    return wish


def test_nobody_else_is_offered_it_or_can_book_it(clinic: Clinic, kept: dict[str, Any]) -> None:
    patient = clinic.prove_john(call="other")

    assert clinic.ask("find_earliest_appointment", call="other", **kept)["found"] is False

    answer = clinic.ask(
        "create_appointment",
        call="other",
        demographicId=patient,
        providerId="102",
        startTime=f"{kept['startDate']}T16:30:00",
        appointmentType="General consultation",
        reason="a mole",
        language="en",
    )
    assert answer["status"] == "NOT_BOOKED"
    assert f"{kept['startDate']}T16:30:00" not in [other["startTime"] for other in answer["alternatives"]]


def test_it_counts_against_a_cap_like_any_hold(clinic: Clinic, kept: dict[str, Any]) -> None:
    clinic.do(
        "INSERT INTO caps (org_id, provider_id, period, most) VALUES (%s, 102, 'day', 1)", clinic.org_id
    )
    day = kept["startDate"]

    answer = clinic.ask(
        "find_earliest_appointment", call="other", providerId="102", startDate=day, endDate=day
    )

    assert answer["found"] is False


def test_it_is_offered_to_whom_it_is_kept_for(clinic: Clinic, kept: dict[str, Any]) -> None:
    answer = clinic.ask("find_earliest_appointment", call="again", caller=MEILING)

    assert (answer["startTime"], answer["providerId"]) == (f"{kept['startDate']}T16:30:00", "102")
    assert "kept it for you" in answer["say"]
