"""A freed time that is kept for somebody on the waitlist: theirs, and for the while nobody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local import deadlines
from tests.clinic import MEILING, Clinic

LAST_OF_A_DAY = {"providerId": "102", "timeOfDay": "after 4:30 pm"}


@pytest.fixture
def kept(clinic: Clinic) -> dict[str, Any]:
    """Where to look for the only time of a day, which is kept for Meiling."""
    # Not of today: a time that is too near to be booked is given up before the hour is over.
    in_two_days = datetime.now(tz=UTC) + timedelta(days=2)
    booked = clinic.book(call="booked", startDate=in_two_days.date().isoformat(), **LAST_OF_A_DAY)
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


@pytest.mark.parametrize("second", ["again", "after-it-broke-off"])
def test_it_stays_kept_when_they_ask_again_in_this_call_or_the_next(
    clinic: Clinic, kept: dict[str, Any], second: str
) -> None:
    first = clinic.ask("find_earliest_appointment", call="again", caller=MEILING)

    answer = clinic.ask("find_earliest_appointment", call=second, caller=MEILING)

    assert (answer["startTime"], answer["slotId"]) == (first["startTime"], first["slotId"])


def test_it_stays_kept_while_they_look_at_other_times(clinic: Clinic, kept: dict[str, Any]) -> None:
    clinic.ask("find_earliest_appointment", call="again", caller=MEILING)

    other = clinic.ask("find_earliest_appointment", call="again", caller=MEILING, providerId="100")
    assert (other["providerId"], "kept" in other["say"]) == ("100", False)
    assert other["slotId"] is not None
    assert clinic.ask("find_earliest_appointment", call="other", **kept)["found"] is False

    assert "kept it for you" in clinic.ask("find_earliest_appointment", call="again", caller=MEILING)["say"]


def test_it_is_not_kept_ever_longer_by_asking_again(clinic: Clinic, kept: dict[str, Any]) -> None:
    def hold(call: str) -> tuple[timedelta, timedelta]:
        """How old it is, and how long it lasts yet."""
        clinic.ask("find_earliest_appointment", call=call, caller=MEILING)
        [ages] = clinic.all(
            "SELECT now() - created_at, held_until - now() FROM appointments WHERE status = 'held'"
        )
        return ages

    hold("again")
    deadlines.bring_nearer(clinic.owner_url, clinic.org_id, minutes=58)
    age, left = hold("again")
    assert age > timedelta(minutes=58)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5), "as any hold that is talked about"

    deadlines.bring_nearer(clinic.owner_url, clinic.org_id, minutes=4)
    age, left = hold("another")
    assert age + left <= timedelta(minutes=65)


def test_it_is_theirs_for_good_once_booked(clinic: Clinic, kept: dict[str, Any]) -> None:
    patient = clinic.ask("search_patient_by_phone", call="again", caller=MEILING, phone="0000000000")
    clinic.ask("find_earliest_appointment", call="again", caller=MEILING)
    offer = clinic.ask("find_earliest_appointment", call="again", caller=MEILING)

    answer = clinic.ask(
        "create_appointment",
        call="again",
        caller=MEILING,
        demographicId=patient["id"],
        providerId=offer["providerId"],
        startTime=offer["startTime"],
        appointmentType="General consultation",
        reason="a mole",
        language="en",
    )

    assert answer["status"] == "BOOKED"
    assert clinic.all("SELECT status FROM waitlist") == [("booked",)]
    assert clinic.all("SELECT outcome FROM waitlist_offers") == [("booked",)]
