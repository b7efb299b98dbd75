"""Every table, as the functions' own role: another clinic's rows can't be seen, changed or made."""

import json

import psycopg
import pytest
from psycopg import sql

from frontdesk.db import connection
from local.tokens import member_id
from tests.clinic import Clinic
from tests.conftest import Database
from tests.walls.conftest import as_app, claims_of, key_of, tables

REFUSED = "42501"
"""insufficient_privilege: by the wall, or because the role may not do this to the table at all."""
TAKEN = ("23505", "23P01", "428C9")
"""unique_violation and the like: the row would have been let in, were it not there already."""


def columns(clinic: Clinic, table: str) -> sql.Composed:
    """The columns of a table that a row is made of; generated ones are not."""
    found = clinic.all(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        table,
    )
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in found)


def copied(clinic: Clinic, table: str) -> tuple[sql.Composed, str]:
    """A statement that puts one of the clinic's rows in again, and the row."""
    name, listed = sql.Identifier(table), columns(clinic, table)
    one = clinic.all(sql.SQL("SELECT to_jsonb(t)::text FROM {} t LIMIT 1").format(name).as_string())[0][0]
    statement = sql.SQL(
        "INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE"
        " SELECT {columns} FROM jsonb_populate_record(NULL::{name}, %s::jsonb)"
    ).format(name=name, columns=listed)
    return statement, one


def test_no_row_of_another_clinic_is_seen_changed_or_deleted(
    filled: None, database: Database, clinic: Clinic, harbour: Clinic
) -> None:
    for table in tables(database.owner_url):
        name, key = sql.Identifier(table), key_of(table)
        with as_app(database, claims_of(harbour)) as app:
            seen = app.all(sql.SQL("SELECT DISTINCT {}::text FROM {}").format(key, name))
            assert seen == [(harbour.org_id,)], table
            update = sql.SQL("UPDATE {} SET {} = {} WHERE {} = %s").format(name, key, key, key)
            delete = sql.SQL("DELETE FROM {} WHERE {} = %s").format(name, key)
            assert app.touched(update, clinic.org_id) in (0, REFUSED), table
            assert app.touched(delete, clinic.org_id) in (0, REFUSED), table
            assert app.touched(sql.SQL("TRUNCATE {} CASCADE").format(name)) == REFUSED, table


def test_no_row_can_be_made_for_another_clinic(
    filled: None, database: Database, clinic: Clinic, harbour: Clinic
) -> None:
    let_in: list[str] = []
    for table in tables(database.owner_url):
        statement, row = copied(clinic, table)
        with as_app(database, claims_of(harbour)) as app:
            assert app.touched(statement, row) == REFUSED, table
        with as_app(database, claims_of(clinic)) as app:
            came_to = app.touched(statement, row)
            assert came_to in (REFUSED, *TAKEN, 1), table
            let_in += [table] if came_to != REFUSED else []
    # So it was the wall, not the statement, that refused.
    assert {"patients", "appointments", "calls", "tool_calls", "audit_seals", "waitlist"} <= set(let_in)


def test_no_row_of_ones_own_can_be_given_to_another_clinic(
    filled: None, database: Database, clinic: Clinic, harbour: Clinic
) -> None:
    for table in tables(database.owner_url):
        statement = sql.SQL("UPDATE {} SET {} = %s").format(sql.Identifier(table), key_of(table))
        with as_app(database, claims_of(harbour)) as app:
            assert app.touched(statement, clinic.org_id) == REFUSED, table


@pytest.mark.parametrize(
    "claims",
    [None, "", "{}", "null", '{"app_metadata": null}', '{"app_metadata": {}}', '{"org_id": "%s"}'],
)
def test_without_a_clinic_in_the_claims_there_are_no_rows(
    filled: None, database: Database, clinic: Clinic, claims: str | None
) -> None:
    claims = claims and claims.replace("%s", clinic.org_id)
    for table in tables(database.owner_url):
        with as_app(database, claims) as app:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            assert app.all(query) == [(0,)], table


def test_claims_that_cannot_be_read_are_an_error_not_a_way_in(
    filled: None, database: Database, clinic: Clinic
) -> None:
    unreadable = (
        "not json",
        "{",
        json.dumps({"app_metadata": {"org_id": "'; --"}}),
        '{"app_metadata": {"org_id": ""}}',
    )
    for claims in unreadable:
        with as_app(database, claims) as app, pytest.raises(psycopg.errors.DataError):
            app.all("SELECT * FROM patients")


def test_claims_end_with_their_transaction(database: Database, clinic: Clinic) -> None:
    """What a tool call leaves on the connection, the next one can't use."""
    clinic.ask("get_clinic_info")
    kept = connection.connection(float("inf"))

    assert kept.execute("SELECT count(*) FROM patients").fetchone() == (0,)
    assert kept.execute("SELECT current_setting('request.jwt.claims', true)").fetchone() == ("",)


def test_the_directory_tells_an_id_to_who_asks_for_a_whole_number_and_lists_nothing(
    filled: None, database: Database, clinic: Clinic, harbour: Clinic
) -> None:
    with as_app(database, claims_of(harbour)) as app:
        assert app.all("SELECT directory.organization_of_number(%s)::text", clinic.number) == [
            (clinic.org_id,)
        ]
        assert app.all("SELECT directory.organization_of_number('%%')") == [(None,)]
        assert app.all("SELECT directory.organization_of_number(NULL)") == [(None,)]
        assert app.all("SELECT e164 FROM phone_numbers") == [(harbour.number,)]
        owner = member_id(clinic.org_id)
        assert app.all("SELECT directory.organization_of_member(%s)::text", owner) == [(clinic.org_id,)]
        invited = f"invited-{clinic.number[1:]}@example.com"
        assert app.all("SELECT directory.organization_of_invitation(%s)::text", invited) == [(clinic.org_id,)]
        for nobody in ("%%", "", None):
            assert app.all("SELECT directory.organization_of_member(%s)", nobody) == [(None,)]
            assert app.all("SELECT directory.organization_of_invitation(%s)", nobody) == [(None,)]
