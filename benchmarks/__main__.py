"""`make bench`: three measurements on this machine, in under four minutes, and what came of the promises.

python -m benchmarks [latency|overhead|cold ...]
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks import clinic, cold_start, in_function, report, tool_latency, traffic
from infra.packaging import ROOT
from local import stack

RESULTS: Final = Path(__file__).with_name("results.json")
BUNDLE: Final = ROOT / "build" / "benchmarks"
_ENOUGH_S: Final = 225
"""On a busy machine rounds are left out, so that the whole stays under four minutes."""
METHOD: Final = (
    f"{tool_latency.WORKERS} workers a service; Postgres, services and load share the processors. "
    "Closed loop: so many kept connections, the next request when the last is answered. "
    f"At most {tool_latency.ROUNDS} rounds of {tool_latency.SECONDS:g} s a cell, sides in turn, each from "
    "the same database: 5,000 patients, 4 doctors, half of the times taken, fsync off. Bare SQL: as many "
    f"connections as calls in flight, shared by {tool_latency.WORKERS} processes. CPU: of the workers alone."
)


def main() -> None:
    """Measures what is named, or everything; only everything is recorded."""
    named = sys.argv[1:]
    parts = set(named or ("latency", "overhead", "cold"))
    os.environ.pop("FRONTDESK_DATABASE_URL", None)  # a server of its own, whatever else is running
    console = Console(width=None if sys.stdout.isatty() else 118)
    said = Console(stderr=True)
    began = time.monotonic()
    where = report.machine()
    latency: list[dict[str, Any]] = []
    overhead: list[dict[str, Any]] = []
    cold: list[dict[str, Any]] = []
    if "cold" in parts:
        said.print("cold starts")
        cold = cold_start.measure(BUNDLE)
    if parts & {"latency", "overhead"}:
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
                for tool in traffic.TOOLS:
                    said.print(f"{tool} in process")
                    overhead.append(in_function.measure(tool, environment, made))
                    clinic.forget(addresses.database_url)
            if "latency" in parts:
                cells = tool_latency.measure(running, made, said.print, until=began + _ENOUGH_S)
                latency = [cell.summary() for cell in cells]
                for wrong in [cell.wrong[0] for cell in cells if cell.wrong]:
                    said.print(f"a wrong answer: {wrong}", markup=False)
    promised = report.targets(latency, overhead, cold)
    report.show(console, latency, overhead, cold, promised)
    if not named:
        results = {
            "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "took_s": round(time.monotonic() - began),
            "machine": where,
            "method": METHOD,
            "tool_latency": latency,
            "overhead_over_bare_sql": overhead,
            "cold_start": cold,
            "targets": promised,
        }
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        console.print(f"written to {RESULTS.relative_to(ROOT)}, after {results['took_s']} s")


if __name__ == "__main__":
    main()
