"""The earliest time that suits a caller: found, held for the call, offered with two alternatives."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.errors import Declined
from frontdesk.scheduling import desks, diary, eligibility, fairness, holds, offers, slots, waitlist
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.openings import Opening, Openings, Start
from frontdesk.scheduling.providers import AppointmentType, Provider
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.wishes import Wish, suits
from frontdesk.speech import sentences, times
from frontdesk.speech.when import Days, Preference, When

_LOST_RACES: Final = 16
"""Starts lost to other callers before the finder offers one it could not hold."""
_LOOKED_AT: Final = 4
"""Of those who have a start free as far as we know, so many are looked at more closely at once."""


class NothingFree(Declined):
    """No start suits within the days asked for, or within the clinic's horizon."""

    fact = "Nothing is free in that time. Offer to look further ahead, or the waitlist."


_UNSEEN: Final = (
    "A doctor's own calendar can't be seen at the moment, so their times are not offered. Offer another"
    " doctor, the waitlist, or a transfer with reason out_of_scope."
)


class Found(NamedTuple):
    """The first offer, held where possible, and two alternatives."""

    first: Start
    hold_id: int | None
    alternatives: list[Start]
    is_kept: bool = False
    """Whether it is a freed time that was kept for this caller, who is on the waitlist."""


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
    liked, denied = preference or Preference()
    return Wish(first, last, liked, denied + excluded)


def earliest(
    call: Call[Any], desk: Desk, providers: list[Provider], kind: AppointmentType, wanted: Wish
) -> Found:
    """The earliest start of these providers that suits, held for this call.

    Raises `NothingFree`, or `NotForThis` when they don't give that kind of visit, or not to this patient. The
    call's earlier hold is dropped: a caller who asks again wants something else.
    """
    ids = eligibility.doing(call, desk, kind, [provider.id for provider in providers])
    if call.proven_patient_id is not None:
        eligibility.check_patient(call, kind, call.proven_patient_id)
    diary.look(call, desk, ids, lambda: _wished(call, desk, kind, ids, wanted))
    desks.lock_caps(call, desk)
    call.sought = waitlist.Sought(kind.id, ids, wanted).as_json()
    may_hold = holds.begin(call)
    waitlist.wake(call, call.freed)
    if found := _kept(call, desk, kind, ids, wanted):
        return found
    for lost in range(_LOST_RACES + 1):
        if lost:
            holds.drop(call)
        # Read anew after each lost race: whoever won it stands in the diary now.
        openings = Openings(call, desk, kind, ids, wanted)
        offered = fairness.shared_out(call, offers.choice(openings.first, call.clinic.zone), openings)
        if not offered:
            break
        is_held = may_hold and lost < _LOST_RACES
        rules = desk.rules(call.clinic, kind, offered[0].provider_id)
        hold_id = holds.take(call, offered[0], kind, rules) if is_held else None
        if hold_id is not None or not is_held:
            return Found(offered[0], hold_id, offered[1:])
    raise _nothing(call, desk, ids, kind, wanted)


def _wished(
    call: Call[Any], desk: Desk, kind: AppointmentType, provider_ids: list[int], wanted: Wish
) -> list[tuple[int, Range]]:
    """Whose time would be offered now, and what of it a visit would occupy."""
    [call.kept] = call.db.together(holds.asking_for_kept(call))
    kept = [(one.provider_id, zones.utc(one.starts_at)) for one in call.kept]
    found = offers.choice(Openings(call, desk, kind, provider_ids, wanted).first, call.clinic.zone)
    if not found and (later := _later(call, desk, provider_ids, kind, wanted)):
        found = [later]
    # One is enough, but it may be taken there.
    offered = [(one, opening.start) for opening in found for one in opening.provider_ids[:_LOOKED_AT]]
    return [
        (one, slots.occupied(start, desk.rules(call.clinic, kind, one)))
        for one, start in kept + offered
        if one in provider_ids
    ]


def _kept(
    call: Call[Any], desk: Desk, kind: AppointmentType, provider_ids: list[int], wanted: Wish
) -> Found | None:
    """The first time that is kept for the caller, is what they ask for now, and can still be had."""
    for kept in call.kept:
        start = Start(zones.utc(kept.starts_at), kept.provider_id, kept.location_id)
        if (
            kept.type_id != kind.id
            or kept.provider_id not in provider_ids
            or not suits(wanted, start.at, call.clinic.zone)
        ):
            continue
        read = diary.around(call, desk, [kept.provider_id], start.at)
        if read.why_not(kept.provider_id, kind, start.at, since=kept.kept_at) is None:
            waitlist.talk_about(call, kept)
            openings = Openings(call, desk, kind, provider_ids, wanted)
            others = [one for one in offers.choice(openings.first, call.clinic.zone) if one.start != start.at]
            return Found(start, kept.hold_id, fairness.shared_out(call, others[:2], openings), is_kept=True)
    return None


def _nothing(
    call: Call[Any], desk: Desk, provider_ids: list[int], kind: AppointmentType, wanted: Wish
) -> NothingFree:
    """The refusal that says how far ahead the first free time is, when there is one at all."""
    if opening := _later(call, desk, provider_ids, kind, wanted):
        day = zones.today(opening.start, call.clinic.zone)
        when = times.say_date(day, today=call.today, language=call.language)
        return NothingFree(
            say=sentences.NOTHING_BEFORE.say(call.language, day=when), nothingBefore=day.isoformat()
        )
    if call.clinic.calendar_unknown == "withhold" and None in call.seen.values():
        return NothingFree(_UNSEEN, say=sentences.NOTHING_SEEN.say(call.language))
    return NothingFree(say=sentences.NOTHING_FREE.say(call.language))


def _later(
    call: Call[Any], desk: Desk, provider_ids: list[int], kind: AppointmentType, wanted: Wish
) -> Opening | None:
    """The first opening after the days that were asked for."""
    beyond = call.today + timedelta(days=call.clinic.horizon_days)
    later = wanted._replace(first=wanted.last + timedelta(days=1), last=beyond)
    return Openings(call, desk, kind, provider_ids, later).first() if wanted.last < beyond else None
