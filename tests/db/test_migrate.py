"""The schema: brought up once, never rewritten, by one migrator at a time."""

import os
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from shutil import copytree

import psycopg
import pytest

from frontdesk.db import migrate
from frontdesk.db.migrate import MIGRATIONS, MigrationChanged
from frontdesk.errors import FrontdeskError
from tests.conftest import url

_numbers = count()


@pytest.fixture
def empty(superuser_url: str) -> Iterator[str]:
    """The owner's URL of a database with nothing in it."""
    name = f"frontdesk_empty_{os.getpid()}_{next(_numbers)}"
    migrate.bootstrap(superuser_url, database=name, owner_password="owner", app_password="app")
    yield url(superuser_url, name, "frontdesk_owner", "owner")
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        superuser.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations, to be tampered with."""
    return copytree(MIGRATIONS, tmp_path / "migrations")


def schema(owner_url: str) -> list[tuple[str, ...]]:
    """Every column, constraint, function, policy and grant, in words."""
    with psycopg.connect(owner_url) as connection:
        return connection.execute("""
            SELECT 'column', attrelid::regclass::text, attname::text, format_type(atttypid, atttypmod)
            FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND attnum > 0
            UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef FROM pg_indexes
            WHERE schemaname = 'public'
            UNION ALL SELECT 'function', pronamespace::regnamespace::text, oid::regprocedure::text,
                pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc
            WHERE pronamespace::regnamespace::text IN ('auth', 'desk', 'directory')
            UNION ALL SELECT 'policy', tablename::text, policyname::text, concat(roles, cmd, qual, with_check)
            FROM pg_policies
            UNION ALL SELECT 'grant', relname::text, '', relacl::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace
            ORDER BY 1, 2, 3, 4""").fetchall()


def applied(owner_url: str) -> list[int]:
    with psycopg.connect(owner_url) as connection:
        found = connection.execute("SELECT version FROM schema_migrations ORDER BY version").fetchall()
    return [version for (version,) in found]


def versions() -> list[int]:
    return [migration.version for migration in migrate.migrations()]


def test_an_empty_database_gets_every_migration_once(empty: str) -> None:
    ran = migrate.migrate(empty)

    assert ran == [path.stem for path in sorted(MIGRATIONS.glob("*.sql"))]
    assert applied(empty) == versions()


def test_a_second_run_changes_nothing(empty: str) -> None:
    migrate.migrate(empty)
    first = schema(empty)

    assert migrate.migrate(empty) == []
    assert schema(empty) == first


def test_a_second_run_puts_right_what_somebody_changed_by_hand(empty: str) -> None:
    migrate.migrate(empty)
    first = schema(empty)
    with psycopg.connect(empty) as owner:
        owner.execute("CREATE POLICY everybody ON patients USING (true)")
        owner.execute("ALTER TABLE patients NO FORCE ROW LEVEL SECURITY")
        owner.execute("GRANT UPDATE ON audit_log TO frontdesk_app")

    migrate.migrate(empty)

    assert schema(empty) == first
    with psycopg.connect(empty) as owner:
        assert owner.execute(
            "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'patients'"
        ).fetchone() == (True,)


def test_a_migration_that_was_edited_after_it_ran_stops_everything(empty: str, folder: Path) -> None:
    migrate.migrate(empty, folder=folder)
    first = sorted(folder.glob("*.sql"))[0]
    first.write_text(first.read_text() + "\n-- a word more\n")
    after = f"{len(versions()) + 1:04}_after.sql"
    (folder / after).write_text("CREATE TABLE never (org_id uuid NOT NULL);")

    with pytest.raises(MigrationChanged, match=first.name):
        migrate.migrate(empty, folder=folder)

    assert applied(empty) == versions()
    with psycopg.connect(empty) as owner:
        assert owner.execute("SELECT to_regclass('never')").fetchone() == (None,)


def test_a_new_migration_runs_alone_and_gets_its_wall(empty: str, folder: Path) -> None:
    migrate.migrate(empty, folder=folder)
    after = f"{len(versions()) + 1:04}_after"
    (folder / f"{after}.sql").write_text("CREATE TABLE later (org_id uuid NOT NULL);")

    assert migrate.migrate(empty, folder=folder) == [after]

    with psycopg.connect(empty) as owner:
        assert owner.execute(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = 'later'"
        ).fetchone() == (True,)


def test_a_migration_that_fails_leaves_nothing_of_itself(empty: str, folder: Path) -> None:
    migrate.migrate(empty, folder=folder)
    after = folder / f"{len(versions()) + 1:04}_after.sql"
    after.write_text("CREATE TABLE half (org_id uuid NOT NULL); SELECT 1 / 0;")

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate.migrate(empty, folder=folder)
    assert applied(empty) == versions()
    with psycopg.connect(empty) as owner:
        assert owner.execute("SELECT to_regclass('half')").fetchone() == (None,)

    after.write_text("CREATE TABLE half (org_id uuid NOT NULL);")
    assert migrate.migrate(empty, folder=folder) == [after.stem]


@pytest.mark.parametrize(
    "name", ["0003_gap.sql", "0001_double.sql", "2_short.sql", "0002_Bad Name.sql", "x.sql"]
)
def test_a_gap_a_double_or_a_strange_name_is_refused_before_anything_runs(
    empty: str, tmp_path: Path, name: str
) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (org_id uuid NOT NULL);")
    (tmp_path / name).write_text("SELECT 1;")

    with pytest.raises(FrontdeskError, match="without a gap"):
        migrate.migrate(empty, folder=tmp_path)

    with psycopg.connect(empty) as owner:
        assert owner.execute("SELECT to_regclass('first')").fetchone() == (None,)


def test_of_two_migrators_the_second_waits_and_finds_nothing_to_do(empty: str) -> None:
    ran: list[list[str]] = []
    with psycopg.connect(empty, autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(7203118)")
        both = [threading.Thread(target=lambda: ran.append(migrate.migrate(empty))) for _ in range(2)]
        for one in both:
            one.start()
        wait_for_two(first)
        assert ran == []
    for one in both:
        one.join(30)

    assert sorted(ran, key=len) == [[], [path.stem for path in sorted(MIGRATIONS.glob("*.sql"))]]


def wait_for_two(connection: psycopg.Connection) -> None:
    """Returns when two sessions queue for an advisory lock of this database."""
    until = time.monotonic() + 20
    query = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    while connection.execute(query).fetchone() != (2,):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_callers_are_not_kept_waiting_behind_a_migrator_that_waits_for_somebody(empty: str) -> None:
    """Such as an operator's open transaction: the deploy fails, for who comes after one that waits, waits."""
    migrate.migrate(empty)
    with psycopg.connect(empty) as somebody:
        # Who lets go by themselves at last, should the migrator wait for it.
        somebody.execute("SET idle_in_transaction_session_timeout = '20s'")
        somebody.execute("LOCK TABLE appointments IN ACCESS SHARE MODE")

        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate.migrate(empty)

        somebody.rollback()
    assert migrate.migrate(empty) == []


def test_the_status_says_of_each_migration_whether_it_ran_and_still_is_what_ran(
    empty: str, folder: Path
) -> None:
    before = migrate.status(empty, folder=folder)
    assert [(s.version, s.is_applied, s.is_changed) for s in before] == [
        (v, False, False) for v in versions()
    ]

    migrate.migrate(empty, folder=folder)
    assert all(s.is_applied and not s.is_changed for s in migrate.status(empty, folder=folder))

    first = sorted(folder.glob("*.sql"))[0]
    first.write_text(first.read_text() + " ")
    assert migrate.status(empty, folder=folder)[0].is_changed is True


def test_bootstrapping_twice_is_as_good_as_once(superuser_url: str, empty: str) -> None:
    with psycopg.connect(empty) as owner:
        row = owner.execute("SELECT current_database()").fetchone()
    assert row is not None

    migrate.bootstrap(superuser_url, database=row[0], owner_password="owner", app_password="app")

    migrate.migrate(empty)


def test_audit_entries_of_before_are_moved_past_the_walls(empty: str, folder: Path) -> None:
    """The owner sees no row without claims, and a move that saw none would lose them all."""
    late = [path for path in folder.glob("*.sql") if path.stem[5:] == "audit" or path.stem > _audit(folder)]
    for path in late:
        path.rename(path.with_suffix(".later"))
    rules = "ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    with psycopg.connect(empty) as owner:
        for migration in migrate.migrations(folder):
            owner.execute(migration.text.encode())
        owner.execute(
            "INSERT INTO organizations (id, name, time_zone) VALUES (gen_random_uuid(), 'C', 'UTC')"
        )
        owner.execute(
            "INSERT INTO audit_log (org_id, action, outcome, call_id, at, change)"
            " SELECT id, 'x', 'done', c, t::timestamptz, m::jsonb FROM organizations,"
            " (VALUES ('call', now()::text, NULL),"
            " (NULL, '2025-12-31 23:59Z', '{\"member\": \"me\"}')) v (c, t, m)"
        )
        owner.execute(rules.encode())
        for path in late:
            path.with_suffix(".later").rename(path)
        [text] = [m.text for m in migrate.migrations(folder) if m.name == "audit"]
        owner.execute(text.encode())
        found = owner.execute(
            "SELECT id, actor_kind, actor, tableoid::regclass::text FROM audit_log ORDER BY id"
        ).fetchall()
        new = owner.execute(
            "INSERT INTO audit_log (org_id, action, outcome)"
            " SELECT id, 'x', 'done' FROM organizations RETURNING id"
        ).fetchone()

    this_month = f"audit_log_{time.strftime('%Y_%m', time.gmtime())}"
    assert found == [(1, "call", "call", this_month), (2, "member", "me", "audit_log_2025_12")]
    assert new == (3,)


def _audit(folder: Path) -> str:
    return next(path.stem for path in folder.glob("*_audit.sql"))
