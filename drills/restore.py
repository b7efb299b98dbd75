"""Restoring the database to an instant: a backup, what was written since, a mistake, and all but the mistake.

What Aurora does by itself, done here with Postgres' own means: a base backup and the archived log, played up
to an instant. A new server takes the old one's place, as the restored cluster does, by another host's name.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo

from cli.doctor import database
from cli.doctor.finding import State
from drills.drill import DrillFailed, Say, Stopwatch
from local import postgres, scripts, stack
from local.player import Answered, Judged, Player, Stopped
from local.postgres import Server

_BEFORE: Final = 3
"""Bookings that are in the backup."""
_SINCE: Final = 5
"""Those that only the log has."""
_APART_S: Final = 0.2
_PATIENCE_S: Final = 60
_ROWS: Final = """
    SELECT org_id::text, id, provider_id, patient_id, status, visit::text FROM appointments
    WHERE status = 'booked' ORDER BY org_id, id"""


def run(say: Say) -> None:
    """Books, backs up, books on, loses everything at one clinic, and has it again. Raises `DrillFailed`."""
    with ExitStack() as ends:
        home = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="frontdesk-drill-")))
        home.chmod(0o711)  # as root, Postgres runs as another user
        archive = _own(home / "archive")
        (home / "first").mkdir(mode=0o711)
        first = Server(home / "first", durable=True)
        ends.callback(first.stop)
        first.start()
        _archiving(first, archive)

        log = ends.enter_context((home / "functions.log").open("wb"))
        with _on(first), stack.running(log=log) as running:
            _book(running, _BEFORE)
            watch = Stopwatch()
            _back_up(first, home / "second")
            say(f"backed up after {_BEFORE} bookings, in {watch.s:.1f} s")
            _book(running, _SINCE)
            booked, instant = _rows(first), _now(first)
            say(f"{_SINCE} bookings more, {len(booked)} in all; that is the instant to come back to")
            time.sleep(_APART_S)
            _lose_everything(first)
            if _rows(first):
                raise DrillFailed("the mistake has not been made")
            say("the mistake: every appointment of every clinic is deleted, and that is committed")
        first.stop()

        watch = Stopwatch()
        second = Server(home / "second", durable=True)
        ends.callback(second.stop)
        _to_recover(second, archive, instant)
        second.start()
        _wait_for_the_end(second)
        restored_s = watch.s
        _compare(_rows(second), booked)
        say(f"restored to the instant in {restored_s:.1f} s: all {len(booked)} bookings, none after it")
        with _on(second), stack.running(log=log) as running:
            _book(running, 1)
            say(f"the stack on the new server booked again {watch.s:.1f} s after the decision to restore")
            _examine(running.addresses.app_database_url, say)


def _own(folder: Path) -> Path:
    """Made, and Postgres' own."""
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    return folder


def _archiving(server: Server, archive: Path) -> None:
    with _superuser(server) as connection:
        connection.execute("ALTER SYSTEM SET archive_mode = on")
        connection.execute(f"ALTER SYSTEM SET archive_command = 'cp %p {archive}/%f'".encode())
    server.stop()
    server.start()


def _back_up(server: Server, to: Path) -> None:
    to.mkdir(mode=0o711)
    shutil.copy2(server.directory / "password", to / "password")
    subprocess.run(
        [
            postgres.binary("pg_basebackup"),
            "-d",
            server.superuser_url,
            "-D",
            to / "data",
            "--checkpoint=fast",
        ],
        check=True,
    )
    if os.geteuid() == 0:
        for path in (to / "password", to / "data", *(to / "data").rglob("*")):
            shutil.chown(path, "nobody")


def _to_recover(server: Server, archive: Path, instant: datetime) -> None:
    data = server.directory / "data"
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            "archive_mode = off\n"
            f"restore_command = 'cp {archive}/%f %p'\n"
            f"recovery_target_time = '{instant.isoformat()}'\n"
            "recovery_target_action = promote\n"
        )
    (data / "recovery.signal").touch()
    if os.geteuid() == 0:
        shutil.chown(data / "recovery.signal", "nobody")


def _wait_for_the_end(server: Server) -> None:
    """Until the log is played up to the instant: before that, the server takes connections that only read."""
    until = time.monotonic() + _PATIENCE_S
    with _superuser(server) as connection:
        while connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            if time.monotonic() > until:
                raise DrillFailed(f"the log has not been played after {_PATIENCE_S} s")
            time.sleep(0.05)


@contextmanager
def _on(server: Server) -> Generator[None]:
    """Whatever starts meanwhile has its data there."""
    os.environ["FRONTDESK_DATABASE_URL"] = server.superuser_url
    try:
        yield
    finally:
        del os.environ["FRONTDESK_DATABASE_URL"]


def _book(running: stack.Stack, times: int) -> None:
    """One call after the other."""
    for _ in range(times):
        events = list(Player(scripts.load("booking"), running.addresses).play())
        wrong = [one.reason for one in events if isinstance(one, Stopped)]
        wrong += [objection for one in events if isinstance(one, Judged) for objection in one.objections]
        if wrong or not any(isinstance(one, Answered) and one.answer.get("booked") for one in events):
            raise DrillFailed(f"a booking isn't as expected: {'; '.join(wrong)}")


def _superuser(server: Server) -> psycopg.Connection:
    return psycopg.connect(server.superuser_url, autocommit=True)


def _desk(server: Server) -> psycopg.Connection:
    """The desk's database, all clinics in sight."""
    return psycopg.connect(make_conninfo(server.superuser_url, dbname=stack.DATABASE), autocommit=True)


def _rows(server: Server) -> list[tuple[Any, ...]]:
    with _desk(server) as connection:
        return connection.execute(_ROWS).fetchall()


def _now(server: Server) -> datetime:
    with _desk(server) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        return row[0]


def _lose_everything(server: Server) -> None:
    with _desk(server) as connection:
        connection.execute("TRUNCATE appointments CASCADE")
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")


def _compare(there: list[tuple[Any, ...]], booked: list[tuple[Any, ...]]) -> None:
    if there != booked:
        gone, new = set(booked) - set(there), set(there) - set(booked)
        raise DrillFailed(f"of {len(booked)} bookings {len(gone)} are gone, and {len(new)} are new")


def _examine(app_url: str, say: Say) -> None:
    """What `frontdesk doctor` says of schema, walls and clinics' rows."""
    found = list(database.look(app_url, None))
    wrong = [one for one in found if one.state in (State.FAIL, State.UNKNOWN)]
    if wrong:
        raise DrillFailed(f"the doctor objects: {wrong[0].name}: {wrong[0].found}")
    say(f"the doctor, of schema, walls and rows: {len(found)} checks, none fails")
