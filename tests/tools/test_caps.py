"""What one telephone number may do in a day: three holds at a time, five registrations, ten bookings."""

from datetime import timedelta
from typing import Any

import pytest

from tests.clinic import MEILING, Clinic
from tests.tools import visits
from tests.tools.visits import TUESDAY, at, create, day


def offer(clinic: Clinic, call: str, **changes: Any) -> dict[str, Any]:
    return clinic.ask("find_earliest_appointment", call=call, startDate=str(day()), **changes)


def test_a_number_holds_three_starts_at_once_and_no_fourth(clinic: Clinic) -> None:
    for number in range(3):
        assert offer(clinic, f"call-{number}")["slotId"] is not None

    fourth = offer(clinic, "call-3")

    assert (fourth["found"], fourth["slotId"]) == (True, None)
    assert [call for call, *_ in visits.holds(clinic)] == ["call-0", "call-1", "call-2"]
    clinic.prove_john(call="call-3")
    booked = create(clinic, fourth["startTime"], call="call-3", providerId=fourth["providerId"])
    assert booked["status"] == "BOOKED"


def test_asking_again_in_one_call_stays_one_hold(clinic: Clinic) -> None:
    for _ in range(6):
        assert offer(clinic, "call-1")["slotId"] is not None

    assert len(visits.holds(clinic)) == 1


def test_holds_that_ran_out_and_those_of_others_do_not_count(clinic: Clinic) -> None:
    for number in range(3):
        offer(clinic, f"call-{number}")
    assert offer(clinic, "hers", caller=MEILING)["slotId"] is not None

    clinic.do("UPDATE appointments SET held_until = now() - interval '1 second' WHERE call_id = 'call-0'")

    assert offer(clinic, "call-3")["slotId"] is not None


def test_who_hides_the_number_is_counted_by_the_call(clinic: Clinic) -> None:
    clinic.caller = None

    for number in range(4):
        assert offer(clinic, f"call-{number}")["slotId"] is not None


def register(clinic: Clinic, number: int, *, caller: str | None = None) -> dict[str, Any]:
    name = ["Ada", "Bela", "Carol", "Dmitri", "Esra", "Fumiko", "Gita"][number]
    return clinic.ask(
        "register_new_patient",
        call=f"call-{number}",
        caller=caller,
        firstName=name,
        lastName="Sample",
        dateOfBirth=f"198{number}-04-09",
        gender="U",
        phone="604 555 0150",
        address="12 Example Street",
        city="Vancouver",
        postalCode="V6B 1A1",
        healthCardType="NONE",
        language="en",
    )


def test_a_number_registers_five_people_a_day_and_no_sixth(clinic: Clinic) -> None:
    for number in range(5):
        assert register(clinic, number)["registered"] is True

    sixth = register(clinic, 5)

    assert (sixth["registered"], sixth["transfer"]) == (False, True)
    assert "pass you to someone" in sixth["say"]
    assert clinic.all("SELECT count(*) FROM patients WHERE last_name = 'Sample'") == [(5,)]
    assert register(clinic, 6, caller=MEILING)["registered"] is True


def test_a_repeat_is_no_further_registration(clinic: Clinic) -> None:
    for number in range(5):
        register(clinic, number)

    assert register(clinic, 4)["registered"] is True


def test_the_next_day_a_number_may_register_again(clinic: Clinic) -> None:
    for number in range(5):
        register(clinic, number)
    clinic.do("UPDATE patients SET created_at = created_at - interval '1 day'")

    assert register(clinic, 5)["registered"] is True


HALF_HOURS = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30", "14:00", "14:30")


@pytest.fixture
def ten_visits(clinic: Clinic) -> list[int]:
    """Ten visits that John's number has booked today, over two calls."""
    for call in ("call-1", "call-2"):
        clinic.prove_john(call=call)
    answers = [
        create(clinic, at(clock), call=f"call-{1 + number % 2}") for number, clock in enumerate(HALF_HOURS)
    ]
    assert [answer["status"] for answer in answers] == ["BOOKED"] * 10
    return [answer["appointmentId"] for answer in answers]


@pytest.mark.usefixtures("ten_visits")
def test_a_number_books_ten_visits_a_day_and_no_eleventh(clinic: Clinic) -> None:
    eleventh = create(clinic, at("15:00"))

    assert (eleventh["status"], eleventh["transfer"]) == ("NOT_BOOKED", True)
    assert "pass you to someone" in eleventh["say"]
    assert len(visits.standing(clinic)) == 10


@pytest.mark.usefixtures("ten_visits")
def test_the_tenth_asked_for_again_is_still_booked(clinic: Clinic) -> None:
    assert create(clinic, at("14:30"), call="call-2")["status"] == "BOOKED"
    assert len(visits.standing(clinic)) == 10


def test_one_cancelled_makes_room_for_one(clinic: Clinic, ten_visits: list[int]) -> None:
    clinic.ask("cancel_appointment", appointmentId=ten_visits[0])

    assert create(clinic, at("15:00"))["status"] == "BOOKED"
    assert create(clinic, at("15:30"))["status"] == "NOT_BOOKED"


@pytest.mark.usefixtures("ten_visits")
def test_visits_booked_on_another_day_do_not_count(clinic: Clinic) -> None:
    clinic.do("UPDATE appointments SET created_at = created_at - %s", timedelta(days=1))

    assert create(clinic, at("15:00"))["status"] == "BOOKED"


def test_a_visit_that_is_moved_stays_one(clinic: Clinic, ten_visits: list[int]) -> None:
    clinic.ask("update_appointment", appointmentId=ten_visits[0], newStartTime=at("10:00", day(TUESDAY)))
    assert create(clinic, at("15:00"))["status"] == "NOT_BOOKED"


@pytest.mark.usefixtures("ten_visits")
def test_another_number_is_not_kept_from_booking(clinic: Clinic) -> None:
    meiling = visits.id_of(clinic, "Meiling")

    hers = clinic.ask(
        "create_appointment",
        call="hers",
        caller=MEILING,
        demographicId=meiling,
        providerId="101",
        startTime=at("09:00"),
        appointmentType="Follow-up",
        reason="a cough",
        language="zh",
    )

    assert hers["status"] == "BOOKED"
