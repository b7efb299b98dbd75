"""The waitlist, and how it fills: a freed time is kept for one who waits at a time, in order."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.patients import names
from frontdesk.scheduling import desks, diary, holds
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.holds import Freed, Kept
from frontdesk.scheduling.openings import Start
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.wishes import Wish, windows

SQL: Final = queries.beside(__file__)


class Sought(NamedTuple):
    """What a caller asked the finder for, as it is remembered for them."""

    type_id: int
    provider_ids: list[int]
    wish: Wish

    def as_json(self) -> str:
        """For the database: places, not names; nothing in it says who."""
        return json.dumps(
            {"typeId": self.type_id, "providerIds": self.provider_ids, "wish": self.wish}, default=_plain
        )


class _Entry(NamedTuple):
    id: int
    sought: dict[str, Any]
    """Empty for somebody who asked for nothing in particular."""


def add(call: Call[Any], *, first_name: str, last_name: str, phone: str, notes: str) -> tuple[int, bool]:
    """The entry's id, and whether the person was on the list before; a person is on it once.

    They wait for what this call last asked the finder for; for anything, if it asked nothing.
    """
    # In order of the alphabet: callers, and models, put first and last names either way round.
    name_key = " ".join(sorted(names.fold(f"{last_name} {first_name}").split()))
    entry = call.db.value(
        SQL["add_to_waitlist"],
        first_name=first_name,
        last_name=last_name,
        name_key=name_key,
        phone=phone,
        notes=notes,
        call_id=call.id,
        patient_id=call.proven_patient_id,
    )
    if entry is not None:
        return entry, False
    return call.db.value(SQL["waitlist_entry"], phone=phone, name_key=name_key), True


def wake(call: Call[Any], freed: Sequence[Freed]) -> int:
    """Keeps each freed time for the first who waits for such a one; returns how many are kept now.

    In the transaction that freed it, so nobody can come between.
    """
    kept = 0
    desk: Desk | None = None
    for provider_id, starts_at in freed:
        at = zones.utc(starts_at)
        waiting = call.db.all(_Entry, SQL["waiting"], provider_id=provider_id, starts_at=at)
        if not waiting or at <= zones.utc(call.now):
            continue
        desk = desk or desks.of_clinic(call)
        kept += _keep(call, desk, provider_id, at, waiting)
    return kept


def hand_over(call: Call[Any], kept: Kept) -> bool:
    """Makes it the call's own hold; False when its time is up."""
    return (
        call.db.value(
            SQL["hand_over"],
            id=kept.hold_id,
            call_id=call.id,
            capped_as=call.capped_as,
            held_until=call.now + holds.HOLD,
            longest=timedelta(minutes=call.clinic.waitlist_offer_min) + holds.HOLD,
            now=call.now,
        )
        is not None
    )


def pass_on(call: Call[Any]) -> int:
    """Settles the offers that nobody took, and keeps their times for the next; returns how many are kept."""
    return wake(call, call.db.all(Freed, SQL["passed_offers"], now=call.now))


def _keep(call: Call[Any], desk: Desk, provider_id: int, at: datetime, waiting: Sequence[_Entry]) -> bool:
    if provider_id not in desk.providers:
        return False
    read = diary.around(call, desk, [provider_id], at)
    start = Start(at, provider_id, read.location_of(provider_id, at))
    until = min(call.now + timedelta(minutes=call.clinic.waitlist_offer_min), at)
    for entry in waiting:
        kind = _kind_for(call, desk, entry, start)
        if kind is None or read.why_not(provider_id, kind, at) is not None:
            continue
        rules = desk.rules(call.clinic, kind, provider_id)
        if holds.keep(call, start, kind, rules, waitlist_id=entry.id, until=until) is None:
            return False  # Somebody was faster.
        call.db.run(
            SQL["offer_to_waiting"],
            waitlist_id=entry.id,
            provider_id=provider_id,
            starts_at=at,
            now=call.now,
            until=until,
        )
        return True
    return False


def _kind_for(call: Call[Any], desk: Desk, entry: _Entry, start: Start) -> AppointmentType | None:
    """The kind of visit that person waits for; None when the time doesn't suit them."""
    sought = _read(entry.sought)
    if sought is None:
        return next((kind for kind in desk.types if desk.does(start.provider_id, kind)), None)
    suits = any(window.start <= start.at < window.end for window in windows(sought.wish, call.clinic.zone))
    if not suits or start.provider_id not in sought.provider_ids:
        return None
    kind = next((kind for kind in desk.types if kind.id == sought.type_id), None)
    return kind if kind is not None and desk.does(start.provider_id, kind) else None


def _read(sought: dict[str, Any]) -> Sought | None:
    if not sought:
        return None
    from pydantic import TypeAdapter  # only a freed time is worth building a validator for

    wish = TypeAdapter(Wish).validate_python(sought["wish"])
    return Sought(sought["typeId"], sought["providerIds"], wish)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
