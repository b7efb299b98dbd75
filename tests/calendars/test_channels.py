"""Channels are opened for calendars that are somebody's, kept open, and stopped, at both vendors."""

import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from frontdesk.calendars import channels, tokens
from frontdesk.calendars.hints import hash_of
from frontdesk.calendars.syncing import sync
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import VendorName
from frontdesk.settings import settings
from local import demo
from tests.calendars.consenting import Connecting
from tests.calendars.hearing import Address, address
from tests.calendars.microsoft import Microsoft
from tests.google_calendar import GoogleAccount

BOTH = pytest.mark.parametrize("vendor", ["google", "outlook"])
MAPLE = UUID(demo.MAPLE)
ROW = (
    "SELECT id, calendar_id IS NOT NULL, secret_hash, expires_at, renew_at FROM calendar_channels"
    " ORDER BY renew_at DESC"
)


@dataclass(frozen=True)
class Watching:
    """Maple's admin, both vendors, and our address at which they post."""

    maple: Connecting
    google: GoogleAccount
    outlook: Microsoft
    address: Address

    def connects(self, vendor: VendorName) -> int:
        """And its first calendar is Dr. Santos' own."""
        connection = self.maple.connects(vendor)
        self.choose(connection, 100)
        return connection

    def choose(self, connection: int, provider: int | None) -> None:
        found = next(one for one in self.maple.shown() if one["id"] == connection)
        primary = next(one["id"] for one in found["calendars"] if one["isPrimary"])
        assert self.maple.choose(connection, (primary, provider)).status == 200

    def at(self, vendor: VendorName) -> list[dict[str, Any]]:
        """What is open at the vendor: `id`, `address`, `secret`."""
        if vendor == "google":
            return [
                {"id": one["id"], "address": one["address"], "secret": one["token"]}
                for one in self.google.told("GET", "/_channels")
            ]
        return [
            {"id": one["id"], "address": one["notificationUrl"], "secret": one["clientState"]}
            for one in self.outlook.holds()["subscriptions"]
        ]

    def asked(self, vendor: VendorName) -> list[tuple[str, str]]:
        """What of channels the vendor was asked since the last time."""
        if vendor == "google":
            seen = self.google.requests()
        else:
            seen = self.outlook.requests()
            self.outlook.forget()
        named = ("/watch", "/channels/stop", "/v1.0/subscriptions")
        return [(one["method"], one["path"]) for one in seen if any(name in one["path"] for name in named)]

    def rows(self) -> list[Any]:
        return self.maple.clinic.all(ROW)

    def passes(self, column: str = "renew_at") -> None:
        """Time: half a channel's life, or all of it."""
        self.maple.clinic.do(f"UPDATE calendar_channels SET {column} = now() - interval '1 second'")

    def refuses(self, vendor: VendorName, path: str, method: str = "POST", **fault: Any) -> None:
        """The vendor, from now on."""
        where = {"path": path, "method": method, **fault}
        self.google.faults(where) if vendor == "google" else self.outlook.faults(where)

    def failure(self) -> str | None:
        """Of the last sync."""
        return self.maple.clinic.all("SELECT sync_failure FROM calendar_connections")[0][0]


@pytest.fixture
def watching(
    maple: Connecting, account: GoogleAccount, outlook: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> Generator[Watching]:
    with address() as ours:
        monkeypatch.setenv("FRONTDESK_PUBLIC_URL", ours.url)
        settings.cache_clear()
        yield Watching(maple, account, outlook, ours)


def ends() -> float:
    return time.monotonic() + 100


def watch_path(vendor: VendorName) -> str:
    return "/calendar/v3/calendars/" if vendor == "google" else "/v1.0/subscriptions"


@BOTH
def test_a_calendar_of_somebodys_is_watched_and_nobody_elses(watching: Watching, vendor: VendorName) -> None:
    connection = watching.maple.connects(vendor)
    sync(MAPLE, connection, ends())
    assert watching.at(vendor) == []

    watching.choose(connection, 100)
    sync(MAPLE, connection, ends())

    [there] = watching.at(vendor)
    [(key, is_of_one, secret_hash, expires_at, renew_at)] = watching.rows()
    assert there["address"] == f"{watching.address.url}/calendars/{vendor}/hints"
    assert there["id"] == key
    if vendor == "google":  # Microsoft tells nobody
        assert hash_of(there["secret"]) == secret_hash
        assert len(there["secret"]) > 40
    assert is_of_one == (vendor == "google")
    now = datetime.now(UTC)
    granted = timedelta(days=7) if vendor == "google" else timedelta(minutes=4200)
    assert expires_at - now == pytest.approx(granted, abs=timedelta(minutes=1))
    assert renew_at - now == pytest.approx(granted / 2, abs=timedelta(minutes=1))
    assert watching.asked(vendor)
    sync(MAPLE, connection, ends())
    assert watching.asked(vendor) == []


@BOTH
def test_what_changed_before_anybody_listened_is_pulled_by_one_more_round(
    watching: Watching, vendor: VendorName
) -> None:
    """And a renewal, during which the old channel is heard, asks for none."""
    connection = watching.connects(vendor)
    turn = Turn(MAPLE, connection, tokens.vendor(vendor), ends())

    def is_wanted() -> bool:
        return watching.maple.clinic.all("SELECT wanted_at IS NOT NULL FROM calendar_connections")[0][0]

    channels.keep(turn)
    assert is_wanted()

    watching.maple.clinic.do("UPDATE calendar_connections SET wanted_at = NULL")
    watching.passes()
    channels.keep(turn)
    assert not is_wanted()


def test_a_change_while_a_subscription_is_made_is_no_later_than_one_after_it(watching: Watching) -> None:
    """The round's pull was before it, and its hint of a subscription that nobody knew yet."""
    connection = watching.connects("outlook")
    soon = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d")
    watching.address.meanwhile = lambda: watching.outlook.put(f"{soon}T17:00:00", f"{soon}T18:00:00")

    sync(MAPLE, connection, ends())

    assert watching.maple.clinic.all("SELECT count(*) FROM calendar_busy") == [(1,)]


def test_a_new_channel_takes_over_from_googles_before_that_is_stopped(watching: Watching) -> None:
    connection = watching.connects("google")
    sync(MAPLE, connection, ends())
    [old] = watching.at("google")
    watching.asked("google")
    watching.passes()

    sync(MAPLE, connection, ends())

    [new] = watching.at("google")
    assert new["id"] != old["id"]
    assert new["secret"] != old["secret"]
    [(key, _, secret_hash, *_)] = watching.rows()
    assert (key, secret_hash) == (new["id"], hash_of(new["secret"]))
    assert [path.rsplit("/", 1)[-1] for _, path in watching.asked("google")] == ["watch", "stop"]


def test_outlooks_subscription_is_lengthened(watching: Watching) -> None:
    connection = watching.connects("outlook")
    sync(MAPLE, connection, ends())
    [old] = watching.at("outlook")
    watching.asked("outlook")
    watching.maple.clinic.do("UPDATE calendar_channels SET expires_at = now() + interval '1 hour'")
    watching.passes()

    sync(MAPLE, connection, ends())

    assert watching.at("outlook") == [old]
    [(_, _, _, expires_at, renew_at)] = watching.rows()
    assert expires_at - datetime.now(UTC) > timedelta(minutes=4190)
    assert renew_at > datetime.now(UTC) + timedelta(minutes=2000)
    assert watching.asked("outlook") == [("PATCH", f"/v1.0/subscriptions/{old['id']}")]


@BOTH
def test_one_that_lapsed_is_followed_by_another(watching: Watching, vendor: VendorName) -> None:
    connection = watching.connects(vendor)
    sync(MAPLE, connection, ends())
    [old] = watching.at(vendor)
    watching.passes("expires_at")
    watching.asked(vendor)
    watching.google.expire("channels")
    watching.outlook.does("lapse")

    sync(MAPLE, connection, ends())

    [new] = watching.at(vendor)
    assert new["id"] != old["id"]
    assert [key for key, *_ in watching.rows()] == [new["id"]]
    assert [method for method, _ in watching.asked(vendor)] == ["POST"], "nothing is stopped that is over"


def test_one_that_lapsed_unheard_is_followed_by_another(watching: Watching) -> None:
    connection = watching.connects("outlook")
    sync(MAPLE, connection, ends())
    watching.passes()
    watching.outlook.does("lapse")

    sync(MAPLE, connection, ends())

    assert [key for key, *_ in watching.rows()] == [one["id"] for one in watching.at("outlook")]
    assert len(watching.rows()) == 1


@BOTH
def test_a_calendar_that_is_nobodys_any_more_is_not_watched(watching: Watching, vendor: VendorName) -> None:
    connection = watching.connects(vendor)
    sync(MAPLE, connection, ends())
    watching.choose(connection, None)

    sync(MAPLE, connection, ends())

    assert watching.at(vendor) == []
    assert watching.rows() == []


def test_what_somebody_who_died_left_to_stop_is_stopped(watching: Watching) -> None:
    """A new channel was kept, and then the function ended before the old one was stopped."""
    connection = watching.connects("google")
    sync(MAPLE, connection, ends())
    [old] = watching.at("google")
    row = watching.maple.clinic.all("SELECT to_jsonb(c) FROM calendar_channels c")[0][0]
    watching.maple.clinic.do("DELETE FROM calendar_channels")
    sync(MAPLE, connection, ends())
    earlier = row | {"renew_at": (datetime.now(UTC) + timedelta(minutes=1)).isoformat()}
    watching.maple.clinic.do(
        "INSERT INTO calendar_channels SELECT * FROM jsonb_populate_record(NULL::calendar_channels, %s)",
        Jsonb(earlier),
    )
    assert len(watching.at("google")) == 2

    sync(MAPLE, connection, ends())

    [left] = watching.at("google")
    assert left["id"] != old["id"]
    assert [key for key, *_ in watching.rows()] == [left["id"]]


@BOTH
def test_a_refusal_to_be_watched_fails_no_round_and_is_not_asked_for_again_at_once(
    watching: Watching, vendor: VendorName
) -> None:
    connection = watching.connects(vendor)
    refusal: dict[str, Any] = {"status": 403}
    if vendor == "google":
        refusal = {"status": 401, "reason": "push.webhookUrlUnauthorized"}
    watching.refuses(vendor, watch_path(vendor), **refusal)
    watching.asked(vendor)

    sync(MAPLE, connection, ends())
    assert watching.failure() is None
    assert len(watching.asked(vendor)) == 1
    watching.google.faults()
    watching.outlook.faults()
    sync(MAPLE, connection, ends())
    assert watching.asked(vendor) == []

    watching.maple.clinic.do("UPDATE calendars SET watch_at = watch_at - interval '1 hour'")
    sync(MAPLE, connection, ends())
    assert len(watching.at(vendor)) == 1


def test_an_address_that_outlook_cannot_reach_fails_no_round(watching: Watching) -> None:
    connection = watching.connects("outlook")
    watching.address.shakes = False

    sync(MAPLE, connection, ends())

    assert watching.at("outlook") == []
    assert watching.failure() is None


@BOTH
def test_a_vendor_that_asks_us_to_wait_ends_the_round(watching: Watching, vendor: VendorName) -> None:
    connection = watching.connects(vendor)
    watching.refuses(vendor, watch_path(vendor), status=429, headers={"Retry-After": "77"})

    sync(MAPLE, connection, ends())

    assert watching.failure() == "Throttled"
    [(waits,)] = watching.maple.clinic.all(
        "SELECT extract(epoch FROM due_at - now())::float8 FROM calendar_connections"
    )
    assert 60 < waits < 90


def test_a_renewal_that_fails_is_tried_again_while_the_old_one_is_heard(watching: Watching) -> None:
    connection = watching.connects("outlook")
    sync(MAPLE, connection, ends())
    [old] = watching.at("outlook")
    watching.passes()
    watching.refuses("outlook", "/v1.0/subscriptions", "PATCH", status=500)
    sync(MAPLE, connection, ends())
    assert watching.failure() is None
    assert watching.at("outlook") == [old]
    watching.outlook.faults()
    watching.asked("outlook")

    sync(MAPLE, connection, ends())

    assert [method for method, _ in watching.asked("outlook")] == ["PATCH"]


def test_where_no_vendor_can_reach_us_none_is_asked_to(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_STAGE", "dev")
    settings.cache_clear()
    connection = watching.connects("google")
    watching.asked("google")

    sync(MAPLE, connection, ends())

    assert watching.asked("google") == []


@BOTH
def test_who_disconnects_hears_no_more(watching: Watching, vendor: VendorName) -> None:
    connection = watching.connects(vendor)
    sync(MAPLE, connection, ends())
    assert len(watching.at(vendor)) == 1

    gone = watching.maple.member.delete(f"/calendars/{connection}")

    assert gone.body == {"id": connection, "isWithdrawn": vendor == "google"}
    assert watching.at(vendor) == []
    assert watching.rows() == []


@BOTH
def test_a_vendor_that_does_not_answer_keeps_nobody_from_disconnecting(
    watching: Watching, vendor: VendorName
) -> None:
    connection = watching.connects(vendor)
    sync(MAPLE, connection, ends())
    watching.google.faults({"status": 500})
    watching.outlook.faults({"status": 500})

    gone = watching.maple.member.delete(f"/calendars/{connection}")

    assert gone.body == {"id": connection, "isWithdrawn": False}
    assert watching.rows() == []
    watching.google.faults()
