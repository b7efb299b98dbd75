"""Calls that ring, with the database and without it, and messages taken off Vapi's hands; in one process.

The handler of `POST /vapi/messages` gets API Gateway's events, one after the other. S3 and SQS are a process
of their own that answers at once (moto would be what is measured), so what AWS itself takes is not in it.
Beside the messages stands what no server can leave out: the signature over the body, and reading it.

python -m benchmarks.calls < nothing
"""

import json
import os
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median, quantiles
from threading import Thread
from typing import Any, Final
from uuid import UUID

import psycopg

from benchmarks import apart
from benchmarks.database import SECRET, Database
from benchmarks.in_function import Context
from local import demo
from local.aws import REGION

MAPLE_NUMBER: Final = "+16045550100"
RINGS: Final = 300
MESSAGES: Final = 600
_WARM_UP: Final = 20
WARM: Final = "answered by the database"
BY_MEMORY: Final = "database stopped, copy in memory"
BY_STORE: Final = "database stopped, copy in S3"
TAKEN: Final = "status-update taken"
REPORTED: Final = "report of 200 kB taken"
_NOWHERE: Final = "postgresql://nobody@127.0.0.1:9/frontdesk"


class _Aws(BaseHTTPRequestHandler):
    """Takes every object and every message, and gives back the object that was put there last."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two packets, and would wait 40 ms for each other
    objects: Final[dict[str, bytes]] = {}

    def do_PUT(self) -> None:
        self.objects[self.path] = self.rfile.read(int(self.headers["content-length"]))
        self._say(b"")

    def do_GET(self) -> None:
        self._say(self.objects[self.path])

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._say(b'{"Successful": [], "Failed": []}')

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Nothing."""

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def measure(empty: Database, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row each way to answer, and each size of message."""
    demo.seed(empty.owner_url)
    with psycopg.connect(empty.owner_url) as owner:
        owner.execute("INSERT INTO vapi_squads (name, vapi_id) VALUES ('frontdesk', 'squad-1')")
    say("calls that ring, and messages")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Aws)
    Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **empty.environment,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "NO_PROXY": "127.0.0.1",
        "FRONTDESK_STORE": "calls",
        "FRONTDESK_QUEUE_URL": f"http://127.0.0.1:{server.server_port}/000000000000/on_message",
    }
    try:
        return apart.ask("benchmarks.calls", environment, None)
    finally:
        server.shutdown()


def _all(_: object) -> list[dict[str, Any]]:
    from frontdesk.calls import entries
    from frontdesk.db import connection
    from frontdesk.settings import settings

    rows = [_rings(WARM, lambda: None, "agent")]
    entries.keep(UUID(demo.MAPLE), time.monotonic() + 5)
    os.environ["FRONTDESK_DATABASE_URL"] = _NOWHERE
    settings.cache_clear()
    connection.drop()
    rows.append(_rings(BY_MEMORY, lambda: None, "copy"))
    rows.append(_rings(BY_STORE, entries.forget, "copy"))
    words = "I would like to come on Tuesday. " * 6
    said = [{"role": "user", "message": words, "time": n} for n in range(900)]
    rows += [_messages(TAKEN, {"status": "in-progress"}, MESSAGES)]
    rows += [_messages(REPORTED, {"artifact": {"messages": said}}, MESSAGES // 6)]
    return rows


def _rings(what: str, before: Callable[[], None], how: str) -> dict[str, Any]:
    from frontdesk.calls import arrival

    took: list[float] = []
    for n in range(RINGS + _WARM_UP):
        message = _message("assistant-request", f"ring-{what}-{n}", {})
        before()
        began = time.perf_counter()
        found = arrival.answer(message, time.monotonic() + 6)
        took.append((time.perf_counter() - began) * 1000)
        if found.how != how:
            raise AssertionError(found)
    took = took[_WARM_UP:]
    return {
        "what": what,
        "count": RINGS,
        "p50_ms": round(median(took), 2),
        "p99_ms": round(quantiles(took, n=100)[98], 2),
    }


def _messages(what: str, fields: dict[str, Any], count: int) -> dict[str, Any]:
    from frontdesk.calls.receiving import handler
    from frontdesk.vapi import origin

    kind = "end-of-call-report" if "artifact" in fields else "status-update"
    events: list[dict[str, Any]] = []
    for n in range(count + _WARM_UP):
        body = json.dumps({"message": _message(kind, f"call-{n}", fields)})
        stamp = str(int(time.time() * 1000))
        headers = {origin.TIMESTAMP: stamp, origin.SIGNATURE: origin.sign(body.encode(), stamp, SECRET)}
        events.append({"headers": headers, "body": body, "isBase64Encoded": False})
    for event in events[:_WARM_UP]:
        handler(event, Context())
    began, spent = time.perf_counter(), time.process_time()
    for event in events[_WARM_UP:]:
        if handler(event, Context())["statusCode"] != 200:
            raise AssertionError(what)
    took_s, spent_s = time.perf_counter() - began, time.process_time() - spent
    began = time.perf_counter()
    for event in events[_WARM_UP:]:
        body = event["body"].encode()
        origin.sign(body, event["headers"][origin.TIMESTAMP], SECRET)
        json.loads(body)
    bare_s = time.perf_counter() - began
    return {
        "what": what,
        "count": count,
        "kilobytes": round(len(events[0]["body"]) / 1000, 1),
        "per_second": round(count / took_s, 1),
        "per_second_of_cpu": round(count / spent_s, 1),
        "bare_ms": round(bare_s / count * 1000, 3),
        "times_bare": round(took_s / bare_s, 1),
    }


def _message(kind: str, call: str, fields: dict[str, Any]) -> dict[str, Any]:
    customer = {"number": "+16045550123"}
    return {
        "type": kind,
        "timestamp": 1_760_000_000_000,
        "call": {"id": call, "type": "inboundPhoneCall", "customer": customer},
        "phoneNumber": {"number": MAPLE_NUMBER},
        "customer": customer,
        **fields,
    }


if __name__ == "__main__":
    sys.exit(apart.answer(_all))
