"""The earliest time that suits a caller: found, held for the call, offered with two alternatives."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.scheduling import diary, offers, slots
from frontdesk.scheduling.offers import Start
from frontdesk.scheduling.providers import AppointmentType, Provider
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from frontdesk.scheduling.wishes import Wish, windows
from frontdesk.speech.when import Days, Preference, When

SQL: Final = queries.beside(__file__)

HOLD: Final = timedelta(minutes=5)
"""How long a first offer is kept for the call it was made to."""
MOST_HOLDS: Final = 3
"""Of one number at the same time, over all its calls, so that nobody can hold a clinic's day."""
_LOST_RACES: Final = 16
"""Starts lost to other callers before the finder offers one it could not hold."""


class NothingFree(Declined):
    """No start suits within the days asked for, or within the clinic's horizon."""

    fact = "Nothing is free in that time. Offer to look further ahead, or the waitlist."


class Found(NamedTuple):
    """The first offer, held where possible, and two alternatives."""

    first: Start
    hold_id: int | None
    alternatives: list[Start]


def wish(
    call: Call[Any],
    *,
    start: Days | None,
    end: Days | None,
    preference: Preference | None = None,
    excluded: tuple[When, ...] = (),
) -> Wish:
    """The days to look at, and what of them.

    Past days are clamped to today. The last is that of `end`, else that of a whole week or month, else the
    clinic's horizon; one that is past is none.
    """
    first = max(start.first, call.today) if start else call.today
    ends = [end.last] if end else []
    if start and start.first < start.last:
        ends.append(start.last)
    horizon = call.today + timedelta(days=call.clinic.horizon_days)
    last = next((day for day in ends if day >= first), horizon)
    suits, denied = preference or Preference()
    return Wish(first, last, suits, denied + excluded)


def earliest(
    call: Call[Any], desk: diary.Desk, providers: list[Provider], kind: AppointmentType, wanted: Wish
) -> Found | None:
    """The earliest start of these providers that suits, held for this call; None when there is none.

    The call's earlier hold is dropped: a caller who asks again wants something else.
    """
    rules = kind.rules(call)
    shifts = {provider.id: desk.shifts.get(provider.id, []) for provider in providers}
    has_enough = (
        call.db.value(SQL["live_holds"], capped_as=call.capped_as, now=call.now, call_id=call.id)
        >= MOST_HOLDS
    )
    for lost in range(_LOST_RACES + 1):
        drop_holds(call)
        # Read anew after each lost race: whoever won it stands in the diary now.
        starts = suiting(call, shifts, rules, wanted)
        first = next(starts, None)
        if first is None:
            break
        is_held = not has_enough and lost < _LOST_RACES
        hold_id = _hold(call, first, kind, rules) if is_held else None
        if hold_id is not None or not is_held:
            return Found(first, hold_id, offers.spread(first, starts))
    return None


def suiting(
    call: Call[Any], shifts: dict[int, list[diary.Shift]], rules: Rules, wanted: Wish
) -> Iterator[Start]:
    """Every free start that suits, in order."""
    starts = diary.free_starts(call, shifts, rules, first=wanted.first, last=wanted.last)
    return _within(starts, windows(wanted, call.clinic.zone))


def _within(starts: Iterator[Start], ranges: Iterator[Range]) -> Iterator[Start]:
    window = next(ranges, None)
    for start in starts:
        while window and window.end <= start[0]:
            window = next(ranges, None)
        if window is None:
            return
        if window.start <= start[0]:
            yield start


def drop_holds(call: Call[Any]) -> None:
    """Gives back the call's own hold, and clears the clinic's expired ones out of the constraint's way."""
    call.db.run(SQL["drop_holds"], call_id=call.id, now=call.now)


def _hold(call: Call[Any], first: Start, kind: AppointmentType, rules: Rules) -> int | None:
    """The id of the hold; None when another caller was faster."""
    start, provider_id = first
    taken = slots.occupied(start, rules)
    return call.db.value(
        SQL["hold"],
        provider_id=provider_id,
        type_id=kind.id,
        starts_at=zones.utc(start),
        ends_at=zones.utc(start) + rules.duration,
        occupied_from=taken.start,
        occupied_to=taken.end,
        held_until=call.now + HOLD,
        call_id=call.id,
        capped_as=call.capped_as,
    )
