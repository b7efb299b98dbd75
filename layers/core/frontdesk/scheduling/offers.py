"""Free times as they are offered: spread so that a person can choose, on the wire and in words."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.scheduling import visits
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.openings import Opening, Openings, Start
from frontdesk.scheduling.providers import AppointmentType, listing
from frontdesk.scheduling.wire import Slot
from frontdesk.speech import sentences, times

_APART: Final = timedelta(hours=2)


def slot(
    call: Call[Any], desk: Desk, kind: AppointmentType, start: Start, *, hold_id: int | None = None
) -> Slot:
    """A free start as it goes over the wire."""
    zone, provider = call.clinic.zone, desk.providers[start.provider_id]
    local = start.at.astimezone(zone)
    return Slot(
        slot_id=None if hold_id is None else str(hold_id),
        date=local.date().isoformat(),
        day=times.say_weekday(local.weekday(), call.language),
        start_time=zones.wall_text(start.at, zone),
        end_time=zones.wall_text(start.at + desk.rules(call.clinic, kind, provider.id).duration, zone),
        provider_id=str(provider.id),
        provider_name=provider.called_in(call.language),
        clinic_name=call.clinic.name_in(call.language),
        location_name=desk.place(start.location_id, call.language),
    )


def choice(first_from: Callable[[datetime | None], Opening | None], zone: ZoneInfo) -> list[Opening]:
    """The first opening and two real alternatives to it; fewer when there are no more.

    Another time of day, and another day. Where there is no such other day, simply the next one.
    `first_from` gives the first opening from a moment on: `Openings.first`.
    """
    first = first_from(None)
    if first is None:
        return []
    other_time = first_from(first.start + _APART)
    if other_time is not None:
        day = zones.today(other_time.start, zone)
        another_day = first_from(zones.midnight(day + timedelta(days=1), zone))
        if another_day is not None:
            return [first, other_time, another_day]
    found, last = [first], first
    while len(found) < 3 and (following := first_from(last.start + datetime.resolution)):
        found.append(following)
        last = following
    if other_time is not None and other_time not in found:
        found[2:] = [other_time]
    return found


def nearest(openings: Openings, around: datetime, *, but: Start) -> list[Start]:
    """The first two free starts from a wanted moment on; not the wanted one itself."""
    free = (one for one in openings.starts(around) if one != but[:2])
    return [openings.with_one(Opening(at, [provider]), provider) for at, provider in islice(free, 2)]


def said(call: Call[Any], desk: Desk, starts: Iterable[Start]) -> str:
    """The times in words: "… or …", each with its provider."""
    return listing([said_one(call, desk, start) for start in starts], call.language)


def said_one(call: Call[Any], desk: Desk, start: Start) -> str:
    """One time in words, with its provider, and its place where there are several."""
    local = start.at.astimezone(call.clinic.zone)
    return sentences.TIME_WITH.say(
        call.language,
        when=times.say_when(local, now=call.now, language=call.language),
        provider=desk.providers[start.provider_id].called_in(call.language),
    ) + visits.at_location(call, desk.place(start.location_id, call.language))
