"""A member connects calendars, chooses whose they are, and disconnects; and what must not work."""

import base64
import os
import pickle
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from frontdesk import aws
from frontdesk.calendars import tokens
from frontdesk.calendars.sealing import Unreadable, seal, unseal
from frontdesk.calendars.tokens import NotConnected, ReconnectNeeded
from frontdesk.calendars.vendors import VendorName
from frontdesk.db import connection as database
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from local import demo
from tests.calendars.conftest import hang_up
from tests.calendars.consenting import Connecting
from tests.calendars.microsoft import Microsoft
from tests.clinic import Clinic
from tests.google_calendar import GoogleAccount
from tests.member import Member, asked, token

BOTH = pytest.mark.parametrize("vendor", ["google", "outlook"])
MAPLE = UUID(demo.MAPLE)


def ends() -> float:
    return time.monotonic() + 20


def lapse(clinic: Clinic, what: str = "access_expires_at") -> None:
    """Time passes."""
    clinic.do(f"UPDATE calendar_connections SET {what} = now() - interval '1 second'")


def stored(clinic: Clinic) -> str:
    """Every table's rows, as text and as the text that bytes would be."""
    rows = [
        row
        for (table,) in clinic.all("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        for (row,) in clinic.all(f"SELECT t::text FROM {table} t")
    ]
    return "\n".join(rows)


@BOTH
def test_a_calendar_is_connected_chosen_and_disconnected(maple: Connecting, vendor: VendorName) -> None:
    connection = maple.connects(vendor)

    [shown] = maple.shown()
    assert (shown["status"], shown["failure"]) == ("connected", None)
    calendar = next(one for one in shown["calendars"] if one["isPrimary"])
    chosen = maple.choose(connection, (calendar["id"], 100))
    assert chosen.status == 200, chosen.body
    assert [one["providerId"] for one in chosen.body["connections"][0]["calendars"] if one["isPrimary"]] == [
        100
    ]
    assert tokens.access(MAPLE, connection, ends())

    gone = maple.member.delete(f"/calendars/{connection}")

    assert gone.body == {"id": connection, "isWithdrawn": vendor == "google"}
    assert maple.shown() == []
    assert maple.clinic.all("SELECT count(*) FROM calendars")[0][0] == 0
    with pytest.raises(NotConnected):
        tokens.access(MAPLE, connection, ends())


def test_the_consent_is_asked_for_by_pkce_offline_and_for_little(maple: Connecting) -> None:
    google = parse_qs(urlsplit(maple.url("google")).query)
    outlook = parse_qs(urlsplit(maple.url("outlook")).query)

    for one, name in ((google, "google"), (outlook, "outlook")):
        assert one["code_challenge_method"] == ["S256"]
        assert len(one["code_challenge"][0]) == 43
        assert one["redirect_uri"] == [f"https://desk.example/calendars/{name}/callback"]
    assert google["access_type"] == ["offline"]
    assert outlook["scope"] == ["offline_access Calendars.ReadWrite"]


@BOTH
def test_tokens_are_nowhere_in_the_clear(
    maple: Connecting,
    vendor: VendorName,
    printed: pytest.CaptureFixture[str],
) -> None:
    back = maple.agrees(maple.url(vendor))
    status, page = maple.comes_back(vendor, back)
    assert status == 200
    assert 'href="/console/setup/calendar"' in page, "what is left to do is whose calendar it is"
    connection = maple.shown()[0]["id"]
    [(refresh,)] = maple.clinic.all("SELECT refresh_token FROM calendar_connections")
    words = [
        tokens.opened(refresh, MAPLE, connection, "refresh"),
        tokens.access(MAPLE, connection, ends()),
        back["code"],
        back["state"],
    ]
    lapse(maple.clinic)
    words.append(tokens.access(MAPLE, connection, ends()))
    read = str(maple.member.get("/calendars").body)

    told = printed.readouterr().out
    assert "a calendar was connected" in told
    rows = stored(maple.clinic)
    assert maple.shown()[0]["account"] in rows  # so that is where to look
    for word in words:
        assert word not in told + read + rows
        assert word.encode().hex() not in rows


def test_what_is_sealed_for_one_connection_opens_in_no_other(maple: Connecting) -> None:
    connection = maple.connects("google")
    [(refresh,)] = maple.clinic.all("SELECT refresh_token FROM calendar_connections")

    assert tokens.opened(refresh, MAPLE, connection, "refresh")
    for org_id, id_, use in (
        (UUID(demo.HARBOUR), connection, "refresh"),
        (MAPLE, connection + 1, "refresh"),
        (MAPLE, connection, "access"),
    ):
        with pytest.raises(Unreadable):
            tokens.opened(refresh, org_id, id_, use)


def test_what_is_longer_than_kms_takes_is_sealed_in_parts(maple: Connecting) -> None:
    long = "é" * 5000

    parts = seal(long, use="a test")

    assert len(parts) == 3
    assert unseal(parts, use="a test") == long
    with pytest.raises(Unreadable):
        unseal(parts[::-1], use="a test")


@BOTH
def test_whoever_was_led_to_the_vendor_is_told_who_asks_before_anything_is_connected(
    maple: Connecting, vendor: VendorName
) -> None:
    """An address to consent at can be sent to anybody, who knows the vendor's page and not the clinic."""
    maple.clinic.do("UPDATE members SET email = 'mallory@example.com' WHERE org_id = %s", demo.MAPLE)
    maple.clinic.do("UPDATE organizations SET name = '<b>Maple</b> Clinic'")
    back = maple.agrees(maple.url(vendor))

    status, page = maple.is_asked(vendor, back)

    assert status == 200
    assert "&lt;b&gt;Maple&lt;/b&gt; Clinic (mallory@example.com) asks for your" in page
    assert maple.is_asked(vendor, back) == (200, page)  # who only looks ahead uses nothing up
    assert maple.shown() == []
    assert maple.says_yes(vendor, page)[0] == 200
    assert len(maple.shown()) == 1
    assert maple.says_yes(vendor, page)[0] == maple.is_asked(vendor, back)[0] == 400


def test_a_state_is_good_once(maple: Connecting) -> None:
    back = maple.agrees(maple.url("google"))

    assert maple.comes_back("google", back)[0] == 200
    status, page = maple.comes_back("google", maple.agrees(maple.url("google")) | {"state": back["state"]})
    assert (status, "used before" in page) == (400, True)


def _none(_: str) -> str:
    return ""


def _junk(_: str) -> str:
    return "%%%"


def _short(_: str) -> str:
    return "YWJj"


def _forged(state: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)))
    raw[-1] ^= 1
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "changed",
    [_none, _junk, _short, _forged],
    ids=["none", "junk", "short", "bit"],
)
def test_a_forged_state_leads_nowhere(maple: Connecting, changed: Callable[[str], str]) -> None:
    back = maple.agrees(maple.url("google"))

    status, page = maple.comes_back("google", back | {"state": changed(back["state"])})

    assert (status, "isn't one of ours" in page) == (400, True)
    assert maple.shown() == []


def test_a_state_of_another_vendor_or_too_late_leads_nowhere(maple: Connecting) -> None:
    back = maple.agrees(maple.url("google"))
    assert maple.comes_back("outlook", back)[0] == 400
    maple.clinic.do("UPDATE calendar_consents SET expires_at = now()")
    assert maple.comes_back("google", back)[0] == 400
    assert maple.shown() == []


@BOTH
def test_a_code_is_of_no_use_with_another_clinics_state(
    maple: Connecting, harbours: Connecting, vendor: VendorName
) -> None:
    """PKCE: the code belongs to the page that it was asked for on."""
    mine, theirs = maple.agrees(maple.url(vendor)), harbours.agrees(harbours.url(vendor))

    status, _ = maple.comes_back(vendor, theirs | {"code": mine["code"]})

    assert status == 400
    assert maple.shown() == harbours.shown() == []


@pytest.mark.parametrize("now", ["left", "viewer"])
def test_who_may_not_any_more_connects_nothing(maple: Connecting, now: str) -> None:
    back = maple.agrees(maple.url("google"))
    maple.clinic.do(
        "INSERT INTO members (user_id, org_id, email, role) VALUES ('another', %s, 'o@example.com', 'owner')",
        demo.MAPLE,
    )
    query = "DELETE FROM members" if now == "left" else "UPDATE members SET role = 'viewer'"
    maple.clinic.do(f"{query} WHERE user_id <> 'another' AND org_id = %s", demo.MAPLE)

    status, page = maple.comes_back("google", back)

    assert (status, "may not connect" in page) == (400, True)
    assert maple.clinic.all("SELECT * FROM calendar_connections") == []


def test_a_refusal_says_what_it_is(maple: Connecting, account: GoogleAccount, outlook: Microsoft) -> None:
    account.options(denies=True)
    assert "not allowed" in maple.comes_back("google", maple.agrees(maple.url("google")))[1]
    account.options(denies=False, grants=["https://www.googleapis.com/auth/calendar.events"])
    assert "every box" in maple.comes_back("google", maple.agrees(maple.url("google")))[1]
    outlook.http.put("/_consent", json={"deny": "admin"}).raise_for_status()
    assert "administrator" in maple.comes_back("outlook", maple.agrees(maple.url("outlook")))[1]
    outlook.http.put("/_consent", json={"refuse_tokens": "AADSTS65001"}).raise_for_status()
    assert "administrator" in maple.comes_back("outlook", maple.agrees(maple.url("outlook")))[1]
    outlook.http.put("/_consent", json={}).raise_for_status()
    back = maple.agrees(maple.url("outlook"))
    status, page = maple.comes_back("outlook", back | {"code": "nobody's"})
    assert (status, "take it" in page) == (400, True)
    assert maple.shown() == []


def test_a_vendor_that_is_away_is_said_to_be(maple: Connecting, outlook: Microsoft) -> None:
    back = maple.agrees(maple.url("outlook"))
    outlook.faults({"path": "/common/oauth2/v2.0/token", "status": 503})

    status, page = maple.comes_back("outlook", back)

    assert (status, "did not answer" in page) == (503, True)


def test_a_vendor_without_a_client_of_ours_is_declined(
    maple: Connecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_GOOGLE_CLIENT_ID", "")
    settings.cache_clear()

    assert maple.member.post("/calendars/google/connect").status == 409


@BOTH
def test_a_refused_token_is_refreshed_and_the_rotated_one_kept(maple: Connecting, vendor: VendorName) -> None:
    connection = maple.connects(vendor)
    query = "SELECT refresh_token FROM calendar_connections"
    before = tokens.opened(maple.clinic.all(query)[0][0], MAPLE, connection, "refresh")
    first = tokens.access(MAPLE, connection, ends())
    assert tokens.access(MAPLE, connection, ends()) == first

    second = tokens.access(MAPLE, connection, ends(), refused=first)

    assert second != first
    after = tokens.opened(maple.clinic.all(query)[0][0], MAPLE, connection, "refresh")
    assert (after == before) == (vendor == "google")
    # Who was refused the old one meanwhile gets the new one, and nobody refreshes again.
    assert tokens.access(MAPLE, connection, ends(), refused=first) == second


def _refreshes(outlook: Microsoft) -> int:
    return len([one for one in outlook.requests() if one["path"].endswith("/token")])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_of_several_workers_at_once_one_refreshes(maple: Connecting, outlook: Microsoft) -> None:
    connection = maple.connects("outlook")
    lapse(maple.clinic)
    outlook.forget()
    outlook.faults({"path": "/common/oauth2/v2.0/token", "latency_s": 0.5})
    hang_up()
    database.drop()

    # Processes, as Lambda's are: each has a connection to Postgres of its own.
    reads: list[int] = []
    for _ in range(4):
        read, write = os.pipe()
        if not os.fork():
            try:
                os.write(write, pickle.dumps(tokens.access(MAPLE, connection, ends())))
            finally:
                os._exit(0)
        os.close(write)
        reads.append(read)
    got: list[str] = []
    for read in reads:
        with os.fdopen(read, "rb") as pipe:
            got.append(pickle.loads(pipe.read()))
    for _ in reads:
        os.wait()

    assert len(set(got)) == 1
    assert _refreshes(outlook) == 1


@BOTH
def test_a_death_between_the_refresh_and_the_commit_costs_nothing(
    maple: Connecting, vendor: VendorName, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = maple.connects(vendor)
    lapse(maple.clinic)

    class Died(BaseException):
        pass

    with monkeypatch.context() as patched:
        inner = aws.client("kms")

        class DyingAtTheSeal:
            def decrypt(self, **asked: object) -> object:
                return inner.decrypt(**asked)

            def encrypt(self, **_: object) -> object:
                raise Died

        def client(_: str) -> DyingAtTheSeal:
            return DyingAtTheSeal()

        patched.setattr(aws, "client", client)
        with pytest.raises(Died):
            tokens.access(MAPLE, connection, ends())

    # Its lease keeps the others off until it runs out.
    with pytest.raises(ProviderFailed):
        tokens.access(MAPLE, connection, time.monotonic() + 2.1)
    lapse(maple.clinic, "leased_until")
    assert tokens.access(MAPLE, connection, ends())


def test_a_consent_that_is_gone_is_told_once_and_not_asked_again(
    maple: Connecting, outlook: Microsoft
) -> None:
    connection = maple.connects("outlook")
    outlook.does("revoke")
    lapse(maple.clinic)
    outlook.forget()

    for _ in range(3):
        with pytest.raises(ReconnectNeeded):
            tokens.access(MAPLE, connection, ends())

    assert _refreshes(outlook) == 1
    notices = maple.member.get("/notifications").body["notifications"]
    assert [one["title"] for one in notices] == ["A calendar has to be connected again"]
    [shown] = maple.shown()
    assert (shown["status"], "has to connect it again" in shown["failure"]) == ("reconnect_needed", True)
    assert maple.clinic.all("SELECT refresh_token, access_token FROM calendar_connections") == [(None, None)]

    # Connected again it is the same connection, with what was chosen.
    assert maple.connects("outlook") == connection
    assert maple.shown()[0]["status"] == "connected"
    assert tokens.access(MAPLE, connection, ends())


def test_a_vendor_that_fails_is_asked_again_by_the_next(maple: Connecting, outlook: Microsoft) -> None:
    connection = maple.connects("outlook")
    lapse(maple.clinic)
    outlook.faults({"path": "/common/oauth2/v2.0/token", "status": 503})
    with pytest.raises(ProviderFailed):
        tokens.access(MAPLE, connection, ends())
    outlook.faults()

    assert tokens.access(MAPLE, connection, ends())


def test_two_clinics_connect_the_same_mailbox_and_one_leaves(maple: Connecting, harbours: Connecting) -> None:
    mine, theirs = maple.connects("google"), harbours.connects("google")

    gone = maple.member.delete(f"/calendars/{mine}")

    assert gone.body["isWithdrawn"] is False, "Google would end the other's too"
    lapse(harbours.clinic)
    assert tokens.access(UUID(demo.HARBOUR), theirs, ends())
    assert harbours.member.delete(f"/calendars/{theirs}").body["isWithdrawn"] is True


def test_another_clinics_connection_is_none(maple: Connecting, harbours: Connecting) -> None:
    mine = maple.connects("google")
    [shown] = maple.shown()

    assert harbours.shown() == []
    assert harbours.member.delete(f"/calendars/{mine}").status == 404
    assert harbours.choose(mine, (shown["calendars"][0]["id"], None)).status == 404
    with pytest.raises(NotConnected):
        tokens.access(UUID(demo.HARBOUR), mine, ends())
    assert maple.shown() == [shown]


def test_a_calendar_is_one_providers_and_a_provider_has_one(maple: Connecting) -> None:
    google, outlook = maple.connects("google"), maple.connects("outlook")
    first, second = (
        next(each["id"] for each in one["calendars"] if each["isPrimary"]) for one in maple.shown()
    )

    assert maple.choose(google, (first, 100)).status == 200
    assert maple.choose(outlook, (second, 100)).status == 409
    assert maple.choose(google, (first, 987654)).status == 404
    assert maple.choose(google, (second, 101)).status == 404
    assert maple.choose(google, (first, 101), (first, 100)).status == 422
    assert maple.choose(google, (first, 101)).status == 200
    assert maple.choose(outlook, (second, 100)).status == 200


def test_only_an_admin_connects_and_nobody_without_a_token(maple: Connecting) -> None:
    maple.clinic.do(
        "INSERT INTO members (user_id, org_id, email, role) VALUES ('viewer', %s, 'v@example.com', 'viewer')",
        demo.MAPLE,
    )
    viewer = Member(token(sub="viewer"))

    assert viewer.post("/calendars/google/connect").status == 403
    assert viewer.get("/calendars").status == 200
    assert asked("POST", "/calendars/google/connect").status == 401


def test_a_row_without_tokens_is_no_connected_one(maple: Connecting) -> None:
    maple.connects("google")
    with pytest.raises(psycopg.errors.CheckViolation):
        maple.clinic.do("UPDATE calendar_connections SET refresh_token = NULL")
