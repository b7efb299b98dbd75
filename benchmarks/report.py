"""What was measured, as a table for people and as JSON for the record."""

import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.cold_start import LIBRARIES
from benchmarks.tool_latency import FASTAPI, OURS, SQL

MOST_OVERHEAD_MS: Final = 2.0
MOST_COLD_START_MS: Final = 300.0

Rows = Sequence[Mapping[str, Any]]


def targets(latency: Rows, overhead: Rows, cold: Rows) -> list[dict[str, Any]]:
    """What was promised of the figures, and whether they keep it."""
    made: list[dict[str, Any]] = []
    by_place = {(row["tool"], row["in_flight"], row["side"]): row for row in latency}
    for (tool, in_flight, side), ours in by_place.items():
        if side == OURS:
            theirs = by_place[tool, in_flight, FASTAPI]
            less = ours["cpu_ms_per_call"] / theirs["cpu_ms_per_call"]
            made.append(_target(f"{tool}, {in_flight} in flight: CPU of {FASTAPI}'s, times", less, 1.0))
    made += [
        _target(f"{row['tool']}: p50 over bare SQL, ms", row["overhead_p50_ms"], MOST_OVERHEAD_MS)
        for row in overhead
    ]
    tools = [row for row in cold if row["tool"] != LIBRARIES]
    made += [_target(f"{row['tool']}: cold start, ms", row["median_ms"], MOST_COLD_START_MS) for row in tools]
    made += [_target(f"{row['tool']}: imports too heavy", len(row["too_heavy"]), 0) for row in tools]
    return made


def _target(what: str, value: float, most: float) -> dict[str, Any]:
    return {"what": what, "value": round(value, 2), "at_most": most, "met": value <= most}


def machine() -> dict[str, Any]:
    """Where it was measured."""
    return {
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def show(console: Console, latency: Rows, overhead: Rows, cold: Rows, promised: Rows) -> None:
    """Prints everything."""
    tables = ((_latency, latency), (_overhead, overhead), (_cold, cold))
    console.print(*(table(rows) for table, rows in tables if rows))
    missed = [one for one in promised if not one["met"]]
    console.print(f"{len(promised) - len(missed)} of {len(promised)} targets met")
    for one in missed:
        console.print(f"  missed: {one['what']}: {one['value']} (at most {one['at_most']})")


def _latency(rows: Rows) -> Table:
    table = Table(title="Tool latency over HTTP, the load from another process", title_justify="left")
    for name in ("tool", "in flight", "side"):
        table.add_column(name)
    for name in ("p50 ms", "p99 ms", "calls/s", "CPU ms/call", "wrong"):
        table.add_column(name, justify="right")
    order = (OURS, FASTAPI, SQL)
    for row in rows:
        cpu = row["cpu_ms_per_call"]
        table.add_row(
            row["tool"] if row["side"] == OURS else "",
            str(row["in_flight"]) if row["side"] == OURS else "",
            row["side"],
            f"{row['p50_ms']:.1f}",
            f"{row['p99_ms']:.1f}",
            f"{row['per_second']:.0f}",
            "" if cpu is None else f"{cpu:.2f}",
            str(row["wrong_answers"] or ""),
            end_section=row["side"] == order[-1],
        )
    return table


def _overhead(rows: Rows) -> Table:
    table = Table(title="The handler in process, beside its own statements", title_justify="left")
    table.add_column("tool")
    for name in ("handler p50 ms", "bare SQL p50 ms", "overhead ms", "handler p99 ms"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = ("handler_p50_ms", "bare_sql_p50_ms", "overhead_p50_ms", "handler_p99_ms")
        table.add_row(row["tool"], *(f"{row[name]:.2f}" for name in figures))
    return table


def _cold(rows: Rows) -> Table:
    table = Table(title="Cold start: import to ready in a fresh process", title_justify="left")
    table.add_column("tool")
    table.add_column("median ms", justify="right")
    table.add_column("best ms", justify="right")
    table.add_column("CPU ms", justify="right")
    table.add_column("of the libraries'", justify="right")
    table.add_column("heaviest imports, ms (with the standard library they ask for)")
    for row in rows:
        heaviest = ", ".join(f"{one['package']} {one['ms']:.0f}" for one in row["heaviest_imports"])
        figures = ("median_ms", "best_ms", "cpu_median_ms")
        ratio = f"{row['ratio']:.2f}"
        table.add_row(row["tool"], *(f"{row[name]:.0f}" for name in figures), ratio, heaviest)
    return table
