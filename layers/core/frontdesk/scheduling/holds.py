"""A time kept for one call while it is talked about: a row of status `held`, one a call."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.scheduling import slots
from frontdesk.scheduling.openings import Start
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.rules import Rules

SQL: Final = queries.beside(__file__)

HOLD: Final = timedelta(minutes=5)
"""How long a first offer is kept. Each tool call of the same call begins it anew (`desk.open_call`)."""
LONGEST: Final = timedelta(minutes=20)
"""From when it was made; then even a call that goes on has lost it."""
MOST: Final = 3
"""Of one number at the same time, over all its calls, so that nobody can hold a clinic's day."""


class Freed(NamedTuple):
    """A time that somebody gave back."""

    provider_id: int
    starts_at: datetime


class Kept(NamedTuple):
    """A freed time that waits for whoever calls from a number on the waitlist."""

    hold_id: int
    provider_id: int
    location_id: int | None
    type_id: int
    starts_at: datetime


class _Held(NamedTuple):
    holds: int


class _Hold(NamedTuple):
    id: int


def begin(call: Call[Any]) -> tuple[bool, Kept | None]:
    """Whether the caller's number may hold one more time, and what the waitlist keeps for it.

    As `drop`, in the same round trip, but what the waitlist keeps stays kept.
    """
    phone = call.caller_number if call.is_inbound else None
    mine = {"now": call.now, "call_id": call.id}
    [held], kept, _, _ = call.db.together(
        Ask(_Held, SQL["live_holds"], {"capped_as": call.capped_as, **mine}),
        Ask(Kept, SQL["kept_for_caller"], {"phone": phone, "now": call.now}),
        Ask(_Hold, SQL["give_back_kept"], mine),
        Ask(_Hold, SQL["drop_holds"], mine),
    )
    if call.clinic.booking_mode == "approval":
        lapse(call)
    return held.holds < MOST, kept[0] if kept else None


def drop(call: Call[Any]) -> None:
    """Gives back the call's own hold, and clears what has expired out of the constraint's way."""
    call.db.run(SQL["drop_holds"], call_id=call.id, now=call.now)
    if call.clinic.booking_mode == "approval":
        lapse(call)


def lapse(call: Call[Any]) -> list[Freed]:
    """The times of the requests that nobody answered in time, given back now."""
    return call.db.all(Freed, SQL["lapse"], now=call.now)


def take(call: Call[Any], start: Start, kind: AppointmentType, rules: Rules) -> int | None:
    """The id of the call's own hold on that start; None when another caller was faster."""
    return _hold(
        call,
        start,
        kind,
        rules,
        held_until=call.now + HOLD,
        call_id=call.id,
        capped_as=call.capped_as,
        waitlist_id=None,
    )


def keep(
    call: Call[Any], start: Start, kind: AppointmentType, rules: Rules, *, waitlist_id: int, until: datetime
) -> int | None:
    """The id of a hold for somebody on the waitlist; None when another caller was faster."""
    return _hold(
        call, start, kind, rules, held_until=until, call_id=None, capped_as=None, waitlist_id=waitlist_id
    )


def provider_of(call: Call[Any]) -> int | None:
    """Whose time the call holds; None when it holds none."""
    return call.db.value(SQL["held_provider"], call_id=call.id, now=call.now)


def _hold(call: Call[Any], start: Start, kind: AppointmentType, rules: Rules, **whose: Any) -> int | None:
    taken = slots.occupied(start.at, rules)
    return call.db.value(
        SQL["hold"],
        provider_id=start.provider_id,
        location_id=start.location_id,
        type_id=kind.id,
        starts_at=start.at,
        ends_at=start.at + rules.duration,
        occupied_from=taken.start,
        occupied_to=taken.end,
        **whose,
    )
