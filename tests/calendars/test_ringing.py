"""After a booking a word is in the queue, signed as AWS asks; a queue that is away troubles nobody."""

import json
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest
from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import Credentials  # pyright: ignore[reportMissingTypeStubs]

from frontdesk.calendars.ringing import ring
from frontdesk.settings import settings
from frontdesk.signing import Scope, signature
from local import demo
from tests.calendars.hearing import Queue, queue
from tests.clinic import Clinic

MAPLE = UUID(demo.MAPLE)
KEY, SECRET, SESSION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a/session+token=="


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """What Lambda tells a function of itself."""
    told = {"REGION": "ca-central-1", "ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET}
    for name, value in told.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION)
    yield
    settings.cache_clear()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Generator[Queue]:
    with queue() as made:
        lead_to(made.url, monkeypatch)
        yield made


def lead_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_QUEUE_URL", url)
    settings.cache_clear()


def ends() -> float:
    return time.monotonic() + 10


def by_botocore(stamp: str, headers: dict[str, str], body: bytes) -> str:
    """The signature that AWS' own library makes of a request at that instant."""
    request: Any = AWSRequest("POST", f"https://{headers['host']}/", headers=headers, data=body)
    request.context["timestamp"] = stamp
    signer: Any = SigV4Auth(Credentials(KEY, SECRET, SESSION), "sqs", "ca-central-1")
    return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)


def test_a_signature_is_the_one_that_awss_own_library_makes() -> None:
    scope = Scope("sqs", datetime(2026, 2, 20, 14, tzinfo=UTC))
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": "sqs.ca-central-1.amazonaws.com",
        "x-amz-date": scope.stamp,
        "x-amz-security-token": SESSION,
        "x-amz-target": "AmazonSQS.SendMessageBatch",
    }
    body = '{"QueueUrl": "é"}'.encode()

    made = signature(scope, "POST", "", headers, body)

    assert made == by_botocore("20260220T140000Z", headers, body)
    assert made != signature(scope, "POST", "", headers, body + b" ")


def test_what_is_sent_proves_itself_as_aws_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    with recorder() as (url, seen):
        lead_to(url, monkeypatch)
        ring(MAPLE, [7], deadline=ends())

    [(headers, body)] = seen
    told = dict(part.split("=", 1) for part in headers["authorization"].split(" ", 1)[1].split(", "))
    signed = {name: headers[name] for name in told["SignedHeaders"].split(";")}
    assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= signed.keys()
    assert told["Signature"] == by_botocore(headers["x-amz-date"], signed, body)
    day = headers["x-amz-date"][:8]
    assert told["Credential"] == f"{KEY}/{day}/ca-central-1/sqs/aws4_request"


def test_a_ring_is_a_message_for_each_connection(rung: Queue) -> None:
    ring(MAPLE, [7, 8], deadline=ends())

    found = sorted(rung.taken(), key=lambda one: one["connection_id"])
    assert found == [{"org_id": demo.MAPLE, "connection_id": id_} for id_ in (7, 8)]


def test_nobody_is_rung_when_there_is_no_queue_or_no_time(
    rung: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring(MAPLE, [7], deadline=time.monotonic() + 0.5)
    monkeypatch.delenv("FRONTDESK_QUEUE_URL")
    settings.cache_clear()
    ring(MAPLE, [7], deadline=ends())

    assert rung.taken() == []


@pytest.mark.parametrize("how", ["dead", "silent", "dripping", "refusing", "nowhere", "nonsense"])
def test_a_queue_that_is_away_costs_a_second_at_most_and_raises_nothing(
    how: str, monkeypatch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]
) -> None:
    with away(how) as url:
        lead_to(url, monkeypatch)
        began = time.monotonic()
        ring(MAPLE, [7], deadline=ends())
        took_s = time.monotonic() - began

    assert took_s < 1.3
    assert "a calendar hears of a change later" in printed.readouterr().out


def test_without_a_roles_key_nothing_is_raised(rung: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    ring(MAPLE, [7], deadline=ends())

    assert rung.taken() == []


def test_a_booking_rings_where_its_provider_has_a_calendar(clinic: Clinic, rung: Queue) -> None:
    connection = has_a_calendar(clinic, provider=100)

    booked = clinic.book(providerId="100")

    assert booked["booked"] is True
    assert rung.taken() == [{"org_id": demo.MAPLE, "connection_id": connection}]
    clinic.do("UPDATE calendar_events SET due_since = NULL")  # it was put there
    clinic.ask("check_appointments", demographicId=clinic.prove_john())
    assert rung.taken() == [], "nothing was changed"
    assert clinic.ask("cancel_appointment", appointmentId=booked["appointmentId"])["cancelled"] is True
    assert rung.taken() == [{"org_id": demo.MAPLE, "connection_id": connection}]


def test_a_booking_rings_nobody_elsewhere(clinic: Clinic, harbour: Clinic, rung: Queue) -> None:
    """Neither for another provider's calendar, nor for another clinic's."""
    has_a_calendar(clinic, provider=101)
    provider = harbour.all("SELECT id FROM providers ORDER BY id")[0][0]
    has_a_calendar(harbour, provider=provider)

    assert clinic.book(providerId="100")["booked"] is True

    assert rung.taken() == []


def test_a_booking_is_told_of_while_the_queue_is_silent(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_a_calendar(clinic, provider=100)
    with away("silent") as url:
        lead_to(url, monkeypatch)
        assert clinic.book(providerId="100")["booked"] is True

    assert clinic.all("SELECT count(*) FROM calendar_events WHERE due_since IS NOT NULL") == [(1,)]


def has_a_calendar(clinic: Clinic, provider: int) -> int:
    """A connection's id, of which a calendar was pulled just now."""
    [(connection,)] = clinic.all(
        "INSERT INTO calendar_connections (org_id, vendor, account, connected_by)"
        " VALUES (%s, 'google', 'wei@clinic.example', 'somebody') RETURNING id",
        clinic.org_id,
    )
    clinic.do(
        "INSERT INTO calendars"
        " (org_id, connection_id, vendor_id, name, is_primary, is_writable, provider_id, pulled_at)"
        " VALUES (%s, %s, 'a-calendar', 'Wei', true, true, %s, now())",
        clinic.org_id,
        connection,
        provider,
    )
    return connection


@contextmanager
def recorder(status: int = 200) -> Generator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A server in the queue's place: its URL, and what it is sent."""
    seen: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = json.dumps({"Successful": []}).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/123456789012/sync", seen
        server.shutdown()
        thread.join(5)


@contextmanager
def away(how: str) -> Generator[str]:
    """The URL of a queue that takes nothing, in one of several ways."""
    match how:
        case "refusing":
            with recorder(503) as (url, _):
                yield url
        case "nowhere":
            yield "http://queue.invalid/123456789012/sync"
        case "nonsense":
            yield "http://[/"
        case "dead":
            yield "http://127.0.0.1:9/123456789012/sync"
        case _:
            with socket.create_server(("127.0.0.1", 0)) as listening:
                over = threading.Event()
                drip = threading.Thread(target=_drip, args=[listening, over], daemon=True)
                if how == "dripping":
                    drip.start()
                yield f"http://127.0.0.1:{listening.getsockname()[1]}/123456789012/sync"
                over.set()
                if how == "dripping":
                    drip.join(5)


def _drip(listening: socket.socket, over: threading.Event) -> None:
    """Answers a byte each fifth of a second: each is in time."""
    connection, _ = listening.accept()
    with connection:
        for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100:
            if over.wait(0.2):
                return
            connection.sendall(bytes([byte]))
