"""`make bench`: what is measured on this machine, in about twenty minutes, and what came of the promises.

python -m benchmarks [latency|sustained|overhead|cold|init|finder|bookings|growth|push|saves|redaction|calls|
    knowledge|knowledge-speed|calendars|emr ...]
"""

import json
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks import (
    bookings,
    calendars,
    calls,
    clinic,
    cold_start,
    database,
    day,
    emr,
    finder,
    growth,
    in_function,
    inits,
    knowledge_latency,
    knowledge_quality,
    push,
    redaction,
    report,
    saves,
    sustained,
    targets,
    tool_latency,
    traffic,
)
from benchmarks import console as pages
from benchmarks.targets import Rows
from infra.packaging import ROOT
from local import stack
from local.errors import EmulatorFailed

RESULTS: Final = Path(__file__).with_name("results.json")
PARTS: Final = {
    "latency": "tool_latency",
    "sustained": "sustained",
    "overhead": "overhead_over_bare_sql",
    "cold": "cold_start",
    "init": "function_init",
    "finder": "finder",
    "bookings": "bookings",
    "growth": "growth",
    "push": "push",
    "saves": "saves",
    "calls": "calls",
    "redaction": "redaction",
    "knowledge": "knowledge_quality",
    "knowledge-speed": "knowledge_latency",
    "calendars": "calendars",
    "emr": "emr",
    "console": "console",
    "day": "day",
}
"""What may be named, and where it stands in results.json."""
Say = Callable[[str], None]
BUNDLE: Final = ROOT / "build" / "benchmarks"
_ENOUGH_S: Final = 150
"""Of `latency`: on a busy machine rounds are left out."""
METHOD: Final = (
    f"{tool_latency.WORKERS} workers a service; Postgres, services and load share the processors. "
    "Closed loop: so many kept connections, the next request when the last is answered. "
    f"At most {tool_latency.ROUNDS} rounds of {tool_latency.SECONDS:g} s a cell, sides in turn, each from "
    "the same database: 5,000 patients, 4 doctors, half of the times taken, fsync off. Bare SQL: as many "
    f"connections as calls in flight, shared by {tool_latency.WORKERS} processes. CPU: of the workers alone. "
    f"Bookings: {bookings.CALLERS} processes with a connection each, {bookings.RACES} races a way, in SQL on "
    "a copy of the table without its keys and triggers. Growth: the handler in one process, clinics in turn. "
    f"Push: the command as a process, {push.ROUNDS} rounds, each from an empty account of Vapi's stand-in, "
    f"{push.IN_FLIGHT} requests in flight; beyond a process that loads as much, timed just before. "
    f"Saves: {saves.SAVES} by the endpoint's handler, at random, {saves.PER_SECOND} a second; Vapi's "
    f"stand-in takes 150 ms and {saves.MOST_PER_SECOND} requests a second, and fails 2 of 100, half of them "
    f"done nevertheless; AWS in memory, {saves.POLLERS} pollers. Moves: waves {saves.PACE} times as fast. "
    "Calls: the handler in one process, S3 and SQS by a thread of another that answers at once. "
    f"Calendars: {calendars.CONNECTIONS} mailboxes, half at each vendor's stand-in, which takes "
    f"{calendars.LATENCY_S * 1000:.0f} ms a request; AWS in memory; a worker's syncs one after the other. "
    f"Inits: each function alone in Lambda's client, {inits.RUNS} starts after one that isn't counted. "
    f"EMRs: the demo's stack over HTTP, one call at a time, {emr.ROUNDS} rounds. "
    f"Sustained: {sustained.CALLERS} callers for {sustained.SECONDS:.0f} s through the gateway, "
    "each in one call of three tools after the other. "
    f"Console: each page's handler in one process, {pages.VISITS} visits one after the other. "
    f"Day: {day.CLINICS:,} clinics, an open loop through the gateway, each call three tools after each other."
)


def main() -> None:
    """Measures what is named, or everything; only everything is recorded."""
    named = sys.argv[1:]
    parts = set(named or PARTS)
    os.environ.pop("FRONTDESK_DATABASE_URL", None)  # a server of their own, whatever else is running
    console = Console(width=None if sys.stdout.isatty() else 118)
    said = Console(stderr=True)
    began = time.monotonic()
    where = report.machine()
    measured: dict[str, Rows] = dict.fromkeys(PARTS.values(), ())
    for part, measure in _ALONE.items():
        if part in parts:
            said.print(part)
            with _environment():
                measured[PARTS[part]] = measure(said.print)
    if parts & {"latency", "overhead", "sustained"}:
        with _environment():
            measured |= _of_tools(parts, said)
    promised = targets.targets(measured)
    report.show(console, measured, promised)
    if not named:
        results = {
            "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "took_s": round(time.monotonic() - began),
            "machine": where,
            "method": METHOD,
            **measured,
            "targets": promised,
        }
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        console.print(f"written to {RESULTS.relative_to(ROOT)}, after {results['took_s']} s")


@contextmanager
def _environment() -> Generator[None]:
    """That of the shell, whatever a part changes in it."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _inits(say: Say) -> Rows:
    try:
        return inits.measure(BUNDLE.with_name("benchmarks-inits"), say)
    except EmulatorFailed as failed:  # not on Linux, or no network at the first asking
        say(f"functions' starts are left out: {failed}")
        return ()


def _in_a_database(measure: Callable[[database.Database, Say], Rows]) -> Callable[[Say], Rows]:
    def measured(say: Say) -> Rows:
        with database.fresh() as empty:
            return measure(empty, say)

    return measured


def _day(say: Say) -> Rows:
    with (
        open(os.devnull, "wb") as nowhere,  # noqa: PTH123 - no path of ours
        stack.running(seed="none", workers=tool_latency.WORKERS, log=nowhere) as running,
    ):
        return day.measure(running, say)


_ALONE: Final[dict[str, Callable[[Say], Rows]]] = {
    "cold": lambda _: cold_start.measure(BUNDLE),
    "init": _inits,
    "finder": lambda _: finder.measure(),
    "redaction": lambda _: redaction.measure(),
    "bookings": _in_a_database(bookings.measure),
    "growth": _in_a_database(growth.measure),
    "push": push.measure,
    "saves": _in_a_database(saves.measure),
    "calls": _in_a_database(calls.measure),
    "knowledge": _in_a_database(lambda empty, _: knowledge_quality.measure(empty)),
    "knowledge-speed": _in_a_database(knowledge_latency.measure),
    "calendars": _in_a_database(calendars.measure),
    "emr": emr.measure,
    "console": _in_a_database(pages.measure),
    "day": _day,
}
"""What needs nothing of the others; the rest is measured in one stack."""


def _of_tools(parts: set[str], said: Console) -> dict[str, Rows]:
    """Over HTTP and in process, in the same stack with the same clinic."""
    measured: dict[str, Rows] = {}
    until = time.monotonic() + _ENOUGH_S
    with (
        open(os.devnull, "wb") as nowhere,  # noqa: PTH123 - no path of ours
        stack.running(seed="none", workers=tool_latency.WORKERS, log=nowhere) as running,
    ):
        addresses = running.addresses
        made = clinic.seed(addresses.database_url)
        if "overhead" in parts:
            environment = {
                "FRONTDESK_STAGE": "local",
                "FRONTDESK_DATABASE_URL": addresses.app_database_url,
                "FRONTDESK_VAPI_HMAC_SECRETS": json.dumps([addresses.vapi_hmac.secret]),
            }
            overhead: list[dict[str, Any]] = []
            for tool in traffic.TOOLS:
                said.print(f"{tool} in process")
                overhead.append(in_function.measure(tool, environment, made))
                clinic.forget(addresses.database_url)
            measured["overhead_over_bare_sql"] = overhead
        if "latency" in parts:
            cells = tool_latency.measure(running, made, said.print, until=until)
            for wrong in [cell.wrong[0] for cell in cells if cell.wrong]:
                said.print(f"a wrong answer: {wrong}", markup=False)
            measured["tool_latency"] = [cell.summary() for cell in cells]
        if "sustained" in parts:
            measured["sustained"] = sustained.measure(running, made, said.print)
    return measured


if __name__ == "__main__":
    main()
