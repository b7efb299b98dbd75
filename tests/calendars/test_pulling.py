"""What owners do in their calendars becomes time that is taken, whatever goes wrong on the way."""

import re
import threading
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk import zones
from frontdesk.calendars import mirror, pulling, tokens
from frontdesk.calendars import outlook as outlook_client
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import Days, Event, Span
from frontdesk.db.claims import clinic_transaction
from frontdesk.errors import ProviderFailed
from local import demo
from tests.calendars.consenting import Connecting
from tests.calendars.microsoft import HOME, Microsoft
from tests.calendars.syncs import ZONE, Synced, at
from tests.clinic import Clinic

BOTH = pytest.mark.parametrize("synced", ["google", "outlook"], indirect=True)
GOOGLE = pytest.mark.parametrize("synced", ["google"], indirect=True)
OUTLOOK = pytest.mark.parametrize("synced", ["outlook"], indirect=True)


def whole_reads(synced: Synced) -> None:
    """The next pull reads everything."""
    synced.clinic.do("UPDATE calendars SET position = NULL, window_from = NULL, window_until = NULL")


@BOTH
def test_what_an_owner_does_is_time_taken_or_given_back(synced: Synced) -> None:
    event = synced.puts(at(0, 9))
    synced.pull()
    assert synced.busy() == [(at(0, 9), at(0, 10))]

    synced.drag(event, at(1, 13), minutes=30)
    other = synced.puts(at(2, 9))
    synced.pull()
    assert synced.busy() == [(at(1, 13), at(1, 13, 30)), (at(2, 9), at(2, 10))]

    synced.remove(other)
    synced.pull()
    assert synced.busy() == [(at(1, 13), at(1, 13, 30))]


@BOTH
def test_a_pull_of_nothing_new_is_one_request(synced: Synced) -> None:
    synced.puts(at(0, 9))
    synced.pull()
    query = "SELECT pulled_at, read_whole_at FROM calendars WHERE id = %s"
    before = synced.clinic.all(query, synced.calendar_id)
    synced.asked()

    synced.pull()

    assert len(synced.asked()) == 1
    [(pulled, whole)] = synced.clinic.all(query, synced.calendar_id)
    assert pulled > before[0][0]
    assert whole == before[0][1]


@GOOGLE
@pytest.mark.parametrize(
    ("more", "blocks"),
    [
        ({"transparency": "transparent"}, False),
        ({"eventType": "workingLocation", "workingLocationProperties": {"type": "homeOffice"}}, False),
        ({"eventType": "outOfOffice", "outOfOfficeProperties": {}}, True),
        ({"eventType": "focusTime", "focusTimeProperties": {}}, True),
        ({"status": "tentative"}, True),
        ({"attendees": [{"email": "wei@clinic.example", "self": True, "responseStatus": "declined"}]}, False),
        ({"attendees": [{"email": "wei@clinic.example", "self": True, "responseStatus": "tentative"}]}, True),
    ],
)
def test_of_googles_what_is_free_does_not_block(synced: Synced, more: dict[str, Any], blocks: bool) -> None:
    synced.puts(at(0, 9), **more)
    synced.pull()

    assert bool(synced.busy()) is blocks


@OUTLOOK
@pytest.mark.parametrize(
    ("more", "blocks"),
    [
        ({"showAs": "free"}, False),
        ({"showAs": "workingElsewhere"}, False),
        ({"showAs": "tentative"}, True),
        ({"showAs": "oof"}, True),
        ({"showAs": "unknown"}, True),
        ({"responseStatus": {"response": "declined"}}, False),
        ({"isCancelled": True}, False),
    ],
)
def test_of_microsofts_what_is_free_does_not_block(
    synced: Synced, more: dict[str, Any], blocks: bool
) -> None:
    synced.puts(at(0, 9), **more)
    synced.pull()

    assert bool(synced.busy()) is blocks


@BOTH
def test_titles_are_kept_if_the_clinic_wants_them_and_never_private_ones(synced: Synced) -> None:
    title, kind = ("summary", "visibility") if synced.vendor == "google" else ("subject", "sensitivity")
    shown: dict[str, Any] = {title: "Dentist"}
    hidden: dict[str, Any] = {title: "Own affair", kind: "private"}
    synced.puts(at(0, 9), **shown)
    synced.puts(at(1, 9), **hidden)
    synced.pull()
    assert synced.clinic.all("SELECT DISTINCT title FROM calendar_busy") == [(None,)]

    synced.rules(calendar_titles=True)
    whole_reads(synced)
    synced.pull()
    assert synced.clinic.all("SELECT title FROM calendar_busy ORDER BY starts_at") == [("Dentist",), (None,)]


@BOTH
def test_a_series_of_five_thousand_is_read_but_for_what_was_cancelled_in_it(synced: Synced) -> None:
    start = at(0, 9)
    if synced.vendor == "google":
        series = synced.puts(start, 15, recurrence=["RRULE:FREQ=HOURLY;COUNT=5000"])
        stamp = f"{start + timedelta(hours=2):%Y%m%dT%H%M%SZ}"
        synced.pull()
        synced.account.remove(f"{series}_{stamp}")
    else:
        daily = {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "noEnd", "startDate": f"{start:%Y-%m-%d}"},
        }
        for quarter in range(0, 1440, 60):
            synced.puts(start + timedelta(minutes=quarter), 15, recurrence=daily)
        synced.pull()
    known = synced.clinic.all("SELECT count(*), max(ends_at) - min(starts_at) FROM calendar_busy")[0]
    assert known[0] > 4_000
    assert known[1] > timedelta(days=190)

    synced.pull()

    if synced.vendor == "google":
        taken = [one for one in synced.busy() if one[0] < start + timedelta(hours=4)]
        assert [(one[0] - start).seconds // 3600 for one in taken] == [0, 1, 3]


@BOTH
def test_of_a_series_each_exception_counts_as_it_is(synced: Synced) -> None:
    """One instance moved, one made free, one cancelled: of that one nothing but its id is told."""
    start = at(0, 9)
    if synced.vendor == "google":
        series = synced.puts(start, 30, recurrence=["RRULE:FREQ=DAILY;COUNT=5"])
        each = [f"{series}_{start + timedelta(days=n):%Y%m%dT%H%M%SZ}" for n in range(5)]
        free: dict[str, Any] = {"transparency": "transparent"}
    else:
        daily = {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "numbered", "startDate": f"{start:%Y-%m-%d}", "numberOfOccurrences": 5},
        }
        series = synced.puts(start, 30, recurrence=daily)
        each = [series.replace("=", f".{start + timedelta(days=n):%Y-%m-%d}=") for n in range(5)]
        free = {"showAs": "free"}
    synced.pull()
    assert [one for one, _ in synced.busy()] == [start + timedelta(days=n) for n in range(5)]

    synced.drag(each[1], start + timedelta(days=1, hours=4), minutes=45)
    synced.changes(each[2], **free)
    synced.remove(each[3])
    synced.pull()

    moved = start + timedelta(days=1, hours=4)
    half = timedelta(minutes=30)
    left = [(start, start + half), (moved, moved + timedelta(minutes=45))]
    left.append((start + timedelta(days=4), start + timedelta(days=4) + half))
    assert synced.busy() == left
    whole_reads(synced)
    synced.pull()
    assert synced.busy() == left

    synced.remove(series)
    synced.pull()
    assert synced.busy() == []


def test_of_a_personal_account_too_changes_are_told(maple: Connecting, outlook: Microsoft) -> None:
    outlook.http.put("/_consent", json={"account": HOME}).raise_for_status()
    connection = maple.connects("outlook")
    [shown] = maple.shown()
    calendar = next(one["id"] for one in shown["calendars"] if one["isPrimary"])
    assert maple.choose(connection, (calendar, 100)).status == 200
    turn = Turn(UUID(demo.MAPLE), connection, tokens.vendor("outlook"), time.monotonic() + 60)
    for day in range(2):
        start, end = (f"{at(day, hour):%Y-%m-%dT%H:%M:%S}" for hour in (9, 10))
        outlook.put(start, end, email=HOME)
        pulling.pull(turn)

    busy = maple.clinic.all("SELECT starts_at, ends_at FROM calendar_busy ORDER BY starts_at")
    assert busy == [(at(0, 9), at(0, 10)), (at(1, 9), at(1, 10))]


@GOOGLE
def test_birthdays_do_not_block(synced: Synced) -> None:
    first = at(3, 0).astimezone(ZONE).date()
    whole = first.isoformat(), (first + timedelta(days=1)).isoformat()
    synced.account.put(*whole, eventType="birthday", transparency="transparent")
    synced.pull()

    assert synced.busy() == []


@BOTH
def test_what_a_strangers_invitation_says_keeps_no_calendar_from_being_read(synced: Synced) -> None:
    """It is in the owner's calendar before they have seen it."""
    synced.rules(calendar_titles=True)
    title = "a\x00b\u202ec"
    _ = (
        synced.puts(at(0, 9), summary=title)
        if synced.vendor == "google"
        else synced.puts(at(0, 9), subject=title)
    )

    synced.pull()

    assert synced.busy() == [(at(0, 9), at(0, 10))]
    assert synced.clinic.all("SELECT title FROM calendar_busy") == [("abc",)]


@BOTH
def test_titles_that_are_not_wanted_any_more_are_gone_at_once(synced: Synced) -> None:
    synced.rules(calendar_titles=True)
    title: dict[str, Any] = {"summary" if synced.vendor == "google" else "subject": "Dentist"}
    synced.puts(at(0, 9), **title)
    synced.pull()
    assert synced.clinic.all("SELECT title FROM calendar_busy") == [("Dentist",)]

    assert synced.connecting.member.patch("/organization", {"calendarTitles": False}).status == 200

    assert synced.clinic.all("SELECT title FROM calendar_busy") == [(None,)]


@BOTH
def test_what_was_read_by_another_rule_of_the_clinics_is_read_anew_and_not_trusted(synced: Synced) -> None:
    """Its zone says when whole days are, its horizon how far is read."""
    far = at(300, 9)
    synced.puts(far)
    synced.puts(at(0, 9))
    synced.pull()
    assert synced.busy() == [(at(0, 9), at(0, 10))]

    synced.rules(horizon_days=400)

    query = "SELECT pulled_at, read_whole_at FROM calendars WHERE id = %s"
    assert synced.clinic.all(query, synced.calendar_id) == [(None, None)]
    assert synced.busy() == [(at(0, 9), at(0, 10))]
    assert synced.clinic.all("SELECT wanted_at IS NOT NULL FROM calendar_connections") == [(True,)]
    synced.pull()
    assert synced.busy() == [(at(0, 9), at(0, 10)), (far, far + timedelta(hours=1))]

    synced.rules(time_zone="America/Toronto")
    assert synced.clinic.all(query, synced.calendar_id) == [(None, None)]
    synced.pull()
    synced.rules(slot_interval_min=10)
    assert synced.clinic.all(query, synced.calendar_id) != [(None, None)]


@BOTH
def test_a_long_event_over_a_visit_is_told_once_however_often_everything_is_read(synced: Synced) -> None:
    """It began before what is read, and the visit lies over two of its pieces."""
    visit = synced.book(at(0, 9))
    [(start, _)] = synced.visits().values()
    began = start - timedelta(days=30) + timedelta(minutes=5)
    synced.puts(began, 60 * 24 * 40)
    for hours in (0, 0, 7, 31):
        whole_reads(synced)
        with clinic_transaction(UUID(demo.MAPLE), time.monotonic() + 20) as db:
            [one] = db.all(
                pulling._Calendar,  # pyright: ignore[reportPrivateUsage]
                tokens.SQL["calendars_to_pull"],
                connection_id=synced.connection_id,
            )
        later = one._replace(now=one.now + timedelta(hours=hours))
        pulling._pull(synced.turn(), later)  # pyright: ignore[reportPrivateUsage]

    assert synced.notices("calendar_conflict") == [(visit, str(synced.calendar_id))]


@BOTH
def test_what_lies_over_the_visits_of_whoever_gets_a_calendar_is_told(synced: Synced) -> None:
    synced.puts(at(0, 9), 60)
    synced.pull()
    visit = synced.book(at(0, 9), provider=101)
    assert synced.connecting.choose(synced.connection_id, (synced.calendar_id, 101)).status == 200

    synced.pull()

    assert [of for of, _ in synced.notices("calendar_conflict")] == [visit]


@GOOGLE
def test_a_thread_that_the_vendor_lost_is_taken_up_by_reading_everything(synced: Synced) -> None:
    gone, stays = synced.puts(at(0, 9)), at(1, 9)
    synced.puts(stays)
    synced.pull()
    synced.remove(gone)
    synced.account.expire("sync")

    synced.pull()

    assert synced.busy() == [(stays, at(1, 10))]


@OUTLOOK
def test_microsofts_lost_thread_is_taken_up_likewise(synced: Synced) -> None:
    gone, stays = synced.puts(at(0, 9)), at(1, 9)
    synced.puts(stays)
    synced.pull()
    synced.remove(gone)
    synced.outlook.does("forget_deltas")

    synced.pull()

    assert synced.busy() == [(stays, at(1, 10))]


def in_pages(synced: Synced, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Five events that come on several pages; which requests read them, for faults."""
    synced.account.options(page_size=2)
    monkeypatch.setattr(outlook_client, "_PAGE", 2)
    for hour in range(9, 14):
        synced.puts(at(0, hour), 30)
    synced.pull()
    whole_reads(synced)
    synced.asked()
    return {"path": "/calendar/v3" if synced.vendor == "google" else "/v1.0", "method": "GET", "after": 1}


@BOTH
def test_a_thread_that_is_lost_in_mid_page_begins_anew_and_keeps_what_was_known(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = in_pages(synced, monkeypatch) | {"status": 410, "reason": "fullSyncRequired"}
    kept = synced.busy()
    assert len(kept) == 5
    synced.faults(gone | {"times": 1})
    synced.pull()
    assert synced.busy() == kept
    assert len(synced.asked()) == 2 + 3

    whole_reads(synced)
    synced.faults(gone)
    with pytest.raises(ProviderFailed):
        synced.pull()
    assert synced.busy() == kept


@BOTH
def test_changes_whose_thread_is_lost_in_mid_page_are_read_whole(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = in_pages(synced, monkeypatch) | {"status": 410, "reason": "fullSyncRequired", "times": 1}
    synced.pull()
    for hour in range(9, 14):
        synced.puts(at(1, hour), 30)
    synced.faults(gone)

    synced.pull()

    assert len(synced.busy()) == 10


@BOTH
def test_an_access_token_that_is_over_in_mid_page_is_refreshed_once(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = in_pages(synced, monkeypatch)
    synced.faults(pages | {"status": 401, "times": 1})

    synced.pull()

    assert len(synced.busy()) == 5
    asked = synced.asked()
    assert len([one for one in asked if one["path"].endswith("/token")]) == 1
    # Three pages, one of them twice.
    assert len([one for one in asked if "/events" in one["path"] or "delta" in one["path"]]) == 4


@BOTH
def test_a_calendar_that_the_vendor_fails_at_stops_no_other(synced: Synced) -> None:
    """The round has failed, so that it is tried again soon; what could be read is known."""
    if synced.vendor == "google":
        zone = "America/Vancouver"
        calendar = {"owner": "wei@clinic.example", "id": "zz-second", "summary": "Second", "timeZone": zone}
        synced.account.told("PUT", "/_calendar", calendar)
    else:
        synced.outlook.does("add_calendar", name="Second")
    synced.connecting.connects(synced.vendor)
    second = next(one for one in synced.connecting.shown()[0]["calendars"] if one["name"] == "Second")
    assert synced.connecting.choose(synced.connection_id, (second["id"], 101)).status == 200
    vendor_ids: dict[int, str] = dict(synced.clinic.all("SELECT id, vendor_id FROM calendars"))
    start = at(0, 9)
    if synced.vendor == "google":
        edges = [{"dateTime": f"{one:%Y-%m-%dT%H:%M:%S}Z"} for one in (start, start + timedelta(hours=1))]
        synced.account.put(*edges, calendar="zz-second")
        path = f"/calendar/v3/calendars/{quote(vendor_ids[synced.calendar_id])}/"
    else:
        synced.puts(start)
        own = {"subject": "Dentist", "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}}
        own["end"] = {"dateTime": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        synced.outlook.does("put", calendar=vendor_ids[second["id"]], event=own)
        path = f"/v1.0/me/calendars/{quote(vendor_ids[synced.calendar_id], safe='')}/"
    synced.faults({"path": path, "status": 503})

    with pytest.raises(ProviderFailed):
        synced.pull()

    assert synced.clinic.all("SELECT calendar_id, starts_at FROM calendar_busy") == [(second["id"], start)]


@GOOGLE
def test_a_calendar_that_is_shared_no_more_is_told_once_and_stops_no_other(synced: Synced) -> None:
    zone, owner = "America/Vancouver", "priya@clinic.example"
    synced.account.told("PUT", "/_account", {"email": owner, "timeZone": zone})
    hers_is = {"owner": owner, "id": "hers", "summary": "Hers", "timeZone": zone}
    synced.account.told("PUT", "/_calendar", hers_is)
    synced.account.share("writer", calendar="hers")
    synced.connecting.connects("google")
    hers = next(one for one in synced.connecting.shown()[0]["calendars"] if one["name"] == "Hers")
    synced.connecting.choose(synced.connection_id, (hers["id"], 101))
    synced.account.put("2027-01-04 09:00", "2027-01-04 10:00", calendar="hers")
    synced.pull()
    assert synced.clinic.all("SELECT count(*) FROM calendar_busy") == [(1,)]

    synced.account.share(None, calendar="hers")
    synced.puts(at(0, 9))
    synced.pull()
    synced.pull()

    assert synced.busy() == [(at(0, 9), at(0, 10))]
    assert synced.clinic.all("SELECT failure FROM calendars WHERE id = %s", hers["id"]) == [("withdrawn",)]
    told = synced.clinic.all("SELECT of FROM notifications WHERE kind = 'calendar_disconnected'")
    assert told == [(f"calendar {hers['id']}",)]
    # What was known of it still blocks: nobody knows better.
    assert synced.clinic.all("SELECT count(*) FROM calendar_busy WHERE calendar_id = %s", hers["id"]) == [
        (1,)
    ]

    synced.account.share("writer", calendar="hers")
    synced.connecting.connects("google")
    assert synced.clinic.all("SELECT failure FROM calendars WHERE id = %s", hers["id"]) == [(None,)]


@BOTH
def test_a_calendar_that_becomes_nobodys_is_forgotten(synced: Synced) -> None:
    synced.puts(at(0, 9))
    synced.pull()

    synced.connecting.choose(synced.connection_id, (synced.calendar_id, None))

    assert synced.busy() == []
    synced.asked()
    synced.pull()
    assert synced.asked() == []
    query = "SELECT position, pulled_at FROM calendars WHERE id = %s"
    assert synced.clinic.all(query, synced.calendar_id) == [(None, None)]


@BOTH
def test_of_whoever_is_not_there_any_more_the_calendar_is_still_read(synced: Synced) -> None:
    synced.clinic.do("UPDATE providers SET is_active = false WHERE id = 100")
    synced.puts(at(0, 9))

    synced.pull()

    assert synced.busy() == [(at(0, 9), at(0, 10))]


@BOTH
def test_two_clinics_at_one_mailbox_see_each_others_visits_and_not_their_own(
    synced: Synced, harbours: Connecting
) -> None:
    connection = harbours.connects(synced.vendor)
    [shown] = harbours.shown()
    primary = next(one["id"] for one in shown["calendars"] if one["isPrimary"])
    [(provider,)] = harbours.clinic.all("SELECT min(id) FROM providers")
    assert harbours.choose(connection, (primary, provider)).status == 200
    theirs = Synced(harbours, synced.vendor, synced.account, synced.outlook, connection, primary)
    synced.book(at(0, 9))
    synced.push()

    synced.pull()
    theirs.pull()

    assert synced.busy() == []
    [(start, end)] = harbours.clinic.all("SELECT starts_at, ends_at FROM calendar_busy")
    assert (start, end) == next(iter(synced.visits().values()))


@BOTH
def test_an_event_over_a_visit_is_told_once_and_the_visit_stands(synced: Synced) -> None:
    visit = synced.book(at(0, 9))
    before = synced.visits()
    event = synced.puts(at(0, 9), 120)
    synced.pull()
    synced.rename(event, "Another name")
    synced.pull()
    whole_reads(synced)
    synced.pull()

    assert synced.notices("calendar_conflict") == [(visit, str(synced.calendar_id))]
    assert synced.visits() == before
    synced.drag(event, at(0, 8), minutes=90)
    synced.pull()
    assert len(synced.notices("calendar_conflict")) == 2


@BOTH
def test_nothing_but_utc_is_sent(synced: Synced) -> None:
    synced.book(at(0, 9))
    synced.push()
    synced.puts(at(1, 9))
    synced.pull()
    synced.pull()

    turn = synced.turn()
    query = "SELECT vendor_id, lookup FROM calendars WHERE id = %s"
    [(vendor_id, lookup)] = synced.clinic.all(query, synced.calendar_id)
    turn.ask(lambda access: turn.vendor.busy(access, vendor_id, Span(at(0, 0), at(1, 0)), lookup=lookup))

    asked = [one for one in synced.asked() if one["method"] != "PUT"]
    assert len(asked) >= 4
    zones_named = re.findall(r"'timeZone': '([^']*)'|timezone=\"([^\"]*)\"", str(asked))
    assert {name for pair in zones_named for name in pair if name} == {"UTC"}
    if synced.vendor == "outlook":
        assert all('outlook.timezone="UTC"' in one["prefer"] for one in asked if "/v1.0" in one["path"])
    assert not re.search(r"America|Pacific|Columbia|[+-]0[78]:00", str(asked))


@BOTH
def test_readers_never_see_a_gap_while_everything_is_read_anew(synced: Synced) -> None:
    for hour in range(24):
        synced.puts(at(0, 0) + timedelta(hours=hour), 30)
    synced.pull()
    seen: set[int] = set()
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            seen.add(synced.clinic.all("SELECT count(*) FROM calendar_busy")[0][0])

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for _ in range(8):
            whole_reads(synced)
            synced.pull()
    finally:
        is_over.set()
        watching.join()

    assert seen == {24}


@BOTH
def test_a_pull_that_is_cut_off_is_done_again_and_nothing_is_lost(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced.pull()
    synced.puts(at(0, 9))

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(pulling.edits, "heard", dies)
        with pytest.raises(KeyboardInterrupt):
            synced.pull()
    synced.pull()

    assert synced.busy() == [(at(0, 9), at(0, 10))]


@BOTH
def test_a_pull_that_another_has_overtaken_changes_nothing(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced.pull()
    synced.puts(at(0, 9))
    real = pulling._read  # pyright: ignore[reportPrivateUsage]

    def slow(*args: Any) -> Any:
        found = real(*args)
        monkeypatch.setattr(pulling, "_read", real)
        synced.puts(at(1, 9))
        synced.pull()
        return found

    monkeypatch.setattr(pulling, "_read", slow)
    synced.pull()

    assert synced.busy() == [(at(0, 9), at(0, 10)), (at(1, 9), at(1, 10))]


@BOTH
@pytest.mark.parametrize("change", ["titles", "provider"])
def test_what_the_clinic_changes_while_a_calendar_is_read_counts(
    synced: Synced, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    synced.rules(calendar_titles=True)
    titled: dict[str, Any] = {"summary" if synced.vendor == "google" else "subject": "Dentist"}
    synced.puts(at(0, 9), **titled)
    visit = synced.book(at(0, 9), provider=101)
    real = pulling._read  # pyright: ignore[reportPrivateUsage]

    def slow(*args: Any) -> Any:
        found = real(*args)
        monkeypatch.setattr(pulling, "_read", real)
        if change == "titles":
            synced.rules(calendar_titles=False)
        else:
            synced.connecting.choose(synced.connection_id, (synced.calendar_id, 101))
        return found

    monkeypatch.setattr(pulling, "_read", slow)
    synced.pull()
    synced.pull()

    assert synced.busy() == [(at(0, 9), at(0, 10))]
    if change == "titles":
        assert synced.clinic.all("SELECT DISTINCT title FROM calendar_busy") == [(None,)]
    else:
        assert [one for one, _ in synced.notices("calendar_conflict")] == [visit]


@BOTH
def test_a_clock_of_ours_that_is_wrong_changes_nothing(synced: Synced) -> None:
    """How old a calendar is, and when it is read whole, goes by the database's clock alone."""
    synced.pull()
    [(age,)] = synced.clinic.all("SELECT now() - pulled_at FROM calendars WHERE id = %s", synced.calendar_id)
    assert timedelta() < age < timedelta(seconds=30)
    if synced.vendor == "google":
        synced.account.options(ahead_s=3600)
        synced.puts(at(0, 9))
        synced.pull()  # its tokens are over by its own clock
        assert synced.busy() == [(at(0, 9), at(0, 10))]


@BOTH
def test_once_a_day_everything_is_read(synced: Synced) -> None:
    synced.pull()
    for interval, is_whole in (("19 hours", False), ("29 hours", True)):
        synced.clinic.do(f"UPDATE calendars SET read_whole_at = now() - interval '{interval}'")
        synced.asked()
        synced.pull()
        [(age,)] = synced.clinic.all(
            "SELECT now() - read_whole_at FROM calendars WHERE id = %s", synced.calendar_id
        )
        assert (age < timedelta(minutes=1)) is is_whole


@BOTH
def test_changes_one_after_the_other_come_to_what_a_whole_reading_finds(synced: Synced) -> None:
    dice, events = Random(8), list[str]()
    for _ in range(12):
        for _ in range(dice.randint(1, 4)):
            match dice.choice(("put", "put", "drag", "remove")):
                case "drag" if events:
                    synced.drag(dice.choice(events), at(dice.randrange(40), dice.randrange(24)), 30)
                case "remove" if events:
                    synced.remove(events.pop(dice.randrange(len(events))))
                case _:
                    start = at(dice.randrange(40), dice.randrange(24))
                    events.append(synced.puts(start, dice.choice((15, 60, 3000))))
        synced.pull()
    by_changes = synced.busy()
    whole_reads(synced)
    synced.pull()

    assert synced.busy() == by_changes


WINDOW = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


def event(when: Span | Days) -> Event:
    return Event("an-event", "", False, when, True, None, None)


@given(
    st.integers(-40_000, 1_090_000).map(lambda minutes: WINDOW.start + timedelta(minutes=minutes)),
    st.timedeltas(timedelta(minutes=1), timedelta(days=80)),
)
def test_pieces_cover_what_they_are_of_and_last_a_day_at_most(start: datetime, length: timedelta) -> None:
    end = start + length
    found = list(mirror.pieces(event(Span(start, end)), ZONE, WINDOW))

    inside = max(start, WINDOW.start), min(end, WINDOW.end)
    if inside[0] >= inside[1]:
        assert found == []
        return
    assert start <= found[0].start <= inside[0]
    assert inside[1] <= found[-1].end <= end
    assert all(one.end == after.start for one, after in pairwise(found))
    assert all(timedelta() < one.end - one.start <= timedelta(days=1) for one in found)
    assert all(one.end > WINDOW.start and one.start < WINDOW.end for one in found)


@given(st.timedeltas(timedelta(minutes=1), timedelta(days=80)), st.timedeltas(timedelta(), timedelta(days=9)))
def test_a_later_window_finds_the_same_pieces(length: timedelta, later: timedelta) -> None:
    """Or else what lies over a visit would be told anew with each reading of everything."""
    long = event(Span(WINDOW.start - timedelta(days=3, hours=5), WINDOW.start + length))
    first = mirror.pieces(long, ZONE, WINDOW)
    window = Span(WINDOW.start + later, WINDOW.end + later)

    assert list(mirror.pieces(long, ZONE, window)) == [one for one in first if one.end > window.start]


@pytest.mark.parametrize(
    ("zone", "day", "starts", "hours"),
    [
        ("America/Toronto", date(2027, 3, 14), "2027-03-14T05:00", 23),
        ("America/Toronto", date(2026, 11, 1), "2026-11-01T04:00", 25),
        # British Columbia's clocks stay where they are.
        ("America/Vancouver", date(2027, 3, 14), "2027-03-14T07:00", 24),
        ("America/Vancouver", date(2026, 12, 1), "2026-12-01T07:00", 24),
    ],
)
def test_a_whole_day_is_the_zones_own(zone: str, day: date, starts: str, hours: int) -> None:
    found = list(mirror.pieces(event(Days(day, day + timedelta(days=1))), zones.zone(zone), WINDOW))

    start = datetime.fromisoformat(starts).replace(tzinfo=UTC)
    assert (found[0].start, found[-1].end) == (start, start + timedelta(hours=hours))


@BOTH
def test_a_whole_day_in_the_calendar_is_one_in_its_zone(synced: Synced, clinic: Clinic) -> None:
    """Microsoft's has none of its own that could be trusted, so it is the clinic's."""
    first = at(3, 0).astimezone(ZONE).date()
    if synced.vendor == "google":
        synced.account.put(first.isoformat(), (first + timedelta(days=2)).isoformat())
    else:
        edges = [f"{first + timedelta(days=n)}T00:00:00" for n in (0, 2)]
        synced.outlook.put(*edges, isAllDay=True)
    synced.pull()

    assert synced.busy() == [(at(3, 0), at(5, 0))]
    assert clinic.all("SELECT count(*) FROM calendar_busy") == [(2,)]
