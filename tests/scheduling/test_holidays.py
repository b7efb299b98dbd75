"""Public holidays as their schedule keeps them: by province, once, and the clinic has the last word."""

import json
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from frontdesk import zones
from frontdesk.scheduling import holidays
from functions.scheduling.keep_holidays.handler import handler
from tests.clinic import Clinic, Context
from tests.conftest import Database
from tests.walls.conftest import as_app


def kept() -> tuple[int, int, int]:
    """Clinics, new days and failures, of a run now."""
    told = handler({}, Context())
    return told["clinics"], told["days"], told["failed"]


def live_in(clinic: Clinic, province: str) -> None:
    clinic.do("UPDATE organizations SET holiday_province = %s", province)


def rows(clinic: Clinic) -> dict[date, tuple[str, bool]]:
    return {
        day: (name, closed) for day, name, closed in clinic.all("SELECT day, name, is_closed FROM holidays")
    }


def a_working_holiday(clinic: Clinic) -> date:
    """The next one from Monday to Friday that is today nowhere."""
    soon = datetime.now(UTC).date() + timedelta(days=2)
    return min(day for day in rows(clinic) if day >= soon and day.isoweekday() <= 5)


@pytest.mark.parametrize(
    ("province", "day", "name"),
    [
        ("BC", date(2027, 2, 15), "Family Day"),
        ("ON", date(2027, 2, 15), "Family Day"),
        ("BC", date(2027, 3, 26), "Good Friday"),
        ("BC", date(2027, 7, 1), "Canada Day"),
        ("ON", date(2027, 7, 1), "Canada Day"),
        ("BC", date(2027, 8, 2), "British Columbia Day"),
        ("ON", date(2027, 8, 2), None),
        ("BC", date(2027, 11, 11), "Remembrance Day"),
        ("ON", date(2027, 11, 11), None),
        ("ON", date(2028, 12, 26), "Boxing Day"),
        ("BC", date(2028, 12, 26), None),
        ("QC", date(2028, 6, 24), "Saint Jean Baptiste Day"),
        ("QC", date(2028, 2, 21), None),
        ("BC", date(2025, 12, 25), None),
        ("BC", date(2029, 1, 1), None),
    ],
)
def test_a_provinces_days_of_three_years_are_known(province: str, day: date, name: str | None) -> None:
    assert holidays.public("CA", province, 2026).get(day) == name


def test_each_clinic_has_its_own_provinces_days_and_one_without_a_province_none(
    clinic: Clinic, harbour: Clinic
) -> None:
    live_in(clinic, "BC")
    assert kept()[0] == 1
    assert rows(harbour) == {}

    live_in(harbour, "ON")
    assert kept()[::2] == (2, 0)

    def names(one: Clinic) -> set[str]:
        return {name for name, is_closed in rows(one).values() if is_closed}

    assert "British Columbia Day" in names(clinic) - names(harbour)
    assert "Canada Day" in names(clinic) & names(harbour)
    this_year = zones.today(datetime.now(UTC), zones.zone("America/Vancouver")).year
    assert {day.year for day in rows(clinic)} == {this_year, this_year + 1, this_year + 2}


def test_what_the_clinic_made_of_a_day_stays(clinic: Clinic) -> None:
    live_in(clinic, "BC")
    days = kept()[1]
    opened, renamed, *_ = sorted(rows(clinic))
    clinic.do("UPDATE holidays SET is_closed = false WHERE day = %s", opened)
    clinic.do("UPDATE holidays SET name = 'Staff picnic' WHERE day = %s", renamed)
    clinic.do("INSERT INTO holidays (org_id, day, name) VALUES (%s, '2026-12-24', 'Party')", clinic.org_id)
    edited = rows(clinic)

    assert kept() == (1, 0, 0)
    assert rows(clinic) == edited
    assert len(edited) == days + 1


def test_another_province_adds_its_days_and_takes_none_away(clinic: Clinic) -> None:
    live_in(clinic, "BC")
    kept()
    before = rows(clinic)

    live_in(clinic, "QC")
    kept()

    assert rows(clinic).items() > before.items()
    assert "Saint Jean Baptiste Day" in {name for name, _ in rows(clinic).values()}


def test_a_holiday_is_closed_and_open_when_the_clinic_says_so(clinic: Clinic) -> None:
    live_in(clinic, "BC")
    kept()
    holiday = a_working_holiday(clinic)
    wish = {"startDate": holiday.isoformat(), "endDate": holiday.isoformat()}

    assert clinic.ask("find_earliest_appointment", **wish)["found"] is False

    clinic.do("UPDATE holidays SET is_closed = false WHERE day = %s", holiday)
    kept()
    offer = clinic.ask("find_earliest_appointment", **wish)
    assert (offer["found"], offer["startTime"]) == (True, f"{holiday}T09:00:00")


def test_a_province_that_there_is_not_is_logged_and_stops_no_other(
    clinic: Clinic, harbour: Clinic, printed: pytest.CaptureFixture[str]
) -> None:
    live_in(clinic, "ZZ")
    live_in(harbour, "ON")

    assert kept()[::2] == (1, 1)

    assert rows(harbour)
    lines = [json.loads(line) for line in printed.readouterr().out.splitlines()]
    [failed] = [line for line in lines if line.get("message") == "a clinic's turn failed"]
    assert failed["org_id"] == clinic.org_id


def test_the_directory_tells_who_keeps_holidays_and_nothing_more(
    database: Database, clinic: Clinic, harbour: Clinic
) -> None:
    live_in(harbour, "ON")

    with as_app(database, None) as app:
        found = app.all("SELECT * FROM directory.organizations_with_holidays()")
        assert [tuple(map(str, row)) for row in found] == [(harbour.org_id,)]
        assert app.all("SELECT * FROM organizations") == []
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SET ROLE frontdesk_directory")
        owner.execute("SELECT id FROM organizations")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("SELECT name FROM organizations")
