"""A process that runs Lambda handlers in children of its own, and has one killed where it is told.

It imports once and forks for each run: a child is as a new environment of the function, with nothing open.
Killed is killed: SIGKILL, by the kernel, before a step. A step is a COMMIT of something, or a request that
may change something elsewhere. Whoever is killed between two of these was as well killed before the later
one, for Postgres undoes the rest; a run may count everything (`every`), for who doesn't believe it.

Its clock may be off by what CHAOS_CLOCK_OFF_S says.
"""

from tests.chaos import off

if __name__ == "__main__":
    off.set_clock()

import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any, Final, cast

import httpx
import psycopg
from botocore.client import BaseClient  # pyright: ignore[reportMissingTypeStubs]
from psycopg.pq import PipelineStatus

from tests.clinic import Context

_READS: Final = frozenset({"GetObject", "Decrypt", "Invoke", "GetSecretValue"})


class _Steps:
    """Counts what a child does, and ends it, or its session, before a step, or at its end."""

    def __init__(self, die_at: int | None, *, every: bool, cut: str | None) -> None:
        self._die_at, self._every, self._cut = die_at, every, cut
        self.done: list[str] = []

    def step(self, name: str, *, changes: bool) -> None:
        if not (changes or self._every):
            return
        self.done.append(name)
        if len(self.done) != self._die_at:
            return
        if self._cut is None:
            os.kill(os.getpid(), signal.SIGKILL)
            return
        # In its place the server ends the session, as an administrator, a failover or a proxy does.
        with psycopg.Connection[Any].connect(self._cut, autocommit=True) as superuser:
            of = "usename = 'frontdesk_app' AND datname = current_database()"
            superuser.execute(
                f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {of}".encode()
            )


def _hook(steps: _Steps) -> None:
    def has_written(connection: psycopg.Connection[Any]) -> bool:
        """Postgres gives a transaction a number when it first writes; in a pipeline nobody can ask."""
        if connection.pgconn.pipeline_status != PipelineStatus.OFF:
            return True
        asked = connection.cursor()
        execute(asked, b"SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return bool((asked.fetchone() or [True])[0])

    execute, send, call = (
        psycopg.Cursor[Any].execute,
        httpx.Client.send,
        cast("Callable[..., Any]", BaseClient._make_api_call),  # pyright: ignore
    )

    def executed(self: Any, query: Any, *values: Any, **more: Any) -> Any:
        is_commit = query == b"COMMIT"
        steps.step("COMMIT" if is_commit else "statement", changes=is_commit and has_written(self.connection))
        return execute(self, query, *values, **more)

    def sent(self: Any, request: httpx.Request, **more: Any) -> Any:
        steps.step(f"{request.method} {request.url.path}", changes=request.method != "GET")
        return send(self, request, **more)

    def called(self: Any, operation: str, asked: Any) -> Any:
        steps.step(operation, changes=operation not in _READS)
        return call(self, operation, asked)

    psycopg.Cursor.execute = executed
    httpx.Client.send = sent
    BaseClient._make_api_call = called  # pyright: ignore


def _live(asked: dict[str, Any], tell: int) -> None:
    """A child's whole life."""
    os.environ.update(asked["environment"])
    if asked["file_limit"] is not None:
        # What a write gets that finds no room: an OSError. Python ignores the signal that comes with it.
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["file_limit"],) * 2)
    steps = _Steps(asked["die_at"], every=asked["every"], cut=asked["cut"])
    _hook(steps)
    handler = importlib.import_module(f"functions.{asked['function'].replace('/', '.')}.handler").handler
    try:
        answer = handler(asked["event"], Context(asked["seconds"]))
        told: dict[str, Any] = {"answer": answer}
    except Exception as error:  # noqa: BLE001 - whoever asked is to see it
        told = {"raised": repr(error)}
    if asked["die_at"]:
        steps.step("the end", changes=True)
    with os.fdopen(tell, "w") as out:
        out.write(json.dumps(told | {"steps": steps.done}))


def _born(asked: dict[str, Any]) -> tuple[int, int]:
    hear, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        return child, hear
    try:
        os.close(hear)
        _live(asked, tell)
    finally:
        os._exit(0)
    raise AssertionError


def _buried(child: int, hear: int) -> dict[str, Any]:
    with os.fdopen(hear) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"killed": is_killed, **(json.loads(text) if text else {})}


def main() -> None:
    """Reads what is to be run, a line each, and writes what came of it, until nothing comes."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # where functions log
    for line in sys.stdin:
        asked = json.loads(line)
        importlib.import_module(f"functions.{asked['function'].replace('/', '.')}.handler")
        lives = [_born(asked) for _ in range(asked["copies"])]
        out.write(json.dumps([_buried(*one) for one in lives]) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
