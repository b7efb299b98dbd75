"""What a clinic's history costs its callers: the finder's whole tool call, in clinics of three sizes.

All have the same four doctors and the same half-full diary ahead. The one of 100,000 appointments has seven
years behind it; the one of 1,000,000 had forty doctors in those years, of whom four are left. Around them are
5,000 clinics in all.

python -m benchmarks.growth < null
"""

import importlib
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from statistics import median, quantiles
from typing import Any, Final
from uuid import uuid4

import psycopg

from benchmarks import apart, in_function
from benchmarks.database import SECRET, Database
from benchmarks.traffic import FIND, PROOFS, Asked
from benchmarks.traffic import wish as wish_of_caller
from frontdesk import zones
from frontdesk.db import queries

SIZES: Final = (1_000, 100_000, 1_000_000)
CLINICS: Final = 5_000
CALLS: Final = 150
_WARM_UP: Final = 20
_CALLERS: Final = 20

SQL: Final = queries.beside(__file__)
_ZONE: Final = zones.zone("America/Regina")
_DAYS_AHEAD: Final = 25
"""From which on a caller may ask; the diary is half full for fifty."""


def measure(database: Database, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each size, in milliseconds; the clinics are asked in turn, in a process of its own."""
    say(f"filling {CLINICS:,} clinics, one with {SIZES[-1]:,} appointments")
    began = time.monotonic()
    seed(database.superuser_url)
    say(f"filled after {time.monotonic() - began:.0f} s; asking")
    return apart.ask("benchmarks.growth", database.environment, None)


def seed(superuser_url: str) -> None:
    """Fills an empty database, and has Postgres look at what is in it."""
    with ThreadPoolExecutor() as both, _ready(superuser_url) as one, _ready(superuser_url) as other:
        for name in ("desks", "patients", "ahead", "behind"):
            one.execute(SQL[name].encode())
        halves = [
            both.submit(connection.execute, SQL["of_those_who_left"].encode(), {"half": half})
            for half, connection in enumerate((one, other))
        ]
        for half in halves:
            half.result()
        one.execute("VACUUM ANALYZE")


def _ready(superuser_url: str) -> psycopg.Connection:
    connection = psycopg.connect(superuser_url, autocommit=True)
    connection.execute(SQL["ready"].encode())
    return connection


def ask_in_turn(_: None) -> list[dict[str, Any]]:
    """The same wish to each clinic, then the next."""
    handler = importlib.import_module(f"functions.tools.{FIND}.handler").handler
    chance, today = random.Random(1), datetime.now(_ZONE).date()
    took: dict[int, list[float]] = {size: [] for size in SIZES}
    for number in range(CALLS + _WARM_UP):
        wish = wish_of_caller(chance, today, _DAYS_AHEAD)
        for clinic, size in enumerate(SIZES, start=1):
            event = in_function.event(_asked(clinic, number % _CALLERS, wish), SECRET)
            began = time.perf_counter()
            answer = handler(event, in_function.Context())
            took[size].append((time.perf_counter() - began) * 1000)
            if json.dumps(PROOFS[FIND])[1:-1] not in answer["body"]:
                raise AssertionError(answer["body"])
    rows = [{"appointments": size, **_figures(took[size][_WARM_UP:])} for size in SIZES]
    return [{**row, "of_the_smallest": round(row["p50_ms"] / rows[0]["p50_ms"], 2)} for row in rows]


def _asked(clinic: int, caller: int, wish: dict[str, Any]) -> Asked:
    """By one of a few callers, each with one call that goes on and on, so that few times are held."""
    return Asked(
        tool=FIND,
        call_id=f"call-{caller}",
        tool_call_id=f"call_{uuid4().hex}",
        caller=f"+120055501{caller:02}",
        patient_id=0,
        arguments=wish,
        provider_id=0,
        start="",
        called=f"+120055501{clinic:02}",
    )


def _figures(took: list[float]) -> dict[str, Any]:
    return {
        "p50_ms": round(median(took), 2),
        "p99_ms": round(quantiles(took, n=100)[98], 2),
        "calls": len(took),
    }


if __name__ == "__main__":
    apart.answer(ask_in_turn)
