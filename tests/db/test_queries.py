"""Every query in every queries.sql, planned by Postgres as the functions' own role."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import frontdesk
from frontdesk.db import migrate, queries
from tests.conftest import Database, url
from tests.walls.conftest import as_app

FILES = sorted(Path(frontdesk.__file__).parent.glob("*/queries.sql"))
QUERIES = {
    f"{file.parent.name}.{name}": query
    for file in FILES
    for name, query in queries.beside(str(file.with_name("module.py"))).items()
}
_PARAMETER = re.compile(r"%\((\w+)\)s")
ORG = "00000000-0000-4000-8000-0000000000{:02}"
BIG = ORG.format(3)
"""The clinic that is asked; four others have as many rows."""
LARGE = {
    "appointments",
    "calendar_busy",
    "patients",
    "patient_name_keys",
    "calls",
    "notifications",
    "text_messages",
}
NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "phone": "+16040103777",
    "phones": ["+16040103777"],
    "after": 0,
    "limit": 25,
    "below": 10**9,
    "before": NOW,
    "up_to": 10**9,
    "appointment_id": 3777,
    "keys": ["k301", "k777"],
    "birth_date": None,
    "caller_number": "+16040103777",
    "capped_as": "+16040103777",
    "call_id": "call-3-777",
    "health_card_number": "9000003777",
    "provider_id": 31,
    "provider_ids": [31, 32],
    "calendar_id": 31,
    "calendar_ids": [31, 32],
    "owner_ids": [31, 32],
    "patient_id": 3777,
    "id": 3777,
    "type_id": 3,
    "since": NOW,
    "until": datetime(2026, 3, 9, 17, tzinfo=UTC),
    "now": NOW,
    "starts_at": NOW,
    "ends_at": datetime(2026, 3, 2, 18, tzinfo=UTC),
    "occupied_from": NOW,
    "occupied_to": datetime(2026, 3, 2, 18, tzinfo=UTC),
    "held_until": datetime(2026, 3, 2, 18, tzinfo=UTC),
    "created_at": NOW,
    "midnights": [NOW],
    "next_midnights": [datetime(2026, 3, 3, 17, tzinfo=UTC)],
    "status": "booked",
    "allowed_from": ["booked"],
}


def test_there_are_queries_to_test() -> None:
    assert len(FILES) >= 3
    assert len(QUERIES) > 30


@pytest.mark.parametrize("name", QUERIES)
def test_a_name_says_what_the_query_is_and_every_parameter_has_one(name: str) -> None:
    query = QUERIES[name]

    assert query
    assert ";" not in re.sub(r"--.*", "", query)
    assert "%s" not in query
    assert not re.search(r"%(?!\(\w+\)s)", query.replace("%%", ""))


def test_every_query_can_be_planned_by_the_functions_own_role(database: Database) -> None:
    """With nothing but NULL: only names and casts tell Postgres what is meant."""
    claims = json.dumps({"app_metadata": {"org_id": BIG}})
    with as_app(database, claims) as app:
        for name, query in QUERIES.items():
            values = dict.fromkeys(_PARAMETER.findall(query))
            try:
                app.connection.execute(f"EXPLAIN {query}".encode(), values, prepare=True)
            except psycopg.Error as error:
                pytest.fail(f"{name}: {error}")


@pytest.fixture(scope="module")
def large(superuser_url: str) -> Iterator[str]:
    """The functions' URL of a database with five clinics of five thousand each."""
    name = f"frontdesk_large_{os.getpid()}"
    migrate.bootstrap(superuser_url, database=name, owner_password="owner", app_password="app")
    migrate.migrate(url(superuser_url, name, "frontdesk_owner", "owner"))
    with psycopg.connect(make_conninfo(superuser_url, dbname=name)) as superuser:
        for clinic in range(1, 6):
            superuser.execute(_CLINIC, {"org": ORG.format(clinic), "c": clinic})
    with psycopg.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as superuser:
        superuser.execute("VACUUM ANALYZE")
    yield url(superuser_url, name, "frontdesk_app", "app")
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        superuser.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


# Of clinic c: provider p is 10 * c + p, patient n is 10,000 * c + n; each provider has a visit an hour.
_CLINIC = b"""
WITH organization AS (
    INSERT INTO organizations (id, name, phone_number, time_zone)
    VALUES (%(org)s, 'C', '+1604555' || (1000 + %(c)s), 'America/Vancouver')
), provider AS (
    INSERT INTO providers (org_id, id, name) SELECT %(org)s, %(c)s * 10 + p, 'P' FROM generate_series(0, 9) p
), kind AS (
    INSERT INTO appointment_types (org_id, id, name, duration_min) VALUES (%(org)s, %(c)s, 'T', 30)
), patient AS (
    INSERT INTO patients (org_id, id, first_name, last_name, birth_date, gender, phone, health_card_number,
        capped_as)
    SELECT %(org)s, %(c)s * 10000 + n, 'F' || n, 'L' || n, '1950-01-01'::date + n * 5, 'U',
        '+160401' || (%(c)s * 1000 + n %% 1000), 9000000000 + %(c)s * 1000 + n,
        CASE WHEN n %% 10 = 0 THEN '+160401' || (%(c)s * 1000 + n %% 1000) END
    FROM generate_series(0, 4999) n
), key AS (
    INSERT INTO patient_name_keys (org_id, key, patient_id)
    SELECT %(org)s, 'k' || (n * 7 + k * 13) %% 1000, %(c)s * 10000 + n
    FROM generate_series(0, 4999) n, generate_series(1, 4) k
), call AS (
    INSERT INTO calls (org_id, id, kind, caller_number, language, started_at)
    SELECT %(org)s, 'call-' || %(c)s || '-' || n, 'inboundPhoneCall', '+160401' || (%(c)s * 1000 + n %% 1000),
        'en', '2026-03-03'::timestamptz - n * interval '10 minutes'
    FROM generate_series(0, 4999) n
), notice AS (
    INSERT INTO notifications (org_id, kind, call_id, read_at)
    SELECT %(org)s, 'booked', 'call-' || %(c)s || '-' || n, CASE WHEN n %% 50 > 0 THEN now() END
    FROM generate_series(0, 4999) n
), agreed AS (
    INSERT INTO text_messages (org_id, call_id, patient_id, appointment_id, language, visit_start,
        visit_status, status)
    SELECT %(org)s, 'call-' || %(c)s || '-' || n, %(c)s * 10000 + n, n, 'en', now(), 'booked',
        CASE WHEN n %% 100 = 0 THEN 'waiting' ELSE 'sent' END
    FROM generate_series(0, 4999) n
), connection AS (
    INSERT INTO calendar_connections (org_id, id, vendor, account, connected_by)
    OVERRIDING SYSTEM VALUE VALUES (%(org)s, %(c)s, 'google', 'a@example.com', 'm')
), calendar AS (
    INSERT INTO calendars (org_id, id, connection_id, vendor_id, name, is_primary, is_writable, provider_id)
    OVERRIDING SYSTEM VALUE
    SELECT %(org)s, %(c)s * 10 + p, %(c)s, p, 'C', false, true, %(c)s * 10 + p FROM generate_series(0, 9) p
), busy AS (
    INSERT INTO calendar_busy (org_id, calendar_id, event_id, starts_at, ends_at)
    SELECT %(org)s, %(c)s * 10 + n %% 10, n, at, at + interval '30 minutes'
    FROM generate_series(0, 4999) n,
        LATERAL (SELECT '2026-02-15'::timestamptz + n / 10 * interval '1 hour' AS at) t
)
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, held_until,
    call_id, capped_as)
SELECT %(org)s, %(c)s * 10 + n %% 10, %(c)s * 10000 + n, %(c)s,
    CASE WHEN n %% 100 = 0 THEN 'held' WHEN n %% 7 = 0 THEN 'cancelled' ELSE 'booked' END,
    tstzrange(at, at + interval '30 minutes'), tstzrange(at, at + interval '30 minutes'),
    CASE WHEN n %% 100 = 0 THEN at END, 'call-' || %(c)s || '-' || n, '+160401' || (%(c)s * 1000 + n %% 1000)
FROM generate_series(0, 4999) n,
    LATERAL (SELECT '2026-02-15'::timestamptz + n / 10 * interval '1 hour' AS at) t
"""


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    for below in cast("list[dict[str, Any]]", plan):
        node = below.get("Plan", below)
        yield node
        yield from nodes(node.get("Plans", []))


def sequential(plan: Any) -> set[str]:
    """The tables that a plan reads from end to end."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def indexes(plan: Any) -> set[str]:
    """The indexes a plan uses."""
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def explained(connection: psycopg.Connection, query: str, *, is_generic: bool) -> Any:
    """The plan, for these values, or for any: a prepared statement gets the second after its fifth run."""
    names = list(dict.fromkeys(_PARAMETER.findall(query)))
    if not is_generic:
        cursor = connection.execute(
            f"EXPLAIN (FORMAT JSON) {query}".encode(), {name: VALUES.get(name) for name in names}
        )
    else:
        numbered = _PARAMETER.sub(lambda named: f"${names.index(named[1]) + 1}", query)
        numbered = numbered.replace("%%", "%")
        cursor = connection.execute(f"EXPLAIN (FORMAT JSON, GENERIC_PLAN) {numbered}".encode())
    row = cursor.fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("is_generic", [False, True], ids=["these values", "any values"])
def test_no_query_reads_a_large_table_from_end_to_end(large: str, is_generic: bool) -> None:
    """As the functions' role: under row-level security some operators use no index."""
    read: dict[str, set[str]] = {}
    with psycopg.connect(large) as connection:
        claims = json.dumps({"app_metadata": {"org_id": BIG}})
        connection.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])
        for name, query in QUERIES.items():
            found = sequential(explained(connection, query, is_generic=is_generic)) & LARGE
            if found:
                read[name] = found

    assert read == {}


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("scheduling.busy", "appointments_of_a_provider"),
        ("scheduling.busy", "calendar_busy_in_time"),
        ("scheduling.outside", "calendar_busy_in_time"),
        ("scheduling.next_of_patient", "appointments_of_a_patient"),
        ("scheduling.booked_since", "appointments_of_a_number"),
        ("scheduling.drop_holds", "holds"),
        ("notifications.page", "notifications_pkey"),
        ("notifications.page_of_unread", "notifications_unread"),
        ("notifications.page_of_wanting", "notifications_wanting"),
        ("notifications.begin_text", "text_messages_waiting"),
        ("patients.by_phone", "patients_org_id_phone_idx"),
        ("patients.page_by_phone", "patients_org_id_phone_idx"),
        ("patients.of_numbers", "patients_org_id_phone_idx"),
        ("patients.by_name_keys", "patient_name_keys_pkey"),
        ("patients.failed_proofs_since", "calls_org_id_caller_number_started_at_idx"),
        ("patients.registered_since", "patients_org_id_capped_as_created_at_idx"),
    ],
)
def test_what_every_call_asks_uses_the_index_made_for_it(large: str, name: str, index: str) -> None:
    with psycopg.connect(large) as connection:
        claims = json.dumps({"app_metadata": {"org_id": BIG}})
        connection.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])
        for is_generic in (False, True):
            used = indexes(explained(connection, QUERIES[name], is_generic=is_generic))
            assert index in used, is_generic


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text("-- name: one\nSELECT 1\n\n-- name: one\nSELECT 2\n")

    with pytest.raises(ValueError, match="two queries of one name"):
        queries.beside(str(tmp_path / "module.py"))
