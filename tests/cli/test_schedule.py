"""`frontdesk schedule show`, as a person reads it and as a program does."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from frontdesk.db import connection
from frontdesk.settings import settings
from local import demo
from local.addresses import Addresses, HmacPlan
from local.directory import claimed
from tests.clinic import MEILING, Clinic
from tests.conftest import Database
from tests.tools import visits
from tests.tools.visits import THURSDAY, TUESDAY, WEDNESDAY, at, day


def show(*options: str, org: str = demo.MAPLE, provider: str = "100") -> Result:
    return CliRunner().invoke(app, ["schedule", "show", "--org", org, "--provider", provider, *options])


def shown(*options: str, **who: str) -> dict[str, Any]:
    result = show("--json", *options, **who)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def picture(*options: str, **who: str) -> list[str]:
    result = show(*options, **who)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def column(lines: list[str], number: int) -> list[str]:
    """One day's cells, from its heading down to the legend."""
    top = next(n for n, line in enumerate(lines) if "Mon " in line)
    bottom = lines.index("", top)
    return [line.ljust(100)[7 + 13 * number :][:12].rstrip() for line in lines[top:bottom]]


# --- For programs


def test_a_program_gets_instants_kinds_and_ids_and_nobodys_name(clinic: Clinic) -> None:
    visit = visits.insert(clinic, at("09:00"), patient=visits.id_of(clinic, "John"), kind="Physical")

    week = shown("--week", str(day(THURSDAY)))

    assert week["organization"] == {"id": demo.MAPLE, "name": "Maple Clinic"}
    assert week["provider"] == {"id": "100", "name": "Dr. Wei Chen"}
    assert (week["timeZone"], week["week"]) == ("America/Vancouver", str(day()))
    assert week["days"][0]["blocks"][1:4] == [
        {
            "start": f"{at('09:00')}-07:00",
            "end": f"{at('10:00')}-07:00",
            "kind": "booked",
            "appointmentId": visit,
            "status": "booked",
        },
        {
            "start": f"{at('10:00')}-07:00",
            "end": f"{at('10:15')}-07:00",
            "kind": "buffer",
            "appointmentId": visit,
            "status": "booked",
        },
        {"start": f"{at('10:15')}-07:00", "end": f"{at('12:00')}-07:00", "kind": "open"},
    ]
    assert not {"John", "Doe", "sore throat"} & set(json.dumps(week).replace('"', " ").split())


def test_places_and_hours_of_a_date_are_told(clinic: Clinic) -> None:
    clinic.do("INSERT INTO locations (org_id, id, name) VALUES (%s, 7, 'North')", clinic.org_id)
    clinic.do(
        "INSERT INTO date_hours (org_id, provider_id, day, starts, ends, location_id)"
        " VALUES (%s, 100, %s, '18:00', '20:00', 7)",
        clinic.org_id,
        day(),
    )

    monday, tuesday, *_ = shown("--week", str(day()))["days"]

    assert (monday["hours"], tuesday["hours"]) == ("date", "weekly")
    assert [one["location"] for one in monday["blocks"] if one["kind"] == "open"] == ["North"]


@pytest.mark.parametrize("org", [demo.HARBOUR, "+14165550100", "(416) 555-0100"])
def test_a_clinic_goes_by_its_id_or_its_number(database: Database, org: str) -> None:
    assert shown(org=org, provider="200")["organization"]["name"] == "Harbour Clinic"


def test_a_provider_goes_by_their_name(database: Database) -> None:
    assert shown(provider="Priya Sharma")["provider"]["id"] == "101"


# --- For eyes


def test_each_kind_has_a_mark_and_its_times(clinic: Clinic) -> None:
    john = visits.id_of(clinic, "John")
    booked = visits.insert(clinic, at("09:30"), patient=john, kind="Physical")
    clinic.ask("find_earliest_appointment", caller=MEILING, providerId="100", startDate=str(day()))
    clinic.do(
        "INSERT INTO holidays (org_id, day, name) VALUES (%s, %s, 'A holiday')", clinic.org_id, day(TUESDAY)
    )
    clinic.do(
        "INSERT INTO time_off (org_id, provider_id, starts_at, ends_at) VALUES (%s, 100, %s, %s)",
        clinic.org_id,
        visits.instant(clinic, at("13:00", day(WEDNESDAY))),
        visits.instant(clinic, at("15:00", day(WEDNESDAY))),
    )

    lines = picture("--week", str(day()))

    [hold] = clinic.all("SELECT id FROM appointments WHERE status = 'held'")
    assert column(lines, 0)[1:10] == [
        "▒09:00–09:30",
        f"▒ #{hold[0]} ▒▒▒▒",
        "█09:30–10:30",
        f"█ #{booked} ████",
        "████████████",
        "████████████",
        "~10:30–10:45",
        "·10:45–12:00",
        "············",
    ]
    assert column(lines, 1)[1:3] == ["*all day****", "************"]
    assert column(lines, 2)[17:19] == ["/13:00–15:00", "////////////"]
    assert column(lines, 5)[1:] == [""] * 32
    assert lines[-1] == "·· open   ██ booked   ▒▒ held   ~~ buffer   // time off   ** holiday"
    assert max(map(len, lines)) <= 100


def test_a_date_with_hours_of_its_own_is_marked(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO date_hours (org_id, provider_id, day) VALUES (%s, 100, %s)",
        clinic.org_id,
        day(WEDNESDAY),
    )

    lines = picture("--week", str(day()))

    assert [column(lines, number)[1] for number in (1, 2, 3)] == ["", "own hours", ""]
    assert column(lines, 2)[2:] == [""] * 32


def test_a_moment_that_is_off_the_grid_has_a_row_of_its_own(clinic: Clinic) -> None:
    clinic.do("UPDATE working_hours SET ends = '12:10' WHERE ends = '12:00'")

    lines = picture("--week", str(day()))

    assert [line[:5] for line in lines if line.startswith("12:")] == [
        "12:00",
        "12:10",
        "12:15",
        "12:30",
        "12:45",
    ]


def test_a_week_without_work_is_short(clinic: Clinic) -> None:
    clinic.do("DELETE FROM working_hours")

    assert len(picture("--week", str(day()))) == 7


def works_on_sunday_nights(clinic: Clinic) -> None:
    clinic.do("DELETE FROM working_hours WHERE provider_id = 200 AND (weekday, starts) <> (1, '09:00')")
    clinic.do("UPDATE working_hours SET weekday = 7, starts = '0:00', ends = '4:00' WHERE provider_id = 200")


def test_the_hour_that_comes_twice_stands_there_twice(harbour: Clinic) -> None:
    works_on_sunday_nights(harbour)

    lines = picture("--week", "2026-11-01", org=demo.HARBOUR, provider="200")

    clock = [line[:6].strip() for line in lines if line[2:3] == ":"]
    assert clock[4:13] == [
        *("01:00", "01:15", "01:30", "01:45"),
        *("01:00²", "01:15²", "01:30²", "01:45²"),
        "02:00",
    ]
    assert column(lines, 6)[1:21] == ["·00:00–04:00", *["············"] * 19]
    assert column(lines, 0)[1:] == [""] * 20


def test_the_hour_that_is_skipped_is_said_to_be(harbour: Clinic) -> None:
    works_on_sunday_nights(harbour)

    lines = picture("--week", "2026-03-08", org=demo.HARBOUR, provider="200")

    assert column(lines, 6)[9:14] == [*["skipped"] * 4, "············"]


# --- What can go wrong


def test_who_names_nobody_is_told_whom_there_is(database: Database) -> None:
    result = show(provider="Dr. Who")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.strip() == (
        "frontdesk: no provider 'Dr. Who'; there are: 100 Dr. Wei Chen, 101 Dr. Priya Sharma, "
        "102 Dr. James O'Neil"
    )


def test_a_name_of_several_is_not_guessed_at(clinic: Clinic) -> None:
    clinic.do("INSERT INTO providers (org_id, id, name) VALUES (%s, 103, 'Dr. Mei Chen')", clinic.org_id)

    result = show(provider="Chen")

    assert result.exit_code == 2
    assert "'Chen' could be more than one; there are: 100 Dr. Wei Chen, 103 Dr. Mei Chen" in result.stderr


@pytest.mark.parametrize("org", ["Nobody's Clinic", "00000000-0000-4000-8000-000000000000", "+16045550199"])
def test_a_clinic_that_is_not_there_is_an_error_of_one_line(database: Database, org: str) -> None:
    result = show(org=org)

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "no" in result.stderr


def test_a_day_that_is_none_is_refused(database: Database) -> None:
    assert show("--week", "2026-02-30").exit_code == 2


# --- In a stack


def test_in_a_stack_a_clinic_goes_by_its_name_and_those_there_are_are_listed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", "")
    settings.cache_clear()
    connection.drop()
    clinics = [{"id": demo.MAPLE, "name": "Maple Clinic"}, {"id": demo.HARBOUR, "name": "Harbour Clinic"}]
    stack = Addresses("", "", "", "", HmacPlan(""), database.owner_url, database.app_url, clinics)
    with claimed(tmp_path):
        stack.write(tmp_path)
        named = shown("--data", str(tmp_path), org="maple clinic")
        unknown = show("--data", str(tmp_path), org="Mapel")
    stopped = show("--data", str(tmp_path))

    assert named["organization"]["id"] == demo.MAPLE
    assert "there are: Maple Clinic, Harbour Clinic" in unknown.stderr
    assert "no stack runs on" in stopped.stderr
    assert os.environ["FRONTDESK_DATABASE_URL"] == database.app_url
