"""A time kept for one call while it is talked about: a row of status `held`, one a call."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk.call import Call, Freed, Kept
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.scheduling import slots
from frontdesk.scheduling.openings import Start
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.rules import Rules

SQL: Final = queries.beside(__file__)

HOLD: Final = timedelta(minutes=5)
"""How long a first offer is kept. Each tool call of the same call begins it anew, up to twenty minutes after
it was made (`db/replaceable/40_tool_calls.sql`)."""
MOST: Final = 3
"""Of one number at the same time, over all its calls, so that nobody can hold a clinic's day."""


class Own(NamedTuple):
    """What the call itself holds."""

    provider_id: int
    starts_at: datetime
    held_at: datetime


class _Held(NamedTuple):
    holds: int


class Turn(NamedTuple):
    """Nothing but that the lock is had."""

    pg_advisory_xact_lock: str


class _Dropped(NamedTuple):
    id: int


def begin(call: Call[Any]) -> bool:
    """Whether the caller's number may hold one more time.

    Gives back the call's own hold, clears what has expired, and finds what the waitlist keeps for the caller.
    """
    mine = {"now": call.now, "call_id": call.id}
    _, [held], kept, _ = call.db.together(
        asking_for_a_turn(call),
        Ask(_Held, SQL["live_holds"], {"capped_as": call.capped_as, **mine}),
        asking_for_kept(call),
        Ask(_Dropped, SQL["drop_holds"], mine),
    )
    call.kept = kept
    _lapse_in_passing(call)
    return held.holds < MOST


def asking_for_a_turn(call: Call[Any]) -> Ask[Turn]:
    """The lock under which what the caller's number may have is counted, to be sent before the counting."""
    return Ask(Turn, SQL["lock_number"], {"capped_as": call.capped_as})


def asking_for_kept(call: Call[Any]) -> Ask[Kept]:
    """The query for `call.kept`, to be sent with others."""
    phone = call.caller_number if call.is_inbound else None
    return Ask(Kept, SQL["kept"], {"phone": phone, "patient_id": call.proven_patient_id, "now": call.now})


def drop(call: Call[Any]) -> None:
    """Gives back the call's own hold, and clears what has expired out of the constraint's way."""
    call.db.run(SQL["drop_holds"], call_id=call.id, now=call.now)
    _lapse_in_passing(call)


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


def asking_for_own(call: Call[Any]) -> Ask[Own]:
    """The query for what the call itself holds, to be sent with others; no row when it holds nothing."""
    return Ask(Own, SQL["own_hold"], {"call_id": call.id, "now": call.now})


def _lapse_in_passing(call: Call[Any]) -> None:
    """Keeps in mind what it frees, for the waitlist."""
    if call.clinic.booking_mode == "approval":
        call.freed += lapse(call)


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
