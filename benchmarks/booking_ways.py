"""The obvious ways to give each time to one caller only: ours and three others, in SQL alone.

On two tables with the columns, indexes, walls and rows of `appointments`, one with its constraint for ours,
one without for the others; neither has its foreign keys and triggers. Each way takes the fewest round trips
it can.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg.rows import TupleRow

from benchmarks.clinic import ORG_ID

Connection = psycopg.Connection[TupleRow]

_VISIT: Final = timedelta(minutes=30)
_CLAIMS: Final = json.dumps({"app_metadata": {"org_id": ORG_ID}})
_INTO: Final = """
    INSERT INTO ways.{table} (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
    VALUES ((SELECT auth.org_id()), %(provider_id)s::bigint, %(patient_id)s::bigint, 1, 'booked',
        tstzrange(%(start)s, %(end)s), tstzrange(%(start)s, %(end)s), 'bench')"""
_TAKE: Final = (
    _INTO.format(table="guarded") + " ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING RETURNING id"
).encode()
_INSERT: Final = _INTO.format(table="unguarded").encode()
_CHECK: Final = b"""
    SELECT FROM ways.unguarded
    WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint
        AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
        AND occupied_to > %(start)s::timestamptz
        AND occupied_to < %(end)s::timestamptz + interval '1 day'
        AND occupied_from < %(end)s::timestamptz"""
_LOCK: Final = b"SELECT pg_advisory_xact_lock(%(provider_id)s::bigint)"

_TABLES: Final = """
    CREATE SCHEMA ways;
    GRANT USAGE ON SCHEMA ways TO frontdesk_app;
    CREATE TABLE ways.guarded (LIKE appointments INCLUDING ALL);
    CREATE TABLE ways.unguarded (LIKE appointments INCLUDING ALL);
    ALTER TABLE ways.guarded RENAME CONSTRAINT guarded_org_id_provider_id_occupied_excl TO one_at_a_time;
    ALTER TABLE ways.unguarded DROP CONSTRAINT unguarded_org_id_provider_id_occupied_excl"""
_TABLE: Final = """
    ALTER TABLE ways.{table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ways.{table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON ways.{table} USING ((SELECT auth.org_id()) = org_id)
        WITH CHECK ((SELECT auth.org_id()) = org_id);
    GRANT SELECT, INSERT ON ways.{table} TO frontdesk_app;
    INSERT INTO ways.{table} (org_id, provider_id, patient_id, type_id, status, visit, occupied)
    SELECT org_id, provider_id, patient_id, type_id, status, visit, occupied FROM appointments;
    ANALYZE ways.{table}"""


@dataclass(frozen=True)
class Wanted:
    """A time somebody wants."""

    provider_id: int
    patient_id: int
    start: datetime

    @property
    def values(self) -> dict[str, Any]:
        return {
            "provider_id": self.provider_id,
            "patient_id": self.patient_id,
            "start": self.start,
            "end": self.start + _VISIT,
        }


def make_tables(superuser_url: str) -> None:
    """Makes both, with the rows that `appointments` has."""
    with psycopg.connect(superuser_url) as connection:
        connection.execute(_TABLES.encode())
        for table in ("guarded", "unguarded"):
            connection.execute(_TABLE.format(table=table).encode())


def constraint(connection: Connection, wanted: Wanted) -> bool:
    """Ours: insert, and let the constraint refuse; one round trip."""
    with connection.pipeline():
        _begin(connection)
        made = connection.execute(_TAKE, wanted.values, prepare=True)
        connection.execute(b"COMMIT")
    return made.fetchone() is not None


def checked(connection: Connection, wanted: Wanted) -> bool:
    """Look whether it is free, then insert: what two do at once, both see as free."""
    with connection.pipeline():
        _begin(connection)
        taken = connection.execute(_CHECK, wanted.values, prepare=True)
    return _insert_unless(connection, taken, wanted)


def locked(connection: Connection, wanted: Wanted) -> bool:
    """The same, but one after the other for each provider."""
    with connection.pipeline():
        _begin(connection)
        connection.execute(_LOCK, wanted.values, prepare=True)
        taken = connection.execute(_CHECK, wanted.values, prepare=True)
    return _insert_unless(connection, taken, wanted)


def serializable(connection: Connection, wanted: Wanted) -> bool:
    """The same, where Postgres gives up those that would have seen different things one after the other."""
    while True:
        try:
            with connection.pipeline():
                _begin(connection, b"BEGIN ISOLATION LEVEL SERIALIZABLE")
                taken = connection.execute(_CHECK, wanted.values, prepare=True)
            return _insert_unless(connection, taken, wanted)
        except psycopg.errors.SerializationFailure:
            connection.rollback()


WAYS: Final[Mapping[str, Callable[[Connection, Wanted], bool]]] = {
    "constraint": constraint,
    "check, then insert": checked,
    "advisory lock": locked,
    "serializable, retried": serializable,
}


def _begin(connection: Connection, begin: bytes = b"BEGIN") -> None:
    connection.execute(begin)
    connection.execute(b"SELECT set_config('request.jwt.claims', %s, true)", [_CLAIMS], prepare=True)


def _insert_unless(connection: Connection, taken: psycopg.Cursor[TupleRow], wanted: Wanted) -> bool:
    is_free = taken.fetchone() is None
    with connection.pipeline():
        if is_free:
            connection.execute(_INSERT, wanted.values, prepare=True)
        connection.execute(b"COMMIT")
    return is_free
