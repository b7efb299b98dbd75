"""Delta queries of the stand-in of Graph: rounds, their pages, and the tokens that stand for them."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from local.graph_events import Instance, Json, Reader, Refused, event_id, shown, without_most
from local.graph_mailbox import Mailbox

MOST_TOKENS: Final = 500
"""State tokens that are remembered; the oldest go first, and are then not found."""


class Round(NamedTuple):
    """One round of a delta query, whose pages are given out one by one."""

    calendar: str
    window: tuple[datetime, datetime]
    shown: list[Json]
    """What is left to give."""
    seen: dict[str, str]
    """Etags by id, when the round began; what the next is compared with."""
    change: int


class Deltas:
    """The rounds of one mailbox; none survives a restart."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._rounds: dict[str, Round] = {}

    def first_round(self, calendar: str, start: datetime, end: datetime, reader: Reader) -> Round:
        """Everything in the window: series themselves, and their occurrences with little more than times."""
        found = self._mailbox.view(calendar, start, end)
        return self._round(calendar, (start, end), found, found, reader)

    def next_round(self, since: Round, reader: Reader) -> Round:
        """What changed since that round began."""
        if since.change == self._mailbox.kept["change"]:
            return since._replace(shown=[])
        found = self._mailbox.view(since.calendar, *since.window)
        changed = [one for one in found if since.seen.get(event_id(one, reader)) != one.etag]
        there = {event_id(one, reader) for one in found}
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
                "id": key,
                "subject": None,
                "start": None,
                "end": None,
                "showAs": None,
                "isAllDay": None,
                "type": None,
            }
            for item in self._mailbox.alive(since.calendar)
            if item["change"] > since.change
            and not item["event"].get("recurrence")
            and (one := self._mailbox.one(item, None))
            and (key := event_id(one, reader)) not in there | since.seen.keys()
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
            and (master := self._mailbox.one(one.item, None))
            and master.start >= window[0]
        }
        told = [shown(master, reader) for master in masters.values()]
        told += [
            without_most(shown(one, reader)) if one.type == "occurrence" else shown(one, reader)
            for one in changed
        ]
        seen = {event_id(one, reader): one.etag for one in found}
        return Round(calendar, window, [*told, *others], seen, self._mailbox.kept["change"])

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
