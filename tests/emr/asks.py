"""Lambda's Invoke API in this process: the function that asks EMRs, and what can go wrong on its way."""

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.db import connection as database
from frontdesk.emr import asking, connection
from frontdesk.emr.oscar_server import Server
from frontdesk.settings import settings
from functions.emr.ask.handler import handler
from local import demo
from tests.clinic import Clinic, Context
from tests.emr.oscars import OscarWorld

MAPLE = UUID(demo.MAPLE)
NAME = "ask-for-tests"
Reply = tuple[int, dict[str, str], bytes]


class Asks:
    """How the function is called from now on."""

    url = ""

    def __init__(self) -> None:
        self.instead: Callable[[bytes], Reply] | None = None
        """What is answered in its place."""
        self.drops_answers = False
        """Each is made, and its connection ended."""
        self.drips = False
        """Answers come byte by byte, without end."""
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        """Paths, headers and bodies."""
        self.connections = 0

    def reply(self, body: bytes) -> Reply:
        if self.instead:
            return self.instead(body)
        return 200, {}, json.dumps(handler(json.loads(body), Context())).encode()


@contextmanager
def asks() -> Generator[Asks]:
    """Answering until the block ends."""
    made = Asks()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            made.connections += 1
            super().setup()

        def finish(self) -> None:
            database.drop()
            super().finish()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.seen.append((self.path, dict(self.headers), body))
            status, headers, answer = made.reply(body)
            if made.drops_answers:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            for byte in answer if made.drips else ():
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
            self.wfile.write(b"" if made.drips else answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Writes nothing."""

    class Server_(ThreadingHTTPServer):  # noqa: N801
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Writes nothing of who hung up."""

    with Server_(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            yield made
        finally:
            forget()
            server.shutdown()
            thread.join()


@contextmanager
def asked_by(patched: pytest.MonkeyPatch) -> Generator[Asks]:
    """The function that asks EMRs, where a tool finds it; its secrets are moto's, in this process."""
    told = {"REGION": "ca-central-1", "DEFAULT_REGION": "ca-central-1"}
    for name, value in (told | {"ACCESS_KEY_ID": "a-key", "SECRET_ACCESS_KEY": "a-secret"}).items():
        patched.setenv(f"AWS_{name}", value)
    patched.delenv("AWS_SESSION_TOKEN", raising=False)
    patched.setenv("FRONTDESK_EMR_FUNCTION", NAME)
    aws.client.cache_clear()
    with mock_aws(), asks() as made:
        patched.setenv("AWS_ENDPOINT_URL_LAMBDA", made.url)
        settings.cache_clear()
        yield made
    aws.client.cache_clear()
    settings.cache_clear()


@dataclass
class AskedWorld(OscarWorld):
    """An OSCAR whose clinic's tools ask it."""

    def another(self, **other: Any) -> Any:
        return asking.emr_of(MAPLE)


def forget() -> None:
    """As a new process: nothing is open."""
    while asking._idle:  # pyright: ignore[reportPrivateUsage]
        asking._idle.pop()[2].close()  # pyright: ignore[reportPrivateUsage]
    while connection._opened:  # pyright: ignore[reportPrivateUsage]
        connection._opened.popitem()[1].emr.close()  # pyright: ignore[reportPrivateUsage]


def connect(clinic: Clinic, server: Server) -> UUID:
    """The clinic's EMR is that OSCAR, by its row and its secret."""
    described = {
        "base_url": server.base_url,
        "flavour": server.flavour,
        "codes": [one._asdict() for one in server.codes],
    }
    access = server.access and server.access._asdict()
    keep(clinic.org_id, {"user": server.user, "password": server.password, "access": access})
    clinic.do("UPDATE organizations SET emr = 'oscar', time_zone = %s", server.time_zone)
    clinic.do(
        "INSERT INTO emr_connections (org_id, server) VALUES (%s, %s)", clinic.org_id, json.dumps(described)
    )
    return UUID(clinic.org_id)


def keep(org_id: str, login: dict[str, Any]) -> None:
    """In Secrets Manager."""
    name = f"frontdesk/{settings().stage}/emr/{org_id}"
    made: Any = boto3.client("secretsmanager")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    made.create_secret(Name=name, SecretString=json.dumps(login))  # pyright: ignore[reportUnknownMemberType]
