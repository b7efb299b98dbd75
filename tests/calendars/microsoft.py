"""A Microsoft of a test's own: the stand-in of Graph, served by a thread, with what a test asks of it."""

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from local import graph
from tests.served import served

CLIENT = ("frontdesk-app", "a-client-secret")
DOCTOR = "wei.chen@maple.example"
HOME = "priya@outlook.example"
"""A personal account."""
CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"


@dataclass(frozen=True)
class Microsoft:
    """Where it is and what it is told."""

    url: str
    http: httpx.Client

    @property
    def token_url(self) -> str:
        return f"{self.url}/common/oauth2/v2.0/token"

    @property
    def consent_url(self) -> str:
        return f"{self.url}/common/oauth2/v2.0/authorize"

    def faults(self, *faults: dict[str, Any]) -> None:
        """Sets these in place of all others; the keys are those of `local.vapi_faults`. None: all is well."""
        self.http.put("/_faults", json=list(faults)).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """What Graph and the token endpoint were asked since the start or `forget`."""
        return self.http.get("/_requests").json()

    def begin_anew(self) -> None:
        """All is as at the start."""
        self.http.delete("/_mailboxes").raise_for_status()

    def forget(self) -> None:
        """Clears the log of requests."""
        self.http.delete("/_requests").raise_for_status()

    def freeze_clock(self, at: str) -> None:
        """From now on it is this instant there."""
        self.http.put("/_clock", json={"at": at}).raise_for_status()

    def does(self, verb: str, *, email: str = DOCTOR, **told: Any) -> dict[str, Any]:
        """One of the verbs of `local.graph`: what the owner, or Microsoft, does."""
        answer = self.http.post(f"/_mailboxes/{quote(email)}/{verb}", json=told)
        return answer.raise_for_status().json()

    def put(self, start: str, end: str, *, email: str = DOCTOR, **fields: Any) -> dict[str, Any]:
        """The owner's own event; times are UTC unless `zone` says otherwise."""
        zone = fields.pop("zone", "UTC")
        event = {
            "subject": "Dentist",
            "start": {"dateTime": start, "timeZone": zone},
            "end": {"dateTime": end, "timeZone": zone},
        }
        return self.does("put", email=email, event=event | fields)

    def holds(self, email: str = DOCTOR) -> dict[str, Any]:
        """All of a mailbox."""
        return self.http.get(f"/_mailboxes/{quote(email)}").json()

    def events(self, email: str = DOCTOR) -> list[dict[str, Any]]:
        """Its events."""
        return self.holds(email)["events"]

    def calendar(self, email: str = DOCTOR) -> str:
        """The id of its first calendar."""
        return self.holds(email)["calendars"][0]["id"]

    def signed_in(
        self, email: str = DOCTOR, scopes: str = "offline_access Calendars.ReadWrite"
    ) -> dict[str, Any]:
        """Tokens of somebody who consented, as the endpoint gives them."""
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        asked = {
            "client_id": CLIENT[0],
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": scopes,
            "state": "s",
            "login_hint": email,
            "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        sent_to = self.http.get(self.consent_url, params=asked).headers["location"]
        return self.token(
            grant_type="authorization_code",
            code=parse_qs(urlsplit(sent_to).query)["code"][0],
            code_verifier=VERIFIER,
            redirect_uri=CALLBACK,
        ).json()

    def token(self, **form: str) -> httpx.Response:
        """The token endpoint's answer to our app."""
        client = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        return self.http.post(self.token_url, data={**client, **form})


@contextmanager
def microsoft(*, handshake_s: float = 2.0, file: Path | None = None) -> Generator[Microsoft]:
    """One with an organization's mailbox and a personal one, both empty."""
    app = graph.make(
        {
            "client": CLIENT,
            "file": file and str(file),
            "handshake_s": handshake_s,
            "mailboxes": {DOCTOR: {"kind": "work"}, HOME: {"kind": "personal"}},
        }
    )
    with served(app) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Microsoft(url, http)


def echo(token: str) -> tuple[int, str, str]:
    """The answer to a handshake that is wanted: status, content type, body."""
    return 200, "text/plain", token


@dataclass
class Receiver:
    """Somebody who is told of changes: what was posted to it, and how it answers handshakes."""

    url: str = ""
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The notifications, one by one."""
    shakes: Callable[[str], tuple[int, str, str]] = echo
    refusals: int = 0
    """So many notifications are answered 503 first."""
    id: str = field(default_factory=lambda: secrets.token_hex(4))

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """The first so many notifications; fails after some seconds."""
        ends = time.monotonic() + 5
        while len(self.told) < count:
            assert time.monotonic() < ends, f"told {len(self.told)} of {count}"
            time.sleep(0.005)
        return self.told


@contextmanager
def receiver() -> Generator[Receiver]:
    """A server on loopback that takes notifications."""
    receiving = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, kind, text = 202, "text/plain", ""
            if "validationToken" in asked:
                status, kind, text = receiving.shakes(asked["validationToken"][0])
            elif receiving.refusals:
                receiving.refusals -= 1
                status = 503
            else:
                receiving.told += json.loads(body)["value"]
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiving.url = f"http://127.0.0.1:{server.server_port}/hints"
    try:
        yield receiving
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def at(text: str) -> datetime:
    """`2026-12-01 17:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
