"""A Google, and our client with a member's consent."""

import base64
import hashlib
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple, cast

import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.calendars import tokens
from frontdesk.calendars.google import Google
from frontdesk.calendars.outlook import Outlook
from frontdesk.calendars.vendors import VendorName
from frontdesk.settings import settings
from local import demo
from tests.calendars import microsoft as graph
from tests.calendars.consenting import Connecting
from tests.calendars.microsoft import Microsoft, microsoft
from tests.calendars.syncs import Synced
from tests.clinic import Clinic
from tests.google_calendar import CLIENT, REDIRECT, GoogleAccount, Server, google_server
from tests.member import Member, token

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


@pytest.fixture(scope="module")
def microsoft_at() -> Generator[Microsoft]:
    """Where Microsoft is."""
    with microsoft() as made:
        yield made


@pytest.fixture
def outlook(microsoft_at: Microsoft) -> Microsoft:
    """Microsoft's side, as new."""
    microsoft_at.begin_anew()
    microsoft_at.http.put("/_consent", json={}).raise_for_status()
    microsoft_at.faults()
    microsoft_at.forget()
    return microsoft_at


@pytest.fixture(scope="module")
def key_arn() -> Generator[str]:
    """Of a key at moto's KMS, which takes longer to begin anew than most tests take."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            patch.setenv(f"AWS_{name}", "test")
        patch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
        aws.client.cache_clear()
        yield aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    aws.client.cache_clear()


@pytest.fixture
def maple(
    clinic: Clinic,
    account: GoogleAccount,
    outlook: Microsoft,
    key_arn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Generator[Connecting]:
    """Maple Clinic's admin, with KMS and both vendors at hand."""
    told = {
        "GRAPH_API_URL": f"{outlook.url}/v1.0",
        "MICROSOFT_TOKEN_URL": outlook.token_url,
        "MICROSOFT_CONSENT_URL": outlook.consent_url,
        "MICROSOFT_CLIENT_ID": graph.CLIENT[0],
        "MICROSOFT_CLIENT_SECRET": graph.CLIENT[1],
        "PUBLIC_URL": "https://desk.example",
        "CALENDARS_KEY_ARN": key_arn,
    }
    for name, value in told.items():
        monkeypatch.setenv(f"FRONTDESK_{name}", value)
    settings.cache_clear()
    yield Connecting(clinic, Member(token()))
    hang_up()
    settings.cache_clear()


@pytest.fixture
def harbours(maple: Connecting, harbour: Clinic) -> Connecting:
    """The other clinic's admin."""
    return Connecting(harbour, Member(token(demo.HARBOUR)))


def hang_up() -> None:
    """The clients' connections, which would outlive the test."""
    for name in ("google", "outlook"):
        for client in (tokens.vendor(name), tokens.vendor(name, in_a_hurry=True)):
            cast("Google | Outlook", client).close()
    tokens.vendor.cache_clear()


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


@pytest.fixture
def synced(
    maple: Connecting, account: GoogleAccount, outlook: Microsoft, request: pytest.FixtureRequest
) -> Synced:
    """Dr. Chen's calendar, at the vendor that the test names."""
    vendor: VendorName = request.param
    connection = maple.connects(vendor)
    [shown] = maple.shown()
    calendar = next(one["id"] for one in shown["calendars"] if one["isPrimary"])
    assert maple.choose(connection, (calendar, 100)).status == 200
    found = Synced(maple, vendor, account, outlook, connection, calendar)
    found.rules(calendar_unknown="offer")  # what isn't read yet is other tests' affair
    return found
