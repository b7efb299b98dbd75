"""A vendor's hint through a whole stack: gateway, function, queue, and the function that goes and looks."""

import hashlib
import time
from collections.abc import Generator

import httpx
import pytest

from local import demo
from local.stack import Stack
from tests import owner

_CHANNEL = "the-channel-of-a-test"


@pytest.fixture
def channel(running_stack: Stack) -> Generator[str]:
    """The secret of a channel that is over, so that whoever syncs its connection forgets it."""
    url, secret = running_stack.addresses.database_url, "a-secret-of-the-test"
    with owner.transaction(url, demo.HARBOUR) as db:
        [(connection,)] = db.execute(
            "INSERT INTO calendar_connections"
            " (org_id, vendor, account, connected_by, failure, refresh_token, due_at)"
            " VALUES (%s, 'google', 'hints@clinic.example', 'a-test', NULL, %s, now() + interval '1 day')"
            " RETURNING id",
            [demo.HARBOUR, [b"sealed"]],
        ).fetchall()
        db.execute(
            "INSERT INTO calendar_channels"
            " (org_id, id, connection_id, vendor, resource_id, secret_hash, renew_at, expires_at)"
            " VALUES (%s, %s, %s, 'google', 'r', %s, now(), now())",
            [demo.HARBOUR, _CHANNEL, connection, hashlib.sha256(secret.encode()).digest()],
        )
    yield secret
    with owner.transaction(url, demo.HARBOUR) as db:
        db.execute("DELETE FROM calendar_connections WHERE id = %s", [connection])
    owner.leave()


def posted(stack: Stack, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(f"{stack.addresses.api_url}/calendars/{path}", headers=headers, timeout=30)


def test_a_hint_reaches_whoever_syncs_within_seconds(running_stack: Stack, channel: str) -> None:
    headers = {"x-goog-channel-id": _CHANNEL, "x-goog-resource-state": "exists"}
    assert (
        posted(running_stack, "google/hints", headers | {"x-goog-channel-token": "forged"}).status_code == 200
    )

    answer = posted(running_stack, "google/hints", headers | {"x-goog-channel-token": channel})

    assert (answer.status_code, answer.text) == (200, "")
    ends = time.monotonic() + 20
    while is_there(running_stack):
        assert time.monotonic() < ends, "nobody looked"
        time.sleep(0.05)


def is_there(stack: Stack) -> bool:
    with owner.transaction(stack.addresses.database_url, demo.HARBOUR) as db:
        found = db.execute("SELECT count(*) FROM calendar_channels WHERE id = %s", [_CHANNEL]).fetchone()
    return found == (1,)


def test_outlooks_handshake_is_answered_with_the_text_alone(running_stack: Stack) -> None:
    answer = posted(running_stack, "outlook/hints?validationToken=Validation%3a+Testing+%2b")

    assert (answer.status_code, answer.text) == (200, "Validation: Testing +")
    assert answer.headers["content-type"] == "text/plain"
    assert posted(running_stack, "caldav/hints").status_code == 404
