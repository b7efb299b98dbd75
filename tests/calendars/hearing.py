"""The desk's public address as vendors reach it, and the queue that hints end in, both on loopback."""

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import make_server

from functions.calendars.hints.handler import handler
from local import api_gateway
from local.aws import ask, queue_url
from local.moto_server import Silent
from tests.clinic import Context

Event = dict[str, Any]


@dataclass
class Address:
    """What was posted to it, as the function gets it. Handshakes are answered at once, by the function."""

    url: str = ""
    posts: list[Event] = field(default_factory=list[Event])
    news: threading.Condition = field(default_factory=threading.Condition)
    shakes: bool = True
    """Whether handshakes are."""
    meanwhile: Callable[[], object] | None = None
    """Done once, in the midst of the next handshake."""

    def heard(self, count: int) -> list[Event]:
        """The first so many posts; fails after some seconds. They are forgotten."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.posts) >= count, 5), self.posts
            taken, self.posts = self.posts[:count], self.posts[count:]
            return taken

    def answers(self, count: int) -> list[int]:
        """What the function answers to each of the first so many posts."""
        return [answer(event) for event in self.heard(count)]


def answer(event: Event, seconds: float = 5) -> int:
    """The function's, by its status."""
    return handler(event, Context(seconds))["statusCode"]


def posted(path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Event:
    """The event of a request to `/calendars/google/hints` or the like, perhaps with a query."""
    parts = urlsplit(path)
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    request = api_gateway.Request("POST", parts.path, parts.query, raw, body, "203.0.113.7")
    vendor = parts.path.split("/")[2]
    return api_gateway.event(request, "POST /calendars/{vendor}/hints", {"vendor": vendor}, now=time.time())


@contextmanager
def address() -> Generator[Address]:
    """One that vendors can reach."""
    made = Address()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            event = posted(self.path, dict(self.headers.items()), body)
            status, lines, text = 200, [(b"content-type", b"text/plain")], b""
            if "validationToken" in self.path:
                doing, made.meanwhile = made.meanwhile, None
                if doing:
                    doing()
                if made.shakes:
                    status, lines, text = api_gateway.response(handler(event, Context(5)))
            else:
                with made.news:
                    made.posts.append(event)
                    made.news.notify_all()
            self.send_response(status)
            for name, value in lines:
                self.send_header(name.decode(), value.decode())
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _serving(server):
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made


@dataclass(frozen=True)
class Queue:
    """An SQS queue at the wire, in moto's server: what asks AWS without boto3 finds it too."""

    endpoint: str
    url: str

    def taken(self) -> list[dict[str, Any]]:
        """The messages in it, which are gone then."""
        found: list[dict[str, Any]] = []
        asked = {"QueueUrl": self.url, "MaxNumberOfMessages": 10}
        while told := ask(self.endpoint, "AmazonSQS.ReceiveMessage", asked).get("Messages"):
            found += [json.loads(one["Body"]) for one in told]
            for one in told:
                deleted = {"QueueUrl": self.url, "ReceiptHandle": one["ReceiptHandle"]}
                ask(self.endpoint, "AmazonSQS.DeleteMessage", deleted)
        return found


@contextmanager
def queue() -> Generator[Queue]:
    """An empty one."""
    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Silent
    )
    with _serving(server):
        endpoint = f"http://127.0.0.1:{server.server_port}"
        ask(endpoint, "AmazonSQS.CreateQueue", {"QueueName": "sync"})
        made = Queue(endpoint, queue_url(endpoint, "sync"))
        made.taken()  # moto's queues live as long as the process
        yield made


@contextmanager
def _serving(server: Any) -> Generator[None]:
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
