"""The stand-in of Microsoft Graph as any client sees it, at the wire."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.calendars import graph_shapes as shapes
from tests.calendars.graph_shapes import check
from tests.calendars.microsoft import (
    CALLBACK,
    CLIENT,
    DOCTOR,
    HOME,
    Microsoft,
    Receiver,
    echo,
    microsoft,
    receiver,
)

WINDOW = {"startDateTime": "2026-11-01T00:00:00Z", "endDateTime": "2027-03-01T00:00:00Z"}
VISIT: dict[str, Any] = {
    "subject": "Appointment",
    "start": {"dateTime": "2026-12-01T16:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2026-12-01T16:30:00", "timeZone": "UTC"},
}
DAILY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": "2026-11-30", "numberOfOccurrences": 3},
}


class Client:
    """Somebody signed in."""

    def __init__(self, theirs: Microsoft, email: str = DOCTOR) -> None:
        self._theirs = theirs
        self._token = theirs.signed_in(email)["access_token"]

    def __call__(
        self, method: str, path: str, *, prefer: str = 'IdType="ImmutableId"', **content: Any
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._token}", "prefer": prefer, **content.pop("headers", {})}
        url = path if path.startswith("http") else f"/v1.0/{path}"
        return self._theirs.http.request(method, url, headers=headers, **content)

    def delta(self, link: str | None = None, **asked: Any) -> dict[str, Any]:
        """One page."""
        if link:
            return check(self("GET", link, **asked).json(), shapes.DELTA)
        return check(self("GET", "me/calendarView/delta", params=WINDOW, **asked).json(), shapes.DELTA)


@pytest.fixture(scope="module")
def running() -> Iterator[Microsoft]:
    with microsoft(handshake_s=0.5) as running:
        yield running


@pytest.fixture
def theirs(running: Microsoft) -> Microsoft:
    running.begin_anew()
    return running


@pytest.fixture
def graph(theirs: Microsoft) -> Client:
    return Client(theirs)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error."""
    return answer.status_code, check(answer.json(), shapes.ERROR)["error"]["code"]


# Events


def test_an_event_is_made_read_changed_and_deleted(theirs: Microsoft, graph: Client) -> None:
    made = check(graph("POST", "me/events", json=VISIT).json(), shapes.EVENT)
    path = f"me/events/{made['id']}"
    seen = {"if-match": made["@odata.etag"]}
    changed = graph("PATCH", path, json={"subject": "Moved"}, headers=seen).json()

    assert made["start"] == {"dateTime": "2026-12-01T16:00:00.0000000", "timeZone": "UTC"}
    assert (changed["id"], changed["subject"]) == (made["id"], "Moved")
    assert changed["changeKey"] != made["changeKey"]
    assert refusal(graph("PATCH", path, json={}, headers=seen)) == (412, "ErrorIrresolvableConflict")
    assert refusal(graph("DELETE", path, headers=seen)) == (412, "ErrorIrresolvableConflict")
    assert check(graph("GET", path).json(), shapes.EVENT) == changed
    assert graph("DELETE", path).status_code == 204
    assert refusal(graph("GET", path)) == (404, "ErrorItemNotFound")


def test_a_creation_repeated_with_its_transaction_id_is_one_event(theirs: Microsoft, graph: Client) -> None:
    body = VISIT | {"transactionId": "t-1"}
    first, again = (graph("POST", "me/events", json=body) for _ in range(2))
    another = graph("POST", "me/events", json=body | {"subject": "Another"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert refusal(another) == (409, "ErrorDuplicateTransactionId")
    path = f"me/events/{first.json()['id']}"
    assert graph("PATCH", path, json={"transactionId": "t-2"}).status_code == 400
    assert len(theirs.events()) == 1
    graph("DELETE", path)
    assert refusal(graph("POST", "me/events", json=body)) == (409, "ErrorDuplicateTransactionId")


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": {"dateTime": "2026-12-01T16:00:00"}},
        {"start": {"dateTime": "soon", "timeZone": "UTC"}},
        {"start": {"dateTime": "2026-12-01T17:00:00", "timeZone": "UTC"}},
        {"isAllDay": True},
        {"showAs": "asleep"},
        {"changeKey": "mine"},
    ],
)
def test_what_isnt_an_event_is_refused(theirs: Microsoft, graph: Client, wrong: dict[str, Any]) -> None:
    assert graph("POST", "me/events", json=VISIT | wrong).status_code == 400
    assert theirs.events() == []


def test_only_immutable_ids_survive_a_move(theirs: Microsoft, graph: Client) -> None:
    made = theirs.put("2026-12-01T16:00:00", "2026-12-01T16:30:00")
    (mutable,) = graph.delta(prefer="")["value"]
    other = theirs.does("add_calendar", name="Other")["id"]
    theirs.does("move", id=made["id"], calendar=other)

    assert mutable["id"] != made["id"]
    assert graph("GET", f"me/events/{mutable['id']}").status_code == 404
    assert graph("GET", f"me/events/{made['id']}").json()["id"] == made["id"]
    names = [check(one, shapes.CALENDAR)["name"] for one in graph("GET", "me/calendars").json()["value"]]
    assert names == ["Calendar", "Other"]


def test_a_marked_event_is_found_by_its_extended_property(theirs: Microsoft, graph: Client) -> None:
    prop = {"id": "String {6b3c8f6e-52d1-4a1e-9d0b-4f1d7c7a2e90} Name ours", "value": "4711"}
    made = graph("POST", "me/events", json=VISIT | {"singleValueExtendedProperties": [prop]}).json()
    graph("POST", "me/events", json=VISIT)
    asked = "singleValueExtendedProperties/Any(ep: ep/id eq '{id}' and ep/value eq '{value}')".format(**prop)

    (found,) = graph("GET", "me/events", params={"$filter": asked}).json()["value"]
    assert found["id"] == made["id"]


# Deltas


def test_a_round_has_pages_and_then_a_link_for_the_next_round(theirs: Microsoft, graph: Client) -> None:
    made = [theirs.put(f"2026-12-0{day}T16:00:00", f"2026-12-0{day}T17:00:00") for day in (1, 2, 3)]
    pages = [graph.delta(prefer='IdType="ImmutableId", odata.maxpagesize=2')]
    pages.append(graph.delta(pages[0]["@odata.nextLink"]))
    theirs.does("delete", id=made[0]["id"])
    theirs.does("change", id=made[1]["id"], event={"showAs": "free"})
    then = graph.delta(pages[1]["@odata.deltaLink"])

    assert [[one["id"] for one in page["value"]] for page in pages] == [
        [one["id"] for one in made[:2]],
        [made[2]["id"]],
    ]
    changed, removed = then["value"]
    assert (changed["id"], changed["showAs"]) == (made[1]["id"], "free")
    assert (removed["id"], removed["@removed"]) == (made[0]["id"], {"reason": "deleted"})
    assert graph.delta(then["@odata.deltaLink"])["value"] == []


def test_a_page_is_of_ten_unless_another_size_is_preferred(theirs: Microsoft, graph: Client) -> None:
    for day in range(1, 13):
        theirs.put(f"2026-12-{day:02}T16:00:00", f"2026-12-{day:02}T17:00:00")

    assert len(graph.delta()["value"]) == 10


def test_a_delta_takes_no_selection_and_needs_a_window(theirs: Microsoft, graph: Client) -> None:
    path = "me/calendarView/delta"

    assert refusal(graph("GET", path, params=WINDOW | {"$select": "id"})) == (400, "ErrorInvalidUrlQuery")
    assert refusal(graph("GET", path)) == (400, "ErrorInvalidParameter")


def test_the_window_stays_in_the_token_and_what_changes_outside_has_no_fields(
    theirs: Microsoft, graph: Client
) -> None:
    link = graph.delta()["@odata.deltaLink"]
    outside = theirs.put("2028-12-01T16:00:00", "2028-12-01T17:00:00")
    (told,) = graph("GET", link).json()["value"]

    assert (told["id"], told["start"], told["subject"]) == (outside["id"], None, None)


@pytest.mark.parametrize("forgotten", ["nextLink", "deltaLink"])
def test_a_dead_state_token_is_410(theirs: Microsoft, graph: Client, forgotten: str) -> None:
    for day in (1, 2):
        theirs.put(f"2026-12-0{day}T16:00:00", f"2026-12-0{day}T17:00:00")
    size = 1 if forgotten == "nextLink" else 10
    link = graph.delta(prefer=f"odata.maxpagesize={size}")[f"@odata.{forgotten}"]
    theirs.does("forget_deltas")

    assert refusal(graph("GET", link)) == (410, "SyncStateNotFound")


def test_a_series_comes_as_occurrences_with_little_and_exceptions_with_all(
    theirs: Microsoft, graph: Client
) -> None:
    series = theirs.put("2026-11-30T16:00:00", "2026-11-30T17:00:00", recurrence=DAILY)
    theirs.does("change", id=series["id"].replace("=", ".2026-12-01="), event={"subject": "Another"})
    first = graph.delta()

    assert [one["type"] for one in first["value"]] == [
        "seriesMaster",
        "occurrence",
        "exception",
        "occurrence",
    ]
    assert {one.get("seriesMasterId") for one in first["value"][1:]} == {series["id"]}
    theirs.does("delete", id=series["id"].replace("=", ".2026-12-02="))
    second = graph.delta(first["@odata.deltaLink"])
    (gone,) = second["value"]
    assert gone["id"] == first["value"][3]["id"]
    theirs.does("change", id=first["value"][2]["id"], event={"showAs": "free"})
    (again,) = graph.delta(second["@odata.deltaLink"])["value"]  # the series didn't change itself
    assert (again["type"], again["showAs"]) == ("exception", "free")
    view = graph("GET", "me/calendarView", params=WINDOW).json()["value"]
    assert [check(one, shapes.EVENT)["subject"] for one in view] == ["Dentist", "Another"]


def test_a_weekly_series_keeps_its_wall_time(theirs: Microsoft, graph: Client) -> None:
    weekly = {
        "pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "friday"]},
        "range": {"type": "endDate", "startDate": "2026-10-19", "endDate": "2026-11-08"},
    }
    theirs.put("2026-10-19T09:00:00", "2026-10-19T10:00:00", zone="America/Toronto", recurrence=weekly)
    window = {"startDateTime": "2026-10-01T00:00:00Z", "endDateTime": "2026-12-01T00:00:00Z"}
    view = graph("GET", "me/calendarView", params=window).json()["value"]

    assert [one["start"]["dateTime"][:16] for one in view] == [
        "2026-10-19T13:00",
        "2026-10-23T13:00",
        "2026-11-02T14:00",
        "2026-11-06T14:00",
    ]


def test_times_come_in_the_preferred_zone_and_whole_days_as_midnight_of_any(
    theirs: Microsoft, graph: Client
) -> None:
    timed = theirs.put("2026-12-01T16:00:00", "2026-12-01T17:00:00")
    days = theirs.put("2026-12-01T00:00:00", "2026-12-02T00:00:00", isAllDay=True, zone="America/Vancouver")
    for zone, hour in (("UTC", 16), ("America/Vancouver", 9)):
        prefer = f'IdType="ImmutableId", outlook.timezone="{zone}"'
        start = graph("GET", f"me/events/{timed['id']}", prefer=prefer).json()["start"]
        whole = graph("GET", f"me/events/{days['id']}", prefer=prefer).json()["start"]

        assert start == {"dateTime": f"2026-12-01T{hour:02}:00:00.0000000", "timeZone": zone}
        assert whole == {"dateTime": "2026-12-01T00:00:00.0000000", "timeZone": zone}


# getSchedule


def test_a_schedule_tells_what_is_not_free_and_what_it_doesnt_know(theirs: Microsoft, graph: Client) -> None:
    theirs.put("2026-12-01T16:00:00", "2026-12-01T17:00:00", showAs="oof")
    theirs.put("2026-12-01T18:00:00", "2026-12-01T19:00:00", showAs="free")
    asked = {
        "schedules": [DOCTOR, "nobody@maple.example"],
        "startTime": {"dateTime": "2026-12-01T00:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": "2026-12-02T00:00:00", "timeZone": "UTC"},
    }
    known, unknown = graph("POST", "me/calendar/getSchedule", json=asked).json()["value"]

    assert [one["status"] for one in check(known, shapes.SCHEDULE)["scheduleItems"]] == ["oof"]
    assert check(unknown, shapes.SCHEDULE)["error"]["responseCode"] == "ErrorMailRecipientNotFound"
    personal = Client(theirs, HOME)("POST", "me/calendar/getSchedule", json=asked)
    assert refusal(personal) == (403, "ErrorAccessDenied")


# Subscriptions


def wanted(receiving: Receiver, **fields: Any) -> dict[str, Any]:
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": receiving.url,
        "lifecycleNotificationUrl": receiving.url,
        "resource": "me/events",
        "expirationDateTime": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        "clientState": "a-secret",
    } | fields


def test_changes_are_posted_with_the_clients_secret(theirs: Microsoft, graph: Client) -> None:
    with receiver() as receiving:
        made = check(graph("POST", "subscriptions", json=wanted(receiving)).json(), shapes.SUBSCRIPTION)
        event = theirs.put("2026-12-01T16:00:00", "2026-12-01T17:00:00")
        theirs.does("delete", id=event["id"])
        told = [check(one, shapes.NOTIFICATION) for one in receiving.wait_for(3)]

    assert sorted(one["changeType"] for one in told) == ["created", "deleted", "updated"]
    assert {(one["subscriptionId"], one["clientState"]) for one in told} == {(made["id"], "a-secret")}
    assert {one["resourceData"]["id"] for one in told} == {event["id"]}


def test_a_notification_that_nobody_took_comes_again(theirs: Microsoft, graph: Client) -> None:
    with receiver() as receiving:
        graph("POST", "subscriptions", json=wanted(receiving))
        receiving.refusals = 2
        theirs.put("2026-12-01T16:00:00", "2026-12-01T17:00:00")

        assert len(receiving.wait_for(2)) == 2


SHAKES: dict[str, Callable[[str], tuple[int, str, str]]] = {
    "not text": lambda token: (200, "application/json", token),
    "quoted": lambda token: (200, "text/plain", f'"{token}"'),
    "not decoded": lambda token: (200, "text/plain", token.replace(" ", "+")),
    "another status": lambda token: (202, "text/plain", token),
    "too late": lambda token: time.sleep(0.7) or echo(token),
}


@pytest.mark.parametrize("how", SHAKES)
def test_a_subscription_needs_the_plain_token_in_time(theirs: Microsoft, graph: Client, how: str) -> None:
    with receiver() as receiving:
        receiving.shakes = SHAKES[how]

        assert refusal(graph("POST", "subscriptions", json=wanted(receiving))) == (400, "ValidationError")
        assert theirs.holds()["subscriptions"] == []


def test_the_address_for_the_subscriptions_own_news_is_asked_too(theirs: Microsoft, graph: Client) -> None:
    with receiver() as receiving:
        nobody = wanted(receiving, lifecycleNotificationUrl="http://127.0.0.1:9/")

        assert refusal(graph("POST", "subscriptions", json=nobody)) == (400, "ValidationError")


@pytest.mark.parametrize(
    ("minutes", "granted"), [(4_231, None), (-1, None), (4_229, 4_229), (60, 60), (5, 45)]
)
def test_a_subscription_is_granted_from_45_to_4230_minutes(
    theirs: Microsoft, graph: Client, minutes: int, granted: int | None
) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    theirs.freeze_clock(now.isoformat())
    client = Client(theirs)
    with receiver() as receiving:
        asked = wanted(receiving, expirationDateTime=(now + timedelta(minutes=minutes)).isoformat())
        answer = client("POST", "subscriptions", json=asked)

    if granted is None:
        assert answer.status_code == 400
    else:
        expires = datetime.fromisoformat(answer.json()["expirationDateTime"])
        assert expires == now + timedelta(minutes=granted)


def test_a_subscription_that_is_not_renewed_lapses(theirs: Microsoft) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    theirs.freeze_clock(now.isoformat())
    client = Client(theirs)

    def until(hours: int) -> dict[str, str]:
        return {"expirationDateTime": (now + timedelta(hours=hours)).isoformat()}

    with receiver() as receiving:
        kept, left = (
            client("POST", "subscriptions", json=wanted(receiving, **until(hours=2))).json()["id"]
            for _ in range(2)
        )
        assert client("PATCH", f"subscriptions/{kept}", json=until(hours=60)).status_code == 200
        theirs.freeze_clock((now + timedelta(hours=3)).isoformat())
        later = Client(theirs)

        renewed = later("PATCH", f"subscriptions/{left}", json=until(hours=60))
        assert refusal(renewed) == (404, "ResourceNotFound")
        theirs.put("2026-12-01T16:00:00", "2026-12-01T17:00:00")
        assert {one["subscriptionId"] for one in receiving.wait_for(2)} == {kept}
        assert later("DELETE", f"subscriptions/{kept}").status_code == 204
        assert theirs.holds()["subscriptions"] == []


@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved", "missed"])
def test_what_becomes_of_a_subscription_is_told(theirs: Microsoft, graph: Client, event: str) -> None:
    with receiver() as receiving:
        made = graph("POST", "subscriptions", json=wanted(receiving)).json()
        theirs.does("lifecycle", event=event)
        (told,) = receiving.wait_for(1)
        theirs.put("2026-12-01T16:00:00", "2026-12-01T17:00:00")
        if event == "reauthorizationRequired":
            assert graph("POST", f"subscriptions/{made['id']}/reauthorize").status_code == 204
            theirs.put("2026-12-02T16:00:00", "2026-12-02T17:00:00")
        if event != "subscriptionRemoved":
            assert len(receiving.wait_for(3)) == 3

    assert check(told, shapes.LIFECYCLE)["lifecycleEvent"] == event
    assert told["clientState"] == "a-secret"
    assert len(theirs.holds()["subscriptions"]) == (event != "subscriptionRemoved")


# Tokens


def test_tokens_are_of_the_shape_that_the_endpoint_gives(theirs: Microsoft) -> None:
    told = check(theirs.signed_in(), shapes.TOKENS)

    assert "refresh_token" in told
    assert "refresh_token" not in theirs.signed_in(scopes="Calendars.ReadWrite")
    again = theirs.token(grant_type="refresh_token", refresh_token=told["refresh_token"]).json()
    assert check(again, shapes.TOKENS)["refresh_token"] != told["refresh_token"]


@pytest.mark.parametrize(("who", "error"), [("user", "access_denied"), ("admin", "consent_required")])
def test_a_consent_not_given_comes_back_with_its_reason(theirs: Microsoft, who: str, error: str) -> None:
    theirs.http.put("/_consent", json={"deny": who})
    asked = {"client_id": CLIENT[0], "response_type": "code", "redirect_uri": CALLBACK, "state": "s"}
    back = theirs.http.get(theirs.consent_url, params=asked | {"scope": "Calendars.ReadWrite"})

    query = httpx.URL(back.headers["location"]).params
    assert (back.status_code, query["error"], query["state"]) == (302, error, "s")


def test_an_app_that_isnt_known_or_a_scope_that_is_too_wide_gets_no_page(theirs: Microsoft) -> None:
    asked = {"client_id": CLIENT[0], "response_type": "code", "redirect_uri": CALLBACK}
    for wrong in ({"client_id": "another"}, {"scope": "Mail.Read"}):
        assert theirs.http.get(theirs.consent_url, params=asked | wrong).status_code == 400


# Faults, and what is kept


def test_the_nth_request_fails_before_or_after_it_took_effect(theirs: Microsoft, graph: Client) -> None:
    theirs.faults({"method": "POST", "after": 1, "times": 1, "status": 503, "when": "before"})
    statuses = [graph("POST", "me/events", json=VISIT).status_code for _ in range(3)]
    theirs.faults({"method": "POST", "times": 1, "reset": True, "when": "after"})
    with pytest.raises(httpx.TransportError):
        graph("POST", "me/events", json=VISIT)

    assert statuses == [201, 503, 201]
    assert len(theirs.events()) == 3
    assert theirs.requests()[-1]["status"] == 0


def test_a_file_keeps_events_and_consents_but_no_deltas(tmp_path: Path) -> None:
    with microsoft(file=tmp_path / "graph.json") as first:
        tokens = first.signed_in()
        made = first.put("2026-12-01T16:00:00", "2026-12-01T17:00:00")
        link = Client(first).delta()["@odata.deltaLink"]
    with microsoft(file=tmp_path / "graph.json") as second:
        assert [one["id"] for one in second.events()] == [made["id"]]
        assert second.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).is_success
        path = link.removeprefix(first.url).removeprefix("/v1.0/")
        assert refusal(Client(second)("GET", path)) == (410, "SyncStateNotFound")
