"""Every function's cold start in Lambda's own Python client: from its start to its first asking for work.

Started as in AWS's emulator, from the bundle that ships, with the template's variables. In the emulator's
place stands a socket: the emulator's own "Init Duration" is no measurement, and nothing is invoked. Beside
the functions stands a handler that does nothing, in the same run: what interpreter and client take alone.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from infra import routes
from infra.discovery import folders
from infra.template import template
from local import rie
from local.child import HOST
from local.rie import Runtime

RUNS: Final = 3
ENOUGH_S: Final = 180
"""No further round is begun after so long."""
NOTHING: Final = "an empty handler"
_FOLDER: Final = "benchmarks/nothing"
_START_S: Final = 20.0
_NEXT: Final = b"GET /2018-06-01/runtime/invocation/next "
# None is reached: what is connected to at import would fail here, and belongs to the first question.
_ENVIRONMENT: Final = {
    "FRONTDESK_STAGE": "local",
    "FRONTDESK_DATABASE_URL": f"postgresql://{HOST}:1/none",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}


def measure(bundle: Path, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each function and the empty handler, the quickest first; rounds go through all of them.

    `ratio` is by the processor's time, for a busy machine makes the clock's longer. The first round isn't
    counted: it brings files into the page cache.
    """
    until = time.monotonic() + ENOUGH_S
    runtime = Runtime(rie.fetched(), rie.bundled(bundle).root)
    handler = runtime.bundle / "tasks" / _FOLDER / "functions" / _FOLDER / "handler.py"
    handler.parent.mkdir(parents=True, exist_ok=True)
    handler.write_text("def handler(event, context):\n    pass\n", encoding="utf-8")
    started = dict(_functions())
    say(f"{len(started)} functions' starts in Lambda's client")
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in started}
    for number in range(RUNS + 1):
        if number > 1 and time.monotonic() > until:
            break
        for name, called in started.items():
            one = start(runtime, called)
            if number:
                took[name].append(one)
    clock = {name: median(ms for ms, _ in runs) for name, runs in took.items()}
    spent = {name: median(cpu_ms for _, cpu_ms in runs) for name, runs in took.items()}
    return [
        {
            "function": name,
            "init_p50_ms": round(clock[name], 1),
            "best_ms": round(min(ms for ms, _ in took[name]), 1),
            "cpu_p50_ms": round(spent[name], 1),
            "ratio": round(spent[name] / spent[NOTHING], 2),
            "starts": len(took[name]),
        }
        for name in sorted(spent, key=lambda name: spent[name])
    ]


def _functions() -> Iterator[tuple[str, routes.Called]]:
    """By folder, as the template has them. Raises `KeyError` for one on disk that isn't in it."""
    by_handler = {one.handler: one for one in routes.functions(template())}
    found = {
        folder: by_handler[f"functions.{folder.replace('/', '.')}.handler.handler"] for folder in folders()
    }
    some = next(iter(found.values()))
    nothing = f"functions.{_FOLDER.replace('/', '.')}.handler.handler"
    yield NOTHING, replace(some, function="Nothing", handler=nothing, environment={})
    yield from found.items()


def start(runtime: Runtime, called: routes.Called) -> tuple[float, float]:
    """Milliseconds on the clock and of the processor. Raises `RuntimeError` with what was said instead."""
    known = {name: value for name, value in called.environment.items() if value is not None}
    client = runtime.client(asdict(called), known | _ENVIRONMENT)
    with socket.create_server((HOST, 0)) as listening:
        listening.settimeout(_START_S)
        environment = client.environment | {"AWS_LAMBDA_RUNTIME_API": f"{HOST}:{listening.getsockname()[1]}"}
        began = time.perf_counter()
        process = subprocess.Popen(
            client.command,
            cwd=client.task,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            asking, _ = listening.accept()
            with asking:
                asked = asking.recv(65536)
                took = time.perf_counter() - began
                if not asked.startswith(_NEXT):
                    asked += _rest(asking)
        finally:
            process.send_signal(signal.SIGKILL)
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = -signal.SIGKILL  # waited for already
    if not asked.startswith(_NEXT):
        raise RuntimeError(f"{called.handler} did not start: {asked.decode(errors='replace')[-500:]}")
    return took * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def _rest(asking: socket.socket) -> bytes:
    """What else is said, until nothing comes for a second: the body of an error follows its head."""
    asking.settimeout(1)
    said = b""
    with suppress(TimeoutError):
        while more := asking.recv(65536):
            said += more
    return said
