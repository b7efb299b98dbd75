from datetime import datetime, timedelta

import pytest

from tests.clinic import Clinic
from tests.tools import visits


def test_the_clinic_that_was_called_says_who_it_is(clinic: Clinic, harbour: Clinic) -> None:
    maple, harbours = clinic.ask("get_clinic_info"), harbour.ask("get_clinic_info")

    assert (maple["name"], maple["phone"]) == ("Maple Clinic", "+16045550100")
    assert (maple["address"], maple["timeZone"]) == ("100 Example Street, Vancouver", "America/Vancouver")
    assert (maple["languages"], maple["acceptingNewPatients"]) == (["en", "zh"], True)
    assert maple["hours"] == (
        "Monday to Friday, 9 AM to 12 noon and 1 PM to 5 PM; closed Saturday and Sunday"
    )
    assert (harbours["name"], harbours["timeZone"]) == ("Harbour Clinic", "America/Toronto")
    assert "Maple" not in str(harbours)


def test_todays_hours_are_todays(clinic: Clinic) -> None:
    clinic.do("DELETE FROM working_hours")
    clinic.do(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
        " SELECT %s, provider, weekday, time '08:00' + (weekday - 1) * interval '15 minutes', '20:30'"
        " FROM generate_series(1, 7) weekday, unnest('{100,101}'::int[]) provider",
        clinic.org_id,
    )

    answer = clinic.ask("get_clinic_info")

    weekday = datetime.fromisoformat(answer["today"]).isoweekday()
    opens = ["8 AM", "8:15 AM", "8:30 AM", "8:45 AM", "9 AM", "9:15 AM", "9:30 AM"][weekday - 1]
    assert answer["hoursToday"] == f"{opens} to 8:30 PM"
    assert f"Today: {opens} to 8:30 PM." in answer["say"]


def test_on_a_holiday_today_is_closed_and_the_week_as_ever(clinic: Clinic) -> None:
    clinic.do("DELETE FROM working_hours")
    clinic.do(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
        " SELECT %s, 100, weekday, '09:00', '12:00' FROM generate_series(1, 7) weekday",
        clinic.org_id,
    )
    assert clinic.ask("get_clinic_info")["hoursToday"] != "closed"
    clinic.do(
        "INSERT INTO time_off (org_id, starts_at, ends_at) VALUES (%s, now() - %s, now() + %s)",
        clinic.org_id,
        timedelta(days=2),
        timedelta(days=2),
    )

    answer = clinic.ask("get_clinic_info")

    assert answer["hoursToday"] == "closed"
    assert "Today: closed." in answer["say"]
    assert "closed" not in answer["hours"]


def test_the_hours_of_a_doctor_who_has_left_are_not_the_clinics(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
        " VALUES (%s, 102, 6, '09:00', '12:00')",
        clinic.org_id,
    )
    assert "Saturday, 9 AM to 12 noon" in clinic.ask("get_clinic_info")["hours"]

    clinic.do("UPDATE providers SET is_active = false WHERE id = 102")

    assert clinic.ask("get_clinic_info")["hours"].endswith("closed Saturday and Sunday")


@pytest.mark.parametrize("accepting", [True, False])
def test_whether_new_patients_are_taken_is_told(clinic: Clinic, accepting: bool) -> None:
    clinic.do("UPDATE organizations SET accepting_new_patients = %s", accepting)

    assert clinic.ask("get_clinic_info")["acceptingNewPatients"] is accepting


def test_a_clinic_without_hours_is_closed(clinic: Clinic) -> None:
    clinic.do("DELETE FROM working_hours")

    answer = clinic.ask("get_clinic_info")

    assert (answer["hoursToday"], answer["hours"]) == ("closed", "closed every day")
    assert clinic.ask("find_earliest_appointment", startDate=str(visits.day()))["found"] is False
