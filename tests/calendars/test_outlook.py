"""Our side of Outlook's calendars, against the stand-in: what is understood, what is sent, what is not."""

import hashlib
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from frontdesk.calendars import outlook
from frontdesk.calendars.outlook import Outlook
from frontdesk.calendars.vendors import (
    AccessExpired,
    ConsentGone,
    Days,
    Draft,
    Event,
    EventChanged,
    EventGone,
    Forbidden,
    Mark,
    Span,
    Throttled,
    TokenDead,
    Vendor,
    Withdrawn,
)
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from tests.calendars.microsoft import (
    CALLBACK,
    CLIENT,
    DOCTOR,
    HOME,
    VERIFIER,
    Microsoft,
    at,
    microsoft,
    receiver,
)

WINDOW = Span(at("2026-11-01"), at("2027-03-01"))
MARK = Mark("11111111-2222-3333-4444-555555555555", 4711, 1)
NINE = Span(at("2026-12-01 16:00"), at("2026-12-01 16:30"))
"""Nine o'clock in Vancouver, which keeps UTC-7 in this winter."""
DRAFT = Draft(MARK, NINE, "Appointment", "Booked by telephone.")


@pytest.fixture(scope="module")
def running() -> Iterator[Microsoft]:
    with microsoft() as running:
        yield running


@pytest.fixture
def theirs(running: Microsoft, monkeypatch: pytest.MonkeyPatch) -> Iterator[Microsoft]:
    told = {
        "GRAPH_API_URL": f"{running.url}/v1.0",
        "MICROSOFT_TOKEN_URL": running.token_url,
        "MICROSOFT_CONSENT_URL": running.consent_url,
        "MICROSOFT_CLIENT_ID": CLIENT[0],
        "MICROSOFT_CLIENT_SECRET": CLIENT[1],
    }
    for name, value in told.items():
        monkeypatch.setenv(f"FRONTDESK_{name}", value)
    settings.cache_clear()
    running.begin_anew()
    yield running
    settings.cache_clear()


@pytest.fixture(scope="module")
def ours() -> Iterator[Outlook]:
    with closing(Outlook()) as outlook:
        yield outlook


@pytest.fixture
def access(theirs: Microsoft) -> str:
    return theirs.signed_in()["access_token"]


@pytest.fixture
def calendar(theirs: Microsoft) -> str:
    return theirs.calendar()


def pulled(
    ours: Vendor, access: str, calendar: str, token: str | None = None, *, window: Span = WINDOW
) -> tuple[list[Event], str]:
    """All pages of one pull, and the token that the next goes on with."""
    events: list[Event] = []
    page = None
    while True:
        found = ours.changes(access, calendar, window=window, token=token, page=page)
        events += found.events
        if found.token is not None:
            return events, found.token
        page = found.next_page


def only(events: list[Event]) -> Event:
    (one,) = events
    return one


# Consent and tokens


def test_a_member_consents_with_the_fewest_scopes_and_a_proof_of_who_asked(
    theirs: Microsoft, ours: Vendor
) -> None:
    challenge = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    address = ours.consent_url(state="signed", challenge=challenge, redirect_url=CALLBACK)
    back = parse_qs(urlsplit(httpx.get(address).headers["location"]).query)

    asked = parse_qs(urlsplit(address).query)
    assert asked["scope"] == ["offline_access Calendars.ReadWrite"]
    assert back["state"] == ["signed"]
    tokens = ours.tokens(code=back["code"][0], verifier=VERIFIER, redirect_url=CALLBACK)
    assert tokens.scopes == {"Calendars.ReadWrite"}
    assert tokens.refresh
    assert timedelta(minutes=55) < tokens.expires_at - datetime.now(UTC) <= timedelta(hours=1)
    with pytest.raises(ConsentGone):  # a code is good once
        ours.tokens(code=back["code"][0], verifier=VERIFIER, redirect_url=CALLBACK)


def test_a_code_is_nothing_without_the_verifier(theirs: Microsoft, ours: Vendor) -> None:
    challenge = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    address = ours.consent_url(state="s", challenge=challenge, redirect_url=CALLBACK)
    (code,) = parse_qs(urlsplit(httpx.get(address).headers["location"]).query)["code"]

    with pytest.raises(ConsentGone):
        ours.tokens(code=code, verifier="another", redirect_url=CALLBACK)


def test_each_refresh_gives_a_new_refresh_token_and_the_old_one_dies(theirs: Microsoft, ours: Vendor) -> None:
    first = theirs.signed_in()["refresh_token"]
    second = ours.refreshed(first)
    raced = ours.refreshed(first)  # within the grace
    theirs.freeze_clock((datetime.now(UTC) + timedelta(minutes=5)).isoformat())

    assert second.refresh not in (None, first, raced.refresh)
    with pytest.raises(ConsentGone):
        ours.refreshed(first)
    assert ours.refreshed(second.refresh or "").access


def test_a_consent_taken_back_is_final_and_asked_for_once(theirs: Microsoft, ours: Vendor) -> None:
    refresh = theirs.signed_in()["refresh_token"]
    theirs.does("revoke")
    theirs.forget()

    with pytest.raises(ConsentGone):
        ours.refreshed(refresh)
    assert len(theirs.requests()) == 1


@pytest.mark.parametrize("code", ["AADSTS65001", "AADSTS90094"])
def test_a_tenant_whose_administrator_has_to_consent_says_so(
    theirs: Microsoft, ours: Vendor, code: str
) -> None:
    theirs.http.put("/_consent", json={"refuse_tokens": code})

    with pytest.raises(Forbidden):
        ours.refreshed("any")


def test_a_wrong_secret_of_our_own_is_no_lost_consent(
    theirs: Microsoft, ours: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = theirs.signed_in()["refresh_token"]
    monkeypatch.setenv("FRONTDESK_MICROSOFT_CLIENT_SECRET", "the-one-before")
    settings.cache_clear()

    with pytest.raises(ProviderFailed) as failed:
        ours.refreshed(refresh)
    assert not isinstance(failed.value, Throttled)


# What lies in a calendar


def test_the_calendars_of_an_organizations_account_can_be_looked_up_those_of_a_person_not(
    theirs: Microsoft, ours: Vendor, access: str
) -> None:
    theirs.does("add_calendar", name="Shared with me", canEdit=False)
    first, second = ours.calendars(access)
    (home,) = ours.calendars(theirs.signed_in(HOME)["access_token"])

    assert (first.id, first.is_primary, first.is_writable) == (theirs.calendar(), True, True)
    assert (first.owner, first.lookup) == (DOCTOR, DOCTOR)
    assert (second.name, second.is_writable, second.lookup) == ("Shared with me", False, None)
    assert (home.owner, home.lookup) == (HOME, None)


def test_a_first_pull_is_read_to_its_last_page_and_the_next_tells_what_changed(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "_PAGE", 2)
    made = [theirs.put(f"2026-12-0{day}T17:00:00", f"2026-12-0{day}T18:00:00") for day in range(1, 6)]
    events, token = pulled(ours, access, calendar)
    theirs.does("delete", id=made[0]["id"])
    theirs.does("change", id=made[1]["id"], event={"subject": "Moved", **_from(made[1], hours=2)})
    changed, token = pulled(ours, access, calendar, token)

    assert [one.when for one in events] == [
        Span(at(f"2026-12-0{day} 17:00"), at(f"2026-12-0{day} 18:00")) for day in range(1, 6)
    ]
    assert {(one.id, one.is_gone) for one in changed} == {(made[0]["id"], True), (made[1]["id"], False)}
    assert next(one.when for one in changed if not one.is_gone) == Span(
        at("2026-12-02 19:00"), at("2026-12-02 20:00")
    )
    theirs.forget()
    assert pulled(ours, access, calendar, token)[0] == []
    assert len(theirs.requests()) == 1


def _from(event: dict[str, Any], *, hours: int) -> dict[str, Any]:
    """The same times, later."""
    return {
        edge: {
            "dateTime": (
                datetime.fromisoformat(event[edge]["dateTime"]) + timedelta(hours=hours)
            ).isoformat(),
            "timeZone": "UTC",
        }
        for edge in ("start", "end")
    }


def test_a_token_that_dies_between_two_pages_says_that_all_is_to_be_read_anew(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "_PAGE", 1)
    for day in (1, 2, 3):
        theirs.put(f"2026-12-0{day}T17:00:00", f"2026-12-0{day}T18:00:00")
    first = ours.changes(access, calendar, window=WINDOW, token=None, page=None)
    theirs.does("forget_deltas")

    with pytest.raises(TokenDead):
        ours.changes(access, calendar, window=WINDOW, token=None, page=first.next_page)
    with pytest.raises(TokenDead):
        ours.changes(access, calendar, window=WINDOW, token="long-forgotten", page=None)
    assert len(pulled(ours, access, calendar)[0]) == 3


@pytest.mark.parametrize(
    ("status", "code"), [(410, "resyncRequired"), (410, "gone"), (400, "SyncStateNotFound")]
)
def test_a_dead_token_is_known_by_its_status_or_by_its_code(
    ours: Outlook, monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    answering(ours, monkeypatch, lambda _: httpx.Response(status, json={"error": {"code": code}}))

    with pytest.raises(TokenDead):
        ours.changes("access", "calendar", window=WINDOW, token="t", page=None)


def answering(
    ours: Outlook, monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    """From now on Graph answers so, whatever it is asked."""
    monkeypatch.setattr(ours, "_http", httpx.Client(transport=httpx.MockTransport(answer)))


@pytest.mark.parametrize(
    ("fields", "blocks"),
    [
        ({"showAs": "busy"}, True),
        ({"showAs": "tentative"}, True),
        ({"showAs": "oof"}, True),
        ({"showAs": "unknown"}, True),
        ({"showAs": "free"}, False),
        ({"showAs": "workingElsewhere"}, False),
        ({"responseStatus": {"response": "declined"}}, False),
        ({"responseStatus": {"response": "notResponded"}}, True),
    ],
)
@pytest.mark.parametrize("lookup", [None, DOCTOR])
def test_what_blocks_is_what_they_are_not_free_for(
    theirs: Microsoft,
    ours: Vendor,
    access: str,
    calendar: str,
    fields: dict[str, Any],
    blocks: bool,
    lookup: str,
) -> None:
    theirs.put("2026-12-01T16:00:00", "2026-12-01T16:30:00", **fields)

    assert only(pulled(ours, access, calendar)[0]).blocks is blocks
    assert list(ours.busy(access, calendar, WINDOW, lookup=lookup)) == ([NINE] if blocks else [])


def test_a_cancelled_meeting_is_gone(theirs: Microsoft, ours: Vendor, access: str, calendar: str) -> None:
    theirs.put("2026-12-01T16:00:00", "2026-12-01T16:30:00", isCancelled=True)

    assert only(pulled(ours, access, calendar)[0]).is_gone
    assert not ours.busy(access, calendar, WINDOW)


def test_of_a_private_event_only_the_time_is_told(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    theirs.put("2026-12-01T16:00:00", "2026-12-01T16:30:00", subject="Oncologist", sensitivity="private")
    theirs.put("2026-12-02T16:00:00", "2026-12-02T16:30:00", subject="Staff meeting")
    private, open_one = pulled(ours, access, calendar)[0]

    assert (private.title, private.when) == (None, NINE)
    assert open_one.title == "Staff meeting"


def test_whole_days_keep_their_dates_whatever_the_zone(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    theirs.put("2026-12-01T00:00:00", "2026-12-03T00:00:00", isAllDay=True, zone="America/Vancouver")
    two_days = Days(date(2026, 12, 1), date(2026, 12, 3))

    assert only(pulled(ours, access, calendar)[0]).when == two_days
    assert ours.busy(access, calendar, WINDOW) == [two_days]
    # getSchedule knows the mailbox's own zone: midnight of Vancouver, UTC-7 for good.
    assert ours.busy(access, calendar, WINDOW, lookup=DOCTOR) == [
        Span(at("2026-12-01 07:00"), at("2026-12-03 07:00"))
    ]


def test_an_event_over_several_days_is_one_span(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    theirs.put("2026-12-01T20:00:00", "2026-12-04T02:00:00")

    assert only(pulled(ours, access, calendar)[0]).when == Span(
        at("2026-12-01 20:00"), at("2026-12-04 02:00")
    )


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("America/Vancouver", "2026-10-30", "16:00"),
        ("America/Vancouver", "2026-12-01", "16:00"),  # no longer set back
        ("America/Toronto", "2026-10-31", "13:00"),
        ("America/Toronto", "2026-11-02", "14:00"),
    ],
)
def test_nine_in_the_morning_is_when_it_is_there(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str, zone: str, day: str, utc: str
) -> None:
    theirs.put(f"{day}T09:00:00", f"{day}T09:30:00", zone=zone)
    window = Span(at("2026-10-01"), at("2027-01-01"))
    start = at(f"{day} {utc}")

    (event,), _ = pulled(ours, access, calendar, window=window)
    assert event.when == Span(start, start + timedelta(minutes=30))
    assert ours.busy(access, calendar, window, lookup=DOCTOR) == [event.when]


DAILY = {"pattern": {"type": "daily", "interval": 1}}


def test_a_series_is_its_occurrences_with_what_the_series_says_of_them(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    ranged = {"type": "numbered", "startDate": "2026-11-30", "numberOfOccurrences": 4}
    series = theirs.put(
        "2026-11-30T09:00:00",
        "2026-11-30T09:30:00",
        zone="America/Toronto",
        showAs="oof",
        subject="Rounds",
        recurrence={**DAILY, "range": ranged},
    )
    second, third = (series["id"].replace("=", f".2026-12-0{day}=") for day in (1, 2))
    theirs.does("change", id=second, event={"showAs": "free"})
    theirs.does("delete", id=third)
    events, token = pulled(ours, access, calendar)

    assert [one.when.start for one in events if isinstance(one.when, Span)] == [
        at("2026-11-30 14:00"),
        at("2026-12-01 14:00"),
        at("2026-12-03 14:00"),
    ]
    assert [(one.title, one.blocks) for one in events] == [
        ("Rounds", True),
        ("Rounds", False),
        ("Rounds", True),
    ]

    theirs.does("change", id=series["id"], event={"showAs": "free"})
    changed, token = pulled(ours, access, calendar, token)
    assert {one.blocks for one in changed} == {False}
    theirs.does("delete", id=series["id"])
    gone, _ = pulled(ours, access, calendar, token)
    assert [one.is_gone for one in gone] == [True] * 3


def test_a_series_that_began_before_the_window_is_asked_for_once(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "_PAGE", 20)
    ranged = {"type": "endDate", "startDate": "2026-01-05", "endDate": "2026-12-31"}
    theirs.put(
        "2026-01-05T17:00:00", "2026-01-05T18:00:00", recurrence={**DAILY, "range": ranged}, showAs="free"
    )
    theirs.forget()
    events, _ = pulled(ours, access, calendar)

    assert len(events) == 61
    assert not any(one.blocks for one in events)
    assert len(theirs.requests()) == 4 + 1


@pytest.mark.parametrize("is_deleted", [True, False])
def test_an_occurrence_of_a_series_that_was_deleted_meanwhile_is_gone(
    ours: Outlook, monkeypatch: pytest.MonkeyPatch, is_deleted: bool
) -> None:
    times = {
        "start": {"dateTime": "2026-12-01T16:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T16:30:00.0000000", "timeZone": "UTC"},
    }
    occurrence = {"id": "one", "type": "occurrence", "seriesMasterId": "series", **times}

    def answered(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/delta"):
            page = {"value": [occurrence], "@odata.deltaLink": "/?$deltatoken=t"}
            return httpx.Response(200, json=page)
        if request.url.path.endswith("/events/series"):
            series = {"id": "series", "type": "seriesMaster", "showAs": "oof", **times}
            return httpx.Response(404 if is_deleted else 200, json=series)
        return httpx.Response(200, json={"id": "calendar"})

    answering(ours, monkeypatch, answered)
    event = only(pulled(ours, "access", "calendar")[0])
    assert (event.is_gone, event.blocks) == (is_deleted, not is_deleted)


def test_a_series_of_five_thousand_is_read_whole(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    ranged = {"type": "numbered", "startDate": "2026-11-02", "numberOfOccurrences": 5000}
    theirs.put("2026-11-02T17:00:00", "2026-11-02T18:00:00", recurrence={**DAILY, "range": ranged})
    theirs.forget()
    events, _ = pulled(ours, access, calendar, window=Span(at("2026-11-01"), at("2045-01-01")))

    assert len({one.id for one in events}) == 5000
    assert all(one.blocks for one in events)
    assert len(theirs.requests()) == 11  # 5,000 and the series itself, by 500


def test_what_leaves_the_window_is_gone_from_it_and_what_changes_outside_is_nothing(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    inside = theirs.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")
    _, token = pulled(ours, access, calendar)
    theirs.put("2030-12-01T17:00:00", "2030-12-01T18:00:00")
    theirs.does("change", id=inside["id"], event=_from(inside, hours=24 * 365))
    changed, _ = pulled(ours, access, calendar, token)

    assert all(one.is_gone and not one.blocks for one in changed)
    assert inside["id"] in {one.id for one in changed}
    still = ours.event(access, calendar, inside["id"])
    assert still.when == Span(at("2027-12-01 17:00"), at("2027-12-01 18:00"))


def test_an_id_stays_when_an_event_goes_to_another_calendar_and_it_is_gone_from_this_one(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    made = theirs.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")
    other = theirs.does("add_calendar", name="Other")["id"]
    _, token = pulled(ours, access, calendar)
    theirs.does("move", id=made["id"], calendar=other)

    assert only(pulled(ours, access, calendar, token)[0]) == Event(
        made["id"], "", True, None, False, None, None
    )
    with pytest.raises(EventGone):
        ours.event(access, calendar, made["id"])
    assert ours.event(access, other, made["id"]).id == made["id"]


# Our own events


def test_an_appointment_is_written_in_utc_with_nobody_on_it_and_known_again(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    _, token = pulled(ours, access, calendar)
    written = ours.create(access, calendar, DRAFT)
    (sent,) = [
        one["body"] for one in theirs.requests() if one["method"] == "POST" and "events" in one["path"]
    ]
    echo = only(pulled(ours, access, calendar, token)[0])

    assert sent["start"] == {"dateTime": "2026-12-01T16:00:00", "timeZone": "UTC"}
    assert sent["end"] == {"dateTime": "2026-12-01T16:30:00", "timeZone": "UTC"}
    assert "attendees" not in sent
    assert sent["sensitivity"] == "private"
    assert (echo.id, echo.etag, echo.mark, echo.when) == (written.id, written.etag, MARK, NINE)
    assert ours.event(access, calendar, written.id) == echo


@pytest.mark.parametrize("fault", [{"reset": True}, {"status": 504}, {"status": 500}])
def test_a_creation_whose_answer_was_lost_makes_one_event_when_it_is_repeated(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str, fault: dict[str, Any]
) -> None:
    theirs.faults({"method": "POST", "when": "after", "times": 1, **fault})
    with pytest.raises(ProviderFailed):
        ours.create(access, calendar, DRAFT)
    written = ours.create(access, calendar, DRAFT)

    assert [one["id"] for one in theirs.events()] == [written.id]


def test_a_repeated_creation_finds_its_event_though_the_owner_has_changed_it_or_the_draft_is_another(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    first = ours.create(access, calendar, DRAFT)
    theirs.does("change", id=first.id, event={"subject": "Mine now"})
    again = ours.create(access, calendar, DRAFT._replace(title="Another title"))

    assert again.id == first.id
    assert again.etag != first.etag
    assert [one["subject"] for one in theirs.events()] == ["Mine now"]


def test_a_deleted_event_is_not_made_again_but_by_the_next_generation(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    first = ours.create(access, calendar, DRAFT)
    theirs.does("delete", id=first.id)

    with pytest.raises(EventGone):
        ours.create(access, calendar, DRAFT)
    assert theirs.events() == []
    second = ours.create(access, calendar, DRAFT._replace(mark=MARK._replace(generation=2)))
    assert [one["id"] for one in theirs.events()] == [second.id]


def test_an_event_is_changed_and_deleted_only_as_it_was_seen(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    first = ours.create(access, calendar, DRAFT)
    later = DRAFT._replace(when=Span(at("2026-12-01 20:00"), at("2026-12-01 20:30")))
    second = ours.update(access, calendar, first, later)

    assert second.id == first.id
    assert ours.event(access, calendar, first.id).when == later.when
    with pytest.raises(EventChanged):
        ours.update(access, calendar, first, DRAFT)
    with pytest.raises(EventChanged):
        ours.delete(access, calendar, first)
    assert ours.event(access, calendar, first.id).when == later.when
    ours.delete(access, calendar, second)
    ours.delete(access, calendar, second)
    assert theirs.events() == []
    with pytest.raises(EventGone):
        ours.update(access, calendar, second, DRAFT)


def test_an_event_without_its_calendar_is_not_just_a_deleted_event(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    written = ours.create(access, calendar, DRAFT)
    _, token = pulled(ours, access, calendar)
    theirs.does("unshare", calendar=calendar)

    for asking in (
        lambda: ours.event(access, calendar, written.id),
        lambda: ours.create(access, calendar, DRAFT),
        lambda: ours.update(access, calendar, written, DRAFT),
        lambda: ours.delete(access, calendar, written),
        lambda: ours.busy(access, calendar, WINDOW),
        lambda: ours.changes(access, calendar, window=WINDOW, token=token, page=None),
    ):
        with pytest.raises(Withdrawn):
            asking()


def test_two_clinics_in_one_mailbox_have_an_event_each_and_tell_them_apart(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    other = MARK._replace(org_id="99999999-2222-3333-4444-555555555555")
    another = theirs.signed_in()["access_token"]
    ours.create(access, calendar, DRAFT)
    ours.create(another, calendar, DRAFT._replace(mark=other))

    assert {one.mark for one in pulled(ours, another, calendar)[0]} == {MARK, other}


# What is said no to


def test_a_right_that_is_not_there_is_told_from_an_access_that_is_over(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    reading = theirs.signed_in(scopes="offline_access Calendars.Read")["access_token"]
    with pytest.raises(Forbidden):
        ours.create(reading, calendar, DRAFT)
    theirs.does("admin", is_needed=True)
    with pytest.raises(Forbidden):
        ours.calendars(access)
    theirs.does("admin", is_needed=False)
    theirs.does("expire_tokens")
    with pytest.raises(AccessExpired):
        ours.calendars(access)


@pytest.mark.parametrize(
    ("fault", "after_s"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, 7),
        ({"status": 429}, None),
        ({"status": 503, "headers": {"Retry-After": "2"}}, 2),
    ],
)
def test_who_asks_too_much_is_told_for_how_long_and_doesnt_ask_again_by_itself(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str, fault: dict[str, Any], after_s: float | None
) -> None:
    theirs.forget()
    theirs.faults(fault)

    with pytest.raises(Throttled) as throttled:
        ours.busy(access, calendar, WINDOW)
    assert throttled.value.after_s == after_s
    assert len(theirs.requests()) == 1


def test_four_at_once_are_served_and_a_fifth_is_told_to_wait(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    theirs.faults({"latency_s": 0.3})

    def asked(_: int) -> bool:
        try:
            ours.busy(access, calendar, WINDOW)
        except Throttled:
            return False
        return True

    with ThreadPoolExecutor(4) as four:
        assert all(four.map(asked, range(4)))
    with ThreadPoolExecutor(5) as five:
        assert sorted(five.map(asked, range(5))) == [False, True, True, True, True]


def test_unknown_is_not_free(theirs: Microsoft, ours: Vendor, access: str, calendar: str) -> None:
    with pytest.raises(ProviderFailed):
        ours.busy(access, calendar, WINDOW, lookup="nobody@maple.example")
    with pytest.raises(Forbidden):
        ours.busy(theirs.signed_in(HOME)["access_token"], theirs.calendar(HOME), WINDOW, lookup=HOME)
    theirs.faults({"status": 502})
    for lookup in (None, DOCTOR):
        with pytest.raises(ProviderFailed):
            ours.busy(access, calendar, WINDOW, lookup=lookup)


def test_a_person_without_an_organization_is_looked_at_by_the_view(theirs: Microsoft, ours: Vendor) -> None:
    for hour in range(24):
        theirs.put(f"2026-12-01T{hour:02}:00:00", f"2026-12-01T{hour:02}:30:00", email=HOME)
    (home,) = ours.calendars(access := theirs.signed_in(HOME)["access_token"])

    assert len(ours.busy(access, home.id, WINDOW, lookup=home.lookup)) == 24


def test_an_answer_that_comes_too_late_is_not_waited_for(
    theirs: Microsoft, access: str, calendar: str
) -> None:
    theirs.faults({"latency_s": 1})
    began = time.monotonic()

    with closing(Outlook(timeout_s=0.2)) as hurried, pytest.raises(ProviderFailed):
        hurried.busy(access, calendar, WINDOW)
    assert time.monotonic() - began < 0.8


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def drops() -> Iterator[bytes]:
        for _ in range(20):
            time.sleep(0.05)
            yield b" "

    with closing(Outlook(timeout_s=0.2)) as hurried:
        answering(hurried, monkeypatch, lambda _: httpx.Response(200, content=drops()))
        began = time.monotonic()
        with pytest.raises(ProviderFailed):
            hurried.calendars("access")
        assert time.monotonic() - began < 0.6


IN_ANOTHER_ZONE = b"""{"value": [{
    "id": "i", "type": "singleInstance", "showAs": "busy",
    "start": {"dateTime": "2026-12-01T09:00:00.0000000", "timeZone": "Pacific Standard Time"},
    "end": {"dateTime": "2026-12-01T09:30:00.0000000", "timeZone": "Pacific Standard Time"}
}], "@odata.deltaLink": "https://x.example/?$deltatoken=t"}"""


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"<html>",
        b'{"value": [{}], "@odata.deltaLink": "https://x.example/?$deltatoken=t"}',
        b'{"value": []}',
        b'{"value": [], "@odata.nextLink": "https://x.example/elsewhere"}',
        IN_ANOTHER_ZONE,
    ],
)
def test_nonsense_is_a_failure_of_theirs(
    ours: Outlook, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    answering(ours, monkeypatch, lambda _: httpx.Response(200, content=answer))

    with pytest.raises(ProviderFailed):
        ours.changes("access", "calendar", window=WINDOW, token=None, page=None)


def test_a_link_to_somewhere_else_is_not_followed(ours: Outlook, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.URL] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        link = "https://169.254.169.254/latest?$skiptoken=more" if len(asked) == 1 else None
        told: dict[str, Any] = {
            "value": [],
            "@odata.nextLink" if link else "@odata.deltaLink": link or "/?$deltatoken=done",
        }
        return httpx.Response(200, json=told)

    answering(ours, monkeypatch, answered)
    assert pulled(ours, "access", "calendar") == ([], "done")
    assert {url.host for url in asked} == {"graph.microsoft.com"}


# Hints


def test_who_wants_hints_is_asked_whether_they_do_and_then_told_of_changes(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    until = datetime.now(UTC) + timedelta(days=30)
    with receiver() as receiving:
        channel = ours.watch(access, calendar, address=receiving.url, secret="a-secret", until=until)
        made = theirs.put("2026-12-01T17:00:00", "2026-12-01T18:00:00")
        told = receiving.wait_for(2)

        assert {one["clientState"] for one in told} == {"a-secret"}
        assert {one["subscriptionId"] for one in told} == {channel.id}
        assert {one["resourceData"]["id"] for one in told} == {made["id"]}
        assert channel.expires_at - datetime.now(UTC) == pytest.approx(
            timedelta(minutes=4200), abs=timedelta(minutes=1)
        )
        theirs.does("lifecycle", event="missed")
        assert receiving.wait_for(3)[2]["lifecycleEvent"] == "missed"
        renewed = ours.renew(access, channel, until=datetime.now(UTC) + timedelta(hours=2))
        assert renewed is not None
        assert renewed.expires_at < channel.expires_at
        ours.stop(access, channel)
        ours.stop(access, channel)
        with pytest.raises(EventGone):
            ours.renew(access, channel, until=until)


def test_a_lapsed_subscription_is_not_renewed(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    with receiver() as receiving:
        channel = ours.watch(access, calendar, address=receiving.url, secret="s", until=until)
        theirs.does("lapse")

        with pytest.raises(EventGone):
            ours.renew(access, channel, until=until)


def test_an_address_that_doesnt_shake_hands_gets_no_hints(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    with receiver() as receiving:
        receiving.shakes = lambda token: (200, "application/json", f'"{token}"')

        with pytest.raises(ProviderFailed):
            ours.watch(access, calendar, address=receiving.url, secret="s", until=WINDOW.end)


# What is never said


def test_every_request_asks_for_immutable_ids_and_utc_and_names_no_other_zone(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str
) -> None:
    theirs.put("2026-12-01T09:00:00", "2026-12-01T10:00:00", zone="America/Vancouver")
    theirs.forget()
    ours.calendars(access)
    pulled(ours, access, calendar)
    ours.busy(access, calendar, WINDOW)
    ours.busy(access, calendar, WINDOW, lookup=DOCTOR)
    written = ours.create(access, calendar, DRAFT)
    ours.delete(access, calendar, ours.update(access, calendar, written, DRAFT))

    asked = theirs.requests()
    assert len(asked) == 8
    for one in asked:
        assert 'IdType="ImmutableId"' in one["prefer"]
        assert 'outlook.timezone="UTC"' in one["prefer"]
        assert "Vancouver" not in str(one)
        assert "Standard Time" not in str(one)


def test_neither_titles_nor_tokens_are_logged_or_in_an_error(
    theirs: Microsoft, ours: Vendor, access: str, calendar: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    theirs.put("2026-12-01T17:00:00", "2026-12-01T18:00:00", subject="Oncologist")
    _, token = pulled(ours, access, calendar)
    pulled(ours, access, calendar, token)
    theirs.does("expire_tokens")
    with pytest.raises(AccessExpired) as expired:
        pulled(ours, access, calendar, token)

    said = str(expired.value) + "".join(
        one.getMessage()
        for one in caplog.records
        if not one.name.startswith("uvicorn")  # theirs
    )
    assert not any(secret in said for secret in (access, token, "Oncologist", calendar))
