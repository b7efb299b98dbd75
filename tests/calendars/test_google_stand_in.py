"""The stand-in of Google Calendar, driven by Google's own client, as Google's documentation would have it."""

from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from typing import Any

import httplib2
import httpx
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials

from local import child
from tests.calendars.conftest import Desk, Heard
from tests.google_calendar import CLIENT, MEMBER, GoogleAccount, Server, when
from tests.google_calendar import discovery as document

# Google's packages are untyped, and made at run time from its document.
discovery: Any = import_module("googleapiclient.discovery")
authorized: Any = import_module("google_auth_httplib2")
HttpError: Any = import_module("googleapiclient.errors").HttpError
credentials_of: Any = Credentials

Item = dict[str, Any]
SINGLY = {"calendarId": MEMBER, "singleEvents": True}
DAY = {"timeMin": "2026-12-01T00:00:00-07:00", "timeMax": "2026-12-02T00:00:00-07:00"}


@pytest.fixture
def calendar(account: GoogleAccount, desk: Desk) -> Generator[Any]:
    """Google's client, with a member's tokens."""
    tokens = {"refresh_token": desk.refresh, "token_uri": f"{account.url}/token"}
    credentials = credentials_of(desk.access, **tokens, **CLIENT)
    http = authorized.AuthorizedHttp(credentials, http=httplib2.Http())
    with discovery.build(
        "calendar",
        "v3",
        http=http,
        static_discovery=True,
        client_options={"api_endpoint": f"{account.url}/calendar/v3/"},
    ) as built:
        yield built


def refused(asking: Callable[[], Any]) -> tuple[int, str]:
    """Status and reason of the refusal."""
    with pytest.raises(HttpError) as caught:
        asking()
    details: Any = caught.value.error_details
    return int(caught.value.resp.status), details[0]["reason"]


def listed(calendar: Any, **asked: Any) -> tuple[list[Item], str]:
    """All pages, and the token at their end."""
    items: list[Item] = []
    request = calendar.events().list(**asked)
    while request is not None:
        answer = request.execute()
        items += answer["items"]
        assert ("nextPageToken" in answer) != ("nextSyncToken" in answer)
        following = calendar.events().list_next(request, answer)
        if following is None:
            return items, answer["nextSyncToken"]
        request = following
    raise AssertionError


def test_a_member_lists_calendars_and_events(calendar: Any, account: GoogleAccount) -> None:
    account.put("2026-12-01 09:00", "2026-12-01 09:30", summary="Dentist")

    calendars = calendar.calendarList().list().execute()["items"]
    events, _ = listed(calendar, calendarId="primary", **DAY)

    assert [(one["id"], one["accessRole"], one["primary"]) for one in calendars] == [(MEMBER, "owner", True)]
    assert [(one["summary"], one["start"]["dateTime"]) for one in events] == [
        ("Dentist", "2026-12-01T09:00:00-07:00")
    ]


def test_bounds_are_of_the_end_and_of_the_start(calendar: Any, account: GoogleAccount) -> None:
    """Both exclusive; whole days are the calendar's."""
    account.put("2026-11-30 23:00", "2026-12-01 00:00", summary="ends as it begins")
    account.put("2026-12-02 00:00", "2026-12-02 01:00", summary="begins as it ends")
    account.put("2026-11-30 23:00", "2026-12-01 00:01", summary="across")
    account.put("2026-12-01", "2026-12-02", summary="the day")
    account.put("2026-12-02", "2026-12-03", summary="the next")

    events, _ = listed(calendar, calendarId=MEMBER, **DAY)

    assert {one["summary"] for one in events} == {"across", "the day"}


def test_a_token_gives_what_changed_since_on_the_last_page_only(
    calendar: Any, account: GoogleAccount
) -> None:
    made = [account.put("2026-12-01 09:00", "2026-12-01 10:00", summary=str(n)) for n in range(5)]
    account.options(page_size=2)

    events, token = listed(calendar, **SINGLY)
    account.change(made[0]["id"], summary="another")
    account.remove(made[1]["id"])
    changed, later = listed(calendar, **SINGLY, syncToken=token)
    nothing, _ = listed(calendar, **SINGLY, syncToken=later)

    assert len(events) == 5
    assert [one.get("summary") for one in changed] == ["another", None]
    assert changed[1] == {**changed[1], "id": made[1]["id"], "status": "cancelled"}
    assert "start" not in changed[1]
    assert nothing == []


def test_what_changes_between_pages_comes_with_the_next_token(calendar: Any, account: GoogleAccount) -> None:
    made = [account.put("2026-12-01 09:00", "2026-12-01 10:00", summary=str(n)) for n in range(3)]
    account.options(page_size=2)
    first = calendar.events().list(**SINGLY).execute()

    account.change(made[0]["id"], summary="meanwhile")
    last = calendar.events().list(**SINGLY, pageToken=first["nextPageToken"]).execute()
    changed, _ = listed(calendar, **SINGLY, syncToken=last["nextSyncToken"])

    assert [one["summary"] for one in changed] == ["meanwhile"]


@pytest.mark.parametrize(
    "excluded",
    [
        {"timeMin": DAY["timeMin"]},
        {"timeMax": DAY["timeMax"]},
        {"updatedMin": DAY["timeMin"]},
        {"orderBy": "startTime"},
        {"q": "dentist"},
        {"iCalUID": "x"},
        {"privateExtendedProperty": "a=b"},
        {"sharedExtendedProperty": "a=b"},
    ],
)
def test_a_token_excludes_some_parameters(calendar: Any, excluded: Item) -> None:
    _, token = listed(calendar, **SINGLY)

    assert refused(lambda: calendar.events().list(**SINGLY, syncToken=token, **excluded).execute()) == (
        400,
        "invalid",
    )


def test_dead_tokens_ask_for_everything_anew(calendar: Any, account: GoogleAccount) -> None:
    for _ in range(3):
        account.put("2026-12-01 09:00", "2026-12-01 10:00")
    _, token = listed(calendar, **SINGLY)
    account.options(page_size=2)
    page = calendar.events().list(**SINGLY).execute()["nextPageToken"]

    account.expire("sync")

    gone = (410, "fullSyncRequired")
    assert refused(lambda: calendar.events().list(**SINGLY, syncToken=token).execute()) == gone
    assert refused(lambda: calendar.events().list(**SINGLY, pageToken=page).execute()) == gone
    assert refused(lambda: calendar.events().list(**SINGLY, syncToken="nonsense").execute())[0] == 400


def test_a_series_comes_as_instances_with_its_exceptions(calendar: Any, account: GoogleAccount) -> None:
    """Nine o'clock stays nine o'clock when the clocks of its zone change (Toronto, 2026-11-01)."""
    zone = "America/Toronto"
    edges = [{"dateTime": f"2026-10-30T{hour}:00:00", "timeZone": zone} for hour in ("09", "10")]
    body = {"start": edges[0], "end": edges[1], "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"]}
    made = calendar.events().insert(calendarId=MEMBER, body=body).execute()
    key = made["id"]

    events, token = listed(calendar, **SINGLY, timeZone="UTC")
    account.remove(f"{key}_20261031T130000Z")
    account.change(f"{key}_20261101T140000Z", start=when("2026-11-01 12:00"), end=when("2026-11-01 13:00"))
    changed, later = listed(calendar, **SINGLY, timeZone="UTC", syncToken=token)
    account.remove(key)
    ended, _ = listed(calendar, **SINGLY, timeZone="UTC", syncToken=later)

    assert [one["start"]["dateTime"] for one in events] == [
        "2026-10-30T13:00:00Z",
        "2026-10-31T13:00:00Z",
        "2026-11-01T14:00:00Z",
        "2026-11-02T14:00:00Z",
        "2026-11-03T14:00:00Z",
    ]
    assert {one["recurringEventId"] for one in events} == {key}
    assert [(one["status"], one["originalStartTime"]["dateTime"][:10]) for one in changed] == [
        ("cancelled", "2026-10-31"),
        ("confirmed", "2026-11-01"),
    ]
    assert "start" not in changed[0]
    assert changed[1]["start"]["dateTime"] == "2026-11-01T19:00:00Z"
    assert {one["status"] for one in ended} == {"cancelled"}
    assert len(ended) == 4
    assert all("originalStartTime" not in one for one in ended), (
        "of a series that is gone only the id is sure"
    )


def test_a_series_that_moves_leaves_cancelled_instances(calendar: Any, account: GoogleAccount) -> None:
    made = account.put("2026-12-01", "2026-12-02", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    events, token = listed(calendar, **SINGLY)

    account.change(made["id"], start=when("2026-12-02"), end=when("2026-12-03"))
    changed, _ = listed(calendar, **SINGLY, syncToken=token)

    key = made["id"]
    assert [one["id"] for one in events] == [f"{key}_202612{day}" for day in ("01", "08", "15")]
    assert {one["id"]: one["status"] for one in changed} == {
        **{f"{key}_202612{day}": "confirmed" for day in ("02", "09", "16")},
        **{f"{key}_202612{day}": "cancelled" for day in ("01", "08", "15")},
    }


def test_an_event_that_leaves_the_window_is_told_of(calendar: Any, account: GoogleAccount) -> None:
    made = account.put("2026-12-01 09:00", "2026-12-01 10:00")
    account.put("2026-12-05 09:00", "2026-12-05 10:00")
    _, token = listed(calendar, **SINGLY, **DAY)

    account.change(made["id"], start=when("2026-12-03 09:00"), end=when("2026-12-03 10:00"))
    account.put("2026-12-06 09:00", "2026-12-06 10:00")
    changed, _ = listed(calendar, **SINGLY, syncToken=token)

    assert [one["id"] for one in changed] == [made["id"]]


BODY = {"start": when("2026-12-01 09:00"), "end": when("2026-12-01 10:00"), "summary": "Visit"}


@pytest.mark.parametrize("key", ["abcd", "wxyz1", "ABCDE", "a-b-c", "a" * 1025])
def test_ids_are_of_one_alphabet(calendar: Any, key: str) -> None:
    assert refused(
        lambda: calendar.events().insert(calendarId=MEMBER, body=BODY | {"id": key}).execute()
    ) == (
        400,
        "invalid",
    )


def test_an_id_is_used_once_and_for_ever(calendar: Any) -> None:
    events = calendar.events()
    body = BODY | {"id": "0123456789abcdefghijklmnopqrstuv"}
    own = {"calendarId": MEMBER, "eventId": body["id"]}
    events.insert(calendarId=MEMBER, body=body).execute()

    assert refused(lambda: events.insert(calendarId=MEMBER, body=body).execute()) == (409, "duplicate")
    events.delete(**own).execute()
    assert refused(lambda: events.insert(calendarId=MEMBER, body=body).execute()) == (409, "duplicate")
    assert refused(lambda: events.delete(**own).execute()) == (410, "deleted")
    assert refused(lambda: events.patch(**own, body={"summary": "x"}).execute()) == (403, "forbidden")
    assert events.get(**own).execute()["status"] == "cancelled"


def test_an_etag_guards_what_somebody_else_wrote(calendar: Any, account: GoogleAccount) -> None:
    made = calendar.events().insert(calendarId=MEMBER, body=BODY).execute()
    own = {"calendarId": MEMBER, "eventId": made["id"]}
    account.change(made["id"], summary="Somebody else's")

    def guarded(request: Any) -> Any:
        request.headers["If-Match"] = made["etag"]
        return request.execute()

    stale = (412, "conditionNotMet")
    assert refused(lambda: guarded(calendar.events().patch(**own, body={"summary": "x"}))) == stale
    assert refused(lambda: guarded(calendar.events().update(**own, body=BODY))) == stale
    assert refused(lambda: guarded(calendar.events().delete(**own))) == stale
    assert account.events()[0]["summary"] == "Somebody else's"

    made = calendar.events().get(**own).execute()
    assert guarded(calendar.events().update(**own, body=BODY))["summary"] == "Visit"


def test_busy_times_are_merged_and_what_cannot_be_seen_is_an_error(
    calendar: Any, account: GoogleAccount
) -> None:
    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    account.put("2026-12-01 09:30", "2026-12-01 11:00")
    account.put("2026-12-01 12:00", "2026-12-01 13:00", transparency="transparent")
    account.put("2026-12-01", "2026-12-02", eventType="workingLocation")

    body = DAY | {"items": [{"id": MEMBER}, {"id": "nobody@clinic.example"}]}
    answer = calendar.freebusy().query(body=body).execute()["calendars"]

    assert answer[MEMBER]["busy"] == [{"start": "2026-12-01T16:00:00Z", "end": "2026-12-01T18:00:00Z"}]
    assert answer["nobody@clinic.example"]["errors"] == [{"domain": "global", "reason": "notFound"}]


def test_more_than_fifty_calendars_are_too_many(calendar: Any) -> None:
    items = [{"id": MEMBER}] + [{"id": f"{n}@clinic.example"} for n in range(50)]

    answer = calendar.freebusy().query(body=DAY | {"items": items}).execute()["calendars"]

    assert answer["49@clinic.example"]["errors"][0]["reason"] == "tooManyCalendarsRequested"


def test_what_is_not_shared_is_not_there(calendar: Any, account: GoogleAccount) -> None:
    other = "priya@clinic.example"
    account.told("PUT", "/_account", {"email": other, "timeZone": "UTC"})
    account.put("2026-12-01 09:00", "2026-12-01 10:00", calendar=other, visibility="private", summary="Hers")

    assert refused(lambda: listed(calendar, calendarId=other)) == (404, "notFound")
    account.share("freeBusyReader", calendar=other)
    assert refused(lambda: listed(calendar, calendarId=other)) == (403, "requiredAccessLevel")
    account.share("reader", calendar=other)
    assert [one.get("summary") for one in listed(calendar, calendarId=other)[0]] == [None]
    writing = calendar.events().insert(calendarId=other, body=BODY)
    assert refused(writing.execute) == (403, "requiredAccessLevel")
    account.share("writer", calendar=other)
    writing.execute()
    assert [one.get("summary") for one in listed(calendar, calendarId=other)[0]] == ["Hers", "Visit"]


def test_googles_client_refreshes_by_itself_until_nobody_consents(
    calendar: Any, account: GoogleAccount
) -> None:
    account.expire("access")
    assert listed(calendar, **SINGLY)[0] == []
    assert [(one["path"], one["status"]) for one in account.requests()][1:] == [
        ("/token", 200),
        (f"/calendar/v3/calendars/{MEMBER}/events", 200),
    ]

    account.expire("access")
    account.expire("refresh")
    with pytest.raises(RefreshError, match="invalid_grant"):
        listed(calendar, **SINGLY)


def test_a_scope_that_was_not_granted_is_missed(calendar: Any, account: GoogleAccount, desk: Desk) -> None:
    account.options(grants=["https://www.googleapis.com/auth/calendar.freebusy"])
    back = account.consents(
        f"/o/oauth2/v2/auth?client_id={CLIENT['client_id']}&response_type=code&redirect_uri=http://x/&state=s"
    )
    form = CLIENT | {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": "http://x/"}
    token = account.http.post("/token", data=form).json()["access_token"]

    answer = account.http.get(
        f"/calendar/v3/calendars/{MEMBER}/events", headers={"authorization": f"Bearer {token}"}
    )

    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (
        403,
        "insufficientPermissions",
    )


def test_scopes_let_through_what_google_says() -> None:
    from local.google_consent import SCOPES

    resources = document()["resources"]
    for names, methods in {
        "calendarList.list": [("calendarList", "list")],
        "events.read": [("events", "list"), ("events", "get"), ("events", "watch")],
        "events.write": [("events", name) for name in ("insert", "patch", "update", "delete")],
        "freebusy.query": [("freebusy", "query")],
    }.items():
        for resource, method in methods:
            whole = {scope.rpartition("/")[2] for scope in resources[resource]["methods"][method]["scopes"]}
            assert set(SCOPES[names]) <= whole
            missing = whole - set(SCOPES[names])
            assert missing <= {"calendar.app.created", "calendar.events.public.readonly"}


def test_a_channel_tells_of_each_change_until_it_is_stopped(
    calendar: Any, account: GoogleAccount, heard: Heard
) -> None:
    address = f"http://127.0.0.1:{heard.server_port}/hints"
    body = {"id": "channel-1", "type": "web_hook", "address": address, "token": "a-secret"}
    opened = calendar.events().watch(calendarId=MEMBER, body=body).execute()
    heard.wait_for(1)
    heard.statuses = [503]

    account.put("2026-12-01 09:00", "2026-12-01 10:00")
    got = heard.wait_for(3)

    assert [one["x-goog-resource-state"] for one in got] == ["sync", "exists", "exists"]
    assert {one["x-goog-channel-token"] for one in got} == {"a-secret"}
    assert {one["x-goog-resource-id"] for one in got} == {opened["resourceId"]}
    assert got[1] == got[2], "503 is tried again"
    assert int(got[1]["x-goog-message-number"]) > int(got[0]["x-goog-message-number"])
    assert refused(lambda: calendar.events().watch(calendarId=MEMBER, body=body).execute()) == (
        400,
        "channelIdNotUnique",
    )

    stop = {"id": "channel-1", "resourceId": opened["resourceId"]}
    calendar.channels().stop(body=stop).execute()
    assert account.told("GET", "/_channels") == []
    assert refused(lambda: calendar.channels().stop(body=stop).execute()) == (404, "notFound")


def test_a_channel_needs_an_address_that_is_safe(calendar: Any) -> None:
    body = {"id": "channel-1", "type": "web_hook", "address": "http://clinic.example/hints"}

    assert refused(lambda: calendar.events().watch(calendarId=MEMBER, body=body).execute()) == (
        400,
        "push.webhookUrlNotHttps",
    )


def test_failures_are_made_to_order(calendar: Any, account: GoogleAccount) -> None:
    """Google's own client asks a second time by itself when the connection is lost, and finds its first."""
    account.faults(
        {"method": "POST", "status": 403, "reason": "userRateLimitExceeded", "times": 1},
        {"method": "POST", "reset": True, "when": "after", "after": 1, "times": 1},
    )
    inserting = calendar.events().insert(calendarId=MEMBER, body=BODY | {"id": "abcde"})

    assert refused(inserting.execute) == (403, "userRateLimitExceeded")
    assert account.events() == []
    assert refused(inserting.execute) == (409, "duplicate")
    assert [one["id"] for one in account.events()] == ["abcde"]


def test_of_a_series_that_is_gone_google_may_not_tell_every_instance(
    calendar: Any, account: GoogleAccount
) -> None:
    """So whoever keeps a mirror reads everything anew now and then."""
    made = account.put("2026-12-01", "2026-12-02", recurrence=["RRULE:FREQ=MONTHLY;COUNT=40"])
    events, token = listed(calendar, **SINGLY)
    account.options(told_days=365)

    account.remove(made["id"])
    gone, _ = listed(calendar, **SINGLY, syncToken=token)

    assert len(events) == 40
    assert 0 < len(gone) < 40


def test_it_is_served_by_a_process_of_its_own() -> None:
    with child.listen() as listening:
        process = child.Child("local.google_calendar", listening, CLIENT)
        process.wait_until_ready()
        answer = httpx.get(f"{child.address(listening)}/calendar/v3/users/me/calendarList", trust_env=False)
        process.stop()

    assert answer.status_code == 401


def test_what_it_holds_can_be_kept(google_at: Server, tmp_path: Path) -> None:
    file = tmp_path / "google.json"
    with google_at.account(file) as first:
        made = first.put("2026-12-01 09:00", "2026-12-01 10:00")
    with google_at.account(file) as second:
        assert [one["id"] for one in second.events()] == [made["id"]]


def test_a_refusal_has_googles_shape(account: GoogleAccount) -> None:
    answer = account.http.get("/calendar/v3/users/me/calendarList", headers={"authorization": "Bearer x"})

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.json()["error"]["errors"][0]["reason"] == "authError"
