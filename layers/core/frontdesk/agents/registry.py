"""The platform's tools as our own database knows them, and the lease of whoever registers some."""

import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import uuid4

from frontdesk.agents.definitions import SQL, Definition, published
from frontdesk.db.claims import directory_transaction
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings

LEASE: Final = "tools"
LEASE_S: Final = 60
"""Longer than any function that takes it may run."""


class Busy(ProviderFailed):
    """Somebody else is at it; come back in a second."""

    retry_after_s = 1.0


class Registered(NamedTuple):
    """A tool that is at Vapi."""

    tool_name: str
    vapi_tool_id: str
    definition_hash: str
    registered_at: datetime


class Superseded(NamedTuple):
    """A tool that has a successor."""

    vapi_tool_id: str
    tool_name: str
    unlinked_at: datetime | None
    """Since when nothing has been seen to link it."""


class Tools(NamedTuple):
    """What there is, and what there should be."""

    wanted: list[Definition]
    live: dict[str, Registered]

    @property
    def missing(self) -> list[Definition]:
        """Those that Vapi doesn't have, or has otherwise."""
        return [each for each in self.wanted if self._hash(each.tool_name) != each.hash]

    @property
    def dropped(self) -> list[str]:
        """Names of tools that the release has no more."""
        return sorted(self.live.keys() - self.names)

    @property
    def ids(self) -> list[str]:
        """Of all that an assistant is to be linked to, by name."""
        return [self.live[name].vapi_tool_id for name in sorted(self.names & self.live.keys())]

    @property
    def names(self) -> set[str]:
        """Of all."""
        return {each.tool_name for each in self.wanted}

    @property
    def fingerprint(self) -> str:
        """Tells one set of tools from another."""
        return sha256(" ".join(self.ids).encode()).hexdigest()[:16]

    def _hash(self, name: str) -> str | None:
        found = self.live.get(name)
        return found and found.definition_hash


class _Id(NamedTuple):
    vapi_tool_id: str


def soon() -> float:
    """When a short transaction must be over, on the clock of `time.monotonic`."""
    return time.monotonic() + settings().deadline_s


def read() -> Tools:
    """Raises `DatabaseFailed`."""
    with directory_transaction(soon()) as db:
        live = db.all(Registered, SQL["live_tools"])
        return Tools(published(db, settings().public_url), {each.tool_name: each for each in live})


def ever_ours() -> set[str]:
    """The ids of all tools that are ours, those with a successor among them."""
    with directory_transaction(soon()) as db:
        return {row.vapi_tool_id for row in db.all(_Id, SQL["every_tool_id"])}


def record(definition: Definition, vapi_tool_id: str) -> bool:
    """From now on this is the tool of that name; whether another one was."""
    named = {"tool_name": definition.tool_name, "vapi_tool_id": vapi_tool_id}
    with directory_transaction(soon()) as db:
        is_successor = db.run(SQL["supersede"], **named) > 0
        db.run(SQL["register"], **named, definition_hash=definition.hash)
    return is_successor


def supersede_dropped(wanted: Iterable[Definition]) -> bool:
    """Tools that the release has no more are nobody's from now on; whether there were any."""
    with directory_transaction(soon()) as db:
        return db.run(SQL["supersede_dropped"], tool_names=[each.tool_name for each in wanted]) > 0


def supersede_gone(tool_ids: Iterable[str]) -> bool:
    """Those are not at Vapi any more, so the next sync makes others; whether there are any."""
    with directory_transaction(soon()) as db:
        return db.run(SQL["supersede_gone"], tool_ids=list(tool_ids)) > 0


def superseded() -> list[Superseded]:
    """Those that wait to be removed, the oldest first."""
    with directory_transaction(soon()) as db:
        return db.all(Superseded, SQL["superseded_tools"])


def note_links(linked_at_vapi: Iterable[str]) -> None:
    """Writes down which superseded tools are linked by no assistant there and no clinic's record here."""
    with directory_transaction(soon()) as db:
        by_record = {row.vapi_tool_id for row in db.all(_Id, SQL["tools_linked"])}
        db.run(SQL["note_links"], linked=sorted(by_record.union(linked_at_vapi)))


def forget(vapi_tool_id: str) -> None:
    """It is gone from Vapi. A clinic that is still linked to it, by our records, forbids that."""
    with directory_transaction(soon()) as db:
        db.run(SQL["forget_tool"], vapi_tool_id=vapi_tool_id)


@contextmanager
def leased() -> Generator[None]:
    """Alone with the platform's tools, with no transaction open; raises `Busy` when somebody else is."""
    holder = uuid4()
    with directory_transaction(soon()) as db:
        if not db.run(SQL["take_lease"], name=LEASE, holder=holder, seconds=LEASE_S):
            raise Busy("somebody else registers tools at the moment")
    try:
        yield
    finally:
        with directory_transaction(soon()) as db:
            db.run(SQL["give_lease"], name=LEASE, holder=holder)
