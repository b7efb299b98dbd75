"""What Google's stand-in holds: accounts, their calendars, and every version of every event in them.

A number goes up with each change; a sync token is the number where somebody stopped reading. What changed
since is told from the versions, as Google was seen to tell it (the guide "Synchronize resources efficiently"
and the discovery document, revision 20261030): a series that is gone or moved leaves a cancelled entry for
each instance that a listing had shown.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

from local import google_series as series
from local.directory import write_private
from local.google_refused import Refused, invalid, not_found
from local.google_series import Bounds, Item

ROLES: Final = ("freeBusyReader", "reader", "writer", "owner")
"""What somebody may do in a calendar; each may what those before it may."""
_ID: Final = re.compile(r"[0-9a-v]{5,1024}")
_OURS: Final = ("kind", "etag", "id", "created", "updated", "htmlLink", "creator", "organizer", "sequence")
"""What nobody but Google writes."""
_FREE_TYPES: Final = ("workingLocation", "birthday")


class View(NamedTuple):
    """Who reads a calendar, and how they wish to."""

    calendar_id: str
    role: str
    zone: str
    """What dateTimes are written in."""
    max_attendees: int | None = None


def _tell_nobody(_: str) -> None:
    """What a change leads to while nobody listens."""


class Account:
    """All accounts of one Google, in memory or in a file that follows each change."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.held: dict[str, Any] = {"number": 0, "accounts": {}, "calendars": {}, "consent": {}}
        if file and file.exists():
            self.held = json.loads(file.read_text(encoding="utf-8"))
        self.ahead = timedelta()
        """How far Google's clock is ahead of this machine's."""
        self.told_days: float | None = None
        """Google was seen to stop after some 180 days (google-api-ruby-client, issue 860)."""
        self.on_change: Callable[[str], None] = _tell_nobody
        """Told the id of each calendar in which something changed."""

    def now(self) -> datetime:
        """By Google's clock."""
        return datetime.now(UTC) + self.ahead

    def keep(self) -> None:
        """Writes all of it into the file, if there is one."""
        if self._file:
            write_private(self._file, json.dumps(self.held))

    # ------------------------------------------------------------------ calendars

    def add(self, email: str, time_zone: str) -> None:
        """A new account with its one calendar, whose id is the address."""
        if email not in self.held["accounts"]:
            self.held["accounts"][email] = {}
            self.add_calendar(email, email, email, time_zone)

    def add_calendar(self, owner: str, calendar_id: str, summary: str, time_zone: str) -> None:
        """Another calendar of somebody's."""
        self.held["calendars"][calendar_id] = {
            "summary": summary,
            "timeZone": time_zone,
            "roles": {owner: "owner"},
            "rows": {},
        }
        self.keep()

    def share(self, calendar_id: str, email: str, role: str | None) -> None:
        """Gives somebody a role in it, or takes it away with None."""
        roles = self._calendar(calendar_id)["roles"]
        roles.pop(email, None)
        if role:
            roles[email] = role
        self.keep()

    def calendars(self, email: str) -> list[Item]:
        """Entries of that account's list."""
        return [
            {
                "kind": "calendar#calendarListEntry",
                "etag": '"1"',
                "id": id_,
                "summary": one["summary"],
                "timeZone": one["timeZone"],
                "accessRole": one["roles"][email],
                "selected": True,
                "defaultReminders": [],
                **({"primary": True} if id_ == email else {}),
            }
            for id_, one in self.held["calendars"].items()
            if email in one["roles"]
        ]

    def role(self, calendar_id: str, email: str) -> str | None:
        """What that account may do there; None: nothing, or there is no such calendar."""
        found = self.held["calendars"].get(calendar_id)
        return found and found["roles"].get(email)

    def zone(self, calendar_id: str) -> str:
        """The calendar's own."""
        return self._calendar(calendar_id)["timeZone"]

    def summary(self, calendar_id: str) -> str:
        """Its name."""
        return self._calendar(calendar_id)["summary"]

    # ------------------------------------------------------------------ reading

    @property
    def number(self) -> int:
        """Of the last change."""
        return self.held["number"]

    def listed(
        self, calendar_id: str, bounds: Bounds, *, since: int | None, singly: bool, deleted: bool
    ) -> list[Item]:
        """What a listing shows: everything, or what changed after that number.

        `singly` puts instances in the place of their series; `deleted` shows cancelled ones too, as every
        listing of changes does.
        """
        found: dict[str, Item] = {}
        rows = self._calendar(calendar_id)["rows"]
        for id_, versions in rows.items():
            number, row = versions[-1]
            if since is not None and number <= since:
                continue
            old = None if since is None else _as_of(versions, since) or {}
            if row is None:  # an exception that went with the times of its series
                if old and old["id"] not in found:
                    found[old["id"]] = _cancelled(old, of_living=True)
                continue
            for one in self._shown(calendar_id, id_, row, old, bounds, singly=singly):
                # What lives wins over the echo of a series that changed.
                if one["status"] != "cancelled" or (
                    (deleted or since is not None) and one["id"] not in found
                ):
                    found[one["id"]] = one
        return list(found.values())

    def get(self, calendar_id: str, event_id: str) -> Item:
        """One event, a cancelled one too; an instance by its own id. Raises `Refused`."""
        if row := self._row(calendar_id, event_id):
            return row
        parent = self._row(calendar_id, event_id.rpartition("_")[0])
        is_living = parent and parent.get("recurrence") and parent["status"] != "cancelled"
        one = (
            series.instance_named(parent, event_id, self.zone(calendar_id)) if parent and is_living else None
        )
        if one is None:
            raise not_found()
        return one

    def busy(self, calendar_id: str, within: tuple[datetime, datetime]) -> list[tuple[datetime, datetime]]:
        """What blocks between the two, cut to it, merged and in order."""
        zone = self.zone(calendar_id)
        listed = self.listed(calendar_id, within, since=None, singly=True, deleted=False)
        blocking = sorted(
            series.span(one, zone)
            for one in listed
            if one.get("transparency") != "transparent"
            and one.get("eventType") not in _FREE_TYPES
            and not _is_declined(one, calendar_id)
        )
        merged: list[tuple[datetime, datetime]] = []
        for start, end in blocking:
            start, end = max(start, within[0]), min(end, within[1])
            if merged and start <= merged[-1][1]:
                start, end = merged[-1][0], max(end, merged.pop()[1])
            merged.append((start, end))
        return merged

    def rendered(self, one: Item, view: View) -> Item:
        """An event as a reader gets it."""
        shown: Item = one | {"kind": "calendar#event"}
        if view.role == "reader" and one.get("visibility") in ("private", "confidential"):
            hidden = ("summary", "description", "location", "attendees")
            shown = {key: value for key, value in shown.items() if key not in hidden}
        for edge in ("start", "end", "originalStartTime"):
            if "dateTime" in shown.get(edge, {}):
                at = series.span({"start": shown[edge], "end": shown[edge]}, view.zone)[0]
                local = at.astimezone(series.zones.zone(view.zone)).isoformat(timespec="seconds")
                shown[edge] = shown[edge] | {"dateTime": local.replace("+00:00", "Z")}
        if attendees := shown.get("attendees"):
            marked = [
                each | ({"self": True} if each.get("email") == view.calendar_id else {}) for each in attendees
            ]
            if view.max_attendees and len(marked) > view.max_attendees:
                marked = [each for each in marked if each.get("self")][: view.max_attendees]
                shown["attendeesOmitted"] = True
            shown["attendees"] = marked
        return shown

    # ------------------------------------------------------------------ writing

    def insert(self, calendar_id: str, body: Item) -> Item:
        """A new event. Raises `Refused` for an id that is, or ever was, in this calendar."""
        key = body.get("id") or uuid4().hex
        if not _ID.fullmatch(key):
            raise invalid("Invalid resource id value.")
        if self._row(calendar_id, key):
            raise Refused(409, "duplicate", "The requested identifier already exists.")
        made = self._stamp() | {
            "id": key,
            "created": self._stamp()["updated"],
            "iCalUID": f"{key}@google.com",
            "htmlLink": f"https://www.google.com/calendar/event?eid={key}",
            "creator": {"email": calendar_id},
            "organizer": {"email": calendar_id},
            "sequence": 0,
            "eventType": "default",
            "reminders": {"useDefault": True},
        }
        return self._put(calendar_id, made | _merged({}, _written(body)))

    def change(
        self, calendar_id: str, event_id: str, body: Item, *, if_match: str | None, whole: bool = False
    ) -> Item:
        """Patches an event, or replaces the `whole` of it. Raises `Refused`."""
        old = self.get(calendar_id, event_id)
        if old["status"] == "cancelled":
            raise Refused(403, "forbidden", "Forbidden")
        self._check_etag(old, if_match)
        ours = {key: value for key, value in old.items() if key in (*_OURS, "iCalUID", "eventType")}
        if whole:
            kept = {key: old[key] for key in ("recurringEventId", "originalStartTime") if key in old}
            changed = ours | kept | {"status": "confirmed"} | _merged({}, _written(body))
        else:
            changed = _merged(old, _written(body))
        times = [[one.get(key) for key in ("start", "end", "recurrence")] for one in (old, changed)]
        if times[0] != times[1]:
            changed["sequence"] = old.get("sequence", 0) + 1
            if old.get("recurrence"):  # its exceptions go with the times they were exceptions from
                for exception, _ in self._exceptions(calendar_id, event_id):
                    self._append(calendar_id, exception, None)
        return self._put(calendar_id, changed)

    def delete(self, calendar_id: str, event_id: str, *, if_match: str | None) -> None:
        """Cancels an event; its id stays taken. Raises `Refused`."""
        old = self.get(calendar_id, event_id)
        if old["status"] == "cancelled":
            raise Refused(410, "deleted", "Resource has been deleted")
        self._check_etag(old, if_match)
        for exception, row in self._exceptions(calendar_id, event_id):
            if row["status"] != "cancelled":
                self._append(calendar_id, exception, row | {"status": "cancelled"})
        self._append(calendar_id, event_id, old | {"status": "cancelled"})
        self._changed(calendar_id)

    def add_many(self, calendar_id: str, bodies: list[Item]) -> list[Item]:
        """New events, told of as one change."""
        told, self.on_change = self.on_change, _tell_nobody
        file, self._file = self._file, None
        try:
            made = [self.insert(calendar_id, body) for body in bodies]
        finally:
            self.on_change, self._file = told, file
        self._changed(calendar_id)
        return made

    # ------------------------------------------------------------------ inside

    def _calendar(self, calendar_id: str) -> dict[str, Any]:
        try:
            return self.held["calendars"][calendar_id]
        except KeyError:
            raise not_found() from None

    def _row(self, calendar_id: str, event_id: str) -> Item | None:
        versions = self._calendar(calendar_id)["rows"].get(event_id)
        return versions[-1][1] if versions else None

    def _exceptions(self, calendar_id: str, series_id: str) -> list[tuple[str, Item]]:
        rows = self._calendar(calendar_id)["rows"]
        named = ((id_, versions[-1][1]) for id_, versions in rows.items() if id_.startswith(f"{series_id}_"))
        return [(id_, row) for id_, row in named if row and row.get("recurringEventId") == series_id]

    def _shown(
        self, calendar_id: str, id_: str, row: Item, old: Item | None, bounds: Bounds, *, singly: bool
    ) -> Iterator[Item]:
        """What one row is in a listing, where it was `old` when the listener last looked.

        `old` is None when everything is listed, and empty for a row that wasn't there.
        """
        zone = self.zone(calendar_id)
        was_series = bool(old and old["status"] != "cancelled" and old.get("recurrence"))
        is_gone = row["status"] == "cancelled"
        if singly and (row.get("recurrence") or was_series):
            excepted = {key for key, _ in self._exceptions(calendar_id, id_)}
            repeats = not is_gone and row.get("recurrence")
            now = series.instances(row, zone, bounds) if repeats else iter(())
            still = {one["id"]: one for one in now if one["id"] not in excepted}
            yield from still.values()
            if was_series and old:
                lower, upper = bounds
                if self.told_days is not None:
                    told = self.now() + timedelta(days=self.told_days)
                    upper = min(upper or told, told)
                for one in series.instances(old, zone, (lower, upper)):
                    if one["id"] not in still and one["id"] not in excepted:
                        yield _cancelled(one, of_living=not is_gone)
            if is_gone or row.get("recurrence"):
                return
        if is_gone:
            parent = self._row(calendar_id, row.get("recurringEventId", ""))
            yield _cancelled(row, of_living=bool(parent and parent["status"] != "cancelled"))
        elif row.get("recurrence"):
            if next(series.instances(row, zone, bounds), None):
                yield row
        elif series.is_within(row, zone, bounds) or (
            old is not None and _may_have_been(row, old, zone, bounds)
        ):
            yield row

    def _put(self, calendar_id: str, row: Item) -> Item:
        series.checked(row)
        key = row["id"]
        self._append(calendar_id, key, row | self._stamp() | {"status": row.get("status", "confirmed")})
        self._changed(calendar_id)
        return self.get(calendar_id, key)

    def _append(self, calendar_id: str, event_id: str, row: Item | None) -> None:
        self.held["number"] += 1
        if row:
            row = row | {"etag": f'"{self.number:012d}"'}
        self._calendar(calendar_id)["rows"].setdefault(event_id, []).append([self.number, row])

    def _changed(self, calendar_id: str) -> None:
        self.keep()
        self.on_change(calendar_id)

    def _stamp(self) -> Item:
        return {"updated": self.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")}

    @staticmethod
    def _check_etag(row: Item, if_match: str | None) -> None:
        if if_match not in (None, "*", row["etag"]):
            raise Refused(412, "conditionNotMet", "Precondition Failed", location="If-Match")


def _as_of(versions: list[Any], number: int) -> Item | None:
    return next((row for at, row in reversed(versions) if at <= number), None)


def _may_have_been(row: Item, old: Item, zone: str, bounds: Bounds) -> bool:
    """Whether a listing showed it before it moved out of the bounds, or an instance in its place."""
    if not old or old["status"] == "cancelled":
        return "recurringEventId" in row
    return series.is_within(old, zone, bounds)


def _cancelled(row: Item, *, of_living: bool) -> Item:
    """All that is sure to be there of an event that isn't."""
    sure = ("id", "etag", *(("recurringEventId", "originalStartTime") if of_living else ()))
    return {key: row[key] for key in sure if key in row} | {"status": "cancelled"}


def _is_declined(one: Item, calendar_id: str) -> bool:
    own = (each for each in one.get("attendees", []) if each.get("email") == calendar_id)
    return any(each.get("responseStatus") == "declined" for each in own)


def _written(body: Item) -> Item:
    return {key: value for key, value in body.items() if key not in _OURS}


def _merged(old: Item, patch: Item) -> Item:
    """A JSON merge patch; lists are replaced whole."""
    merged = dict(old)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            held: Any = merged.get(key)
            merged[key] = _merged(held if isinstance(held, dict) else {}, value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            merged[key] = value
    return merged
