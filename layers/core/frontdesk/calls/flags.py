"""What somebody should look at in a call, and what happened in it beside speech and tools."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple, get_args

from frontdesk.calls.wire import Flag
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction

SQL: Final = queries.beside(__file__)

FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)


class Event(NamedTuple):
    """Something that happened: names of assistants and tools, and ids, only."""

    at: datetime
    kind: str
    detail: dict[str, Any]


def add(db: Transaction, call_id: str, *flags: Flag, instead_of: Iterable[Flag] = ()) -> set[Flag]:
    """Those that are new; `instead_of` are taken away unless they are among them."""
    before = set(db.value(SQL["flags"], call_id=call_id) or ())
    dropped = [flag for flag in instead_of if flag not in flags]
    if set(flags) - before or before & set(dropped):
        db.run(SQL["flag"], call_id=call_id, add=list(flags), remove=dropped)
    return set(flags) - before


def note_event(db: Transaction, call_id: str, at: datetime | None, kind: str, **detail: Any) -> None:
    """Writes one down; of now, if `at` is None."""
    db.run(SQL["put_event"], call_id=call_id, at=at, kind=kind, detail=json.dumps(detail))


def put_events(db: Transaction, call_id: str, events: Iterable[Event], *, kinds: Iterable[str]) -> None:
    """These events are all there are of these kinds."""
    listed = [{"at": at.isoformat(), "kind": kind, "detail": detail} for at, kind, detail in events]
    db.run(SQL["drop_events"], call_id=call_id, kinds=list(kinds))
    if listed:
        db.run(SQL["put_events"], call_id=call_id, events=json.dumps(listed))
