"""The earliest time that suits a caller: found, held for the call, offered with two alternatives."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.scheduling import diary, offers, slots
from frontdesk.scheduling.offers import Start
from frontdesk.scheduling.providers import AppointmentType, Provider
from frontdesk.scheduling.rules import Rules
from frontdesk.speech.heard import PartOfDay

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


class Wish(NamedTuple):
    """What the caller asked for."""

    first: date
    last: date
    part_of_day: PartOfDay | None = None
    excluded: frozenset[date] = frozenset()

    def suits(self, start: datetime) -> bool:
        """Whether a start, in the clinic's zone, is what was asked for."""
        if start.date() in self.excluded:
            return False
        part = self.part_of_day
        return part is None or (
            part.after <= start.time() and (part.before is None or start.time() < part.before)
        )


class Found(NamedTuple):
    """The first offer, held where possible, and two alternatives."""

    first: Start
    hold_id: int | None
    alternatives: list[Start]


def wish(
    call: Call[Any],
    *,
    start_date: date | None,
    end_date: date | None,
    part_of_day: PartOfDay | None = None,
    excluded: tuple[date, ...] = (),
) -> Wish:
    """The days to look at: past ones are clamped to today, and an end that is past is no end."""
    horizon = call.today + timedelta(days=call.clinic.horizon_days)
    first = max(start_date or call.today, call.today)
    last = end_date if end_date is not None and end_date >= first else horizon
    return Wish(first, last, part_of_day, frozenset(excluded))


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
    return (found for found in starts if wanted.suits(found[0]))


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
