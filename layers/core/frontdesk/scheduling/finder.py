"""The earliest time that suits a caller: found, held for the call, offered with two alternatives."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.errors import Declined
from frontdesk.scheduling import desks, diary, eligibility, fairness, holds, offers, waitlist
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.openings import Openings, Start
from frontdesk.scheduling.providers import AppointmentType, Provider
from frontdesk.scheduling.wishes import Wish, suits
from frontdesk.speech import sentences, times
from frontdesk.speech.when import Days, Preference, When

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
    beyond = call.today + timedelta(days=call.clinic.horizon_days)
    if wanted.last < beyond:
        later = wanted._replace(first=wanted.last + timedelta(days=1), last=beyond)
        opening = Openings(call, desk, kind, provider_ids, later).first()
        if opening is not None:
            day = zones.today(opening.start, call.clinic.zone)
            when = times.say_date(day, today=call.today, language=call.language)
            return NothingFree(
                say=sentences.NOTHING_BEFORE.say(call.language, day=when), nothingBefore=day.isoformat()
            )
    return NothingFree(say=sentences.NOTHING_FREE.say(call.language))
