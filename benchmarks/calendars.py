"""Calendars synced: how many a minute by one worker, what nothing new costs, how soon a change blocks.

Both vendors' stand-ins take 100 ms for each request. Each clinic has a mailbox, half of them at Google and
half at Microsoft, with tokens that came of a consent. SQS and KMS are `benchmarks.bus`, answering at once, so
what AWS itself takes is not in it. Hints go the whole way, from a stand-in by `calendars/hints` and the queue
to pollers with `calendars/sync`.

python -m benchmarks.calendars [sync] < what it is about, as JSON
"""

import base64
import hashlib
import os
import resource
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import psycopg

from benchmarks import apart
from benchmarks.bus import DEAD
from benchmarks.database import Database
from benchmarks.in_function import Context
from frontdesk.calendars.vendors import VendorName
from functions.calendars.sync.trigger import TRIGGER
from local import child
from local.aws import REGION
from local.calendars import Calendars

SYNCED: Final = "synced by one worker, nothing new"
BLOCKED: Final = "from an event there to a blocked time here"
FIRST: Final = "first sync of 10,000 events, "
VENDORS: Final[tuple[VendorName, ...]] = ("google", "outlook")
CONNECTIONS: Final = 40
HINTS: Final = 100
EVENTS: Final = 10_000
LATENCY_S: Final = 0.1
"""Of each request at a vendor."""

_ROUNDS: Final = 2
_WARM_UP: Final = 8
"""Hints, until each poller has had one."""
_POLLERS: Final = 4
_FAULTS: Final = [{"latency_s": LATENCY_S}]
_PATIENCE_S: Final = 20
_CHALLENGE: Final = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 64).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Mailbox:
    """A connection, and where its owner is reached."""

    vendor: VendorName
    email: str
    org_id: str
    connection_id: int
    calendar_id: int


@dataclass(frozen=True)
class Vendors:
    """Both stand-ins, as the owners of the calendars have them."""

    at: Mapping[str, httpx.Client]

    def faults(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """What is wrong with both from now on."""
        for one in self.at.values():
            one.put("/_faults", json=faults).raise_for_status()

    def requests(self) -> int:
        """How many they were asked since the last time."""
        count = 0
        for one in self.at.values():
            count += len(one.get("/_requests").json())
            one.delete("/_requests").raise_for_status()
        return count

    def account(self, vendor: VendorName, email: str) -> None:
        """A new one, which consents next."""
        if vendor == "google":
            told = [("/_account", {"email": email, "timeZone": "America/Vancouver"})]
            told.append(("/_options", {"account": email}))
        else:
            told = [(f"/_mailboxes/{email}", {"kind": "work"}), ("/_consent", {"account": email})]
        for path, body in told:
            self.at[vendor].put(path, json=body).raise_for_status()

    def put(self, mailbox: Mailbox, starts: Sequence[datetime]) -> None:
        """Events of a quarter of an hour."""
        events = [_event(mailbox.vendor, start, start + timedelta(minutes=15)) for start in starts]
        if mailbox.vendor == "google":
            path, told = f"/_events/{mailbox.email}", events
        else:
            path, told = f"/_mailboxes/{mailbox.email}/fill", {"events": events}
        self.at[mailbox.vendor].post(path, json=told).raise_for_status()


def measure(database: Database, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each of the figures, in a process of its own, for functions keep what they were told."""
    say(f"{CONNECTIONS} calendars synced, {HINTS} hints, and twice {EVENTS:,} events")
    return apart.ask("benchmarks.calendars", {}, asdict(database))


def _measured(sent: dict[str, Any]) -> list[dict[str, Any]]:
    database = Database(**sent)
    with _platform(database) as vendors:
        mailboxes = [
            _connected(database, vendors, VENDORS[number % 2], f"mailbox-{number}@bench.example")
            for number in range(CONNECTIONS)
        ]
        _synced(mailboxes)  # whole, and with their channels
        vendors.faults(_FAULTS)
        rows = [_unchanged(vendors, mailboxes), _blocked(database, vendors, mailboxes)]
        rows += [_first(database, vendors, vendor) for vendor in VENDORS]
        return rows


def _unchanged(vendors: Vendors, mailboxes: Sequence[Mailbox]) -> dict[str, Any]:
    bare_ms = _bare_ms(vendors)
    vendors.requests()
    took = [one["took_s"] for _ in range(_ROUNDS) for one in _synced(mailboxes)]
    asked = vendors.requests()
    return {
        "what": SYNCED,
        "count": len(took),
        "p50_ms": round(median(took) * 1000, 1),
        "a_minute": round(60 * len(took) / sum(took), 1),
        "requests_each": round(asked / len(took), 3),
        "bare_ms": bare_ms,
        "times": round(sum(took) / len(took) * 1000 / bare_ms, 2),
    }


def _bare_ms(vendors: Vendors) -> float:
    """The median of a request that both answer with 401."""
    took: list[float] = []
    for one in vendors.at.values():
        path = "/calendar/v3/users/me/calendarList" if one is vendors.at["google"] else "/v1.0/me/calendars"
        for _ in range(10):
            began = time.perf_counter()
            one.get(path)
            took.append((time.perf_counter() - began) * 1000)
    return round(median(took), 1)


def _blocked(database: Database, vendors: Vendors, mailboxes: Sequence[Mailbox]) -> dict[str, Any]:
    """One after the other; the clock runs from when the owner saves until a search would see it."""
    took: list[float] = []
    with _pollers(), psycopg.connect(database.superuser_url, autocommit=True) as looking:
        for number in range(_WARM_UP + HINTS):
            mailbox = mailboxes[number % len(mailboxes)]
            start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(
                hours=24 + number
            )
            began = time.perf_counter()
            vendors.put(mailbox, [start])
            while not looking.execute(_IS_BUSY, [mailbox.calendar_id, start]).fetchone():
                if time.perf_counter() - began > _PATIENCE_S:
                    raise AssertionError(f"a hint of {mailbox.vendor} came to nothing")
                time.sleep(0.002)
            took.append((time.perf_counter() - began) * 1000)
    took = sorted(took[_WARM_UP:])
    return {
        "what": BLOCKED,
        "count": HINTS,
        "p50_ms": round(median(took), 1),
        "p99_ms": round(took[len(took) * 99 // 100], 1),
        "worst_ms": round(took[-1], 1),
    }


def _first(database: Database, vendors: Vendors, vendor: VendorName) -> dict[str, Any]:
    """A calendar as full as none is, in a worker that has synced another before."""
    vendors.faults([])
    small, full = (
        _connected(database, vendors, vendor, f"{name}-{vendor}@bench.example") for name in ("small", "full")
    )
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    vendors.put(full, [midnight + timedelta(minutes=30 * number) for number in range(EVENTS)])
    vendors.faults(_FAULTS)
    before, after = _synced([small, full])
    with psycopg.connect(database.superuser_url) as looking:
        [(rows,)] = looking.execute(_ROWS, [full.calendar_id]).fetchall()
    if rows != EVENTS:
        raise AssertionError(f"{rows} of {EVENTS} are there")
    return {
        "what": f"{FIRST}{vendor}",
        "count": EVENTS,
        "took_s": round(after["took_s"], 2),
        "peak_mb": after["peak_mb"],
        "grown_mb": after["peak_mb"] - before["peak_mb"],
    }


def _synced(mailboxes: Sequence[Mailbox]) -> list[dict[str, float]]:
    """Each synced once, in a new worker: how long it took, and the worker's memory at most by then."""
    return apart.ask("benchmarks.calendars", {}, [asdict(one) for one in mailboxes], "sync")


def _sync_all(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from frontdesk.calendars.syncing import sync
    from frontdesk.db.claims import clinic_transaction

    with clinic_transaction(UUID(sent[0]["org_id"]), time.monotonic() + 10):
        pass  # connects
    done: list[dict[str, Any]] = []
    for one in sent:
        began = time.perf_counter()
        sync(UUID(one["org_id"]), one["connection_id"], time.monotonic() + TRIGGER.timeout_s - 1)
        done.append({"took_s": time.perf_counter() - began, "peak_mb": _peak_mb()})
    return done


def _peak_mb() -> int:
    """The most memory that this process has had; `ru_maxrss` would begin with its parent's, on Linux."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)  # bytes, on a Mac
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1000)


# ---------------------------------------------------------------------- what it stands on


def _connected(database: Database, vendors: Vendors, vendor: VendorName, email: str) -> Mailbox:
    """A clinic with one provider, whose calendar that is; not synced yet."""
    from frontdesk.calendars import tokens

    vendors.account(vendor, email)
    client, back = tokens.vendor(vendor), "https://desk.example/back"
    page = client.consent_url(state="s", challenge=_CHALLENGE, redirect_url=back)
    location = httpx.get(page, trust_env=False).headers["location"]
    [code] = parse_qs(urlsplit(location).query)["code"]
    given = client.tokens(code=code, verifier="v" * 64, redirect_url=back)
    listed = client.calendars(given.access)[0]
    org_id = str(uuid4())
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute(_CLINIC, [org_id])
        [(provider_id,)] = connection.execute(_PROVIDER, [org_id]).fetchall()
        [(connection_id,)] = connection.execute(_CONNECTION, [org_id, vendor, email]).fetchall()
        sealed = tokens.sealed(given, UUID(org_id), connection_id)
        connection.execute(_TOKENS, {**sealed, "id": connection_id})
        about = {**listed._asdict(), "org_id": org_id, "connection_id": connection_id}
        about["provider_id"] = provider_id
        [(calendar_id,)] = connection.execute(_CALENDAR, about).fetchall()
    return Mailbox(vendor, email, org_id, connection_id, calendar_id)


def _event(vendor: VendorName, start: datetime, end: datetime) -> dict[str, Any]:
    if vendor == "google":
        return {
            "summary": "Busy",
            "start": {"dateTime": start.isoformat()},
            "end": {"dateTime": end.isoformat()},
        }
    edges = {"start": start, "end": end}
    told = {name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for name, at in edges.items()}
    return {"subject": "Busy", **told}


class _Hints(BaseHTTPRequestHandler):
    """The API as far as vendors post to it: one at a time, as in one Lambda."""

    def do_POST(self) -> None:
        from functions.calendars.hints.handler import handler

        where = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        event = {
            "version": "2.0",
            "rawPath": where.path,
            "rawQueryString": where.query,
            "pathParameters": {"vendor": where.path.split("/")[2]},
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body,
            "isBase64Encoded": False,
        }
        answer = handler(event, Context())
        said = answer.get("body", "").encode()
        self.send_response(answer["statusCode"])
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Nothing."""


@contextmanager
def _platform(database: Database) -> Generator[Vendors]:
    """The stand-ins, the bus and what takes hints; this process is told where they are."""
    with ExitStack() as ends, open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of ours
        listening = ends.enter_context(child.listen())
        bus = child.Child("benchmarks.bus", listening, {"visible_after_s": 6 * TRIGGER.timeout_s})
        ends.callback(bus.stop)
        stand_ins = Calendars(None, lambda name: f"a-{name}", nowhere)
        ends.callback(stand_ins.stop)
        hints = HTTPServer((child.HOST, 0), _Hints)
        ends.callback(hints.server_close)
        ends.callback(hints.shutdown)
        bus_url = child.address(listening)
        os.environ.update(
            database.environment
            | stand_ins.environment
            | {
                "FRONTDESK_PUBLIC_URL": f"http://{child.HOST}:{hints.server_port}",
                "FRONTDESK_CALENDARS_KEY_ARN": "a-key",
                "FRONTDESK_QUEUE_URL": f"{bus_url}/queue",
                "FRONTDESK_DEAD_LETTER_URL": f"{bus_url}{DEAD}",
                "AWS_ENDPOINT_URL": bus_url,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_REGION": REGION,
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
                "NO_PROXY": child.HOST,
            }
        )
        Thread(target=hints.serve_forever, daemon=True).start()
        bus.wait_until_ready()
        stand_ins.wait_until_ready()
        yield Vendors(
            {
                vendor: ends.enter_context(httpx.Client(base_url=url, timeout=60))
                for vendor, url in stand_ins.urls.items()
            }
        )


@contextmanager
def _pollers() -> Generator[None]:
    """As many as Lambda may have calls at once, nearly: each costs this machine a process."""
    source: dict[str, Any] = {
        "function": "Sync",
        "handler": "functions.calendars.sync.handler.handler",
        "environment": {},
        "timeout_s": TRIGGER.timeout_s,
        "memory_mb": 1024,
        "queue": "queue",
        "batch_size": TRIGGER.batch_size,
        "max_concurrency": _POLLERS,
        "reports_failures": True,
    }
    polling = {"source": source, "environment": dict(os.environ), "rie": None}
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of ours
        pollers = [child.Child("local.queues", None, polling, log=nowhere) for _ in range(_POLLERS)]
        try:
            for poller in pollers:
                poller.wait_until_ready()
            yield
        finally:
            for poller in pollers:
                poller.ask_to_stop()
            for poller in pollers:
                poller.stop()


_CLINIC: Final = """
INSERT INTO organizations (id, name, address, time_zone, languages)
VALUES (%s, 'Bench Clinic', '', 'America/Vancouver', '{en}')
"""
_PROVIDER: Final = """
INSERT INTO providers (org_id, name, specialty, languages) VALUES (%s, 'Dr. Bench', '', '{en}') RETURNING id
"""
_CONNECTION: Final = """
INSERT INTO calendar_connections (org_id, vendor, account, connected_by) VALUES (%s, %s, %s, 'bench')
RETURNING id
"""
_TOKENS: Final = """
UPDATE calendar_connections
SET failure = NULL, refresh_token = %(refresh)s, access_token = %(access)s, access_expires_at = %(expires_at)s
WHERE id = %(id)s
"""
_CALENDAR: Final = """
INSERT INTO calendars (org_id, connection_id, vendor_id, name, time_zone, is_primary, is_writable, owner,
    lookup, provider_id)
VALUES (%(org_id)s, %(connection_id)s, %(id)s, %(name)s, %(time_zone)s, %(is_primary)s, %(is_writable)s,
    %(owner)s, %(lookup)s, %(provider_id)s)
RETURNING id
"""
_IS_BUSY: Final = "SELECT 1 FROM calendar_busy WHERE calendar_id = %s AND starts_at = %s"
_ROWS: Final = "SELECT count(*) FROM calendar_busy WHERE calendar_id = %s"


if __name__ == "__main__":
    apart.answer(_sync_all if sys.argv[1:] == ["sync"] else _measured)
