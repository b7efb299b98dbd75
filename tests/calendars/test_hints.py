"""Vendors' hints become one message: real posts of both stand-ins, and those that others could send."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from frontdesk.calendars import due, hints
from frontdesk.calendars.syncing import sync
from frontdesk.db import connection as database
from frontdesk.db.claims import directory_transaction
from frontdesk.settings import settings
from functions.calendars.hints.handler import handler
from functions.calendars.sync.handler import handler as sync_handler
from local import demo
from tests.calendars.consenting import Connecting
from tests.calendars.hearing import Address, Event, Queue, address, answer, posted, queue
from tests.calendars.microsoft import DOCTOR, Microsoft
from tests.clinic import Context
from tests.google_calendar import GoogleAccount, Server

MAPLE = UUID(demo.MAPLE)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def heard(maple: Connecting, monkeypatch: pytest.MonkeyPatch) -> Generator[Address]:
    """Our address, as vendors know it."""
    with address() as ours:
        monkeypatch.setenv("FRONTDESK_PUBLIC_URL", ours.url)
        settings.cache_clear()
        yield ours


@pytest.fixture
def rung(heard: Address, monkeypatch: pytest.MonkeyPatch) -> Generator[Queue]:
    """The queue of `calendars/sync`."""
    with queue() as made:
        monkeypatch.setenv("AWS_REGION", "ca-central-1")
        monkeypatch.setenv("FRONTDESK_QUEUE_URL", made.url)
        settings.cache_clear()
        yield made


def ends() -> float:
    return time.monotonic() + 100


def google(maple: Connecting, heard: Address) -> int:
    """Maple's Google, watched, and what says so heard."""
    connection = watched(maple, "google")
    assert heard.answers(1) == [200]
    return connection


def watched(maple: Connecting, vendor: Any, org_id: UUID = MAPLE) -> int:
    connection = maple.connects(vendor)
    [calendar, *_] = next(one for one in maple.shown() if one["id"] == connection)["calendars"]
    provider = maple.clinic.all("SELECT id FROM providers ORDER BY id")[0][0]
    assert maple.choose(connection, (calendar["id"], provider)).status == 200
    sync(org_id, connection, ends())
    return connection


def wanted(maple: Connecting) -> list[int]:
    """The connections for which somebody has asked."""
    found = maple.clinic.all("SELECT id FROM calendar_connections WHERE wanted_at IS NOT NULL ORDER BY id")
    return [id_ for (id_,) in found]


def message(connection: int, org_id: str = demo.MAPLE) -> dict[str, Any]:
    return {"org_id": org_id, "connection_id": connection}


def fed(message: dict[str, Any]) -> dict[str, Any]:
    """The event by which Lambda hands a message on."""
    record = {
        "messageId": "m",
        "receiptHandle": "r",
        "body": json.dumps(message),
        "attributes": {"ApproximateReceiveCount": "1"},
    }
    return {"Records": [record]}


def with_secret(event: Event, secret: str) -> Event:
    """The same, from somebody who knows all but the secret."""
    if "x-goog-channel-token" in event["headers"]:
        return event | {"headers": event["headers"] | {"x-goog-channel-token": secret}}
    told = json.loads(event["body"])
    for one in told["value"]:
        one["clientState"] = secret
    return event | {"body": json.dumps(told)}


# What a hint does


def test_a_change_at_google_is_one_message(
    maple: Connecting, account: GoogleAccount, heard: Address, rung: Queue
) -> None:
    connection = google(maple, heard)
    assert rung.taken() == [], "that there is a channel is no news"

    account.put("2026-12-01 09:00", "2026-12-01 10:00")

    assert heard.answers(1) == [200]
    assert rung.taken() == [message(connection)]
    assert wanted(maple) == [connection]


def test_a_change_at_outlook_is_one_message_however_often_it_is_told(
    maple: Connecting, outlook: Microsoft, heard: Address, rung: Queue
) -> None:
    connection = watched(maple, "outlook")

    outlook.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")
    outlook.put("2026-12-01T18:00:00", "2026-12-01T19:00:00")

    assert heard.answers(2) == [202, 202]
    assert rung.taken() == [message(connection)]
    assert wanted(maple) == [connection]


@pytest.mark.parametrize("vendor", ["google", "outlook"])
def test_what_is_put_into_a_calendar_blocks_as_soon_as_its_message_is_handled(
    maple: Connecting, account: GoogleAccount, outlook: Microsoft, heard: Address, rung: Queue, vendor: Any
) -> None:
    watched(maple, vendor)
    soon = datetime.now(UTC) + timedelta(days=3)
    account.put(f"{soon:%Y-%m-%d} 09:00", f"{soon:%Y-%m-%d} 10:00")
    outlook.put(f"{soon:%Y-%m-%d}T17:00:00", f"{soon:%Y-%m-%d}T18:00:00")
    assert answer(heard.heard(2 if vendor == "google" else 1)[-1]) in (200, 202)

    for one in rung.taken():
        sync_handler(fed(one), Context(120))

    assert maple.clinic.all("SELECT ends_at - starts_at FROM calendar_busy") == [(timedelta(hours=1),)]
    assert wanted(maple) == []


def test_one_post_of_two_clinics_at_one_mailbox_is_a_message_to_each(
    maple: Connecting, harbours: Connecting, outlook: Microsoft, heard: Address, rung: Queue
) -> None:
    connections = [watched(maple, "outlook"), watched(harbours, "outlook", UUID(demo.HARBOUR))]

    outlook.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")

    [event] = heard.heard(1)
    assert len({one["subscriptionId"] for one in json.loads(event["body"])["value"]}) == 2
    assert answer(event) == 202
    expected = [message(connections[0]), message(connections[1], demo.HARBOUR)]
    assert sorted(rung.taken(), key=str) == sorted(expected, key=str)


def test_a_thousand_at_once_are_one_message(
    maple: Connecting, account: GoogleAccount, heard: Address, rung: Queue
) -> None:
    connection = google(maple, heard)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    [event] = heard.heard(1)

    database.drop()

    # Processes, as Lambda's are: each has a connection to Postgres of its own.
    children: list[int] = []
    for _ in range(4):
        child = os.fork()
        if not child:
            try:
                all_taken = {answer(event) for _ in range(250)} == {200}
                os._exit(0 if all_taken else 1)
            finally:
                os._exit(2)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4

    assert rung.taken() == [message(connection)]


def test_one_that_comes_during_a_round_is_not_lost(
    maple: Connecting,
    account: GoogleAccount,
    google_at: Server,
    heard: Address,
    rung: Queue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The round may have read the calendar already, so another follows at once, by the same function."""
    connection = google(maple, heard)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    [event] = heard.heard(1)
    then: list[tuple[bool, list[int]]] = []
    inner = google_at.app.inner

    async def meanwhile(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/watch"):
            [(is_syncing,)] = maple.clinic.all("SELECT syncing_until > now() FROM calendar_connections")
            assert answer(event) == 200
            then.append((is_syncing, wanted(maple)))
        await inner(scope, receive, send)

    monkeypatch.setattr(google_at.app, "inner", meanwhile)
    maple.clinic.do("UPDATE calendar_channels SET renew_at = now()")
    sync(MAPLE, connection, ends())

    assert then == [(True, [connection])]
    assert rung.taken() == [message(connection)]
    assert wanted(maple) == [], "another round began"


def test_whoever_finds_another_at_it_leaves_word(
    maple: Connecting, account: GoogleAccount, heard: Address, rung: Queue
) -> None:
    connection = google(maple, heard)
    maple.clinic.do("UPDATE calendar_connections SET syncing_until = now() + interval '1 minute'")
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    assert heard.answers(1) == [200]

    sync(MAPLE, connection, ends())

    assert wanted(maple) == [connection]


# What is none


@pytest.mark.parametrize("vendor", ["google", "outlook"])
def test_a_forged_one_is_answered_like_any_other_and_does_nothing(
    maple: Connecting,
    account: GoogleAccount,
    outlook: Microsoft,
    heard: Address,
    rung: Queue,
    vendor: Any,
    printed: pytest.CaptureFixture[str],
) -> None:
    watched(maple, vendor)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    outlook.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")
    event = heard.heard(2 if vendor == "google" else 1)[-1]
    printed.readouterr()

    for secret in ("", "a-secret", "é", "\ud800"):
        assert answer(with_secret(event, secret)) in (200, 202)

    assert (wanted(maple), rung.taken()) == ([], [])
    assert "a forged hint" in printed.readouterr().out
    assert answer(event) in (200, 202)
    assert len(wanted(maple)) == len(rung.taken()) == 1


def test_one_of_a_channel_that_nobody_knows_does_nothing(maple: Connecting, rung: Queue) -> None:
    headers = {"x-goog-resource-state": "exists", "x-goog-channel-token": "s"}
    told = {"subscriptionId": "11111111-2222-4333-8444-555555555555", "clientState": "s"}

    for channel in ("11111111-2222-4333-8444-555555555555", "a\x00b", "'; --", "x" * 500):
        event = posted("/calendars/google/hints", headers)
        event["headers"]["x-goog-channel-id"] = channel
        assert answer(event) == 200
        body = json.dumps({"value": [told | {"subscriptionId": channel}]}).encode()
        assert answer(posted("/calendars/outlook/hints", {}, body)) == 202
    assert rung.taken() == []


def test_a_stopped_channel_is_unknown(
    maple: Connecting, account: GoogleAccount, heard: Address, rung: Queue
) -> None:
    google(maple, heard)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    [event] = heard.heard(1)
    maple.clinic.do("DELETE FROM calendar_channels")

    assert answer(event) == 200

    assert (wanted(maple), rung.taken()) == ([], [])


def test_a_replayed_one_is_one_more_look_and_no_more(
    maple: Connecting, account: GoogleAccount, heard: Address, rung: Queue
) -> None:
    connection = google(maple, heard)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    [event] = heard.heard(1)
    assert answer(event) == answer(event) == 200
    assert rung.taken() == [message(connection)]
    sync(MAPLE, connection, ends())
    before = maple.clinic.all("SELECT * FROM calendar_channels")

    assert answer(event) == 200

    assert rung.taken() == [message(connection)]
    assert maple.clinic.all("SELECT * FROM calendar_channels") == before


def test_a_channel_of_one_vendor_is_none_of_the_other(
    maple: Connecting, account: GoogleAccount, heard: Address, rung: Queue
) -> None:
    google(maple, heard)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    [event] = heard.heard(1)
    told = {
        "subscriptionId": event["headers"]["x-goog-channel-id"],
        "clientState": event["headers"]["x-goog-channel-token"],
    }

    assert answer(posted("/calendars/outlook/hints", {}, json.dumps({"value": [told]}).encode())) == 202

    assert rung.taken() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"value": 1}',
        b'{"value": [1]}',
        b'{"value": [{}]}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_hint_is_refused(maple: Connecting, body: bytes) -> None:
    assert answer(posted("/calendars/outlook/hints", {}, body)) == 400
    assert answer(posted("/calendars/google/hints", {}, body)) == 400


def test_what_is_too_large_is_refused_unread(maple: Connecting) -> None:
    body = b'{"value": [' + b" " * hints.LONGEST_BODY + b"]}"

    assert answer(posted("/calendars/outlook/hints", {}, body)) == 413


def test_a_vendor_that_nobody_knows_has_no_address_here() -> None:
    assert answer(posted("/calendars/caldav/hints?validationToken=x")) == 404


# When something is away


def test_a_vendor_comes_again_while_the_database_is_away(
    maple: Connecting, outlook: Microsoft, heard: Address, rung: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = watched(maple, "outlook")
    outlook.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")
    [event] = heard.heard(1)
    with monkeypatch.context() as away:
        away.setenv("FRONTDESK_DATABASE_URL", "postgresql://frontdesk_app@127.0.0.1:9/frontdesk")
        settings.cache_clear()
        database.drop()
        assert answer(event) == 503
    settings.cache_clear()

    assert answer(event) == 202

    assert rung.taken() == [message(connection)]


def test_a_vendor_is_not_kept_waiting_longer_than_it_waits(
    maple: Connecting, outlook: Microsoft, heard: Address, rung: Queue
) -> None:
    """Whatever time the function has."""
    connection = watched(maple, "outlook")
    outlook.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")
    [event] = heard.heard(1)
    with maple.clinic.rows() as held:
        held.execute("SELECT FROM calendar_connections FOR UPDATE")
        began = time.monotonic()
        assert answer(event, seconds=30) == 503
        assert time.monotonic() - began < 1.9

    assert answer(event) == 202

    assert rung.taken() == [message(connection)]


def test_while_the_queue_is_away_the_next_dispatch_knows(
    maple: Connecting, account: GoogleAccount, heard: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = google(maple, heard)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    monkeypatch.setenv("FRONTDESK_QUEUE_URL", "http://127.0.0.1:9/123456789012/sync")
    settings.cache_clear()

    assert heard.answers(1) == [200]

    with directory_transaction(ends()) as db:
        assert [(one.org_id, one.connection_id) for one in due.connections(db)] == [(MAPLE, connection)]


# What becomes of a subscription


def test_a_subscription_that_is_to_be_authorized_anew_is(
    maple: Connecting, outlook: Microsoft, heard: Address, rung: Queue
) -> None:
    connection = watched(maple, "outlook")
    outlook.does("lifecycle", event="reauthorizationRequired")
    assert heard.answers(1) == [202]
    assert rung.taken() == [message(connection)]

    sync(MAPLE, connection, ends())
    outlook.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")

    assert heard.answers(1) == [202], "it is told of changes again"


def test_a_subscription_that_was_removed_is_followed_by_another(
    maple: Connecting, outlook: Microsoft, heard: Address, rung: Queue
) -> None:
    connection = watched(maple, "outlook")
    outlook.does("lifecycle", event="subscriptionRemoved")
    assert heard.answers(1) == [202]
    assert rung.taken() == [message(connection)]
    assert outlook.holds(DOCTOR)["subscriptions"] == []

    sync(MAPLE, connection, ends())
    outlook.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")

    assert heard.answers(1) == [202]
    assert rung.taken() == [message(connection)]


def test_after_notifications_were_missed_the_calendar_is_read(
    maple: Connecting, outlook: Microsoft, heard: Address, rung: Queue
) -> None:
    connection = watched(maple, "outlook")
    before = maple.clinic.all("SELECT * FROM calendar_channels")

    outlook.does("lifecycle", event="missed")

    assert heard.answers(1) == [202]
    assert rung.taken() == [message(connection)]
    assert maple.clinic.all("SELECT * FROM calendar_channels") == before


# The handshake


@pytest.mark.parametrize("token", ["Validation: Testing + 100% é", "a+b&c=d", "<script>"])
def test_a_handshake_gives_back_the_text_and_nothing_else(token: str) -> None:
    event = posted(f"/calendars/outlook/hints?validationToken={quote(token, safe='')}")

    told = handler(event, Context())

    assert (told["statusCode"], told["body"]) == (200, token)
    assert told["headers"]["content-type"] == "text/plain"


def test_a_handshake_is_answered_in_time_by_a_function_that_only_just_starts() -> None:
    """Microsoft waits 10 s, cold start included; this one has imported nothing of ours by then."""
    event = posted("/calendars/outlook/hints?validationToken=Validation%3a+Testing")
    ask = (
        "import json, sys\n"
        "from functions.calendars.hints.handler import handler\n"
        f"told = handler(json.loads({json.dumps(json.dumps(event))}), None)\n"
        "print(json.dumps([told['body'], [*sys.modules]]))"
    )
    began = time.monotonic()

    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, check=True, capture_output=True)

    took_s = time.monotonic() - began
    body, modules = json.loads(done.stdout)
    assert body == "Validation: Testing"
    assert not {"boto3", "botocore", "frontdesk.settings", "httpx", "psycopg", "pydantic"} & set(modules)
    assert took_s < 5


def test_who_takes_hints_imports_neither_boto3_nor_a_vendors_client() -> None:
    ask = "import frontdesk.calendars.hints, sys; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, check=True, capture_output=True, text=True)

    assert not {"boto3", "botocore.session", "httpx", "frontdesk.calendars.tokens"} & set(done.stdout.split())
