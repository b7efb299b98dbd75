"""One mailbox of the stand-in of Microsoft Graph: calendars, events, and series as their instances.

Everything kept is JSON, in the wire's own words. An event's id is its key with a letter before it: `I` of
an immutable id, `M` of one that changes each time the event goes to another calendar, and with it the
number of its moves. An instance of a series has its original date behind that.
"""

import re
import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from frontdesk import zones
from local.graph_events import (
    NOT_FOUND,
    Instance,
    Json,
    Reader,
    Refused,
    check,
    dates,
    edge_instant,
    wall,
    wire,
)

_ID: Final = re.compile(r"(?:I|M(\d+))-([0-9a-f]{24})(?:\.(\d{4}-\d{2}-\d{2}))?=")


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
        check(given, whole=True)
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
            "event": dict(given),
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
        check(given, whole=False)
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
        found = self.one(item, original)
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
            for item in self.alive(calendar)
            if {"id": name, "value": value} in item["event"].get("singleValueExtendedProperties", ())
            and (found := self.one(item, None))
        ]

    def view(self, calendar: str, start: datetime, end: datetime) -> list[Instance]:
        """Everything that touches the window, by its start; series as their instances."""
        self.calendar(calendar)
        found = [
            one
            for item in self.alive(calendar)
            for one in self._instances(item, start, end)
            if one.end > start and one.start < end
        ]
        return sorted(found, key=lambda one: (one.start, one.id))

    def alive(self, calendar: str) -> list[Json]:
        """The items of a calendar."""
        return [
            one for one in self.kept["items"].values() if one["calendar"] == calendar and not one["is_gone"]
        ]

    def _instances(self, item: Json, start: datetime, end: datetime) -> Iterator[Instance]:
        if not item["event"].get("recurrence"):
            if one := self.one(item, None):
                yield one
            return
        # Those moved into the window from elsewhere have their original date outside it.
        moved = {date.fromisoformat(day) for day, fields in item["exceptions"].items() if fields}
        last = end.date() + timedelta(days=2)
        for day in dates(item["event"], until=max([last, *moved])):
            if (start.date() - timedelta(days=32) <= day <= last or day in moved) and (
                one := self.one(item, day)
            ):
                yield one

    def one(self, item: Json, original: date | None) -> Instance | None:
        """An item itself, or what it is on one of its dates; None: not on that one."""
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
            first = wall(event["start"]).date()
            shifted = {
                edge: {**event[edge], "dateTime": (wall(event[edge]) + (original - first)).isoformat()}
                for edge in ("start", "end")
            }
            event = {**event, **shifted, **exception}
            start, end = self._instants(event)
            version = max(version, item.get("versions", {}).get(original.isoformat(), 0))
        behind = f".{original}" if original else ""
        etag = f'W/"{item["key"][:6]}{version:08d}"'
        return Instance(f"{item['key']}{behind}", etag, start, end, event, kind, original, item, self.email)

    def _instants(self, event: Json) -> tuple[datetime, datetime]:
        if event.get("isAllDay"):  # the mailbox's own days
            home = zones.zone(self.kept["zone"])
            return (
                zones.midnight(wall(event["start"]).date(), home),
                zones.midnight(wall(event["end"]).date(), home),
            )
        return edge_instant(event["start"]), edge_instant(event["end"])

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
                    "start": wire(one.start, reader.zone),
                    "end": wire(one.end, reader.zone),
                }
            )
        return items

    def _id(self, of: str) -> str:
        return f"AAMk{secrets.token_hex(8) if of == 'calendar' else of[4:12]}="
