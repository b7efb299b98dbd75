"""Lists of Google's stand-in: pages, and the tokens by which a later one tells only what changed."""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from local import google_series as series
from local.google_account import Account, View
from local.google_refused import Refused, invalid
from local.google_series import Item

_LISTINGS: Final = 64
"""Of which further pages can be asked for; a later one pushes the oldest out."""
_EXCLUDED: Final = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_GONE: Final = "Sync token is no longer valid, a full sync is required."


class Lists:
    """What was listed, as far as tokens still lead back to it."""

    def __init__(self, account: Account, options: Mapping[str, Any]) -> None:
        self._account = account
        self._options = options
        self._listings: dict[str, tuple[list[Item], Item]] = {}
        self._epoch = 0

    def kill_tokens(self) -> None:
        """From now on nobody can go on from where they were."""
        self._epoch += 1

    def events(self, view: View, query: Mapping[str, str]) -> Item:
        """One page of a calendar. Raises `Refused`."""
        token, page = query.get("syncToken"), query.get("pageToken")
        if token is not None and (refused := [name for name in _EXCLUDED if name in query]):
            message = f"Sync token cannot be used with {refused[0]}"
            raise Refused(400, "invalid", message, location=refused[0])
        asked = {name: query.get(name) for name in ("singleEvents", "timeMin", "timeMax")}
        since: int | None = None
        if token is not None:
            told = _opened(token, "syncToken")
            if told["epoch"] != self._epoch:
                raise Refused(410, "fullSyncRequired", _GONE, domain="calendar", location="syncToken")
            if told["calendar"] != view.calendar_id or told["asked"]["singleEvents"] != asked["singleEvents"]:
                raise invalid("Invalid sync token value.", "syncToken")
            since, asked = told["number"], told["asked"]
        if page is not None:
            return self.page(self._head(view), [], query, {})
        now = {
            "epoch": self._epoch,
            "calendar": view.calendar_id,
            "number": self._account.number,
            "asked": asked,
        }
        listed = self._account.listed(
            view.calendar_id,
            _bounds(asked),
            since=since,
            singly=asked["singleEvents"] == "true",
            deleted=query.get("showDeleted") == "true",
        )
        items = [self._account.rendered(one, view) for one in listed]
        # A listing by order of time can't be gone on from.
        end = {} if "orderBy" in query else {"nextSyncToken": _sealed(now)}
        return self.page(self._head(view), items, query, end)

    def instances(self, view: View, event_id: str, query: Mapping[str, str]) -> Item:
        """One page of a series. Raises `Refused`."""
        account = self._account
        listed = account.listed(view.calendar_id, _bounds(query), since=None, singly=True, deleted=False)
        own = [account.rendered(one, view) for one in listed if one.get("recurringEventId") == event_id]
        return self.page(self._head(view), own, query, {})

    def page(self, head: Item, items: list[Item], query: Mapping[str, str], end: Item) -> Item:
        """One page of a listing, which stands as it was at its first one."""
        size = min(int(query.get("maxResults", 250)), 2500, self._options["page_size"] or 2500)
        offset = 0
        if page := query.get("pageToken"):
            told = _opened(page, "pageToken")
            if told["epoch"] != self._epoch:
                raise Refused(410, "fullSyncRequired", _GONE, domain="calendar", location="syncToken")
            if told["listing"] not in self._listings:
                raise invalid("Invalid page token value.", "pageToken")
            key, offset = told["listing"], told["offset"]
            items, end = self._listings[key]
        else:
            key = secrets.token_hex(4)
        if len(items) <= offset + size:
            return head | {"items": items[offset:]} | end
        self._listings[key] = (items, end)
        while len(self._listings) > _LISTINGS:
            del self._listings[next(iter(self._listings))]
        token = _sealed({"epoch": self._epoch, "listing": key, "offset": offset + size})
        return head | {"items": items[offset : offset + size], "nextPageToken": token}

    def _head(self, view: View) -> Item:
        return {
            "kind": "calendar#events",
            "etag": f'"{self._account.number}"',
            "summary": self._account.summary(view.calendar_id),
            "updated": self._account.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "timeZone": view.zone,
            "accessRole": view.role,
            "defaultReminders": [],
        }


def _bounds(asked: Mapping[str, str | None]) -> series.Bounds:
    lower, upper = asked.get("timeMin"), asked.get("timeMax")
    return (series.instant(lower) if lower else None), (series.instant(upper) if upper else None)


def _sealed(told: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def _opened(token: str, name: str) -> dict[str, Any]:
    try:
        return json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise invalid(f"Invalid {name} value.", name) from None
