"""A Google, and our client with a member's consent."""

import base64
import hashlib
from collections.abc import Generator
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
