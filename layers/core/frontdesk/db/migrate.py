"""The schema: migrations that run once and never change, and rules that are replaced whole each time."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import sql

from frontdesk.errors import FrontdeskError

_HERE: Final = Path(__file__).parent
_CATALOGUE: Final = _HERE / "catalogue.sql"
MIGRATIONS: Final = _HERE / "migrations"
REPLACEABLE: Final = _HERE / "replaceable"
_OF_MIGRATIONS: Final = frozenset({"columns", "constraint", "index"})
"""What isn't replaced each time."""
_PATIENCE: Final = "3s"
"""For a lock on a table. Whoever comes after waits behind who waits for one, and that is every caller."""
_LOCK: Final = 7_203_118
"""An arbitrary key: one migrator at a time, whoever starts it."""


class MigrationChanged(FrontdeskError):
    """A migration that ran is no longer the file that ran; write a new one instead."""


@dataclass(frozen=True)
class Migration:
    """One numbered SQL file."""

    version: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """What freezes it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class Status:
    """One migration, as this database has it."""

    version: int
    name: str
    is_applied: bool
    is_changed: bool


class Object(NamedTuple):
    """Something of the schema, and what tells whether it is still what it was."""

    kind: str
    """`table`, `function`, `policy` …; `migration` and `rules` are files of ours, whatever became of them."""
    name: str
    digest: str
    """SHA-256, hex."""


def migrations(folder: Path = MIGRATIONS) -> Iterator[Migration]:
    """Every migration on disk, in order. Raises `FrontdeskError` on a gap, a double or a strange name."""
    for expected, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        named = re.fullmatch(r"(\d{4})_([a-z0-9_]+)", path.stem)
        if not named or int(named[1]) != expected:
            raise FrontdeskError(f"{path.name}: migrations are numbered 0001, 0002, … without a gap")
        yield Migration(expected, named[2], path.read_text(encoding="utf-8"))


def migrate(owner_url: str, *, folder: Path = MIGRATIONS) -> list[str]:
    """Brings the schema up to date as its owner; returns the names of the migrations that ran now.

    Each migration is its own transaction; policies, functions and grants follow in one, so that a
    reader sees the old rules or the new ones. Raises `MigrationChanged` before anything runs, and
    `psycopg.errors.LockNotAvailable` when somebody keeps a table to themselves.
    """
    ran: list[str] = []
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute("SET client_min_messages = warning")
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [_PATIENCE])
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL,"
            " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_objects (kind text NOT NULL, name text NOT NULL,"
            " digest text NOT NULL, PRIMARY KEY (kind, name))"
        )
        with connection.transaction():
            left, before = recorded(connection), objects(connection)
        applied = _applied(connection)
        todo = list(migrations(folder))
        for migration in todo:
            if applied.get(migration.version, migration.sha256) != migration.sha256:
                raise MigrationChanged(
                    f"{migration.version:04}_{migration.name}.sql has changed since it ran here; "
                    "put it back and write the change as a new migration"
                )
        for migration in todo:
            if migration.version in applied:
                continue
            with connection.transaction():
                _run(connection, migration.text)
                connection.execute(
                    "INSERT INTO schema_migrations (version, name, sha256) VALUES (%s, %s, %s)",
                    [migration.version, migration.name, migration.sha256],
                )
            ran.append(f"{migration.version:04}_{migration.name}")
        with connection.transaction():
            for path in sorted(REPLACEABLE.glob("*.sql")):
                _run(connection, path.read_text(encoding="utf-8"))
            expected = _expected(left, before, objects(connection))
            _record(connection, [*files(folder), *expected])
    return ran


def files(folder: Path = MIGRATIONS) -> list[Object]:
    """What this release's migrator would run: each migration, and each file that is replaced whole."""
    migrated = [Object("migration", f"{one.version:04}_{one.name}", one.sha256) for one in migrations(folder)]
    texts = {path.name: path.read_bytes() for path in sorted(REPLACEABLE.glob("*.sql"))}
    return migrated + [
        Object("rules", name, hashlib.sha256(text).hexdigest()) for name, text in texts.items()
    ]


def objects(connection: psycopg.Connection[Any]) -> list[Object]:
    """What of the schema stands in this database now. Anybody may ask, for the catalogue is everybody's."""
    # So that every name is written whole, whoever asks; what was set comes back at the transaction's end.
    connection.execute("SELECT set_config('search_path', 'pg_catalog', true)")
    found = connection.execute(_CATALOGUE.read_bytes()).fetchall()
    connection.execute("RESET search_path")
    return [Object(*one) for one in found]


def recorded(connection: psycopg.Connection[Any]) -> list[Object]:
    """The same, as the last migrator left it. Raises `psycopg.errors.UndefinedTable` where none did."""
    found = connection.execute("SELECT kind, name, digest FROM public.schema_objects").fetchall()
    return [Object(*one) for one in found]


def status(owner_url: str, *, folder: Path = MIGRATIONS) -> list[Status]:
    """Each migration on disk, and whether it ran here unchanged; of an empty database, none did."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        exists = connection.execute("SELECT to_regclass('schema_migrations') IS NOT NULL").fetchone()
        applied = _applied(connection) if exists and exists[0] else {}
    return [
        Status(m.version, m.name, m.version in applied, applied.get(m.version, m.sha256) != m.sha256)
        for m in migrations(folder)
    ]


def bootstrap(superuser_url: str, *, database: str, owner_password: str, app_password: str | None) -> None:
    """Makes roles, database and vectors, once, as whoever may: a local superuser, or Aurora's master user.

    The owner is neither superuser nor BYPASSRLS, so that nothing here walks past a wall that stands
    in production. It may become `frontdesk_directory` to hand functions over, but inherits nothing
    of it. Without an `app_password` the application signs in by IAM.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role, options in (
            ("frontdesk_owner", "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB"),
            ("frontdesk_app", "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB"),
            ("frontdesk_directory", "NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB"),
        ):
            if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", role):
                connection.execute(sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))  # pyright: ignore[reportArgumentType]
        passwords = {"frontdesk_owner": owner_password, "frontdesk_app": app_password}
        for role, password in passwords.items():
            if password is not None:
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
                )
        if app_password is None:
            connection.execute("GRANT rds_iam TO frontdesk_app")
        # The database's own bounds, for a client that sets none.
        connection.execute("ALTER ROLE frontdesk_app SET statement_timeout = '10s'")
        connection.execute("ALTER ROLE frontdesk_app SET lock_timeout = '2500ms'")
        connection.execute("ALTER ROLE frontdesk_app SET idle_in_transaction_session_timeout = '15s'")
        connection.execute("GRANT frontdesk_owner TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")
        connection.execute("GRANT frontdesk_directory TO frontdesk_owner WITH INHERIT FALSE, SET TRUE")
        if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", database):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER frontdesk_owner").format(sql.Identifier(database))
            )
    with psycopg.connect(superuser_url, dbname=database, autocommit=True) as connection:
        # Unlike btree_gist, whose author trusts any owner of a database with it.
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None  # pyright: ignore[reportArgumentType]


def _expected(left: list[Object], before: list[Object], now: list[Object]) -> list[Object]:
    """What should be there from now on: what is, but for what a hand changed and no migration has touched.

    Else a deploy would take a constraint that somebody dropped for one that is meant to be missing.
    """
    was, found, made = ({each[:2]: each for each in some} for some in (left, before, now))
    for key in (was.keys() | found.keys()) if was else ():
        if key[0] in _OF_MIGRATIONS and was.get(key) != found.get(key) == made.get(key):
            made.pop(key, None)
            made |= {key: was[key]} if key in was else {}
    return list(made.values())


def _record(connection: psycopg.Connection, found: list[Object]) -> None:
    connection.execute("DELETE FROM schema_objects")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO schema_objects (kind, name, digest) VALUES (%s, %s, %s)", found)


def _applied(connection: psycopg.Connection) -> dict[int, str]:
    return dict(connection.execute("SELECT version, sha256 FROM schema_migrations").fetchall())


def _run(connection: psycopg.Connection, text: str) -> None:
    """Runs a file of several statements as it is, without parameters."""
    connection.execute(text.encode())
