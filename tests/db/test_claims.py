"""Transactions outside a tool call, as the functions' own role: what they see, keep, undo and wait for."""

import time
from uuid import UUID

import psycopg
import pytest

from frontdesk.db import connection
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.db.transaction import Transaction
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database

MAPLE, HARBOUR = UUID(demo.MAPLE), UUID(demo.HARBOUR)


def soon() -> float:
    return time.monotonic() + 4


def queue(db: Transaction) -> None:
    db.run(
        "INSERT INTO waitlist (org_id, first_name, last_name, name_key, phone)"
        " VALUES ((SELECT auth.org_id()), 'Wai', 'Ting', 'k', '+16045550188')"
    )


def waiting(clinic: Clinic) -> int:
    return clinic.all("SELECT count(*) FROM waitlist")[0][0]


def test_a_clinics_transaction_sees_that_clinic_and_no_other(clinic: Clinic) -> None:
    for org_id in (MAPLE, HARBOUR):
        with clinic_transaction(org_id, soon()) as db:
            assert db.value("SELECT array_agg(id) FROM organizations") == [org_id]


def test_a_directory_transaction_sees_no_clinic_at_all(clinic: Clinic) -> None:
    with directory_transaction(soon()) as db:
        assert db.value("SELECT count(*) FROM organizations") == 0
        assert db.value("SELECT directory.organization_of_number('+16045550100')") == MAPLE


def test_what_was_done_is_kept_and_the_claims_are_not(clinic: Clinic) -> None:
    with clinic_transaction(MAPLE, soon()) as db:
        queue(db)

    assert waiting(clinic) == 1
    kept = connection.connection(soon())
    assert kept.execute("SELECT current_setting('request.jwt.claims', true)").fetchone() == ("",)


def test_an_error_undoes_what_was_done_and_leaves_the_connection_usable(clinic: Clinic) -> None:
    def fails() -> None:
        with clinic_transaction(MAPLE, soon()) as db:
            queue(db)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()

    assert waiting(clinic) == 0
    with clinic_transaction(MAPLE, soon()) as db:
        queue(db)
    assert waiting(clinic) == 1


def test_a_lock_is_waited_for_half_the_time_there_is_and_a_statement_three_quarters(clinic: Clinic) -> None:
    with clinic_transaction(MAPLE, time.monotonic() + 3) as db:
        limits = [db.value(f"SHOW {name}") for name in ("lock_timeout", "statement_timeout")]

    assert 1400 < int(limits[0].removesuffix("ms")) <= 1500
    assert 2150 < int(limits[1].removesuffix("ms")) <= 2250


def test_no_statement_may_take_longer_than_a_tools_however_far_the_deadline(clinic: Clinic) -> None:
    with clinic_transaction(MAPLE, time.monotonic() + 3600) as db:
        assert db.value("SHOW statement_timeout") == "3s"


def test_a_connection_that_died_since_its_last_use_is_replaced(
    clinic: Clinic, database: Database, superuser_url: str
) -> None:
    with clinic_transaction(MAPLE, soon()) as db:
        before = db.value("SELECT pg_backend_pid()")
    with psycopg.connect(superuser_url) as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [before])

    with clinic_transaction(MAPLE, soon()) as db:
        assert db.value("SELECT pg_backend_pid()") != before


def test_a_connection_that_dies_in_mid_work_is_an_error_and_nothing_is_done_twice(
    clinic: Clinic, superuser_url: str
) -> None:
    def cut_off() -> None:
        with clinic_transaction(MAPLE, soon()) as db:
            queue(db)
            with psycopg.connect(superuser_url) as superuser:
                superuser.execute(
                    "SELECT pg_terminate_backend(%s, 5000)", [db.value("SELECT pg_backend_pid()")]
                )
            db.value("SELECT 1")

    with pytest.raises(psycopg.OperationalError):
        cut_off()

    assert waiting(clinic) == 0
