"""One mailbox of the stand-in of Microsoft Graph: calendars, events, series as their instances, and deltas.

Everything kept is JSON, in the wire's own words. An event's id is its key with a letter before it: `I` of
an immutable id, `M` of one that changes each time the event goes to another calendar, and with it the
number of its moves. An instance of a series has its original date behind that.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones

Json = dict[str, Any]

MOST_TOKENS: Final = 500
"""State tokens that a mailbox remembers; the oldest go first, and are then not found."""
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ID: Final = re.compile(r"(?:I|M(\d+))-([0-9a-f]{24})(?:\.(\d{4}-\d{2}-\d{2}))?=")
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


class Round(NamedTuple):
    """One round of a delta query, whose pages are given out one by one."""

    calendar: str
    window: tuple[datetime, datetime]
    shown: list[Json]
    """What is left to give."""
    seen: dict[str, str]
    """Etags by id, when the round began; what the next is compared with."""
    change: int


class Mailbox:
    """One account's calendars."""

    def __init__(self, email: str, kept: Json) -> None:
        self.email = email
        self.kept = kept
        kept.setdefault("kind", "work")
        kept.setdefault("zone", "America/Vancouver")
        kept.setdefault("calendars", {self._id("calendar"): {"name": "Calendar", "isDefaultCalendar": True}})
        kept.setdefault("items", {})
        kept.setdefault("change", 0)
        self._rounds: dict[str, Round] = {}

    @property
    def is_personal(self) -> bool:
        """Of outlook.com, not of an organization's tenant."""
        return self.kept["kind"] == "personal"

    @property
    def default(self) -> str:
        """The id of the calendar that the mailbox began with."""
        return next(key for key, one in self.kept["calendars"].items() if one.get("isDefaultCalendar"))

    def calendars(self) -> list[Json]:
        """As `GET /me/calendars` lists them."""
        return [self.calendar(key) for key in self.kept["calendars"]]

    def calendar(self, key: str) -> Json:
        """One of them."""
        found = self.kept["calendars"].get(key)
        if found is None:
            raise Refused(404, *NOT_FOUND)
        return {
            "id": key,
            "name": found["name"],
            "color": "auto",
            "isDefaultCalendar": found.get("isDefaultCalendar", False),
            "changeKey": self._id(key),
            "canShare": not self.is_personal,
            "canViewPrivateItems": True,
            "canEdit": found.get("canEdit", True),
            "isRemovable": not found.get("isDefaultCalendar", False),
            "owner": {"name": "Somebody", "address": self.email},
        }

    # Writing

    def create(self, calendar: str, given: Json) -> tuple[Json, bool]:
        """The new item, and whether it is new: a repeat of the same body gives the same one again."""
        if not self.calendar(calendar)["canEdit"]:
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        _check(given, whole=True)
        transaction = given.get("transactionId")
        for item in self.kept["items"].values() if transaction else ():
            if item["event"].get("transactionId") == transaction:
                if item["given"] != given or item["is_gone"]:
                    raise Refused(
                        409,
                        "ErrorDuplicateTransactionId",
                        "Your request can't be completed. The TransactionId specified in the request has "
                        "already been used to create a different event.",
                    )
                return item, False
        item: Json = {
            "key": secrets.token_hex(12),
            "calendar": calendar,
            "moves": 0,
            "is_gone": False,
            "exceptions": {},
            "event": _filled(given),
            "given": given,
        }
        self.kept["items"][item["key"]] = item
        self._changed(item)
        return item, True

    def change(
        self, event_id: str, given: Json, *, calendar: str | None, if_match: str | None = None
    ) -> Instance:
        """Lays the fields over an event's, or over one instance's, which is an exception from then on."""
        found = self.instance(event_id, calendar=calendar, if_match=if_match)
        _check(given, whole=False)
        item = found.item
        if found.original:
            item["exceptions"][found.original.isoformat()] = (
                item["exceptions"].get(found.original.isoformat(), {}) | given
            )
        else:
            item["event"] |= given
        self._changed(item, only=found.original)
        return self.instance(event_id, calendar=calendar)

    def move(self, event_id: str, calendar: str) -> Instance:
        """Into another calendar of the mailbox, by which all but the immutable id changes."""
        item = self.instance(event_id, calendar=None).item
        self.calendar(calendar)
        item["calendar"] = calendar
        item["moves"] += 1
        self._changed(item)
        return self.instance(f"I-{item['key']}=", calendar=None)

    def delete(self, event_id: str, *, calendar: str | None, if_match: str | None = None) -> Instance:
        """An event, a whole series, or one instance of it."""
        found = self.instance(event_id, calendar=calendar, if_match=if_match)
        if found.original:
            found.item["exceptions"][found.original.isoformat()] = None
        else:
            found.item["is_gone"] = True
        self._changed(found.item, only=found.original)
        return found

    def _changed(self, item: Json, *, only: date | None = None) -> None:
        self.kept["change"] += 1
        item["change"] = self.kept["change"]
        if only is None:
            item["version"] = self.kept["change"]
        else:
            item.setdefault("versions", {})[only.isoformat()] = self.kept["change"]

    # Reading

    def instance(self, event_id: str, *, calendar: str | None, if_match: str | None = None) -> Instance:
        """The event of that id: a single one, a series itself, or one of it."""
        match = _ID.fullmatch(event_id)
        item = self.kept["items"].get(match[2]) if match else None
        if match is None or item is None or item["is_gone"] or calendar not in (None, item["calendar"]):
            raise Refused(404, *NOT_FOUND)
        if match[1] is not None and int(match[1]) != item["moves"]:
            raise Refused(404, *NOT_FOUND)
        original = date.fromisoformat(match[3]) if match[3] else None
        found = self._one(item, original)
        if found is None:
            raise Refused(404, *NOT_FOUND)
        if if_match not in (None, "*", found.etag):
            raise Refused(
                412, "ErrorIrresolvableConflict", "The send or update operation could not be performed."
            )
        return found

    def marked(self, calendar: str, name: str, value: str) -> list[Instance]:
        """Events of a calendar that carry a single-value extended property of that value."""
        return [
            found
            for item in self._alive(calendar)
            if {"id": name, "value": value} in item["event"].get("singleValueExtendedProperties", ())
            and (found := self._one(item, None))
        ]

    def view(self, calendar: str, start: datetime, end: datetime) -> list[Instance]:
        """Everything that touches the window, by its start; series as their instances."""
        self.calendar(calendar)
        found = [
            one
            for item in self._alive(calendar)
            for one in self._instances(item, start, end)
            if one.end > start and one.start < end
        ]
        return sorted(found, key=lambda one: (one.start, one.id))

    def _alive(self, calendar: str) -> list[Json]:
        return [
            one for one in self.kept["items"].values() if one["calendar"] == calendar and not one["is_gone"]
        ]

    def _instances(self, item: Json, start: datetime, end: datetime) -> Iterator[Instance]:
        if not item["event"].get("recurrence"):
            if one := self._one(item, None):
                yield one
            return
        # Those moved into the window from elsewhere have their original date outside it.
        moved = {date.fromisoformat(day) for day, fields in item["exceptions"].items() if fields}
        last = end.date() + timedelta(days=2)
        for day in _dates(item["event"], until=max([last, *moved])):
            if (start.date() - timedelta(days=32) <= day <= last or day in moved) and (
                one := self._one(item, day)
            ):
                yield one

    def _one(self, item: Json, original: date | None) -> Instance | None:
        event: Json = item["event"]
        start, end = self._instants(event)
        kind = "singleInstance"
        version = item["version"]
        if event.get("recurrence") and original is None:
            kind = "seriesMaster"
        elif original:
            exception = item["exceptions"].get(original.isoformat(), {})
            if not event.get("recurrence") or exception is None:
                return None
            kind = "exception" if exception else "occurrence"
            first = _wall(event["start"]).date()
            shifted = {
                edge: {**event[edge], "dateTime": (_wall(event[edge]) + (original - first)).isoformat()}
                for edge in ("start", "end")
            }
            event = {**event, **shifted, **exception}
            start, end = self._instants(event)
            version = max(version, item.get("versions", {}).get(original.isoformat(), 0))
        behind = f".{original}" if original else ""
        etag = f'W/"{item["key"][:6]}{version:08d}"'
        return Instance(f"{item['key']}{behind}", etag, start, end, event, kind, original, item)

    def _instants(self, event: Json) -> tuple[datetime, datetime]:
        if event.get("isAllDay"):  # the mailbox's own days
            home = zones.zone(self.kept["zone"])
            return (
                zones.midnight(_wall(event["start"]).date(), home),
                zones.midnight(_wall(event["end"]).date(), home),
            )
        return edge_instant(event["start"]), edge_instant(event["end"])

    def shown(self, one: Instance, reader: Reader) -> Json:
        """An instance with every property, as a GET gives it."""
        event = one.event
        etag = one.etag
        organizer = event.get("organizer", {"emailAddress": {"name": "Somebody", "address": self.email}})
        return {
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": etag,
            "id": self.event_id(one, reader),
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
            "isOrganizer": organizer["emailAddress"]["address"] == self.email,
            "responseRequested": event.get("responseRequested", True),
            "seriesMasterId": self._series_id(one, reader),
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

    def event_id(self, one: Instance, reader: Reader) -> str:
        """The id as that reader knows it."""
        kind = "I" if reader.is_immutable else f"M{one.item['moves']}"
        return f"{kind}-{one.id}="

    def _series_id(self, one: Instance, reader: Reader) -> str | None:
        if one.original is None:
            return None
        return self.event_id(one._replace(id=one.item["key"]), reader)

    # Deltas

    def first_round(self, calendar: str, start: datetime, end: datetime, reader: Reader) -> Round:
        """Everything in the window: series themselves, and their occurrences with little more than times."""
        found = self.view(calendar, start, end)
        return self._round(calendar, (start, end), found, found, reader)

    def next_round(self, since: Round, reader: Reader) -> Round:
        """What changed since that round began."""
        if since.change == self.kept["change"]:
            return since._replace(shown=[])
        found = self.view(since.calendar, *since.window)
        changed = [one for one in found if since.seen.get(self.event_id(one, reader)) != one.etag]
        there = {self.event_id(one, reader) for one in found}
        removed: list[Json] = [
            {"@odata.type": "#microsoft.graph.event", "id": gone, "@removed": {"reason": "deleted"}}
            for gone in since.seen
            if gone not in there
        ]
        # What changed outside the window is told too, without its fields.
        beside = [
            {
                "@odata.type": "#microsoft.graph.event",
                "@odata.etag": one.etag,
                "id": event_id,
                "subject": None,
                "start": None,
                "end": None,
                "showAs": None,
                "isAllDay": None,
                "type": None,
            }
            for item in self._alive(since.calendar)
            if item["change"] > since.change
            and not item["event"].get("recurrence")
            and (one := self._one(item, None))
            and (event_id := self.event_id(one, reader)) not in there | since.seen.keys()
        ]
        return self._round(
            since.calendar, since.window, found, changed, reader, since.change, [*removed, *beside]
        )

    def _round(
        self,
        calendar: str,
        window: tuple[datetime, datetime],
        found: list[Instance],
        changed: list[Instance],
        reader: Reader,
        since: int = 0,
        others: Iterable[Json] = (),
    ) -> Round:
        # A series that began before the window, or that didn't change itself, is not told.
        masters = {
            one.item["key"]: master
            for one in changed
            if one.original
            and one.item["version"] > since
            and (master := self._one(one.item, None))
            and master.start >= window[0]
        }
        shown = [self.shown(master, reader) for master in masters.values()]
        shown += [
            _without_most(self.shown(one, reader)) if one.type == "occurrence" else self.shown(one, reader)
            for one in changed
        ]
        seen = {self.event_id(one, reader): one.etag for one in found}
        return Round(calendar, window, [*shown, *others], seen, self.kept["change"])

    def keep(self, state: Round) -> str:
        """A state token for it."""
        token = secrets.token_urlsafe(24)
        self._rounds[token] = state
        while len(self._rounds) > MOST_TOKENS:
            del self._rounds[next(iter(self._rounds))]
        return token

    def kept_round(self, token: str, calendar: str) -> Round:
        """What a state token stands for."""
        state = self._rounds.get(token)
        if state is None or state.calendar != calendar:
            raise Refused(410, "SyncStateNotFound", "The sync state generation is not found.")
        return state

    def forget_rounds(self) -> None:
        """All state tokens die."""
        self._rounds.clear()

    def schedule(self, start: datetime, end: datetime, reader: Reader) -> list[Json]:
        """What `getSchedule` tells of the mailbox's own calendar; what is free is not in it."""
        items: list[Json] = []
        for one in self.view(self.default, start, end):
            status = one.event.get("showAs", "busy")
            response = one.event.get("responseStatus", {}).get("response")
            if status == "free" or one.event.get("isCancelled") or response == "declined":
                continue
            is_private = one.event.get("sensitivity") == "private"
            items.append(
                {
                    "isPrivate": is_private,
                    "status": status,
                    "subject": "" if is_private else one.event.get("subject", ""),
                    "location": "",
                    "isMeeting": bool(one.event.get("attendees")),
                    "isRecurring": one.original is not None,
                    "isException": one.type == "exception",
                    "isReminderSet": False,
                    "start": _wire(one.start, reader.zone),
                    "end": _wire(one.end, reader.zone),
                }
            )
        return items

    def _id(self, of: str) -> str:
        return f"AAMk{secrets.token_hex(8) if of == 'calendar' else of[4:12]}="


def instant(text: str) -> datetime:
    """A query's time: ISO 8601, UTC where it has no offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "ErrorInvalidParameter", "The value of a time parameter is invalid.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def edge_instant(edge: Json) -> datetime:
    """A `dateTimeTimeZone` of a body, in UTC."""
    return zones.instant(_wall(edge), zones.zone(edge["timeZone"]))


def _wall(edge: Json) -> datetime:
    return datetime.fromisoformat(edge["dateTime"]).replace(tzinfo=None)


def _wire(moment: datetime, zone: str) -> Json:
    wall = moment.astimezone(zones.zone(zone)).replace(tzinfo=None)
    return {"dateTime": f"{wall:%Y-%m-%dT%H:%M:%S.%f}0", "timeZone": zone}


def _edge(one: Instance, edge: str, zone: str) -> Json:
    if one.event.get("isAllDay"):  # the same date whatever the zone
        day = _wall(one.event[edge]).date()
        return {"dateTime": f"{datetime.combine(day, time()):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": zone}
    return _wire(one.start if edge == "start" else one.end, zone)


def _without_most(shown: Json) -> Json:
    # microsoftgraph/microsoft-graph-docs, issues 7632 and 22197: an occurrence in a delta has no more.
    few = ("@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end")
    return {name: shown[name] for name in few}


def _dates(event: Json, *, until: date) -> Iterator[date]:
    pattern, ends = event["recurrence"]["pattern"], event["recurrence"]["range"]
    day = _wall(event["start"]).date()
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


def _check(given: Json, *, whole: bool) -> None:
    for edge in ("start", "end"):
        if edge not in given and not whole:
            continue
        try:
            _wall(given[edge])
            zones.zone(given[edge]["timeZone"])
        except (KeyError, TypeError, ValueError):
            raise Refused(400, "RequestBodyRead", f"The property '{edge}' is missing or invalid.") from None
    if given.get("isAllDay") and any(_wall(given[edge]).time() != time() for edge in ("start", "end")):
        raise Refused(
            400, "ErrorInvalidParameter", "The Event.Start property for an all-day event is invalid."
        )
    if given.keys() & {"start", "end"} == {"start", "end"} and _wall(given["end"]) < _wall(given["start"]):
        raise Refused(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")
    if given.get("showAs", "busy") not in _SHOWN or given.keys() & _READ_ONLY:
        raise Refused(400, "RequestBodyRead", "The request body has a property or value that is not allowed.")
    if not whole and "transactionId" in given:
        raise Refused(400, "ErrorInvalidRequest", "The TransactionId can't be changed.")


def _filled(given: Json) -> Json:
    if recurrence := given.get("recurrence"):
        ends = recurrence.get("range")
        if recurrence.get("pattern", {}).get("type") not in ("daily", "weekly") or not ends:
            raise Refused(400, "ErrorInvalidRequest", "The stand-in knows daily and weekly series only.")
    return dict(given)
