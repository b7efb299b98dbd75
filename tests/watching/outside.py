"""Everybody else at the wire, when nothing goes well: servers that answer with a patient in their error."""

import json
import re
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.watching.marked import SAID, kept

_KEPT = re.compile(r"/messages/([a-z-]+)\.json")
_NOT_NOW = (80877103, 80877104)
"""What Postgres' clients ask first: for TLS, for Kerberos."""


@dataclass
class Servers:
    """AWS, Vapi, calendars, EMRs and the extension that reads secrets, at one address."""

    port: int
    status: int
    traces: list[str] = field(default_factory=list[str])
    """What was handed on to be traced."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def everybody(status: int) -> Generator[Servers]:
    """Answers every request with that status, and words of a patient."""

    class Handler(BaseHTTPRequestHandler):
        # In which who asks whether to go on is told so; in the older one S3's client waits for a second.
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
            servers.traces.append(self.headers.get("x-amzn-trace-id") or "")
            servers.traces += [part for part in sent.split('"') if part.startswith("Root=")]
            if self.path.startswith("/secretsmanager/get") and status == 200:
                told = {"SecretString": json.dumps({"username": "nobody", "password": "none"})}
            elif (found := _KEPT.search(self.path)) and status == 200:
                told = kept(found[1])
            else:
                told = {"__type": "InternalFailure", "message": SAID, "Message": SAID} | {
                    "error": {"message": SAID, "errors": [{"message": SAID}]},
                    "error_description": SAID,
                }
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.send_header("connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: what is printed is looked at."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    servers = Servers(server.server_address[1], status)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield servers
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def refusing_postgres() -> Generator[int]:
    """The port of a Postgres that lets nobody in, and says a patient's name why."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                _refuse(client)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def _refuse(client: socket.socket) -> None:
    while head := client.recv(8):
        length, code = struct.unpack("!ii", head)
        if code not in _NOT_NOW:
            client.recv(length - 8)
            fields = f"SFATAL\0VFATAL\0C53300\0M{SAID}\0D{SAID}\0\0".encode()
            client.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)
            return
        client.sendall(b"N")
