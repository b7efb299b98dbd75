"""What was measured, as a table for people and as JSON for the record."""

import os
import platform
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.targets import Row, Rows
from benchmarks.tool_latency import FASTAPI, OURS, SQL


def machine() -> dict[str, Any]:
    """Where it was measured."""
    return {
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def show(console: Console, measured: Mapping[str, Rows], promised: Rows) -> None:
    """Prints what was measured, by the names in results.json, and what was promised of it."""
    tables = {
        "tool_latency": _latency,
        "sustained": _sustained,
        "overhead_over_bare_sql": _overhead,
        "cold_start": _cold,
        "function_init": _inits,
        "finder": _finder,
        "growth": _growth,
        "bookings": _bookings,
        "push": _push,
        "saves": _saves,
        "calls": _calls,
        "redaction": _redaction,
        "knowledge_quality": _knowledge_quality,
        "knowledge_latency": _knowledge_latency,
        "calendars": _calendars,
        "emr": _emr,
        "console": _console,
        "day": _day,
    }
    console.print(*(table(measured[name]) for name, table in tables.items() if measured[name]))
    missed = [one for one in promised if not one["met"]]
    console.print(f"{len(promised) - len(missed)} of {len(promised)} targets met")
    for one in missed:
        console.print(f"  missed: {one['what']}: {one['value']} (at most {one['at_most']})")


def _day(rows: Rows) -> Table:
    table = Table(title="A day of 2,000 clinics, calls coming as they come", title_justify="left")
    table.add_column("what")
    names = (
        *("calls", "seconds", "times_real", "peak_calls_per_second", "most_at_once", "p50_ms", "p99_ms"),
        *("late_p99_ms", "booked", "refused", "errors", "overlapping_visits"),
    )
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(row["what"], *(str(row[name]) for name in names))
    return table


def _console(rows: Rows) -> Table:
    table = Table(title="The clinic's pages, from event to HTML", title_justify="left")
    table.add_column("page")
    for name in ("calls", "p50 ms", "p95 ms", "kB", "bare queries"):
        table.add_column(name, justify="right")
    for row in rows:
        is_page = row["p50_ms"] is not None
        table.add_row(
            row["page"],
            f"{row['calls']:,}" if row["calls"] else "",
            f"{row['p50_ms']:.1f}" if is_page else "",
            f"{row['p95_ms']:.1f}" if is_page else "",
            f"{row['bytes'] / 1000:.1f}",
            str(row["of_a_query"]) if is_page else "",
        )
    return table


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


def _sustained(rows: Rows) -> Table:
    table = Table(title="Callers at once, each in one call after the other", title_justify="left")
    table.add_column("callers")
    names = (
        "seconds",
        "per_second",
        "p50_ms",
        "p99_ms",
        "errors",
        "nothing_free",
        "connections",
        "overlapping_visits",
    )
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(str(row["callers"]), *(str(row[name]) for name in names))
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


def _inits(rows: Rows) -> Table:
    table = Table(title="Init of every function, in Lambda's own client", title_justify="left")
    table.add_column("function")
    for name in ("p50 ms", "best ms", "CPU ms", "of the empty one's"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (f"{row[name]:.0f}" for name in ("init_p50_ms", "best_ms", "cpu_p50_ms"))
        table.add_row(row["function"], *figures, f"{row['ratio']:.2f}")
    return table


def _finder(rows: Rows) -> Table:
    table = Table(title="Free starts without a database, beside a finder that steps", title_justify="left")
    for name in ("providers", "days", "diary"):
        table.add_column(name)
    for name in ("first p50 ms", "p99 ms", "stepping p50 ms", "every p50 ms", "p99 ms", "stepping p50 ms"):
        table.add_column(name, justify="right")
    columns = ("first_p50_ms", "first_p99_ms", "stepping_first_p50_ms")
    columns += ("every_p50_ms", "every_p99_ms", "stepping_every_p50_ms")
    for row in rows:
        figures = (_figure(row, name) for name in columns)
        table.add_row(str(row["providers"]), str(row["days"]), row["diary"], *figures)
    return table


def _growth(rows: Rows) -> Table:
    title = "The finder's whole tool call in process, in a clinic with so many appointments"
    table = Table(title=title, title_justify="left")
    for name in ("appointments", "p50 ms", "p99 ms", "of the smallest's"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (_figure(row, name) for name in ("p50_ms", "p99_ms", "of_the_smallest"))
        table.add_row(f"{row['appointments']:,}", *figures)
    return table


def _bookings(rows: Rows) -> Table:
    table = Table(
        title="Sixty-four callers, each a process: free times, and races for one", title_justify="left"
    )
    table.add_column("way")
    headings = (
        "bookings/s",
        "loser p50 ms",
        "p99 ms",
        "race settled ms",
        "worst",
        "double bookings",
        "no answer",
    )
    for name in headings:
        table.add_column(name, justify="right")
    times = ("bookings_per_second", "loser_p50_ms", "loser_p99_ms")
    times += ("race_settled_p50_ms", "race_settled_worst_ms")
    for row in rows:
        counts = (str(row["double_bookings"]), str(row["without_an_answer"] or ""))
        table.add_row(row["way"], *(f"{row[name]:.0f}" if row[name] else "" for name in times), *counts)
    return table


def _figure(row: Row, name: str) -> str:
    return f"{row[name]:.2f}" if name in row else ""


def _push(rows: Rows) -> Table:
    table = Table(title="`frontdesk vapi push` of the whole tree, as a process", title_justify="left")
    table.add_column("push")
    names = ("ms a request", "s", "beyond start", "requests", "writes", "bare requests s", "public engine s")
    for name in names:
        table.add_column(name, justify="right")
    for row in rows:
        bare, public = row["bare_requests_s"], row["public_engine"]
        table.add_row(
            row["push"],
            str(row["latency_ms"]),
            f"{row['wall_s']:.2f}",
            f"{row['beyond_start_s']:.2f}",
            str(row["requests"]),
            str(row["writes"]),
            f"{bare:.2f}" if bare else "",
            f"{public['wall_s']:.0f}, unpaced {public['unpaced_s']:.1f}" if public else "",
        )
    return table


def _saves(rows: Rows) -> Table:
    table = Table(title="Agents saved and moved, with the queue between", title_justify="left")
    table.add_column("")
    for name in ("agents", "p50 ms", "p99 ms", "each ms"):
        table.add_column(name, justify="right")
    table.add_column("beside")
    for name in ("its ms", "times"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (_figure(row, name) for name in ("p50_ms", "p99_ms", "each_ms"))
        beside = (row["beside"], _figure(row, "beside_ms"), f"{row['times']:.3g}")
        table.add_row(row["what"], f"{row['count']:,}", *figures, *beside)
    return table


def _calls(rows: Rows) -> Table:
    table = Table(title="Calls that ring, and messages taken, in one process", title_justify="left")
    table.add_column("")
    headings = ("count", "p50 ms", "p99 ms", "kB", "messages/s", "a second of CPU", "times HMAC and JSON")
    for name in headings:
        table.add_column(name, justify="right")
    for row in rows:
        columns = ("p50_ms", "p99_ms", "kilobytes", "per_second", "per_second_of_cpu", "times_bare")
        table.add_row(row["what"], str(row["count"]), *(_figure(row, name) for name in columns))
    return table


def _knowledge_quality(rows: Rows) -> Table:
    table = Table(title="What a search finds of the labelled answers", title_justify="left")
    for name in ("way", "half", "pair"):
        table.add_column(name)
    for name in ("questions", "recall@1", "recall@3", "MRR", "rejected"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (row.get(name, "") for name in ("recall_1", "recall_3", "mrr", "rejected"))
        table.add_row(row["way"], row["split"], row["pair"], str(row["questions"]), *map(str, figures))
    return table


def _knowledge_latency(rows: Rows) -> Table:
    table = Table(title="A search among the passages of 500 clinics", title_justify="left")
    for name in ("what", "way"):
        table.add_column(name)
    for name in ("passages", "p50 ms", "p99 ms", "recall@10", "built s"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = (row.get(name, "") for name in ("p50_ms", "p99_ms", "recall", "built_s"))
        table.add_row(row["what"], row["way"], f"{row['passages']:,}", *map(str, figures))
    return table


def _emr(rows: Rows) -> Table:
    table = Table(title="Tools where the diary is in an EMR, over HTTP, p50 ms", title_justify="left")
    for name in ("EMR", "its ms a request", "tool"):
        table.add_column(name)
    for name in ("ms", "here", "times", "requests"):
        table.add_column(name, justify="right")
    for row in rows:
        columns = ("emr", "latency_ms", "tool", "p50_ms", "here_p50_ms", "times", "requests")
        table.add_row(*(str(row[name]) for name in columns))
    return table


def _calendars(rows: Rows) -> Table:
    table = Table(title="Calendars at vendors that take 100 ms a request", title_justify="left")
    table.add_column("")
    headings = (
        "count",
        "p50 ms",
        "p99 ms",
        "a minute",
        "requests each",
        "times a request",
        "s",
        "MB",
        "grown",
    )
    for name in headings:
        table.add_column(name, justify="right")
    columns = ("p50_ms", "p99_ms", "a_minute", "requests_each", "times", "took_s", "peak_mb", "grown_mb")
    for row in rows:
        table.add_row(
            row["what"], f"{row['count']:,}", *(f"{row[name]:g}" if name in row else "" for name in columns)
        )
    return table


def _redaction(rows: Rows) -> Table:
    table = Table(title="Redaction of the labelled lines", title_justify="left")
    for name in ("what", "language"):
        table.add_column(name)
    for name in (
        "marks or lines",
        "found",
        "other type",
        "false alarms",
        "MB/s",
        "100,000 characters s",
        "worst",
    ):
        table.add_column(name, justify="right")
    for row in rows:
        size = str(row.get("marks", row.get("lines", "")))
        recall = f"{row['recall']:.3f}" if "recall" in row else ""
        alarms = f"{row['false_alarms']:.3f}" if "false_alarms" in row else ""
        speed = (_figure(row, name) for name in ("mb_per_s", "ordinary_100k_s", "worst_100k_s"))
        table.add_row(
            row["what"], row["language"], size, recall, str(row.get("mistyped") or ""), alarms, *speed
        )
    return table
