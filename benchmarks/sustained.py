"""So many callers at once, for a minute: each in a call that searches, finds, books, and then the next call.

Through the gateway of the local stack, over HTTP, every body signed; beside it few callers in the same run,
whom nobody keeps waiting. Answers that didn't do the work are errors. That nothing is free is none: thousands
of calls a minute at one clinic hold more times than its days have.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from random import Random
from statistics import quantiles
from typing import Any, Final

import psycopg

from benchmarks import clinic, traffic
from benchmarks.clinic import Clinic
from benchmarks.load import Load, Measured
from benchmarks.traffic import CREATE, FIND, SEARCH, Asked
from local.stack import Stack

CALLERS: Final = 200
SECONDS: Final = 60.0
FEW: Final = 4
_BESIDE_S: Final = 10.0
_MOST_A_SECOND: Final = 800
"""Requests that are made ready; none has come near."""
_NOTHING_FREE: Final = '\\"found\\": false'
"""As it stands in a result, which is JSON within JSON."""
_OVERLAPS: Final = """
    SELECT count(*) FROM appointments a JOIN appointments b
    ON a.org_id = b.org_id AND a.provider_id = b.provider_id AND a.id < b.id AND a.occupied && b.occupied
    WHERE a.status IN ('held', 'pending', 'booked') AND b.status IN ('held', 'pending', 'booked')"""


def measure(stack: Stack, made: Clinic, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for many callers, and one for few."""
    addresses = stack.addresses
    rows: list[dict[str, Any]] = []
    with Load() as load:
        port = int(addresses.api_url.rpartition(":")[2])
        for callers, seconds in ((CALLERS, SECONDS), (FEW, _BESIDE_S)):
            say(f"{callers} callers at once, for {seconds:.0f} s")
            asked = calls(made, int(_MOST_A_SECOND * seconds), at_once=callers, seed=200)
            with _connections(addresses.database_url) as seen:
                load.start_http(port, addresses.vapi_hmac.secret, callers, seconds, asked)
                measured = load.result()
            rows.append(_row(callers, measured, max(seen), _overlaps(addresses.database_url)))
            for wrong in measured.wrong[:1]:
                say(f"a wrong answer: {wrong}")
            clinic.forget(addresses.database_url)
    return rows


def calls(made: Clinic, count: int, *, at_once: int, seed: int) -> list[Asked]:
    """Requests in the order that `at_once` callers send theirs, each a call of three after the other.

    Booked are the nearer days, each start once; found are times of the later ones, so that a hold of one
    caller isn't what another one was going to book. When the starts run out, a call finds twice.
    """
    chance = Random(seed)
    near = sorted(made.free, key=lambda one: one[1])
    middle = len(near) // 2
    free = near[:middle]
    chance.shuffle(free)
    days = sorted({date.fromisoformat(start[:10]) for _, start in near[middle:]})[1:-20]
    number = count // 3 + at_once
    searches = traffic.asked(SEARCH, made, number, at_once=at_once, seed=seed)
    finds = traffic.asked(FIND, made, 2 * number, at_once=at_once, seed=seed)
    books = traffic.asked(
        CREATE, replace(made, free=free), min(len(free), number), at_once=at_once, seed=seed
    )

    def of_call(one: Asked, of: Asked, arguments: dict[str, Any]) -> Asked:
        return replace(
            one,
            call_id=of.call_id,
            caller=of.caller,
            patient_id=of.patient_id,
            arguments=arguments,
        )

    def found(place: int, of: Asked) -> Asked:
        return of_call(finds[place], of, {"startDate": chance.choice(days).isoformat()})

    turns: list[Asked] = []
    for first in range(0, number, at_once):
        places = range(first, min(first + at_once, number))
        turns += [searches[place] for place in places]
        turns += [found(place, searches[place]) for place in places]
        turns += [
            of_call(
                books[place],
                searches[place],
                books[place].arguments | {"demographicId": searches[place].patient_id},
            )
            if place < len(books)
            else found(number + place, searches[place])
            for place in places
        ]
    return turns


@contextmanager
def _connections(owner_url: str) -> Generator[list[int]]:
    """How many clients Postgres has, ten times a second."""
    seen, done = [0], threading.Event()

    def look() -> None:
        with psycopg.connect(owner_url, autocommit=True) as looking:
            while not done.wait(0.1):
                row = looking.execute(
                    "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
                ).fetchone()
                seen.append(row[0] if row else 0)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _overlaps(owner_url: str) -> int:
    with clinic.own(owner_url) as owner:
        row = owner.execute(_OVERLAPS).fetchone()
    return row[0] if row else -1


def _row(callers: int, measured: Measured, connections: int, overlaps: int) -> dict[str, Any]:
    cuts = quantiles(measured.latencies_ms, n=100)
    full = sum(_NOTHING_FREE in wrong for wrong in measured.wrong)
    return {
        "callers": callers,
        "seconds": round(measured.elapsed_s, 1),
        "per_second": round(measured.per_second, 1),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "errors": len(measured.wrong) - full,
        "nothing_free": full,
        "connections": connections,
        "overlapping_visits": overlaps,
    }
