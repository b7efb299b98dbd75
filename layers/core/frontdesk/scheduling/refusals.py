"""Why a time can't be had, said with two that can."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.errors import Declined
from frontdesk.scheduling import offers
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.openings import Openings, Start
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.slots import Refusal
from frontdesk.scheduling.visits import Appointment
from frontdesk.scheduling.wishes import Wish
from frontdesk.speech import sentences, times
from frontdesk.speech.sentences import Sentence

_LOOKED_AHEAD: Final = timedelta(days=60)


class SlotTaken(Declined):
    """Somebody else has this start, or won the race for it; others are offered."""

    fact = "That time has just been taken; nothing was booked or changed. Offer the alternatives."
    booking = "taken"


class NotOpen(Declined):
    """A start that the clinic doesn't offer: closed, past, too soon, too far, full, or off its grid."""

    fact = "That is not a time the clinic offers; nothing was booked or changed. Offer the alternatives."
    booking = "offered_others"


class NotSeen(Declined):
    """A start that its provider's own calendar would have to be asked about, and that doesn't answer."""

    fact = (
        "That doctor's own calendar can't be seen at the moment, so nothing was booked or changed. Offer the"
        " alternatives, the waitlist, or a transfer with reason out_of_scope."
    )
    booking = "offered_others"


class Wanted(NamedTuple):
    """A start that somebody wants, judged by the rules of its kind."""

    start: datetime
    kind: AppointmentType
    desk: Desk
    moved: Appointment | None = None
    """The visit that is to be moved there; it does not count as taken."""


def refused(call: Call[Any], wanted: Wanted, provider_id: int, why: Refusal) -> Declined:
    """The answer to somebody who wants a start that can't be had."""
    match why:
        case Refusal.TAKEN:
            return taken(call, wanted, provider_id)
        case Refusal.PAST:
            return NotOpen(
                "That time is past. Check the year; today is in this answer.",
                say=sentences.IN_THE_PAST.say(call.language),
                alternatives=[],
            )
        case Refusal.TOO_FAR:
            return NotOpen(
                "That is further ahead than the clinic books.",
                say=sentences.TOO_FAR.say(call.language, days=call.clinic.horizon_days),
                alternatives=[],
            )
        case Refusal.UNSEEN:
            return _instead(call, wanted, provider_id, NotSeen, sentences.NOT_SEEN_OFFER, sentences.NOT_SEEN)
        case _:
            return _instead(call, wanted, provider_id, NotOpen, sentences.NOT_OPEN_OFFER, sentences.NOT_OPEN)


def taken(call: Call[Any], wanted: Wanted, provider_id: int) -> Declined:
    """The answer to who lost a race, or came too late for one."""
    return _instead(call, wanted, provider_id, SlotTaken, sentences.TAKEN_OFFER, sentences.TAKEN)


def instead(call: Call[Any], wanted: Wanted, provider_id: int) -> list[Start]:
    """The next two starts: the same provider's, or anybody's when there are not two."""
    found = _next_two(call, wanted, [provider_id], provider_id)
    if len(found) < 2:
        found = _next_two(call, wanted, list(wanted.desk.providers), provider_id) or found
    return found


def _instead(
    call: Call[Any],
    wanted: Wanted,
    provider_id: int,
    error: type[Declined],
    with_times: Sentence,
    without: Sentence,
) -> Declined:
    """The refusal with what can be had instead."""
    desk, moved = wanted.desk, wanted.moved
    found = instead(call, wanted, provider_id)
    if found:
        say = with_times.say(call.language, times=offers.said(call, desk, found))
    else:
        say = without.say(call.language)
    if moved is not None:
        say = sentences.OLD_TIME_STANDS.say(
            call.language,
            why=say + ("" if call.language == "zh" else " "),
            when=times.say_when(
                moved.starts_at.astimezone(call.clinic.zone), now=call.now, language=call.language
            ),
        ).replace("  ", " ")
    return error(say=say, alternatives=[offers.slot(call, desk, wanted.kind, one) for one in found])


def _next_two(call: Call[Any], wanted: Wanted, provider_ids: Sequence[int], asked_for: int) -> list[Start]:
    first = max(zones.today(wanted.start, call.clinic.zone), call.today)
    openings = Openings(
        call,
        wanted.desk,
        wanted.kind,
        provider_ids,
        Wish(first, first + _LOOKED_AHEAD),
        except_id=wanted.moved and wanted.moved.id,
    )
    return offers.nearest(openings, wanted.start, but=Start(wanted.start, asked_for))
