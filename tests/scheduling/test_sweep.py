"""The sweep as its schedule calls it: expired holds go, all else stays, and no clinic waits for another."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from frontdesk.db import connection
from functions.scheduling.sweep.handler import handler
from tests.clinic import Clinic, Context
from tests.conftest import Database
from tests.walls.conftest import as_app


def hold(clinic: Clinic, expired: timedelta, *, call: str = "call-1", **wish: str) -> int:
    """A hold that expired so long ago, by its id."""
    offer = clinic.ask("find_earliest_appointment", call=call, **wish)
    until = datetime.now(UTC) - expired
    clinic.do("UPDATE appointments SET held_until = %s WHERE id = %s", until, int(offer["slotId"]))
    return int(offer["slotId"])


def swept() -> tuple[int, int, int]:
    """Clinics, holds and failures, of a sweep now."""
    told = handler({}, Context())
    return told["clinics"], told["holds"], told["failed"]


def held(clinic: Clinic) -> list[int]:
    return [hold for (hold,) in clinic.all("SELECT id FROM appointments WHERE status = 'held' ORDER BY id")]


def test_expired_holds_of_every_clinic_go_and_live_ones_stay(clinic: Clinic, harbour: Clinic) -> None:
    live = hold(clinic, timedelta(minutes=-5), call="live", providerId="101")
    hold(clinic, timedelta(seconds=1))
    hold(harbour, timedelta(days=1))

    assert swept() == (2, 2, 0)
    assert (held(clinic), held(harbour)) == ([live], [])
    assert swept() == (0, 0, 0)


def test_visits_are_never_swept(clinic: Clinic) -> None:
    booked = clinic.book()["appointmentId"]

    handler({}, Context())

    assert clinic.all("SELECT id, status FROM appointments") == [(booked, "booked")]


def test_a_hold_that_a_call_is_at_work_on_is_left_to_it(clinic: Clinic) -> None:
    mine = hold(clinic, timedelta(minutes=1))

    with clinic.rows() as busy:
        busy.execute("SELECT FROM appointments WHERE id = %s FOR UPDATE", [mine])
        assert swept() == (1, 0, 0)

    assert handler({}, Context())["holds"] == 1


def test_one_clinics_failure_is_logged_by_its_code_and_stops_no_other(
    clinic: Clinic, harbour: Clinic, printed: pytest.CaptureFixture[str]
) -> None:
    hold(clinic, timedelta(minutes=1))
    hold(harbour, timedelta(minutes=1))
    with psycopg.connect(clinic.owner_url) as owner:
        owner.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'John Doe is on the line' USING ERRCODE = 'P0999'; END $$"
        )
        owner.execute(
            "CREATE TRIGGER refuse BEFORE DELETE ON appointments FOR EACH ROW"
            f" WHEN (old.org_id = '{clinic.org_id}') EXECUTE FUNCTION refuse()".encode()
        )

    assert swept() == (1, 1, 1)

    assert held(harbour) == []
    lines = [json.loads(line) for line in printed.readouterr().out.splitlines()]
    [failed] = [line for line in lines if line.get("message") == "a clinic's turn failed"]
    assert (failed["org_id"], failed["sqlstate"]) == (clinic.org_id, "P0999")
    assert "John" not in json.dumps(lines)


def test_the_directory_tells_whose_holds_have_expired_and_nothing_more(
    database: Database, clinic: Clinic, harbour: Clinic
) -> None:
    clinic.book(call="another")
    hold(clinic, timedelta(minutes=1))
    hold(harbour, timedelta(minutes=-1))

    with as_app(database, None) as app:
        found = app.all("SELECT * FROM directory.organizations_to_sweep(now())")
        assert [tuple(map(str, row)) for row in found] == [(clinic.org_id,)]
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SET ROLE frontdesk_directory")
        assert owner.execute("SELECT DISTINCT status FROM appointments").fetchall() == [("held",)]


def test_whose_holds_have_expired_is_read_from_the_holds_alone(database: Database, clinic: Clinic) -> None:
    """However many visits there are: either index of holds knows nothing else."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SET ROLE frontdesk_directory")
        owner.execute("SET enable_seqscan = off")
        plan = owner.execute(
            "EXPLAIN SELECT DISTINCT org_id FROM appointments WHERE status = 'held' AND held_until <= now()"
        ).fetchall()

    assert any("using holds" in line or "using one_hold_a_call" in line for (line,) in plan), plan


def test_a_connection_that_died_between_two_runs_is_replaced(clinic: Clinic, superuser_url: str) -> None:
    hold(clinic, timedelta(minutes=1))
    pid = connection.connection(float("inf")).info.backend_pid
    with psycopg.connect(superuser_url) as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    assert handler({}, Context())["holds"] == 1
