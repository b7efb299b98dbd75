"""Free times as they are offered: spread so that a person can choose, on the wire and in words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.scheduling.providers import AppointmentType, Provider, listing
from frontdesk.scheduling.wire import Slot
from frontdesk.speech import times

Start = tuple[datetime, int]
"""A free start, and its provider's id."""

_APART: Final = timedelta(hours=2)
_LOOKED_AT: Final = 400
"""Starts looked through for variety: some two weeks of one provider's."""


def slot(
    call: Call[Any], start: datetime, provider: Provider, kind: AppointmentType, *, slot_id: int | None = None
) -> Slot:
    """A free start as it goes over the wire."""
    zone = call.clinic.zone
    local = start.astimezone(zone)
    end = zones.utc(start) + timedelta(minutes=kind.duration_min)
    return Slot(
        slot_id=None if slot_id is None else str(slot_id),
        date=local.date().isoformat(),
        day=times.say_weekday(local.weekday(), call.language),
        start_time=zones.wall_text(start, zone),
        end_time=zones.wall_text(end, zone),
        provider_id=str(provider.id),
        provider_name=provider.name,
        clinic_name=call.clinic.name_in(call.language),
    )


def choice(starts: Iterator[Start]) -> list[Start]:
    """The first start and two real alternatives to it; fewer when there are no more."""
    first = next(starts, None)
    return [] if first is None else [first, *spread(first, starts)]


def spread(first: Start, later: Iterable[Start]) -> list[Start]:
    """Two real alternatives to `first`: another time of day, and another day; else simply the next ones.

    Reads no further than these: each start costs its reckoning, and a far one another look into the diary.
    """
    soonest = zones.utc(first[0]) + _APART
    other_time: Start | None = None
    passed: list[Start] = []
    for start in islice(later, _LOOKED_AT):
        if other_time is None and zones.utc(start[0]) >= soonest:
            other_time = start
        elif other_time is not None and start[0].date() not in (first[0].date(), other_time[0].date()):
            return [other_time, start]
        elif start[0] != first[0] and len(passed) < 2:
            passed.append(start)
    found = [start for start in (other_time, *passed) if start is not None][:2]
    return sorted(found, key=lambda s: zones.utc(s[0]))


def nearest(starts: Iterator[Start], around: datetime, count: int = 2) -> list[Start]:
    """The first free starts from a wanted moment on."""
    return list(islice((s for s in starts if zones.utc(s[0]) >= zones.utc(around)), count))


def said(call: Call[Any], starts: Iterable[Start], providers: Mapping[int, Provider]) -> str:
    """The times in words: "… or …", each with its provider."""
    spoken = [
        times.say_when(start, now=call.now, language=call.language)
        + ("，" if call.language == "zh" else " with ")
        + providers[provider].called_in(call.language)
        for start, provider in starts
    ]
    return listing(spoken, call.language)
