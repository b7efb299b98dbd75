"""The load, in a process of its own: so many calls in flight, each one's next sent when its last is answered.

A closed loop: a stalled service is asked less, so its p99 is that of callers who wait, not of a queue that
grows without them. Bodies are made and signed before the clock starts; connections are kept.
Jobs come in by lines of JSON, what was measured goes out the same way.
"""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self, cast

from benchmarks.traffic import PROOFS, Asked, body
from frontdesk.vapi import origin


@dataclass
class Measured:
    """Of one job, or of several put together."""

    latencies_ms: list[float] = field(default_factory=list[float])
    elapsed_s: float = 0.0
    wrong: list[str] = field(default_factory=list[str])
    """What came instead of an answer that did the work."""

    @property
    def per_second(self) -> float:
        """Answers that did the work."""
        return len(self.latencies_ms) / self.elapsed_s if self.elapsed_s else 0.0

    @classmethod
    def together(cls, parts: Sequence["Measured"]) -> "Measured":
        """Of what ran at the same time."""
        return cls(
            [ms for part in parts for ms in part.latencies_ms],
            max(part.elapsed_s for part in parts),
            [wrong for part in parts for wrong in part.wrong],
        )


class Load:
    """The parent's side: one process that sends."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start_http(self, port: int, secret: str, lanes: int, seconds: float, asked: Sequence[Asked]) -> None:
        """Sends to a service on this machine; `result` waits for the end."""
        self._send({"port": port, "secret": secret, "lanes": lanes, "seconds": seconds}, asked)

    def start_sql(self, url: str, lanes: int, seconds: float, asked: Sequence[Asked]) -> None:
        """The same statements by the bare client, a connection and a thread for each lane."""
        self._send({"url": url, "lanes": lanes, "seconds": seconds}, asked)

    def result(self) -> Measured:
        """What the job that was started has measured."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load process ended; the lines above say why")
        return Measured(**json.loads(line))

    def _send(self, job: dict[str, Any], asked: Sequence[Asked]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({**job, "asked": [asdict(one) for one in asked]}) + "\n")
        self._process.stdin.flush()


class _Lane(asyncio.Protocol):
    """One kept connection, with one request on it at a time."""

    def __init__(self, requests: Iterator[tuple[bytes, bytes]], into: Measured) -> None:
        self._requests, self._into = requests, into
        self.until = 0.0
        self.done = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._sent = 0.0
        self._proof = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def next(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self.until else None
        if request is None:
            self._transport.close()
            return
        data, self._proof = request
        self._sent = time.perf_counter()
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        head, gap, content = self._buffer.partition(b"\r\n\r\n")
        if not gap or len(content) < _length(head):
            return
        self._buffer = b""
        if head.startswith(b"HTTP/1.1 200") and self._proof in content:
            self._into.latencies_ms.append((now - self._sent) * 1000)
        else:
            self._into.wrong.append(content.decode()[:300])
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])


def request(one: Asked, secret: str) -> bytes:
    """One HTTP request, signed as of now."""
    content = body(one)
    stamp = str(int(time.time() * 1000))
    head = (
        f"POST /vapi/tools/{one.tool} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"{origin.TIMESTAMP}: {stamp}\r\n{origin.SIGNATURE}: {origin.sign(content, stamp, secret)}\r\n"
        f"content-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _http(port: int, secret: str, lanes: int, seconds: float, asked: list[Asked]) -> Measured:
    made = [(request(one, secret), _escaped(PROOFS[one.tool])) for one in asked]
    loop = asyncio.get_running_loop()
    into = Measured()
    opened: list[_Lane] = []
    for number in range(lanes):
        lane = _Lane(iter(made[number::lanes]), into)
        await loop.create_connection(lambda lane=lane: lane, "127.0.0.1", port)
        opened.append(lane)
    began = time.perf_counter()
    for lane in opened:
        lane.until = began + seconds
        lane.next()
    await asyncio.gather(*(lane.done for lane in opened))
    into.elapsed_s = time.perf_counter() - began
    return into


def _escaped(proof: str) -> bytes:
    """As it stands in a `result`, which is JSON within JSON."""
    return json.dumps(proof)[1:-1].encode()


def _sql(url: str, lanes: int, seconds: float, asked: list[Asked]) -> Measured:
    from benchmarks import bare_sql

    connections = [bare_sql.connect(url) for _ in range(lanes)]
    into = Measured()
    starting = threading.Barrier(lanes + 1)

    def run(lane: int) -> None:
        connection = connections[lane]
        starting.wait()
        until = time.perf_counter() + seconds
        for one in asked[lane::lanes]:
            sent = time.perf_counter()
            if sent >= until:
                return
            bare_sql.ask(connection, one)
            into.latencies_ms.append((time.perf_counter() - sent) * 1000)

    threads = [threading.Thread(target=run, args=[lane]) for lane in range(lanes)]
    for thread in threads:
        thread.start()
    starting.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    into.elapsed_s = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return into


def _run(job: dict[str, Any]) -> Measured:
    import uvloop

    asked = [Asked(**one) for one in job.pop("asked")]
    if "port" in job:
        return uvloop.run(_http(**job, asked=asked))
    return _sql(**job, asked=asked)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(asdict(_run(json.loads(line)))), flush=True)
