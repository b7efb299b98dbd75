"""Our client of Google Calendar against the stand-in: what the rest of the house gets to know."""

import logging
import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk import logs
from frontdesk.calendars import google
from frontdesk.calendars.google import Google, event_id, mark_of
from frontdesk.calendars.vendors import (
    AccessExpired,
    ConsentGone,
    Days,
    Draft,
    Event,
    EventChanged,
    EventGone,
    Forbidden,
    Listed,
    Mark,
    Span,
    Throttled,
    TokenDead,
    Vendor,
    Withdrawn,
    Written,
)
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from frontdesk.zones import midnight, zone
from tests.calendars.conftest import CHALLENGE, VERIFIER, Desk, Heard
from tests.google_calendar import MEMBER, REDIRECT, GoogleAccount, when

ORG = "8f14e45f-ceea-467f-a0e6-9f1c1b7c0a11"
MARK = Mark(ORG, 4711, 0)
WINDOW = Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
_AT: Any = "/calendar/v3"


def span(text: str) -> Span:
    """`2026-12-01 09:00/10:00`, UTC."""
    day, _, hours = text.partition(" ")
    start, end = (datetime.fromisoformat(f"{day}T{hour}:00+00:00") for hour in hours.split("/"))
    return Span(start, end)


def draft(when_: str = "2026-12-01 16:00/16:30", mark: Mark = MARK, title: str = "Booked") -> Draft:
    return Draft(mark, span(when_), title, "By telephone.")


def pulled(desk: Desk, token: str | None = None, calendar: str = MEMBER) -> tuple[dict[str, Event], str]:
    """All pages: events by id, and the token."""
    events: dict[str, Event] = {}
    page: str | None = None
    while True:
        got = desk.google.changes(desk.access, calendar, window=WINDOW, token=token, page=page)
        events |= {one.id: one for one in got.events}
        assert (got.next_page is None) != (got.token is None)
        if got.token:
            return events, got.token
        page = got.next_page


def blocking(desk: Desk) -> bool:
    """Whether the one event that is there blocks, as both ways of asking say."""
    (one,) = pulled(desk)[0].values()
    busy = desk.google.busy(desk.access, MEMBER, WINDOW)
    assert one.blocks == bool(busy)
    return one.blocks


def test_it_is_a_vendor(desk: Desk) -> None:
    vendor: Vendor = desk.google
    assert vendor.name == "google"


# ---------------------------------------------------------------------- consent


def test_a_consent_asks_for_little_and_for_a_refresh_token(account: GoogleAccount) -> None:
    url = Google().consent_url(state="a-state", challenge=CHALLENGE, redirect_url=REDIRECT)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    assert (query["access_type"], query["prompt"], query["code_challenge_method"]) == (
        "offline",
        "consent",
        "S256",
    )
    assert {scope.rpartition("/")[2] for scope in query["scope"].split()} == {
        "calendar.events",
        "calendar.freebusy",
        "calendar.calendarlist.readonly",
    }
    assert "secret" not in url
    assert account.consents(url)["state"] == "a-state"


def test_a_second_consent_gives_a_refresh_token_too(account: GoogleAccount, desk: Desk) -> None:
    back = account.consents(desk.google.consent_url(state="s", challenge=CHALLENGE, redirect_url=REDIRECT))
    before = datetime.now(UTC)

    tokens = desk.google.tokens(code=back["code"], verifier=VERIFIER, redirect_url=REDIRECT)

    assert tokens.refresh not in (None, desk.refresh)
    assert before < tokens.expires_at - timedelta(seconds=3598) < datetime.now(UTC) + timedelta(seconds=2)
    assert frozenset(google.SCOPES) == tokens.scopes


@pytest.mark.parametrize(
    ("verifier", "redirect"), [("w" * 64, REDIRECT), (VERIFIER, f"{REDIRECT}/elsewhere")]
)
def test_a_code_is_good_for_who_asked_for_it_alone(
    account: GoogleAccount, desk: Desk, verifier: str, redirect: str
) -> None:
    back = account.consents(desk.google.consent_url(state="s", challenge=CHALLENGE, redirect_url=REDIRECT))

    with pytest.raises(ConsentGone):
        desk.google.tokens(code=back["code"], verifier=verifier, redirect_url=redirect)


def test_a_code_is_good_once(account: GoogleAccount, desk: Desk) -> None:
    back = account.consents(desk.google.consent_url(state="s", challenge=CHALLENGE, redirect_url=REDIRECT))
    desk.google.tokens(code=back["code"], verifier=VERIFIER, redirect_url=REDIRECT)

    with pytest.raises(ConsentGone):
        desk.google.tokens(code=back["code"], verifier=VERIFIER, redirect_url=REDIRECT)


def test_a_refresh_keeps_the_refresh_token_unless_google_rotates_it(
    account: GoogleAccount, desk: Desk
) -> None:
    first = desk.google.refreshed(desk.refresh)
    account.options(rotates=True)
    second = desk.google.refreshed(desk.refresh)

    assert first.refresh is None
    assert second.refresh not in (None, desk.refresh)
    with pytest.raises(ConsentGone):
        desk.google.refreshed(desk.refresh)


def test_a_consent_that_is_gone_is_gone(account: GoogleAccount, desk: Desk) -> None:
    desk.google.revoke(desk.refresh)
    desk.google.revoke(desk.refresh)

    with pytest.raises(ConsentGone):
        desk.google.refreshed(desk.refresh)
    with pytest.raises(AccessExpired):
        desk.google.calendars(desk.access)
    assert [one["path"] for one in account.requests()].count("/token") == 1, "not asked again"


def test_a_wrong_client_is_our_mistake_and_no_lost_consent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_GOOGLE_CLIENT_SECRET", "another")
    settings.cache_clear()

    with pytest.raises(ProviderFailed, match="invalid_client"):
        desk.google.refreshed(desk.refresh)


def test_a_clock_that_is_off_changes_nothing(account: GoogleAccount, desk: Desk) -> None:
    """How long a token lives is reckoned by our own clock; that it is over, Google's answer says."""
    account.options(ahead_s=-600)
    tokens = desk.google.refreshed(desk.refresh)
    assert tokens.expires_at > datetime.now(UTC) + timedelta(seconds=3590)

    account.options(ahead_s=3700)
    with pytest.raises(AccessExpired):
        desk.google.calendars(tokens.access)
    desk.google.calendars(desk.google.refreshed(desk.refresh).access)


# ---------------------------------------------------------------------- calendars


def test_all_calendars_of_an_account_are_listed(account: GoogleAccount, desk: Desk) -> None:
    for number, role in enumerate(("reader", "writer", "owner")):
        other = f"calendar-{number}@group.example"
        made = {
            "owner": "x@clinic.example",
            "id": other,
            "summary": f"Room {number}",
            "timeZone": "Mars/North",
        }
        account.told("PUT", "/_calendar", made)
        account.share(role, calendar=other)
    account.options(page_size=2)

    found = desk.google.calendars(desk.access)

    assert found[0] == Listed(MEMBER, MEMBER, "America/Vancouver", is_primary=True, is_writable=True)
    assert [(one.name, one.is_writable, one.time_zone) for one in found[1:]] == [
        ("Room 0", False, None),
        ("Room 1", True, None),
        ("Room 2", True, None),
    ]


# ---------------------------------------------------------------------- changes


def test_every_page_is_read_and_then_only_changes(account: GoogleAccount, desk: Desk) -> None:
    made = [account.put("2026-12-01 09:00", "2026-12-01 10:00", summary=str(n)) for n in range(5)]
    account.put("2027-03-02 09:00", "2027-03-02 10:00", summary="beyond the window")
    account.options(page_size=2)

    events, token = pulled(desk)
    account.requests()
    account.remove(made[3]["id"])
    changed, later = pulled(desk, token)
    unchanged, _ = pulled(desk, later)

    assert [one.title for one in events.values()] == ["0", "1", "2", "3", "4"]
    assert [(one.id, one.is_gone, one.when) for one in changed.values()] == [(made[3]["id"], True, None)]
    assert unchanged == {}
    assert len(account.requests()) == 2, "an unchanged calendar costs one request"


def test_a_token_dies_in_the_middle_of_the_pages(account: GoogleAccount, desk: Desk) -> None:
    for _ in range(3):
        account.put("2026-12-01 09:00", "2026-12-01 10:00")
    _, token = pulled(desk)
    for one in account.events():
        account.change(one["id"], summary="moved")
    account.options(page_size=2)
    first = desk.google.changes(desk.access, MEMBER, window=WINDOW, token=token, page=None)
    account.expire("sync")

    for known, page in ((token, first.next_page), (token, None), ("nonsense", None), (None, "nonsense")):
        with pytest.raises(TokenDead):
            desk.google.changes(desk.access, MEMBER, window=WINDOW, token=known, page=page)
    assert len(pulled(desk)[0]) == 3


def test_times_are_instants_and_days_stay_days(account: GoogleAccount, desk: Desk) -> None:
    """Vancouver is seven hours behind all winter from 2026 on, Toronto changes its clocks."""
    toronto = [
        {"dateTime": f"2026-{at}:00", "timeZone": "America/Toronto"} for at in ("11-01T00:30", "11-01T01:30")
    ]
    account.put("2026-12-01 09:00", "2026-12-01 10:00", summary="winter")
    account.put("2026-12-24", "2026-12-27", summary="closed")
    account.put(*toronto, summary="night of the change")

    found = {one.title: one.when for one in pulled(desk)[0].values()}

    assert found == {
        "winter": span("2026-12-01 16:00/17:00"),
        "closed": Days(date(2026, 12, 24), date(2026, 12, 27)),
        "night of the change": span("2026-11-01 04:30/05:30"),
    }


@pytest.mark.parametrize(
    ("more", "blocks"),
    [
        ({}, True),
        ({"transparency": "transparent"}, False),
        ({"status": "tentative"}, True),
        ({"status": "tentative", "transparency": "transparent"}, False),
        ({"eventType": "outOfOffice"}, True),
        ({"eventType": "focusTime"}, True),
        ({"eventType": "workingLocation"}, False),
        ({"eventType": "birthday"}, False),
        ({"attendees": [{"email": MEMBER, "responseStatus": "declined"}]}, False),
        ({"attendees": [{"email": MEMBER, "responseStatus": "needsAction"}]}, True),
        (
            {
                "attendees": [
                    {"email": "somebody@else.example", "responseStatus": "declined"},
                    {"email": MEMBER, "responseStatus": "accepted"},
                ]
            },
            True,
        ),
    ],
)
def test_what_blocks(account: GoogleAccount, desk: Desk, more: dict[str, Any], blocks: bool) -> None:
    account.put("2026-12-01 09:00", "2026-12-01 10:00", **more)

    assert blocking(desk) is blocks


def test_whole_days_that_are_free_do_not_block(account: GoogleAccount, desk: Desk) -> None:
    account.put("2026-12-01", "2026-12-02", eventType="birthday", transparency="transparent")

    assert not blocking(desk)


def test_an_event_without_a_length_blocks_nothing(account: GoogleAccount, desk: Desk) -> None:
    account.put("2026-12-01 09:00", "2026-12-01 09:00")

    (one,) = pulled(desk)[0].values()
    assert not one.blocks


def test_a_private_event_keeps_its_title_for_itself(account: GoogleAccount, desk: Desk) -> None:
    for visibility in ("private", "confidential", "public", "default"):
        account.put("2026-12-01 09:00", "2026-12-01 10:00", summary=visibility, visibility=visibility)

    assert [one.title for one in pulled(desk)[0].values()] == [None, None, "public", "default"]


def test_guests_other_than_the_owner_are_not_even_asked_for(account: GoogleAccount, desk: Desk) -> None:
    pulled(desk)

    assert account.requests()[0]["query"]["maxAttendees"] == "1"


def test_a_series_comes_as_its_instances_and_exceptions(account: GoogleAccount, desk: Desk) -> None:
    made = account.put("2026-12-01 09:00", "2026-12-01 10:00", recurrence=["RRULE:FREQ=DAILY;COUNT=4"])
    first, token = pulled(desk)
    keys = list(first)
    account.remove(keys[1])
    account.change(keys[2], start=when("2026-12-03 15:00"), end=when("2026-12-03 16:00"))
    changed, later = pulled(desk, token)
    account.remove(made["id"])
    gone, _ = pulled(desk, later)

    assert len(keys) == 4
    assert {key: one.is_gone for key, one in changed.items()} == {keys[1]: True, keys[2]: False}
    assert changed[keys[2]].when == span("2026-12-03 22:00/23:00")
    assert {key: one.is_gone for key, one in gone.items()} == dict.fromkeys((keys[0], keys[2], keys[3]), True)


def test_a_series_that_moves_takes_its_exceptions_along(account: GoogleAccount, desk: Desk) -> None:
    """Also one that had been put where nobody would look for it."""
    made = account.put("2026-12-01 09:00", "2026-12-01 10:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=14"])
    last = f"{made['id']}_20270302T160000Z"
    account.change(last, start=when("2026-12-20 09:00"), end=when("2026-12-20 10:00"))
    mirror, token = pulled(desk)
    assert last in mirror, "its place in the series is beyond the window"

    account.change(made["id"], start=when("2026-12-01 11:00"), end=when("2026-12-01 12:00"))
    changed, _ = pulled(desk, token)

    assert changed[last].is_gone
    living = {key for key, one in (mirror | changed).items() if not one.is_gone}
    assert living == set(pulled(desk)[0])
    assert len(living) == 13


def test_a_series_of_five_thousand_instances_is_read(account: GoogleAccount, desk: Desk) -> None:
    recurrence = ["RRULE:FREQ=MINUTELY;INTERVAL=15;COUNT=5000"]
    account.put("2026-12-01 09:00", "2026-12-01 09:10", recurrence=recurrence)

    events, token = pulled(desk)
    unchanged, _ = pulled(desk, token)

    assert len(events) == 5000
    assert all(one.blocks for one in events.values())
    assert unchanged == {}
    assert len(account.requests()) == 3, "two full pages, and one"


# ---------------------------------------------------------------------- busy


def test_busy_is_asked_in_utc_and_what_is_not_sure_is_not_free(account: GoogleAccount, desk: Desk) -> None:
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    account.put("2026-12-02", "2026-12-03")

    assert desk.google.busy(desk.access, MEMBER, WINDOW) == [
        span("2026-12-01 16:00/17:00"),
        Span(datetime(2026, 12, 2, 7, tzinfo=UTC), datetime(2026, 12, 3, 7, tzinfo=UTC)),
    ]
    with pytest.raises(Withdrawn):
        desk.google.busy(desk.access, "nobody@clinic.example", WINDOW)
    account.options(unknown_busy="internalError")
    with pytest.raises(ProviderFailed, match="unknown: internalError"):
        desk.google.busy(desk.access, MEMBER, WINDOW)


# ---------------------------------------------------------------------- our events


def test_our_event_says_only_what_it_is_told_to(account: GoogleAccount, desk: Desk) -> None:
    made = desk.google.create(desk.access, MEMBER, draft())

    (event,) = account.events()
    assert made == Written(event["id"], event["etag"])
    assert (event["summary"], event["visibility"]) == ("Booked", "private")
    assert event["start"] == {"dateTime": "2026-12-01T16:00:00Z", "timeZone": "UTC"}
    assert event["extendedProperties"]["private"] == {
        "frontdeskOrg": ORG,
        "frontdeskAppointment": "4711",
        "frontdeskGeneration": "0",
    }
    assert "attendees" not in event
    desk.google.update(desk.access, MEMBER, made, draft(title="Other"))
    desk.google.delete(
        desk.access, MEMBER, desk.google.create(desk.access, MEMBER, draft(mark=Mark(ORG, 1, 0)))
    )
    writes = [one for one in account.requests() if one["method"] != "GET"]
    assert {one["query"]["sendUpdates"] for one in writes} == {"none"}
    assert "America" not in str(writes), "zone names are never sent"


def test_our_own_event_is_known_again(account: GoogleAccount, desk: Desk) -> None:
    """Also once it is gone, and when its owner moved it; a copy of it is somebody's own."""
    _, token = pulled(desk)
    made = desk.google.create(desk.access, MEMBER, draft())
    echo, token = pulled(desk, token)
    account.change(made.id, start=when("2026-12-01 13:00"), end=when("2026-12-01 13:30"))
    moved, token = pulled(desk, token)
    (event,) = account.events()
    copied = {key: event[key] for key in ("extendedProperties", "visibility")}
    copy = account.put(event["start"], event["end"], **copied)
    account.remove(made.id)
    last, _ = pulled(desk, token)

    assert (echo[made.id].mark, echo[made.id].etag) == (MARK, made.etag)
    assert (moved[made.id].mark, moved[made.id].when) == (MARK, span("2026-12-01 20:00/20:30"))
    assert moved[made.id].etag != made.etag
    assert (last[made.id].mark, last[made.id].is_gone) == (MARK, True)
    assert last[copy["id"]].mark is None


@pytest.mark.parametrize("lost", [{"reset": True}, {"status": 503}])
def test_a_creation_whose_answer_was_lost_is_repeated_and_is_one_event(
    account: GoogleAccount, desk: Desk, lost: dict[str, Any]
) -> None:
    account.faults({"method": "POST", "when": "after", "times": 1, **lost})

    with pytest.raises(ProviderFailed):
        desk.google.create(desk.access, MEMBER, draft())
    made = desk.google.create(desk.access, MEMBER, draft())

    (event,) = account.events()
    assert made == Written(event["id"], event["etag"])


def test_an_event_that_was_moved_or_deleted_before_we_knew_of_it(account: GoogleAccount, desk: Desk) -> None:
    made = desk.google.create(desk.access, MEMBER, draft())
    account.change(made.id, start=when("2026-12-01 13:00"), end=when("2026-12-01 13:30"))
    with pytest.raises(EventChanged):
        desk.google.create(desk.access, MEMBER, draft())

    account.remove(made.id)
    with pytest.raises(EventGone):
        desk.google.create(desk.access, MEMBER, draft())
    again = desk.google.create(desk.access, MEMBER, draft(mark=MARK._replace(generation=1)))
    assert [one["id"] for one in account.events()] == [again.id]


def test_an_update_is_of_what_we_know(account: GoogleAccount, desk: Desk) -> None:
    made = desk.google.create(desk.access, MEMBER, draft())
    account.change(made.id, start=when("2026-12-01"), end=when("2026-12-02"), colorId="5")

    with pytest.raises(EventChanged):
        desk.google.update(desk.access, MEMBER, made, draft("2026-12-01 18:00/18:30"))
    with pytest.raises(EventChanged):
        desk.google.delete(desk.access, MEMBER, made)

    seen = desk.google.event(desk.access, MEMBER, made.id)
    assert seen.when == Days(date(2026, 12, 1), date(2026, 12, 2))
    now = desk.google.update(
        desk.access, MEMBER, Written(seen.id, seen.etag), draft("2026-12-01 18:00/18:30")
    )
    assert desk.google.event(desk.access, MEMBER, made.id) == Event(
        made.id, now.etag, False, span("2026-12-01 18:00/18:30"), True, None, MARK
    )
    assert account.events()[0]["colorId"] == "5", "what its owner gave it stays"


def test_a_deleted_event_is_gone_and_no_failure_to_delete(account: GoogleAccount, desk: Desk) -> None:
    made = desk.google.create(desk.access, MEMBER, draft())
    account.remove(made.id)

    with pytest.raises(EventGone):
        desk.google.update(desk.access, MEMBER, made, draft())
    with pytest.raises(EventGone):
        desk.google.event(desk.access, MEMBER, made.id)
    desk.google.delete(desk.access, MEMBER, made)

    never = Written("0" * 20, '"1"')
    with pytest.raises(EventGone):
        desk.google.event(desk.access, MEMBER, never.id)
    with pytest.raises(EventGone):
        desk.google.update(desk.access, MEMBER, never, draft())
    desk.google.delete(desk.access, MEMBER, never)


def test_a_calendar_that_is_no_longer_shared_is_withdrawn(account: GoogleAccount, desk: Desk) -> None:
    other = "priya@clinic.example"
    account.told("PUT", "/_account", {"email": other, "timeZone": "UTC"})
    account.share("writer", calendar=other)
    _, token = pulled(desk, calendar=other)
    made = desk.google.create(desk.access, other, draft())

    account.share("reader", calendar=other)
    for asking in _writes(desk, other, made):
        with pytest.raises(Forbidden):
            asking()

    account.share(None, calendar=other)
    reads = [
        lambda: pulled(desk, calendar=other),
        lambda: pulled(desk, token, calendar=other),
        lambda: desk.google.event(desk.access, other, made.id),
        lambda: desk.google.watch(
            desk.access, other, address="https://x.example", secret="s", until=WINDOW.end
        ),
    ]
    for asking in (*reads, *_writes(desk, other, made)):
        with pytest.raises(Withdrawn):
            asking()


def _writes(desk: Desk, calendar: str, made: Written) -> list[Callable[[], object]]:
    return [
        lambda: desk.google.create(desk.access, calendar, draft(mark=Mark(ORG, 1, 0))),
        lambda: desk.google.update(desk.access, calendar, made, draft()),
        lambda: desk.google.delete(desk.access, calendar, made),
    ]


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 403, "reason": "rateLimitExceeded"}, Throttled),
        ({"status": 403, "reason": "userRateLimitExceeded"}, Throttled),
        ({"status": 403, "reason": "quotaExceeded"}, Throttled),
        ({"status": 429, "reason": "rateLimitExceeded"}, Throttled),
        ({"status": 403, "reason": "forbidden"}, Forbidden),
        ({"status": 403, "reason": "insufficientPermissions"}, Forbidden),
        ({"status": 403, "reason": "accessNotConfigured"}, Forbidden),
        ({"status": 401, "reason": "authError"}, AccessExpired),
        ({"status": 500}, ProviderFailed),
        ({"status": 503}, ProviderFailed),
        ({"reset": True}, ProviderFailed),
    ],
)
def test_a_refusal_is_told_by_its_reason(
    account: GoogleAccount, desk: Desk, fault: dict[str, Any], error: type[Exception]
) -> None:
    account.faults(fault | {"path": _AT})
    asking: list[Callable[[], object]] = [
        lambda: pulled(desk),
        lambda: desk.google.calendars(desk.access),
        lambda: desk.google.busy(desk.access, MEMBER, WINDOW),
        lambda: desk.google.create(desk.access, MEMBER, draft()),
    ]
    for one in asking:
        with pytest.raises(error) as caught:
            one()
        assert type(caught.value) is error
    assert len(account.requests()) == 4, "who asks decides whether to ask again"


def test_how_long_to_wait_is_told_if_google_says_so(account: GoogleAccount, desk: Desk) -> None:
    account.faults(
        {"path": _AT, "status": 429, "headers": {"Retry-After": "7"}, "times": 1},
    )
    with pytest.raises(Throttled) as caught:
        desk.google.calendars(desk.access)
    assert caught.value.after_s == 7

    account.faults({"path": "/token", "status": 429})
    with pytest.raises(Throttled):
        desk.google.refreshed(desk.refresh)


def test_nobody_is_waited_for_without_end(account: GoogleAccount, desk: Desk) -> None:
    account.faults({"path": _AT, "latency_s": 0.5})
    hurried = Google(timeout_s=0.1)

    with pytest.raises(ProviderFailed, match="Timeout"):
        hurried.busy(desk.access, MEMBER, WINDOW)
    hurried.close()


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_trickle, args=[listening])
        thread.start()
        monkeypatch.setenv("FRONTDESK_GOOGLE_API_URL", f"http://127.0.0.1:{listening.getsockname()[1]}")
        settings.cache_clear()
        hurried = Google(timeout_s=0.2)
        with pytest.raises(ProviderFailed, match="too slow"):
            hurried.busy("access", MEMBER, WINDOW)
        hurried.close()
        settings.cache_clear()
        thread.join(5)


def _trickle(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"{")
            time.sleep(0.02)


def test_neither_titles_nor_tokens_stand_in_logs_or_errors(
    account: GoogleAccount, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    assert logs.logger, "which every function has, and which keeps others' lines out"
    caplog.set_level(logging.INFO)
    account.put("2026-12-01 09:00", "2026-12-01 10:00", summary="Private matter")
    _, token = pulled(desk)
    account.expire("sync")
    errors: list[str] = []
    for asking in (
        lambda: pulled(desk, token),
        lambda: desk.google.tokens(code="c0de", verifier="v", redirect_url="r"),
    ):
        with pytest.raises((TokenDead, ConsentGone)) as caught:
            asking()
        errors.append(repr(caught.value))
    desk.google.refreshed(desk.refresh)

    # The stand-in, which writes lines of its own, is a thread of this process.
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("uvicorn")]
    text = "".join(ours + errors)
    for secret in (
        desk.access,
        desk.refresh,
        token.rstrip("="),
        "Private",
        "c0de",
        "clinic.example",
        "HTTP Request",
    ):
        assert secret not in text


# ---------------------------------------------------------------------- channels


def test_a_channel_is_opened_and_stopped(account: GoogleAccount, desk: Desk) -> None:
    until = datetime.now(UTC) + timedelta(days=40)
    address = "http://127.0.0.1:9/hints"

    made = desk.google.watch(desk.access, MEMBER, address=address, secret="a-secret", until=until)

    (channel,) = account.told("GET", "/_channels")
    assert (channel["id"], channel["token"], channel["address"]) == (made.id, "a-secret", address)
    assert UUID(made.id)
    assert timedelta(days=29) < made.expires_at - datetime.now(UTC) < timedelta(days=31), "what was granted"
    assert desk.google.renew(desk.access, made, until=until) is None
    desk.google.stop(desk.access, made)
    desk.google.stop(desk.access, made)
    assert account.told("GET", "/_channels") == []


def test_an_address_that_google_does_not_post_to_is_no_matter_of_tokens(
    account: GoogleAccount, desk: Desk
) -> None:
    """Google says 401 for a domain that isn't ours to its knowledge; refreshing wouldn't help."""
    account.faults({"path": _AT, "status": 401, "reason": "push.webhookUrlUnauthorized"})

    with pytest.raises(Forbidden):
        desk.google.watch(desk.access, MEMBER, address="https://x.example", secret="s", until=WINDOW.end)


def test_a_hint_is_believed_for_its_secret(account: GoogleAccount, desk: Desk, heard: Heard) -> None:
    """Not for the id of its channel, which stands in the open."""
    address = f"http://127.0.0.1:{heard.server_port}/hints"
    made = desk.google.watch(desk.access, MEMBER, address=address, secret="a-secret", until=WINDOW.end)
    account.put("2026-12-01 09:00", "2026-12-01 10:00")

    first, then = (google.hint(headers) for headers in heard.wait_for(2))

    assert then
    assert first == google.Hint(made.id, made.resource_id, "a-secret", is_first=True)
    assert then == google.Hint(made.id, made.resource_id, "a-secret", is_first=False)
    assert then.proves("a-secret")
    for forged in ("", "a-secreT", "a-secret ", "é"):
        assert not then._replace(secret=forged).proves("a-secret")
    assert google.hint({"x-goog-channel-id": made.id}) is None
    assert google.hint({}) is None


# ---------------------------------------------------------------------- a law


@pytest.mark.parametrize("seed", [2, 12])
def test_who_follows_the_changes_has_what_is_there(account: GoogleAccount, desk: Desk, seed: int) -> None:
    """Whatever the owner does, and however few changes fit on a page."""
    dice = random.Random(seed)
    mirror, token = pulled(desk)
    account.options(page_size=3)
    for _ in range(12):
        for _ in range(dice.randint(1, 4)):
            _edit(account, dice)
        changed, token = pulled(desk, token)
        mirror = {key: one for key, one in (mirror | changed).items() if not one.is_gone}
        account.options(page_size=None)
        everything, _ = pulled(desk)
        account.options(page_size=3)
        assert {key: one for key, one in mirror.items() if _is_in_the_window(one)} == everything


def _edit(account: GoogleAccount, dice: random.Random) -> None:
    """What an owner might do; some of it leads out of the window and back."""
    begin = datetime(2026, 10, 1) + timedelta(hours=dice.randrange(24 * 180))  # noqa: DTZ001 - wall time
    start, end = (f"{at:%Y-%m-%d %H:%M}" for at in (begin, begin + timedelta(minutes=30)))
    there = account.events()
    match dice.choice(("one", "days", "series", "move", "move", "remove", "instance")):
        case "one":
            account.put(start, end)
        case "days":
            account.put(f"{begin:%Y-%m-%d}", f"{begin + timedelta(days=2):%Y-%m-%d}")
        case "series":
            account.put(start, end, recurrence=[f"RRULE:FREQ=WEEKLY;COUNT={dice.randint(2, 12)}"])
        case "move" if there:
            account.change(dice.choice(there)["id"], start=when(start), end=when(end))
        case "remove" if there:
            account.remove(dice.choice(there)["id"])
        case "instance" if repeating := [one for one in there if one.get("recurrence")]:
            series = dice.choice(repeating)
            suffix = series["start"]["dateTime"].replace("-", "").replace(":", "")
            moved = {"start": when(start), "end": when(end)}
            # One that was removed stays so.
            account.http.patch(f"/_events/{MEMBER}/{series['id']}_{suffix}", json=moved)
        case _:
            pass


def _is_in_the_window(one: Event) -> bool:
    if isinstance(one.when, Span):
        return one.when.end > WINDOW.start and one.when.start < WINDOW.end
    assert one.when
    first, until = (midnight(day, zone("America/Vancouver")) for day in one.when)
    return until > WINDOW.start and first < WINDOW.end


# ---------------------------------------------------------------------- ids

MARKS = st.builds(
    Mark,
    st.uuids().map(str),
    st.integers(min_value=0, max_value=2**63 - 1),
    st.integers(min_value=0, max_value=2**32 - 1),
)


@given(MARKS)
def test_an_id_holds_its_mark_in_googles_alphabet(mark: Mark) -> None:
    key = event_id(mark)

    assert 5 <= len(key) <= 1024
    assert set(key) <= set("0123456789abcdefghijklmnopqrstuv")
    assert mark_of(key) == mark, "so two marks never have one id"


@given(st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyz_", max_size=60))
def test_other_ids_are_not_ours(key: str) -> None:
    mark = mark_of(key)
    assert mark is None or event_id(mark) == key


def test_an_id_of_the_same_length_is_not_ours_for_that() -> None:
    assert mark_of("0" * 48) is None


def test_an_id_is_the_same_for_ever() -> None:
    """It stands in clinics' calendars; another way to make it would make every event anew."""
    assert event_id(MARK) == "cpi8u574bv7ekhjvk3j9u70rfg5120000000000ics000000"
