from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clinic import MEILING, Clinic
from tests.tools import visits
from tests.tools.visits import SATURDAY, at, create, day


@pytest.fixture
def visit(clinic: Clinic) -> int:
    """John's visit with Dr. Chen at 10:00, John proven in the call."""
    return visits.insert(clinic, at("10:00"), patient=clinic.prove_john())


def move(clinic: Clinic, visit: int, start: str, **changes: Any) -> dict[str, Any]:
    return clinic.ask("update_appointment", appointmentId=visit, newStartTime=start, **changes)


def stands(clinic: Clinic, answer: dict[str, Any]) -> bool:
    """Whether the answer says no and the visit is where it was."""
    is_refused = (answer["status"], answer["booked"]) == ("NOT_BOOKED", False)
    return is_refused and (100, at("10:00")) in visits.standing(clinic)


def test_a_visit_moves_under_its_own_id_and_frees_its_old_time(clinic: Clinic, visit: int) -> None:
    answer = move(clinic, visit, at("14:00"))

    assert (answer["status"], answer["booked"], answer["appointmentId"]) == ("BOOKED", True, visit)
    assert (answer["startTime"], answer["endTime"]) == (at("14:00"), at("14:30"))
    assert answer["say"].startswith("Your appointment is now with Dr. Wei Chen, ")
    assert answer["say"].endswith(" at 2 PM.")
    assert visits.standing(clinic) == [(100, at("14:00"))]
    assert create(clinic, at("10:00"))["status"] == "BOOKED"


def test_what_was_noted_of_a_visit_moves_with_it(clinic: Clinic) -> None:
    clinic.prove_john()
    booked = create(clinic, at("10:00"), reason="a rash", isVirtual=True)
    noted = "SELECT id, reason, is_virtual, language, call_id, capped_as, created_at FROM appointments"
    before = clinic.all(noted)

    move(clinic, booked["appointmentId"], at("14:00"))

    assert clinic.all(noted) == before


def test_the_old_time_stands_when_the_new_one_is_taken(clinic: Clinic, visit: int) -> None:
    visits.insert(clinic, at("14:00"), patient=visits.id_of(clinic, "Meiling"))

    answer = move(clinic, visit, at("14:00"))

    assert stands(clinic, answer)
    assert answer["say"].startswith("That time has just been taken. I could offer ")
    assert "Your appointment stays as it was: " in answer["say"]
    assert answer["say"].endswith(" at 10 AM.")
    assert [slot["startTime"] for slot in answer["alternatives"]] == [at("14:30"), at("14:45")]
    assert move(clinic, visit, answer["alternatives"][1]["startTime"])["status"] == "BOOKED"


def test_the_old_time_stands_when_the_new_one_is_held_for_another(clinic: Clinic, visit: int) -> None:
    clinic.ask(
        "find_earliest_appointment",
        call="call-2",
        caller=MEILING,
        startDate=str(day()),
        timeOfDay="2 PM",
        providerId="100",
    )

    assert stands(clinic, move(clinic, visit, at("14:00")))


def test_the_time_held_for_this_call_is_won(clinic: Clinic, visit: int) -> None:
    offer = clinic.ask("find_earliest_appointment", startDate=str(day()), providerId="100", timeOfDay="2 PM")

    answer = move(clinic, visit, offer["startTime"])

    assert (answer["status"], answer["startTime"]) == ("BOOKED", at("14:00"))
    assert visits.holds(clinic) == []


@pytest.mark.parametrize("start", ["09:30", "09:45", "10:15", "10:30"])
def test_a_visit_may_touch_or_overlap_its_own_old_time(clinic: Clinic, visit: int, start: str) -> None:
    answer = move(clinic, visit, at(start))

    assert (answer["status"], answer["appointmentId"]) == ("BOOKED", visit)
    assert visits.standing(clinic) == [(100, at(start))]


def test_a_visit_moves_to_another_doctor(clinic: Clinic, visit: int) -> None:
    answer = move(clinic, visit, at("10:00"), newProviderId="101")

    assert (answer["status"], answer["providerId"], answer["appointmentId"]) == ("BOOKED", "101", visit)
    assert "Dr. Priya Sharma" in answer["say"]
    assert visits.standing(clinic) == [(101, at("10:00"))]


def test_any_doctor_means_the_same_one(clinic: Clinic, visit: int) -> None:
    assert move(clinic, visit, at("14:00"), newProviderId="any")["providerId"] == "100"


@pytest.mark.parametrize("provider", ["999", "200"])
def test_of_a_doctor_who_is_not_here_the_caller_hears_who_is(
    clinic: Clinic, visit: int, provider: str
) -> None:
    answer = move(clinic, visit, at("14:00"), newProviderId=provider)

    assert stands(clinic, answer)
    assert answer["say"].startswith("I couldn't find that doctor. You can see Dr. Wei Chen, ")


def test_a_doctor_who_has_left_gets_no_visits_any_more(clinic: Clinic, visit: int) -> None:
    clinic.do("UPDATE providers SET is_active = false WHERE id = 100")

    answer = move(clinic, visit, at("14:00"))

    assert stands(clinic, answer)
    assert answer["alternatives"][0]["providerId"] == "101"


def test_a_kind_of_visit_no_longer_offered_may_still_be_moved(clinic: Clinic, visit: int) -> None:
    clinic.do("UPDATE appointment_types SET is_active = false WHERE name = 'General consultation'")

    answer = move(clinic, visit, at("14:00"))

    assert (answer["status"], answer["appointmentType"]) == ("BOOKED", "General consultation")


def test_a_visit_keeps_its_length_and_what_follows_it(clinic: Clinic) -> None:
    john = clinic.prove_john()
    visit = visits.insert(clinic, at("10:00"), patient=john, kind="Physical")
    visits.insert(clinic, at("15:00"), patient=john)

    assert move(clinic, visit, at("14:00"))["status"] == "NOT_BOOKED"
    moved = move(clinic, visit, at("13:45"))
    assert (moved["status"], moved["endTime"]) == ("BOOKED", at("14:45"))


def test_moving_again_to_the_same_time_says_the_same(clinic: Clinic, visit: int) -> None:
    first = move(clinic, visit, at("14:00"))

    assert move(clinic, visit, at("14:00")) == first
    assert visits.standing(clinic) == [(100, at("14:00"))]


@pytest.mark.parametrize(
    "start",
    [
        *(at("12:00"), at("18:00"), at("09:07"), "2020-03-02T10:00:00"),
        *(at("10:00", day(SATURDAY)), at("10:00", day(weeks=40))),
    ],
)
def test_where_the_clinic_books_nothing_nothing_is_moved_to(clinic: Clinic, visit: int, start: str) -> None:
    assert stands(clinic, move(clinic, visit, start))


def test_a_cancelled_visit_is_not_moved_but_said_to_be_cancelled(clinic: Clinic, visit: int) -> None:
    clinic.ask("cancel_appointment", appointmentId=visit)

    for start in (at("14:00"), at("10:00")):
        answer = move(clinic, visit, start)
        assert (answer["status"], answer["booked"]) == ("NOT_BOOKED", False)
        assert answer["say"] == "That appointment is cancelled. Shall we book a new one?"
    assert visits.standing(clinic) == []


@pytest.mark.parametrize("status", ["booked", "fulfilled", "noshow"])
def test_a_visit_that_is_past_cannot_be_moved(clinic: Clinic, status: str) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date()
    past = visits.insert(clinic, at("10:00", yesterday), patient=clinic.prove_john(), status=status)

    answer = move(clinic, past, at("14:00"))

    assert answer["status"] == "NOT_BOOKED"
    assert answer["say"] == "That appointment is already past, so I can't change it."


def test_another_patients_visit_is_not_found(clinic: Clinic, visit: int) -> None:
    hers = visits.insert(clinic, at("11:00"), patient=visits.id_of(clinic, "Meiling"))

    answer = move(clinic, hers, at("14:00"))

    assert stands(clinic, answer)
    assert answer["say"] == "I can't find that appointment in your file."
    assert (100, at("11:00")) in visits.standing(clinic)


def test_another_clinics_visit_is_not_found_and_stays(clinic: Clinic, harbour: Clinic, visit: int) -> None:
    theirs = visits.insert(harbour, at("11:00"), patient=visits.id_of(harbour, "Jane"), provider=200)

    answer = move(clinic, theirs, at("14:00"))

    assert stands(clinic, answer)
    assert answer["say"] == "I can't find that appointment in your file."
    assert visits.standing(harbour) == [(200, at("11:00"))]


@pytest.mark.parametrize("id", ["", "the one on Monday", "-1", 10**30])
def test_what_is_no_id_is_asked_for(clinic: Clinic, id: object) -> None:
    clinic.prove_john()

    answer = clinic.ask("update_appointment", appointmentId=id, newStartTime=at("14:00"))

    assert (answer["status"], answer["say"]) == ("NOT_BOOKED", "Which appointment do you mean?")
