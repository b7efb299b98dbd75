from datetime import UTC, datetime, timedelta

import pytest

from tests.clinic import Clinic
from tests.tools import visits
from tests.tools.visits import at, day


@pytest.fixture
def visit(clinic: Clinic) -> int:
    """John's visit with Dr. Chen at 9:00, John proven in the call."""
    return visits.insert(clinic, at("09:00"), patient=clinic.prove_john())


def test_a_visit_is_cancelled_and_why_is_kept(clinic: Clinic, visit: int) -> None:
    answer = clinic.ask("cancel_appointment", appointmentId=visit, reason="feeling better")

    assert (answer["cancelled"], answer["appointmentId"], answer["wasAlready"]) == (True, visit, False)
    assert answer["say"].startswith("Your appointment with Dr. Wei Chen, ")
    assert answer["say"].endswith(" at 9 AM, is cancelled.")
    [(status, reason, at_once)] = clinic.all(
        "SELECT status, cancel_reason, now() - cancelled_at < interval '1 minute' FROM appointments"
    )
    assert (status, reason, at_once) == ("cancelled", "feeling better", True)


def test_its_time_is_free_at_once(clinic: Clinic, visit: int) -> None:
    wish = {"startDate": str(day()), "providerId": "100"}
    assert clinic.ask("find_earliest_appointment", **wish)["startTime"] == at("09:30")

    clinic.ask("cancel_appointment", appointmentId=visit)

    assert clinic.ask("find_earliest_appointment", **wish)["startTime"] == at("09:00")
    assert visits.create(clinic, at("09:00"))["status"] == "BOOKED"


def test_the_second_time_it_is_said_to_be_cancelled_already(clinic: Clinic, visit: int) -> None:
    clinic.ask("cancel_appointment", appointmentId=visit, reason="feeling better")

    answer = clinic.ask("cancel_appointment", appointmentId=visit, reason="once more")

    assert (answer["cancelled"], answer["wasAlready"]) == (True, True)
    assert answer["say"] == "That appointment was already cancelled."
    assert clinic.all("SELECT cancel_reason FROM appointments") == [("feeling better",)]


@pytest.mark.parametrize("status", ["booked", "fulfilled", "noshow"])
def test_a_visit_that_is_past_cannot_be_cancelled(clinic: Clinic, status: str) -> None:
    past = (datetime.now(UTC) - timedelta(days=2)).date()
    visit = visits.insert(clinic, at("10:00", past), patient=clinic.prove_john(), status=status)

    answer = clinic.ask("cancel_appointment", appointmentId=visit)

    assert answer["cancelled"] is False
    assert answer["say"] == "That appointment is already past, so I can't change it."
    assert clinic.all("SELECT status FROM appointments") == [(status,)]


def test_a_visit_the_patient_has_arrived_for_is_not_said_to_be_cancelled(clinic: Clinic) -> None:
    visit = visits.insert(clinic, at("10:00"), patient=clinic.prove_john(), status="arrived")

    assert clinic.ask("cancel_appointment", appointmentId=visit)["cancelled"] is False
    assert clinic.all("SELECT status FROM appointments") == [("arrived",)]


def test_another_patients_visit_stays(clinic: Clinic) -> None:
    clinic.prove_john()
    hers = visits.insert(clinic, at("09:00"), patient=visits.id_of(clinic, "Meiling"))

    answer = clinic.ask("cancel_appointment", appointmentId=hers)

    assert answer["cancelled"] is False
    assert answer["say"] == "I can't find that appointment in your file."
    assert visits.standing(clinic) == [(100, at("09:00"))]


def test_another_clinics_visit_stays(clinic: Clinic, harbour: Clinic) -> None:
    clinic.prove_john()
    theirs = visits.insert(harbour, at("09:00"), patient=visits.id_of(harbour, "Jane"), provider=200)

    answer = clinic.ask("cancel_appointment", appointmentId=theirs)

    assert answer["cancelled"] is False
    assert answer["say"] == "I can't find that appointment in your file."
    assert visits.standing(harbour) == [(200, at("09:00"))]


def test_a_hold_is_no_visit(clinic: Clinic) -> None:
    clinic.prove_john()
    offer = clinic.ask("find_earliest_appointment", startDate=str(day()))

    assert clinic.ask("cancel_appointment", appointmentId=int(offer["slotId"]))["cancelled"] is False
    assert len(visits.holds(clinic)) == 1
