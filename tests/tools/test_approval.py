"""Where the clinic approves what is booked: asked, answered, told; and what happens when nobody answers."""

from typing import Any

import pytest

from functions.scheduling.sweep.handler import handler as sweep
from tests.clinic import MEILING, Clinic, Context
from tests.member import Member, token
from tests.tools import visits
from tests.tools.visits import at, create, day

MEMBER = Member(token())


@pytest.fixture(autouse=True)
def approving(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")


def request(clinic: Clinic, start: str = at("09:00")) -> int:
    """A request of John's; its id."""
    clinic.prove_john()
    return create(clinic, start)["appointmentId"]


def status(clinic: Clinic, id: int) -> tuple[str, str | None]:
    return clinic.all("SELECT status, cancel_reason FROM appointments WHERE id = %s", id)[0]


def next_call(clinic: Clinic, name: str = "next") -> dict[str, Any]:
    """What John hears when he calls again and says who he is."""
    return clinic.ask("search_patient_by_phone", call=name, phone="0000000000", dateOfBirth="1990-01-15")


def run_out(clinic: Clinic) -> None:
    clinic.do("UPDATE appointments SET pending_until = now() - interval '1 second' WHERE status = 'pending'")


def test_a_request_is_no_booking_and_is_not_said_to_be_one(clinic: Clinic) -> None:
    clinic.prove_john()

    answer = create(clinic, at("09:00"))

    assert (answer["status"], answer["booked"]) == ("PENDING", False)
    assert answer["say"].startswith("I've asked the clinic for ")
    assert "isn't confirmed yet" in answer["say"]
    assert status(clinic, answer["appointmentId"]) == ("pending", None)
    listed = clinic.ask("check_appointments", startDate=str(day()), endDate=str(day()))
    assert listed["appointments"][0]["status"] == "pending"
    assert "which the clinic has yet to confirm" in listed["say"]


def test_a_request_blocks_its_time(clinic: Clinic) -> None:
    request(clinic)
    meiling = visits.id_of(clinic, "Meiling")

    answer = create(clinic, at("09:00"), call="b", caller=MEILING, demographicId=meiling)

    assert answer["status"] == "NOT_BOOKED"


def test_the_same_request_again_is_the_same_one(clinic: Clinic) -> None:
    first = request(clinic)

    assert create(clinic, at("09:00"))["appointmentId"] == first


@pytest.mark.parametrize(
    ("decision", "told", "stands"),
    [
        ("approve", "The clinic has confirmed your appointment with Dr. Wei Chen, ", "booked"),
        ("decline", "I'm sorry, the clinic couldn't confirm ", "cancelled"),
    ],
)
def test_what_the_clinic_decides_the_patient_hears_in_the_next_call_and_only_in_that(
    clinic: Clinic, decision: str, told: str, stands: str
) -> None:
    made = request(clinic)

    assert MEMBER.post(f"/appointments/{made}/{decision}").status == 200

    assert status(clinic, made)[0] == stands
    # Who has not said who they are hears nothing of it.
    assert told not in clinic.ask("search_patient_by_phone", call="unproven", phone="0000000000")["say"]
    first = next_call(clinic)["say"]
    assert told in first
    # An answer may get lost on its way: the same call hears it again.
    assert next_call(clinic)["say"] == first
    assert told not in next_call(clinic, "later")["say"]


def test_nobodys_answer_in_time_is_a_no_that_the_patient_hears(clinic: Clinic) -> None:
    made = request(clinic)
    run_out(clinic)

    assert sweep({}, Context())["requests"] == 1

    assert status(clinic, made) == ("cancelled", "lapsed")
    assert "was not confirmed in time" in next_call(clinic)["say"]
    assert sweep({}, Context())["clinics"] == 0


def test_a_request_that_ran_out_is_in_nobodys_way_though_nobody_swept(clinic: Clinic) -> None:
    made = request(clinic)
    run_out(clinic)
    meiling = visits.id_of(clinic, "Meiling")

    offer = clinic.ask(
        "find_earliest_appointment", call="b", caller=MEILING, startDate=str(day()), providerId="100"
    )
    answer = create(clinic, at("09:00"), call="b", caller=MEILING, demographicId=meiling)

    assert (offer["startTime"], answer["status"]) == (at("09:00"), "PENDING")
    assert status(clinic, made) == ("cancelled", "lapsed")


def test_a_request_that_ran_out_can_not_be_approved_any_more(clinic: Clinic) -> None:
    made = request(clinic)
    run_out(clinic)

    answer = MEMBER.post(f"/appointments/{made}/approve")

    assert (answer.status, answer.body["currentStatus"]) == (409, "cancelled")


def test_a_visit_that_is_moved_waits_for_the_clinics_word_again(clinic: Clinic) -> None:
    made = request(clinic)
    MEMBER.post(f"/appointments/{made}/approve")

    moved = clinic.ask("update_appointment", appointmentId=made, newStartTime=at("11:00"))

    assert (moved["status"], moved["appointmentId"], moved["startTime"]) == ("PENDING", made, at("11:00"))
    assert status(clinic, made)[0] == "pending"


def test_what_changed_again_is_no_news(clinic: Clinic) -> None:
    made = request(clinic)
    MEMBER.post(f"/appointments/{made}/approve")
    clinic.ask("update_appointment", appointmentId=made, newStartTime=at("11:00"))

    assert "confirmed your appointment" not in next_call(clinic)["say"]


def test_nobody_is_asked_to_confirm_what_is_past(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET approval_min = 43200")
    made = request(clinic)

    [(until, start)] = clinic.all("SELECT pending_until, visit_start FROM appointments WHERE id = %s", made)
    assert until == start


def test_a_request_that_ran_out_is_nobodys_visit_any_more_though_nobody_swept(clinic: Clinic) -> None:
    made = request(clinic)
    run_out(clinic)

    listed = clinic.ask("check_appointments", startDate=str(day()), endDate=str(day()))
    again = create(clinic, at("09:00"))

    assert listed["appointments"] == []
    assert (again["status"], again["appointmentId"] != made) == ("PENDING", True)


def test_a_request_may_be_withdrawn(clinic: Clinic) -> None:
    made = request(clinic)

    assert clinic.ask("cancel_appointment", appointmentId=made)["cancelled"] is True
    assert MEMBER.post(f"/appointments/{made}/approve").status == 409
