"""How long a caller waits for a tool, and what of a processor it takes: ours, FastAPI's, Postgres alone."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from statistics import median, quantiles
from typing import Any, Final

import psutil

from benchmarks import clinic, traffic
from benchmarks.clinic import Clinic
from benchmarks.load import Load, Measured, request
from local import child
from local.stack import Stack

WORKERS: Final = 2
IN_FLIGHT: Final = (1, 16, 64)
ROUNDS: Final = 3
SECONDS: Final = 1.0
OURS, FASTAPI, SQL = "frontdesk", "FastAPI", "bare SQL"

_MOST_A_SECOND: Final = {OURS: 1000, FASTAPI: 1000, SQL: 3000}
"""How many calls are made ready for one second; none has come near."""


@dataclass
class Cell:
    """One tool, one side, so many in flight, over all rounds."""

    tool: str
    side: str
    in_flight: int
    latencies_ms: list[float] = field(default_factory=list[float])
    per_second: list[float] = field(default_factory=list[float])
    cpu_ms: list[float] = field(default_factory=list[float])
    wrong: list[str] = field(default_factory=list[str])

    def summary(self) -> dict[str, Any]:
        """As it stands in results.json: the answers of all rounds together, the median of their rates."""
        cuts = quantiles(self.latencies_ms, n=100)
        return {
            "tool": self.tool,
            "side": self.side,
            "in_flight": self.in_flight,
            "p50_ms": round(cuts[49], 2),
            "p99_ms": round(cuts[98], 2),
            "per_second": round(median(self.per_second), 1),
            "cpu_ms_per_call": round(median(self.cpu_ms), 3) if self.cpu_ms else None,
            "rounds": len(self.per_second),
            "answers": len(self.latencies_ms),
            "wrong_answers": len(self.wrong),
        }


@dataclass
class Service:
    """A tool service that listens on this machine."""

    port: int
    secret: str
    workers: list[psutil.Process]

    @property
    def cpu_s(self) -> float:
        """What its workers have used of the processors."""
        spent = [worker.cpu_times() for worker in self.workers]
        return sum(times.user + times.system for times in spent)


def measure(stack: Stack, made: Clinic, say: Callable[[str], None], *, until: float) -> list[Cell]:
    """Every tool on every side with so many in flight, in rounds that begin with another side each.

    A round that would not end before `until`, on the monotonic clock, is left out, save the first.

    Raises `AssertionError` when the two services answer differently: then they don't do the same job.
    """
    addresses = stack.addresses
    with ExitStack() as ends:
        fastapi = ends.enter_context(fastapi_service(addresses.app_database_url, addresses.vapi_hmac.secret))
        ours = _ours(addresses.api_url, addresses.vapi_hmac.secret)
        loads = [ends.enter_context(Load()) for _ in range(WORKERS)]
        same_answers(
            partial(post, ours), partial(post, fastapi), made, lambda: clinic.forget(addresses.database_url)
        )
        cells = {
            (tool, side, n): Cell(tool, side, n)
            for tool in traffic.TOOLS
            for n in IN_FLIGHT
            for side in (OURS, FASTAPI, SQL)
        }
        took = 0.0
        for number in range(-1, ROUNDS):
            began = time.monotonic()
            if number > 0 and began + took > until:
                break
            say(f"round {number + 1} of {ROUNDS}" if number >= 0 else "warming up")
            for tool, in_flight, side in _order(number):
                if number < 0 and in_flight != 16:
                    continue
                asked = traffic.asked(
                    tool, made, int(_MOST_A_SECOND[side] * SECONDS), at_once=in_flight, seed=in_flight
                )
                service = {OURS: ours, FASTAPI: fastapi}.get(side)
                spent = service.cpu_s if service else 0
                if service:
                    loads[0].start_http(service.port, service.secret, in_flight, SECONDS, asked)
                    measured = loads[0].result()
                else:
                    measured = _bare(loads, addresses.app_database_url, in_flight, asked)
                if number >= 0:
                    cell = cells[tool, side, in_flight]
                    cell.latencies_ms += measured.latencies_ms
                    cell.per_second.append(measured.per_second)
                    cell.wrong += measured.wrong
                    if service and measured.latencies_ms:
                        cell.cpu_ms.append((service.cpu_s - spent) * 1000 / len(measured.latencies_ms))
                clinic.forget(addresses.database_url)
            took = time.monotonic() - began
        return list(cells.values())


def _order(number: int) -> Iterator[tuple[str, int, str]]:
    sides = (OURS, FASTAPI, SQL)
    turned = sides[number % 3 :] + sides[: number % 3]
    return ((tool, n, side) for tool in traffic.TOOLS for n in IN_FLIGHT for side in turned)


def _bare(loads: Sequence[Load], url: str, in_flight: int, asked: Sequence[traffic.Asked]) -> Measured:
    """The lanes shared out to as many processes as the services have workers."""
    used = loads[: min(in_flight, len(loads))]
    for number, load in enumerate(used):
        load.start_sql(url, in_flight // len(used), SECONDS, asked[number :: len(used)])
    return Measured.together([load.result() for load in used])


def same_answers(
    ours: Callable[[traffic.Asked], bytes],
    fastapi: Callable[[traffic.Asked], bytes],
    made: Clinic,
    forget: Callable[[], None],
) -> None:
    """Asks both the same things and compares field by field, all but the ids of new rows."""
    new_ids = {"slotId", "appointmentId"}
    for tool in traffic.TOOLS:
        asked = traffic.asked(tool, made, 25, at_once=25, seed=25)
        answers: list[list[dict[str, Any]]] = []
        for answer in (ours, fastapi):
            raw = [answer(one) for one in asked]
            read = chain.from_iterable(traffic.results(one) for one in raw)
            answers.append([{k: v for k, v in one.items() if k not in new_ids} for one in read])
            forget()
        for one, other in zip(*answers, strict=True):
            if other != one:
                raise AssertionError(f"{tool}: ours answers {one}, FastAPI {other}")


def post(service: Service, one: traffic.Asked) -> bytes:
    """The body of its answer."""
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        line.sendall(request(one, service.secret).replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    return answer.partition(b"\r\n\r\n")[2]


def _ours(api_url: str, secret: str) -> Service:
    workers = [p for p in psutil.Process().children() if "local.worker" in p.cmdline()]
    return Service(int(api_url.rpartition(":")[2]), secret, workers)


@contextmanager
def fastapi_service(database_url: str, secret: str) -> Generator[Service]:
    """FastAPI's, in processes of its own."""
    port = child.free_port()
    served = [f"--port={port}", f"--workers={WORKERS}", "--loop=uvloop", "--http=httptools"]
    quiet = ["--no-access-log", "--log-level=warning"]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "benchmarks.fastapi_service:app", *served, *quiet],
        env={
            **os.environ,
            "FRONTDESK_DATABASE_URL": database_url,
            "FRONTDESK_VAPI_HMAC_SECRETS": f'["{secret}"]',
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Service(port, secret, _workers(process, port))
    finally:
        process.terminate()
        process.wait(10)


def _workers(process: "subprocess.Popen[bytes]", port: int) -> list[psutil.Process]:
    """The processes that answer, once they do."""
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                if line.recv(100):
                    children = psutil.Process(process.pid).children()
                    return [one for one in children if "spawn_main" in str(one.cmdline())]
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the FastAPI service did not start")
