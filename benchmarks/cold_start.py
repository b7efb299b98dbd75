"""From nothing to ready: importing each tool's handler in a fresh process, from the bundle that ships.

Its bytecode is valid as it is in Lambda; like Lambda's, the interpreter has no packages of its own. Beside
the tools stand the libraries alone, for a machine that is slow or busy is so to both.
"""

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Final

from frontdesk.tool import Need
from infra.discovery import tools
from infra.packaging import Bundle, bundle

RUNS: Final = 7
FEWEST_RUNS: Final = 3
ENOUGH_S: Final = 45
TOO_HEAVY: Final = ("boto3", "botocore", "httpx", "pydantic_settings", "aws_xray_sdk", "phonenumbers")
"""What no tool may import before it is asked, unless it asks AWS for vectors."""
LIBRARIES: Final = "the libraries alone"
"""What anybody pays who speaks to Postgres, checks arguments, logs and counts with these libraries."""

_HANDLER: Final = "import functions.tools.{tool}.handler"
# Without a look for garbage, as `frontdesk` imports too.
_LIBRARIES: Final = """
import gc
gc.disable()
import psycopg
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics
from pydantic import BaseModel
class Answer(BaseModel):
    say: str
logger, metrics = Logger(service="libraries"), Metrics(namespace="libraries")
"""
_READY: Final = """
import os, sys, time
sys.path[:0] = {path!r}
began, spent = time.perf_counter(), time.process_time()
{work}
took, spent = time.perf_counter() - began, time.process_time() - spent
print(took * 1000, spent * 1000, *({too_heavy!r} & sys.modules.keys()))
"""
_LINE: Final = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \| (\s*)(\S+)")


def measure(out: Path) -> list[dict[str, Any]]:
    """A row for the libraries and for each tool: medians of runs, which take turns, and the heaviest imports.

    On a busy machine there are fewer runs, and the time on the clock says less than the processor's; so it is
    by the processor's that `ratio` sets a tool beside the libraries.
    """
    until = time.monotonic() + ENOUGH_S
    built = bundle(out, "host")
    measured = [LIBRARIES, *sorted(path.name for path in built.task("tools").iterdir())]
    _fresh(built, measured[-1])  # so that files are in the page cache
    took: dict[str, list[float]] = {name: [] for name in measured}
    spent: dict[str, list[float]] = {name: [] for name in measured}
    heavy: dict[str, set[str]] = {name: set() for name in measured}
    for run in range(RUNS):
        if run >= FEWEST_RUNS and time.monotonic() > until:
            break
        for name in measured:
            ms, cpu_ms, *found = _fresh(built, name).stdout.split()
            took[name].append(float(ms))
            spent[name].append(float(cpu_ms))
            heavy[name] |= set(found)
    return [
        {
            "tool": name,
            "median_ms": round(median(took[name]), 1),
            "best_ms": round(min(took[name]), 1),
            "cpu_median_ms": round(median(spent[name]), 1),
            "ratio": round(median(spent[name]) / median(spent[LIBRARIES]), 2),
            "runs": len(took[name]),
            "heaviest_imports": _heaviest(_fresh(built, name, "-X", "importtime").stderr),
            "too_heavy": sorted(heavy[name]),
            "asks_aws": name in _asking_aws(),
        }
        for name in measured
    ]


def _fresh(built: Bundle, measured: str, *options: str) -> "subprocess.CompletedProcess[str]":
    python = getattr(sys, "_base_executable", sys.executable)  # not the environment's
    path = [str(layer / "python") for layer in (built.core, built.dependencies)]
    work = _LIBRARIES
    if measured != LIBRARIES:
        path.insert(0, str(built.task(f"tools/{measured}")))
        if measured in _asking_aws():
            path.append(_aws())  # Lambda's own runtime has it, behind what is shipped
        work = _HANDLER.format(tool=measured)
    code = _READY.format(path=path, work=work, too_heavy=set(TOO_HEAVY))
    # By this Lambda's environment tells a function that it is one.
    environment = {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": measured}
    return subprocess.run(
        [python, "-I", *options, "-c", code], capture_output=True, text=True, check=True, env=environment
    )


@cache
def _asking_aws() -> set[str]:
    return {tool.name for tool in tools() if Need.EMBEDDER in tool.needs}


def _aws() -> str:
    found = importlib.util.find_spec("boto3")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parents[1])


def _heaviest(report: str) -> list[dict[str, Any]]:
    """The three packages with the largest time of their own modules, each with what it alone pulled in.

    A module's own time is counted for the outside package that asked for it, so psycopg pays for asyncio.
    """
    spent: dict[str, int] = {}
    payer: list[tuple[int, str]] = []
    # Children are printed before their parents: read from the end, a parent comes first.
    for own, _, indent, name in _modules(report):
        while payer and payer[-1][0] >= indent:
            payer.pop()
        package = name.partition(".")[0]
        pays = payer[-1][1] if payer and package in sys.stdlib_module_names else package
        payer.append((indent, pays))
        spent[pays] = spent.get(pays, 0) + own
    ours = {"functions", "frontdesk"}
    ranked: Sequence[str] = sorted(spent, key=lambda name: -spent[name])
    return [
        {"package": name, "ms": round(spent[name] / 1000, 1)}
        for name in ranked
        if name not in ours and name not in sys.stdlib_module_names
    ][:3]


def _modules(report: str) -> list[tuple[int, int, int, str]]:
    found = [_LINE.match(line) for line in report.splitlines()]
    return [(int(m[1]), int(m[2]), len(m[3]), m[4]) for m in reversed(found) if m]
