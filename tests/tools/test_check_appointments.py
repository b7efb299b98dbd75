from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.clinic import Clinic
from tests.tools import visits
from tests.tools.visits import TUESDAY, at, day


@pytest.fixture
def john(clinic: Clinic) -> int:
    """John, proven in the call."""
    return clinic.prove_john()


def check(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    days = {"startDate": str(day()), "endDate": str(day() + timedelta(4))}
    return clinic.ask("check_appointments", **{**days, **changes})


def starts(answer: dict[str, Any]) -> list[str]:
    return [visit["startTime"] for visit in answer["appointments"]]


def test_the_callers_own_visits_are_read_out_in_order(clinic: Clinic, john: int) -> None:
    visits.insert(clinic, at("10:00", day(TUESDAY)), patient=john, provider=101, kind="Physical")
    first = visits.insert(clinic, at("10:00"), patient=john)
    visits.insert(clinic, at("11:00"), patient=visits.id_of(clinic, "Meiling"))

    answer = check(clinic)

    assert answer["found"] is True
    assert starts(answer) == [at("10:00"), at("10:00", day(TUESDAY))]
    assert answer["appointments"][0] == {
        "appointmentId": first,
        "status": "booked",
        "locationName": None,
        "date": str(day()),
        "day": "Monday",
        "startTime": at("10:00"),
        "endTime": at("10:30"),
        "providerId": "100",
        "providerName": "Dr. Wei Chen",
        "appointmentType": "General consultation",
    }
    assert answer["say"].startswith("You have General consultation with Dr. Wei Chen, Monday, ")
    assert "; Physical with Dr. Priya Sharma, Tuesday, " in answer["say"]


def test_both_days_count_and_no_others(clinic: Clinic, john: int) -> None:
    for ahead in range(-3, 5):
        if (day() + timedelta(ahead)).isoweekday() < 6:
            visits.insert(clinic, at("16:30", day() + timedelta(ahead)), patient=john)

    answer = check(clinic, startDate=str(day()), endDate=str(day(TUESDAY)))

    assert starts(answer) == [at("16:30"), at("16:30", day(TUESDAY))]


def test_what_was_cancelled_or_is_past_is_left_out(clinic: Clinic, john: int) -> None:
    visits.insert(clinic, at("10:00"), patient=john, status="cancelled")
    visits.insert(clinic, at("10:00", datetime.now(UTC).date() - timedelta(2)), patient=john)

    answer = check(clinic, startDate="2020-01-01", endDate=str(day(weeks=5)))

    assert (answer["found"], answer["appointments"]) == (False, [])
    assert answer["say"] == "I see no appointments in that time."


def test_at_most_the_next_ten_are_read_out(clinic: Clinic, john: int) -> None:
    for hour in (9, 10, 11, 13):
        for minute in ("00", "15", "30"):
            visits.insert(clinic, at(f"{hour:02}:{minute}"), patient=john, kind="Follow-up")

    answer = check(clinic)

    assert len(answer["appointments"]) == 10
    assert starts(answer)[-1] == at("13:00")


@pytest.mark.parametrize(
    "days",
    [
        {"endDate": "2020-12-31"},
        {"startDate": "2020-01-01", "endDate": "2020-12-31"},
        {"startDate": "today", "endDate": "2020-12-31"},
    ],
)
def test_an_end_that_is_past_is_no_end(clinic: Clinic, john: int, days: dict[str, str]) -> None:
    visits.insert(clinic, at("10:00"), patient=john)

    assert starts(check(clinic, **days)) == [at("10:00")]


def test_only_those_with_one_doctor(clinic: Clinic, john: int) -> None:
    visits.insert(clinic, at("10:00"), patient=john)
    visits.insert(clinic, at("11:00"), patient=john, provider=101)

    assert starts(check(clinic, providerId="101")) == [at("11:00")]
    assert starts(check(clinic, providerId="any")) == [at("10:00"), at("11:00")]


def test_an_unproven_caller_hears_of_no_visit(clinic: Clinic) -> None:
    visits.insert(clinic, at("10:00"), patient=visits.id_of(clinic, "John"))

    answer = check(clinic, demographicId=visits.id_of(clinic, "John"), findAvailable=True)

    assert (answer["found"], answer["appointments"]) == (False, [])
    assert answer["say"] == "For your privacy, please tell me your date of birth first."


@pytest.mark.usefixtures("john")
def test_free_times_are_given_and_said_when_asked_for(clinic: Clinic) -> None:
    assert check(clinic)["available"] == []

    answer = check(clinic, findAvailable=True, providerId="101")

    assert answer["found"] is False
    assert [slot["startTime"] for slot in answer["available"]] == [
        at("09:00"),
        at("11:00"),
        at("09:00", day(TUESDAY)),
    ]
    assert {slot["providerId"] for slot in answer["available"]} == {"101"}
    assert answer["say"].startswith("I see no appointments in that time. Free times: Monday, ")
    assert "at 9 AM with Dr. Priya Sharma" in answer["say"]
    assert visits.holds(clinic) == []
    slot = answer["available"][1]
    assert visits.create(clinic, slot["startTime"], providerId="101")["status"] == "BOOKED"


@pytest.mark.usefixtures("john")
def test_when_no_time_is_free_none_is_said(clinic: Clinic) -> None:
    sunday = str(day() - timedelta(1))

    answer = check(clinic, startDate=sunday, endDate=sunday, findAvailable=True)

    assert (answer["available"], answer["say"]) == ([], "I see no appointments in that time.")


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize(
    ("days", "say"),
    [
        ({"startDate": None}, "Which day would you like?"),
        ({"startDate": "2019-02-30"}, "Which day would you like?"),
        ({"endDate": "sometime"}, "Until which day should I look?"),
    ],
)
def test_a_day_that_was_not_understood_is_asked_for(clinic: Clinic, days: dict[str, Any], say: str) -> None:
    assert check(clinic, **days)["say"] == say


def test_a_clinics_day_is_its_own(harbour: Clinic) -> None:
    """Jane's visit at 9 in Toronto is on that day, though it is still night in Vancouver."""
    jane = harbour.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1978-03-30")["id"]
    visits.insert(harbour, at("00:30"), patient=jane, provider=200)
    visits.insert(harbour, at("23:00"), patient=jane, provider=200)

    assert starts(check(harbour, startDate=str(day()), endDate=str(day()))) == [at("00:30"), at("23:00")]
    assert date.fromisoformat(check(harbour)["appointments"][0]["date"]) == day()
