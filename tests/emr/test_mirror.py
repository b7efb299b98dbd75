"""What is read of an EMR's diary, as rows of ours."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import hypothesis
import hypothesis.strategies as st
import pytest

from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.emr import mirror
from frontdesk.emr.adopting import adopt
from frontdesk.emr.emr import Opening, Visit
from tests.clinic import Clinic

CHEN, JOHN = 100, 1
NINE = datetime(2027, 2, 1, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = (NINE - 9 * HOUR, NINE + 15 * HOUR)


def visit(key: str, start: datetime = NINE, *, minutes: int = 30, **other: Any) -> Visit:
    made = Visit(key, "101", "7", start, start + timedelta(minutes=minutes), "booked", None, None)
    return made._replace(**other)


@dataclass
class Mirror:
    """One clinic's tables, and readings whose beginnings are told in seconds."""

    clinic: Clinic
    began: datetime

    @contextmanager
    def db(self) -> Generator[Transaction]:
        with clinic_transaction(UUID(self.clinic.org_id), time.monotonic() + 10) as db:
            yield db

    def read(self, at_s: float, *visits: Visit, provider: int = CHEN, is_whole: bool = False) -> None:
        with self.db() as db:
            began_at = self.began + timedelta(seconds=at_s)
            mirror.store_visits(db, provider, visits, *DAY, began_at, is_whole=is_whole)

    def there(self) -> list[Any]:
        """What blocks."""
        return self.clinic.all(
            "SELECT emr_id, provider_id, starts_at FROM emr_visits WHERE status <> 'cancelled' ORDER BY 1"
        )


@pytest.fixture
def kept(clinic: Clinic) -> Mirror:
    clinic.do("UPDATE organizations SET emr = 'oscar' WHERE id = %s", clinic.org_id)
    clinic.do("INSERT INTO emr_connections (org_id, server) VALUES (%s, '{}')", clinic.org_id)
    for provider_id, emr_id in ((CHEN, "101"), (101, "102")):
        clinic.do(
            "INSERT INTO emr_providers (org_id, provider_id, emr_id) VALUES (%s, %s, %s)",
            *(clinic.org_id, provider_id, emr_id),
        )
    return Mirror(clinic, datetime(2027, 1, 31, 12, tzinfo=UTC))


@hypothesis.settings(max_examples=20, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(st.data())
def test_whatever_staff_do_and_in_whatever_order_readings_are_stored_the_youngest_counts(
    kept: Mirror, data: st.DataObject
) -> None:
    kept.clinic.do("DELETE FROM emr_visits")
    kept.clinic.do("UPDATE emr_providers SET visits_read_at = NULL")
    there: dict[str, tuple[int, datetime]] = {}
    readings: list[tuple[int, dict[str, tuple[int, datetime]]]] = []
    doings = st.tuples(
        st.sampled_from("1234"), st.sampled_from([CHEN, 101, None]), st.integers(0, 3), st.booleans()
    )
    for at_s, (key, provider, hours, is_read) in enumerate(data.draw(st.lists(doings, max_size=12))):
        there.pop(key, None)
        if provider:
            there[key] = provider, NINE + hours * HOUR
        if is_read:
            readings.append((at_s, dict(there)))
    readings.append((100, dict(there)))

    for at_s, seen in data.draw(st.permutations(readings)):
        for provider in (CHEN, 101):
            theirs = (visit(key, start) for key, (whose, start) in seen.items() if whose == provider)
            kept.read(at_s, *theirs, provider=provider, is_whole=True)

    assert kept.there() == sorted((key, *where) for key, where in there.items())


@pytest.mark.parametrize("is_whole", [False, True])
def test_an_older_reading_changes_nothing_of_what_a_younger_one_saw(kept: Mirror, is_whole: bool) -> None:
    kept.read(0, visit("1"), visit("2"))
    kept.read(20, visit("1", NINE + HOUR), is_whole=is_whole)

    kept.read(10, visit("1"), visit("2"))

    assert kept.there() == [("1", CHEN, NINE + HOUR)]


def test_a_visit_that_staff_gave_to_somebody_else_is_theirs(kept: Mirror) -> None:
    kept.read(0, visit("1"))

    kept.read(10, visit("1"), provider=101)
    kept.read(20)

    assert kept.there() == [("1", 101, NINE)]


def test_what_was_written_while_the_emr_was_read_stays(kept: Mirror) -> None:
    kept.read(0, visit("1"))
    kept.clinic.do(
        "UPDATE emr_visits SET starts_at = starts_at + '1 hour', ends_at = ends_at + '1 hour', asked_at = %s",
        kept.began + timedelta(seconds=15),
    )

    kept.read(10, visit("1"))

    assert kept.there() == [("1", CHEN, NINE + HOUR)]
    kept.read(20, visit("1"))
    assert kept.there() == [("1", CHEN, NINE)]


def test_two_readings_stored_at_once_leave_what_the_younger_one_saw(kept: Mirror) -> None:
    def store_older() -> None:
        with kept.clinic.rows() as rows:  # a connection of its own
            db = Transaction(cast("Any", rows))
            mirror.store_visits(db, CHEN, [visit("1"), visit("2")], *DAY, kept.began, is_whole=True)

    with ThreadPoolExecutor() as pool:
        with kept.db() as db:
            younger = kept.began + timedelta(seconds=1)
            mirror.store_visits(db, CHEN, [visit("1")], *DAY, younger, is_whole=True)
            older = pool.submit(store_older)
            with pytest.raises(TimeoutError):  # it waits for its turn
                older.result(timeout=0.2)
        older.result()

    assert kept.there() == [("1", CHEN, NINE)]


def test_openings_that_touch_are_one_and_what_is_closed_goes(kept: Mirror) -> None:
    def opening(start: datetime, code: str = "2") -> Opening:
        return Opening(start, start + HOUR, code, 30, 1)

    def stored() -> list[Any]:
        return kept.clinic.all("SELECT starts_at, ends_at, code FROM emr_openings ORDER BY starts_at, code")

    with kept.db() as db:
        told = [opening(NINE), opening(NINE + HOUR), opening(NINE, "P"), opening(NINE + 4 * HOUR)]
        mirror.store_openings(db, CHEN, told, *DAY)
    assert stored() == [
        (NINE, NINE + 2 * HOUR, "2"),
        (NINE, NINE + HOUR, "P"),
        (NINE + 4 * HOUR, NINE + 5 * HOUR, "2"),
    ]

    with kept.db() as db:
        mirror.store_openings(db, CHEN, [opening(NINE)], *DAY)
    assert stored() == [(NINE, NINE + HOUR, "2")]


def test_visits_of_somebody_we_know_get_a_row_unless_the_time_is_taken(kept: Mirror) -> None:
    [[patient_id]] = kept.clinic.all("SELECT min(id) FROM patients WHERE last_name = 'Doe'")
    told = [
        visit("1", type_name="follow-up"),
        visit("2", NINE + timedelta(minutes=15)),  # over the first: OSCAR doesn't mind
        visit("3", NINE + 2 * HOUR, status="cancelled"),
        visit("4", NINE + 3 * HOUR, patient_id="8"),
    ]
    kept.read(0, *told)
    kept.clinic.do(
        "INSERT INTO emr_patients (org_id, patient_id, emr_id) VALUES (%s, %s, '7')",
        *(kept.clinic.org_id, patient_id),
    )

    with kept.db() as db:
        assert [adopt(db, patient_id, "7"), adopt(db, patient_id, "7"), adopt(db)] == [1, 0, 0]

    linked = kept.clinic.all(
        "SELECT v.emr_id, a.patient_id, a.status, a.visit_start FROM emr_visits v"
        " JOIN appointments a ON a.id = v.appointment_id"
    )
    assert linked == [("1", patient_id, "booked", NINE)]


def test_the_whole_of_a_busy_providers_visits_is_two_statements_and_quick(kept: Mirror) -> None:
    many = [visit(str(nth), NINE + timedelta(minutes=nth)) for nth in range(700)]
    began = time.monotonic()

    kept.read(0, *many, is_whole=True)
    kept.read(60, *many, is_whole=True)

    assert len(kept.there()) == 700
    assert time.monotonic() - began < 2
    changed = kept.clinic.all("SELECT DISTINCT asked_at FROM emr_visits")
    assert changed == [(kept.began,)]  # nothing was written anew to say the same
