"""A Google, and our client with a member's consent."""

import base64
import hashlib
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple

import pytest

from frontdesk.calendars.google import Google
from frontdesk.settings import settings
from tests.google_calendar import CLIENT, REDIRECT, GoogleAccount, Server, google_server

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Desk(NamedTuple):
    """Our side, consented to."""

    google: Google
    access: str
    refresh: str


@pytest.fixture(scope="session")
def google_at() -> Generator[Server]:
    """Where Google is."""
    with google_server() as server:
        yield server


@pytest.fixture
def account(google_at: Server, monkeypatch: pytest.MonkeyPatch) -> Generator[GoogleAccount]:
    """Google's side, which our settings lead to."""
    with google_at.account() as made:
        told = {"API_URL": "/calendar/v3", "TOKEN_URL": "/token", "CONSENT_URL": "/o/oauth2/v2/auth"}
        for name, path in told.items():
            monkeypatch.setenv(f"FRONTDESK_GOOGLE_{name}", f"{made.url}{path}")
        monkeypatch.setenv("FRONTDESK_GOOGLE_CLIENT_ID", CLIENT["client_id"])
        monkeypatch.setenv("FRONTDESK_GOOGLE_CLIENT_SECRET", CLIENT["client_secret"])
        settings.cache_clear()
        yield made
    settings.cache_clear()


@pytest.fixture
def desk(account: GoogleAccount) -> Generator[Desk]:
    """Our client, with the tokens of a consent."""
    google = Google()
    url = google.consent_url(state="a-state", challenge=CHALLENGE, redirect_url=REDIRECT)
    back = account.consents(url)
    tokens = google.tokens(code=back["code"], verifier=VERIFIER, redirect_url=REDIRECT)
    assert tokens.refresh
    account.requests()
    yield Desk(google, tokens.access, tokens.refresh)
    google.close()


class Heard(HTTPServer):
    """A channel's address: what it got, and what it is to answer."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.news = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Hearing)

    def wait_for(self, count: int) -> list[dict[str, str]]:
        with self.news:
            assert self.news.wait_for(lambda: len(self.got) >= count, 5), self.got
            return list(self.got)


class _Hearing(BaseHTTPRequestHandler):
    server: Heard  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        assert self.headers.get("content-length", "0") == "0"
        with self.server.news:
            self.server.got.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
            self.send_header("content-length", "0")
            self.end_headers()
            self.server.news.notify_all()

    def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        pass


@pytest.fixture
def heard() -> Generator[Heard]:
    with Heard() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()
