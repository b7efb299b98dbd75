"""What a hand changes in the schema or at the walls is found, and named; and the doctor changes nothing."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Final

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cli.doctor import database as doctor
from cli.doctor import questions
from cli.doctor.finding import Finding, State
from frontdesk.db import migrate
from tests.conftest import Database

WALLS: Final = questions.read(questions.WALLS)
BREAKS: Final[dict[str, tuple[str, ...]]] = {
    "tables_without_a_wall": ("ALTER TABLE patients NO FORCE ROW LEVEL SECURITY",),
    "tables_without_the_policy": (
        "ALTER POLICY own_clinic ON patients USING (true)",
        "DROP POLICY own_clinic ON waitlist",
    ),
    "policies_besides": ("CREATE POLICY helpful ON patients FOR SELECT TO frontdesk_app USING (true)",),
    "functions_role_owns": ("GRANT CREATE ON SCHEMA public TO frontdesk_app",),
    "functions_that_run_as_others": (
        "CREATE FUNCTION everybody() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1",
    ),
}
OF_THE_SERVER: Final = {
    "roles_too_mighty": "ALTER ROLE frontdesk_directory LOGIN",
    "roles_that_may_become_others": "GRANT frontdesk_directory TO frontdesk_app",
}
"""Roles are every database's of the server: done, looked at and undone in one transaction."""


def wrong(url: str) -> dict[str, Finding]:
    return {one.name: one for one in doctor.look(url, None) if one.state is not State.OK}


def do(database: Database, *statements: str) -> None:
    with psycopg.connect(database.owner_url) as owner:
        for one in statements:
            owner.execute(one.encode())


def test_of_a_fresh_deploy_nothing_is_wrong(database: Database) -> None:
    found = list(doctor.look(database.app_url, None))

    assert [one for one in found if one.state is not State.OK] == []
    assert {"pgvector", "migrations", "replaceable SQL", "schema", "audit_chain"} <= {
        one.name for one in found
    }


def test_every_wall_is_broken_once() -> None:
    assert {one.name for one in WALLS} == BREAKS.keys() | OF_THE_SERVER.keys()


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_wall_is_said_and_the_next_migration_puts_it_up_again(database: Database, name: str) -> None:
    do(database, *BREAKS[name])

    found = wrong(database.app_url)

    assert found[name].state is State.FAIL
    assert found["schema"].state is State.FAIL
    assert found.keys() == {name, "schema"}
    if name not in ("functions_role_owns", "functions_that_run_as_others"):
        migrate.migrate(database.owner_url)
        assert wrong(database.app_url) == {}


@pytest.mark.parametrize("name", OF_THE_SERVER)
def test_a_role_that_may_more_is_said(superuser_url: str, database: Database, name: str) -> None:
    [question] = [one for one in WALLS if one.name == name]
    of_database = conninfo_to_dict(database.app_url)["dbname"]
    with psycopg.connect(make_conninfo(superuser_url, dbname=str(of_database))) as superuser:
        assert questions.ask(superuser, [question])[name].many == 0
        superuser.execute(OF_THE_SERVER[name].encode())
        assert questions.ask(superuser, [question])[name].many == 1
        superuser.rollback()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "ALTER TABLE appointments DROP CONSTRAINT one_at_a_time",
            "constraint one_at_a_time on appointments: missing",
        ),
        ("DROP INDEX holds", "index public.holds: missing"),
        ("ALTER TABLE patients ADD note text", "columns patients: changed"),
        ("GRANT DELETE ON patients TO frontdesk_app", "table patients: changed"),
        ("GRANT UPDATE (name) ON documents TO PUBLIC", "table documents: changed"),
        (
            "ALTER TABLE appointments DISABLE TRIGGER event_of_new",
            "trigger event_of_new on appointments: changed",
        ),
        (
            "CREATE OR REPLACE FUNCTION auth.org_id() RETURNS uuid LANGUAGE sql RETURN gen_random_uuid()",
            "function auth.org_id(): changed",
        ),
        ("CREATE VIEW everybody AS SELECT * FROM patients", "table everybody: not expected"),
        ("GRANT ALL ON SCHEMA history TO PUBLIC", "schema history: changed"),
    ],
)
def test_what_a_hand_changed_is_named(database: Database, statement: str, said: str) -> None:
    do(database, statement)

    assert said in wrong(database.app_url)["schema"].examples


def test_a_migrator_that_lags_or_ran_something_else_is_told_by_file(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = migrate.files()
    more = migrate.Object("migration", "9999_next", "0" * 64)
    other = ours[-1]._replace(digest="0" * 64)
    monkeypatch.setattr(migrate, "files", lambda: [*ours[:-1], other, more])

    found = wrong(database.app_url)

    assert found["migrations"].examples == ("migration 9999_next: missing",)
    assert found["replaceable SQL"].examples == (f"rules {other.name}: changed",)


def test_what_a_hand_changed_of_what_migrations_made_is_named_after_the_next_deploy_too(
    database: Database,
) -> None:
    do(
        database,
        "ALTER TABLE appointments DROP CONSTRAINT one_at_a_time",
        "ALTER TABLE patients ADD note text",
        "GRANT DELETE ON patients TO frontdesk_app",
    )
    migrate.migrate(database.owner_url)

    named = wrong(database.app_url)["schema"].examples

    assert named == (
        "constraint one_at_a_time on appointments: missing",
        "index public.one_at_a_time: missing",
        "columns patients: changed",
    )
    assert not migrate.migrate(database.owner_url)
    assert wrong(database.app_url)["schema"].examples == named


def test_what_a_migration_changes_is_expected(database: Database, tmp_path: Path) -> None:
    folder = copytree(migrate.MIGRATIONS, tmp_path / "migrations")
    number = len(list(folder.glob("*.sql"))) + 1
    (folder / f"{number:04}_next.sql").write_text(
        "ALTER TABLE patients ADD note text; DROP INDEX holds;"
        "ALTER TABLE calls DROP CONSTRAINT calls_id_check;"
    )
    do(database, "ALTER TABLE calls DROP CONSTRAINT calls_id_check")
    do(database, "ALTER TABLE calls ADD CONSTRAINT calls_id_check CHECK (id <> 'x')")

    migrate.migrate(database.owner_url, folder=folder)

    assert "schema" not in wrong(database.app_url)


def test_a_database_that_no_migrator_of_this_release_has_seen_says_so(database: Database) -> None:
    do(database, "DROP TABLE schema_objects")

    found = wrong(database.app_url)

    assert (found["migrations"].state, "schema" in found) == (State.FAIL, False)


def test_a_clock_that_is_off_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    right = time.time
    for off in (-90, 90):
        monkeypatch.setattr(time, "time", lambda off=off: right() + off)
        clock = wrong(database.app_url)["clock"]
        assert (clock.state, clock.found) == (State.WARN, "90 s apart")


def test_an_old_pgvector_is_told(database: Database, superuser_url: str) -> None:
    name = str(conninfo_to_dict(database.app_url)["dbname"])
    with psycopg.connect(make_conninfo(superuser_url, dbname=name)) as superuser:
        superuser.execute("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")

    assert wrong(database.app_url)["pgvector"].found == "0.7.4"


def test_a_database_that_is_not_there_was_not_looked_at() -> None:
    [one] = doctor.look("postgresql://frontdesk_app:word@127.0.0.1:1/frontdesk", None)

    assert one.state is State.UNKNOWN
    assert "word" not in str(one)


@contextmanager
def everything(url: str) -> Generator[None]:
    """Fails when a row, a sequence or the catalogue is another afterwards."""

    def held() -> list[object]:
        with psycopg.connect(url) as superuser:
            written = superuser.execute(
                "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_all_tables ORDER BY 1"
            ).fetchall()
            tables = superuser.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
            rows = [
                superuser.execute(
                    f"SELECT '{name}', md5(string_agg(t::text, '' ORDER BY t::text)) FROM {name} t".encode()
                ).fetchall()
                for (name,) in sorted(tables)
            ]
            sequences = superuser.execute(
                "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"
            ).fetchall()
            return [written, rows, sequences]

    before = held()
    yield
    assert held() == before


def test_nothing_is_written(database: Database, superuser_url: str) -> None:
    name = str(conninfo_to_dict(database.app_url)["dbname"])
    with everything(make_conninfo(superuser_url, dbname=name)):
        assert wrong(database.app_url) == {}


def test_nothing_could_be_written(database: Database) -> None:
    with (
        doctor.connected(database.app_url) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute(
            "CREATE TEMPORARY TABLE kept (); INSERT INTO leases VALUES ('x', gen_random_uuid(), now())"
        )
