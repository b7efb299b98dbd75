"""OSCAR's one-time approval: somebody of the clinic says yes in a browser; what comes back is taken here."""

import select
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cli.explained import Misnamed

HOST: Final = "127.0.0.1"
_PAGE: Final = (
    b'<!doctype html><html lang="en"><meta charset="utf-8"><title>frontdesk</title>'
    b"<p>Thank you. You can close this page.</p></html>"
)


class Waiting:
    """Listens on this machine for the browser that is sent back; the verifier may also be pasted."""

    def __init__(self, port: int) -> None:
        """Port 0 picks one. Raises `Misnamed` when it is taken."""
        waiting = self
        self._found: dict[str, str] = {}

        class Back(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = waiting.take(self.path)
                self.send_response(200 if known else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(_PAGE if known else b"")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
                """Writes nothing: the verifier is in the address."""

        try:
            self._server = HTTPServer((HOST, port), Back)
        except OSError as taken:
            raise Misnamed(f"port {port} is taken on this machine; name another with --port") from taken
        self.url = f"http://{HOST}:{self._server.server_port}/"

    def take(self, text: str) -> bool:
        """Whether an address, or the bare verifier, says who came back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(text.strip()).query).items()}
        if "oauth_verifier" in query:
            self._found = query
        return "oauth_verifier" in query

    def verifier(self, token: str, ends_s: float, ready: Callable[[], object] = lambda: None) -> str:
        """Of the request of that token; raises `Misnamed` when nobody approves within so many seconds."""
        listening: list[Any] = [self._server, *_terminal()]
        ready()
        while not self._found:
            there = select.select(listening, [], [], ends_s)[0]
            if not there:
                raise Misnamed("nobody has approved it; begin again")
            if self._server in there:
                self._server.handle_request()
            for typed in there:
                if typed is self._server:
                    continue
                line = typed.readline()
                if not line:
                    listening.remove(typed)
                elif not self.take(line) and line.strip():
                    return line.strip()
        if self._found.get("oauth_token", token) != token:
            raise Misnamed("another approval came back; begin again")
        return self._found["oauth_verifier"]

    def close(self) -> None:
        """Listens no more."""
        self._server.server_close()


def _terminal() -> list[Any]:
    """What somebody may type into."""
    try:
        sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return []
    return [sys.stdin]
