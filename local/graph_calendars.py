"""Graph's routes of calendars and events, and of busy times."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, urlencode

from local.graph_deltas import Deltas, Round
from local.graph_events import Instance, Json, Reader, Refused, edge_instant, event_id, instant, shown
from local.graph_mailbox import Mailbox

_CALENDAR: Final = re.compile(r"/v1\.0/me/(?:calendars/([^/]+)|calendar(?=/|$))?/?(.*)")
_EVENT: Final = re.compile(r"events/([^/]+)")
_MARKED: Final = re.compile(
    r"singleValueExtendedProperties/any\(ep: ?ep/id eq '([^']+)' and ep/value eq '([^']+)'\)", re.IGNORECASE
)


class Reply:
    """An answer: status, JSON or nothing, headers."""

    def __init__(self, status: int, content: Any = None, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.content, self.headers = status, content, dict(headers or {})


class Calendars:
    """What each mailbox answers."""

    def __init__(self, told: Callable[[str, list[str], str, str], None]) -> None:
        """`told` is called with mailbox, kinds, id and etag of each change."""
        self.mailboxes: dict[str, Mailbox] = {}
        self.deltas: dict[str, Deltas] = {}
        self._told = told

    def add(self, mailbox: Mailbox) -> None:
        """One more."""
        self.mailboxes[mailbox.email] = mailbox
        self.deltas[mailbox.email] = Deltas(mailbox)

    def hint(self, kinds: list[str], one: Instance, reader: Reader) -> None:
        """Tells who subscribed to it."""
        self._told(one.owner, kinds, event_id(one, reader), one.etag)

    def answer(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        headers: dict[str, str],
        body: Json,
        mailbox: Mailbox,
    ) -> Reply:
        """The answer to a request; raises `Refused`."""
        reader = reader_of(headers.get("prefer", ""))
        if path == "/v1.0/me/calendars":
            return _page(mailbox.calendars(), query, path, headers)
        match = _CALENDAR.fullmatch(path)
        if match is None:
            raise Refused(400, "BadRequest", "Resource not found for the segment.")
        key = unquote(match[1]) if match[1] else mailbox.default
        rest = unquote(match[2])
        calendar = mailbox.calendar(key)
        if method == "GET" and rest == "":
            return Reply(200, calendar)
        if method == "POST" and rest == "getSchedule":
            return Reply(200, self._schedule(mailbox, reader, body))
        if method == "GET" and rest == "calendarView/delta":
            return self._delta(mailbox, key, reader, query, headers, path)
        if method == "GET" and rest == "calendarView":
            found = mailbox.view(key, *_window(query))
            return _page([shown(one, reader) for one in found], query, path, headers)
        if method == "GET" and rest == "events":
            marked = _MARKED.fullmatch(query.get("$filter", ""))
            if marked is None:
                raise Refused(400, "ErrorInvalidRequest", "The stand-in lists what carries a property only.")
            found = mailbox.marked(key, marked[1], marked[2])
            return _page([shown(one, reader) for one in found], query, path, headers)
        if method == "POST" and rest == "events":
            item, is_new = mailbox.create(key, body)
            made = mailbox.instance(f"I-{item['key']}=", calendar=key)
            if is_new:
                self.hint(["created", "updated"], made, reader)
            return Reply(201, shown(made, reader), {"ETag": made.etag})
        if event := _EVENT.fullmatch(rest):
            among = key if match[1] else None
            return self._event(method, mailbox, event[1], among, reader, headers, body)
        raise Refused(400, "BadRequest", "Resource not found for the segment.")

    def _event(
        self,
        method: str,
        mailbox: Mailbox,
        event_id: str,
        among: str | None,
        reader: Reader,
        headers: dict[str, str],
        body: Json,
    ) -> Reply:
        if_match = headers.get("if-match")
        match method:
            case "GET":
                return Reply(200, shown(mailbox.instance(event_id, calendar=among), reader))
            case "PATCH":
                changed = mailbox.change(event_id, body, calendar=among, if_match=if_match)
                self.hint(["updated", "updated"], changed, reader)
                return Reply(200, shown(changed, reader), {"ETag": changed.etag})
            case "DELETE":
                gone = mailbox.delete(event_id, calendar=among, if_match=if_match)
                self.hint(["deleted"], gone, reader)
                return Reply(204)
            case _:
                raise Refused(405, "ErrorInvalidRequest", "The HTTP method is not supported.")

    def _delta(
        self,
        mailbox: Mailbox,
        calendar: str,
        reader: Reader,
        query: dict[str, str],
        headers: dict[str, str],
        path: str,
    ) -> Reply:
        if query.keys() & {"$select", "$filter", "$orderby", "$search", "$top"}:
            raise Refused(
                400,
                "ErrorInvalidUrlQuery",
                "The following parameters are not supported with change tracking.",
            )
        deltas = self.deltas[mailbox.email]
        if skip := query.get("$skiptoken"):
            state = deltas.kept_round(skip, calendar)
        elif token := query.get("$deltatoken"):
            state = deltas.next_round(deltas.kept_round(token, calendar), reader)
        else:
            state = deltas.first_round(calendar, *_window(query), reader)
        page, left = state.shown[: reader.page], state.shown[reader.page :]
        after: Round = state._replace(shown=left)
        link, name = ("@odata.nextLink", "$skiptoken") if left else ("@odata.deltaLink", "$deltatoken")
        address = f"http://{headers['host']}{path}?{urlencode({name: deltas.keep(after)}, safe='$')}"
        context = "https://graph.microsoft.com/v1.0/$metadata#Collection(event)"
        return Reply(200, {"@odata.context": context, "value": page, link: address})

    def _schedule(self, mailbox: Mailbox, reader: Reader, body: Json) -> Json:
        if mailbox.is_personal:
            raise Refused(403, "ErrorAccessDenied", "This API is not supported for consumer mailboxes.")
        try:
            start, end = edge_instant(body["startTime"]), edge_instant(body["endTime"])
            asked: list[str] = body["schedules"]
        except (KeyError, TypeError, ValueError):
            raise Refused(400, "RequestBodyRead", "The request body is not one of getSchedule.") from None
        told: list[Json] = []
        for address in asked:
            theirs = self.mailboxes.get(address)
            if theirs is None or theirs.kept.get("schedule_fails"):
                error = {
                    "message": "Unable to resolve e-mail address.",
                    "responseCode": "ErrorMailRecipientNotFound",
                }
                told.append(
                    {"scheduleId": address, "scheduleItems": [], "availabilityView": "", "error": error}
                )
                continue
            items = theirs.schedule(start, end, reader)
            told.append({"scheduleId": address, "availabilityView": "", "scheduleItems": items})
        return {"value": told}


def reader_of(prefer: str) -> Reader:
    """What a `Prefer` header says."""
    zone = re.search(r'outlook\.timezone="([^"]+)"', prefer)
    page = re.search(r"odata\.maxpagesize=(\d+)", prefer)
    return Reader(
        zone=zone[1] if zone else "UTC",
        is_immutable='IdType="ImmutableId"' in prefer,
        page=min(int(page[1]), 1000) if page else 10,
    )


def _window(query: dict[str, str]) -> tuple[datetime, datetime]:
    named = {name.lower(): value for name, value in query.items()}
    try:
        return instant(named["startdatetime"]), instant(named["enddatetime"])
    except KeyError:
        raise Refused(
            400,
            "ErrorInvalidParameter",
            "This request requires a time window by startDateTime and endDateTime.",
        ) from None


def _page(found: list[Any], query: dict[str, str], path: str, headers: dict[str, str]) -> Reply:
    top, skip = int(query.get("$top", "10")), int(query.get("$skip", "0"))
    if select := query.get("$select"):
        names = {"id", "@odata.etag", *select.split(",")}
        found = [{name: value for name, value in one.items() if name in names} for one in found]
    told: Json = {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata",
        "value": found[skip : skip + top],
    }
    if len(found) > skip + top:
        again = urlencode({**query, "$skip": skip + top}, safe="$")
        told["@odata.nextLink"] = f"http://{headers['host']}{path}?{again}"
    return Reply(200, told)
