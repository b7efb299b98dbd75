"""Events as the stand-in of Graph shows and takes them: ids, etags, times, series as their dates."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones

Json = dict[str, Any]

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHOWN: Final = ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")
_READ_ONLY: Final = frozenset(
    {"id", "changeKey", "iCalUId", "type", "seriesMasterId", "isOrganizer", "webLink"}
)


class Refused(Exception):
    """What Graph does not do; its answer's status, and `code` and `message` of its error."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


NOT_FOUND: Final = ("ErrorItemNotFound", "The specified object was not found in the store.")


class Reader(NamedTuple):
    """What a request prefers."""

    zone: str = "UTC"
    is_immutable: bool = False
    page: int = 10


class Instance(NamedTuple):
    """A single event, or one of a series, as it lies in time."""

    id: str
    etag: str
    start: datetime
    end: datetime
    event: Json
    """All its fields, those of an exception over those of its series."""
    type: str
    original: date | None
    item: Json
    owner: str
    """The mailbox's address."""


def shown(one: Instance, reader: Reader) -> Json:
    """An instance with every property, as a GET gives it."""
    event = one.event
    etag = one.etag
    organizer = event.get("organizer", {"emailAddress": {"name": "Somebody", "address": one.owner}})
    return {
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": etag,
        "id": event_id(one, reader),
        "createdDateTime": "2026-01-01T00:00:00Z",
        "lastModifiedDateTime": "2026-01-01T00:00:00Z",
        "changeKey": etag[3:-1],
        "categories": event.get("categories", []),
        "transactionId": event.get("transactionId"),
        "originalStartTimeZone": event["start"]["timeZone"],
        "originalEndTimeZone": event["end"]["timeZone"],
        "iCalUId": f"040000008200E00074C5B7101A82E008{one.item['key']}",
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": event.get("isReminderOn", True),
        "hasAttachments": False,
        "subject": event.get("subject", ""),
        "bodyPreview": event.get("body", {}).get("content", "")[:255],
        "importance": "normal",
        "sensitivity": event.get("sensitivity", "normal"),
        "isAllDay": event.get("isAllDay", False),
        "isCancelled": event.get("isCancelled", False),
        "isOrganizer": organizer["emailAddress"]["address"] == one.owner,
        "responseRequested": event.get("responseRequested", True),
        "seriesMasterId": _series_id(one, reader),
        "showAs": event.get("showAs", "busy"),
        "type": one.type,
        "webLink": "https://outlook.office365.com/owa/",
        "isOnlineMeeting": False,
        "isDraft": False,
        "recurrence": event.get("recurrence") if one.type == "seriesMaster" else None,
        "responseStatus": event.get(
            "responseStatus", {"response": "organizer", "time": "0001-01-01T00:00:00Z"}
        ),
        "body": event.get("body", {"contentType": "html", "content": ""}),
        "start": _edge(one, "start", reader.zone),
        "end": _edge(one, "end", reader.zone),
        "location": {"displayName": "", "locationType": "default"},
        "attendees": event.get("attendees", []),
        "organizer": organizer,
    }


def event_id(one: Instance, reader: Reader) -> str:
    """The id as that reader knows it."""
    kind = "I" if reader.is_immutable else f"M{one.item['moves']}"
    return f"{kind}-{one.id}="


def _series_id(one: Instance, reader: Reader) -> str | None:
    if one.original is None:
        return None
    return event_id(one._replace(id=one.item["key"]), reader)


def instant(text: str) -> datetime:
    """A query's time: ISO 8601, UTC where it has no offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "ErrorInvalidParameter", "The value of a time parameter is invalid.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def edge_instant(edge: Json) -> datetime:
    """A `dateTimeTimeZone` of a body, in UTC."""
    return zones.instant(wall(edge), zones.zone(edge["timeZone"]))


def wall(edge: Json) -> datetime:
    """What its clocks show, naive."""
    return datetime.fromisoformat(edge["dateTime"]).replace(tzinfo=None)


def wire(moment: datetime, zone: str) -> Json:
    """A `dateTimeTimeZone`: without an offset, with seven digits of a second."""
    wall = moment.astimezone(zones.zone(zone)).replace(tzinfo=None)
    return {"dateTime": f"{wall:%Y-%m-%dT%H:%M:%S.%f}0", "timeZone": zone}


def _edge(one: Instance, edge: str, zone: str) -> Json:
    if one.event.get("isAllDay"):  # the same date whatever the zone
        day = wall(one.event[edge]).date()
        return {"dateTime": f"{datetime.combine(day, time()):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": zone}
    return wire(one.start if edge == "start" else one.end, zone)


def without_most(shown: Json) -> Json:
    """An occurrence as a delta tells it."""
    # microsoftgraph/microsoft-graph-docs, issues 7632 and 22197: an occurrence in a delta has no more.
    few = ("@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end")
    return {name: shown[name] for name in few}


def dates(event: Json, *, until: date) -> Iterator[date]:
    """Of a series' occurrences, ascending, in its own zone."""
    pattern, ends = event["recurrence"]["pattern"], event["recurrence"]["range"]
    day = wall(event["start"]).date()
    step: int = pattern.get("interval", 1)
    weekdays = {
        _WEEKDAYS.index(name.lower()) for name in pattern.get("daysOfWeek", [_WEEKDAYS[day.weekday()]])
    }
    week = day - timedelta(days=day.weekday())
    left: float = ends["numberOfOccurrences"] if ends["type"] == "numbered" else float("inf")
    last = min(until, date.fromisoformat(ends["endDate"])) if ends["type"] == "endDate" else until
    began = day
    while day <= last and left > 0:
        if pattern["type"] == "daily":
            is_one = (day - began).days % step == 0
        else:
            is_one = day.weekday() in weekdays and (day - week).days // 7 % step == 0
        if is_one:
            left -= 1
            yield day
        day += timedelta(days=1)


def check(given: Json, *, whole: bool) -> None:
    """Raises `Refused` for a body that Graph would not take; a whole one is to make an event of."""
    for edge in ("start", "end"):
        if edge not in given and not whole:
            continue
        try:
            wall(given[edge])
            zones.zone(given[edge]["timeZone"])
        except (KeyError, TypeError, ValueError):
            raise Refused(400, "RequestBodyRead", f"The property '{edge}' is missing or invalid.") from None
    if given.get("isAllDay") and any(wall(given[edge]).time() != time() for edge in ("start", "end")):
        raise Refused(
            400, "ErrorInvalidParameter", "The Event.Start property for an all-day event is invalid."
        )
    if given.keys() & {"start", "end"} == {"start", "end"} and wall(given["end"]) < wall(given["start"]):
        raise Refused(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")
    if given.get("showAs", "busy") not in _SHOWN or given.keys() & _READ_ONLY:
        raise Refused(400, "RequestBodyRead", "The request body has a property or value that is not allowed.")
    if not whole and "transactionId" in given:
        raise Refused(400, "ErrorInvalidRequest", "The TransactionId can't be changed.")
    if recurrence := given.get("recurrence"):
        ends = recurrence.get("range")
        if recurrence.get("pattern", {}).get("type") not in ("daily", "weekly") or not ends:
            raise Refused(400, "ErrorInvalidRequest", "The stand-in knows daily and weekly series only.")
