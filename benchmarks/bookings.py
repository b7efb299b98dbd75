"""Sixty-four callers, each a process with its own connection: bookings of free times, and races for one.

Ours by the tool's own handler, with all that a booking is, and ours beside other ways in SQL alone.
"""

import importlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import Any, Final, NamedTuple
from uuid import uuid4

import psycopg

from benchmarks import bare_sql, booking_ways, clinic, in_function, traffic
from benchmarks.booking_ways import WAYS, Wanted
from benchmarks.clinic import ZONE, Clinic
from benchmarks.database import SECRET, Database
from benchmarks.traffic import CREATE, Asked
from frontdesk import zones

CALLERS: Final = 64
HANDLER: Final = "the tool's handler"
OURS: Final = "constraint"
RACES: Final = 8

_SECONDS: Final = 2.0
_PATIENCE_S: Final = 60

_start: Barrier


class Tried(NamedTuple):
    """One caller's attempt; times on the clock that all processes share."""

    began: float
    ended: float
    won: bool | None
    """None: no answer that says so."""


def measure(database: Database, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each way."""
    made = clinic.seed(database.owner_url)
    booking_ways.make_tables(database.superuser_url)
    rows: list[dict[str, Any]] = []
    with _crowd(database) as crowd:
        for way in (HANDLER, *WAYS):
            say(f"{CALLERS} callers: {way}")
            asked = _asked(made)
            to_sell = asked[: -RACES * (CALLERS + 1)]
            sold = crowd.run(way, [to_sell[n::CALLERS] for n in range(CALLERS)], _SECONDS)
            races = [crowd.run(way, _contenders(asked, race), None) for race in range(RACES)]
            rows.append({"way": way, **_figures(sold, races), "double_bookings": _doubles(database, way)})
            _forget(database, way)
    return rows


class Crowd:
    """So many processes, each waiting for its next job."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def run(self, way: str, asked: Sequence[Sequence[Asked]], seconds: float | None) -> list[list[Tried]]:
        """What each caller met, of those it asked for; all begin in the same instant.

        With `seconds` each goes on to the next when one is answered, until that time is over. The first of
        each is asked before the start: by it the connection is made.
        """
        # Each waits for all others, so nobody does the job of two.
        jobs = [self._pool.submit(_tries, way, own, seconds) for own in asked]
        return [job.result(_PATIENCE_S) for job in jobs]


@contextmanager
def _crowd(database: Database) -> Generator[Crowd]:
    # A fork of this process would inherit its threads; a fresh interpreter each would take a second each.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, f"functions.tools.{CREATE}.handler"])
    start = context.Barrier(CALLERS)
    with ProcessPoolExecutor(CALLERS, context, _sit_down, (start, database.environment)) as pool:
        yield Crowd(pool)


def _sit_down(start: Barrier, environment: Mapping[str, str]) -> None:
    global _start
    _start = start
    os.environ.update(environment)
    # Handlers log to standard output, which Lambda reads; here nobody does.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _tries(way: str, asked: Sequence[Asked], seconds: float | None) -> list[Tried]:
    attempts = _by_handler(asked) if way == HANDLER else _in_sql(way, asked)
    next(attempts)()
    tried: list[Tried] = []
    _start.wait(_PATIENCE_S)
    until = time.perf_counter() + (seconds or _PATIENCE_S)
    for attempt in attempts:
        began = time.perf_counter()
        if began > until:
            break
        won = attempt()
        tried.append(Tried(began, time.perf_counter(), won))
    return tried


def _by_handler(asked: Sequence[Asked]) -> Generator[Callable[[], bool | None]]:
    handler = importlib.import_module(f"functions.tools.{CREATE}.handler").handler
    context = in_function.Context()
    for event in [in_function.event(one, SECRET) for one in asked]:

        def attempt(event: dict[str, Any] = event) -> bool | None:
            [item] = json.loads(handler(event, context)["body"])["results"]
            return json.loads(item["result"])["booked"] if "result" in item else None

        yield attempt


def _in_sql(way: str, asked: Sequence[Asked]) -> Generator[Callable[[], bool | None]]:
    connection = _connection()
    for one in asked:
        start = zones.instant(datetime.fromisoformat(one.start), ZONE)
        wanted = Wanted(one.provider_id, one.patient_id, start)

        def attempt(wanted: Wanted = wanted) -> bool | None:
            try:
                return WAYS[way](connection, wanted)
            except psycopg.Error:
                connection.rollback()
                return None

        yield attempt


@cache
def _connection() -> bare_sql.Connection:
    """This process's own, kept as the handlers keep theirs."""
    return bare_sql.connect(os.environ["FRONTDESK_DATABASE_URL"])


def _asked(made: Clinic) -> list[Asked]:
    """Every free time, each by another patient in another call."""
    return traffic.asked(CREATE, made, len(made.free), at_once=CALLERS, seed=64)


def _contenders(asked: Sequence[Asked], race: int) -> list[list[Asked]]:
    """The same time for each caller, after another of their own; those at the end are kept for races."""
    last = len(asked) - race * (CALLERS + 1)
    *own, wanted = asked[last - CALLERS - 1 : last]
    contested = [
        replace(
            one,
            call_id=f"{clinic.CALLS}{uuid4()}",
            tool_call_id=f"call_{uuid4().hex}",
            provider_id=wanted.provider_id,
            start=wanted.start,
            arguments={
                **one.arguments,
                "providerId": str(wanted.provider_id),
                "startTime": wanted.start,
            },
        )
        for one in own
    ]
    return [list(both) for both in zip(own, contested, strict=True)]


def _figures(sold: Sequence[Sequence[Tried]], races: Sequence[Sequence[Sequence[Tried]]]) -> dict[str, Any]:
    every = [one for own in sold for one in own]
    took_s = max(one.ended for one in every) - min(one.began for one in every)
    met = [[one for own in race for one in own] for race in races]
    settled = [max(one.ended for one in race) - min(one.began for one in race) for race in met]
    lost = sorted((one.ended - one.began) * 1000 for race in met for one in race if one.won is False)
    return {
        "bookings_per_second": round(sum(one.won is True for one in every) / took_s, 1),
        "loser_p50_ms": round(median(lost), 1) if lost else None,
        "loser_p99_ms": round(lost[len(lost) * 99 // 100], 1) if lost else None,
        "race_settled_p50_ms": round(median(settled) * 1000, 1),
        "race_settled_worst_ms": round(max(settled) * 1000, 1),
        "races": len(races),
        "winners_of_a_race": max(sum(one.won is True for one in race) for race in met),
        "without_an_answer": sum(one.won is None for one in every + [one for race in met for one in race]),
    }


def _doubles(database: Database, way: str) -> int:
    """Visits that stand where another stands: all start on half hours and last one."""
    with psycopg.connect(database.superuser_url) as connection:
        query = f"""
            SELECT coalesce(sum(here - 1), 0)::int
            FROM (
                SELECT count(*) AS here FROM {_table(way)}
                WHERE org_id = %s AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
                GROUP BY provider_id, visit_start
            ) times"""
        row = connection.execute(query.encode(), [clinic.ORG_ID]).fetchone()
    assert row is not None
    return row[0]


def _forget(database: Database, way: str) -> None:
    if way == HANDLER:
        clinic.forget(database.owner_url)
        return
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(f"DELETE FROM {_table(way)} WHERE call_id = 'bench'".encode())
        connection.execute(f"VACUUM ANALYZE {_table(way)}".encode())


def _table(way: str) -> str:
    if way == HANDLER:
        return "appointments"
    return "ways.guarded" if way == OURS else "ways.unguarded"
