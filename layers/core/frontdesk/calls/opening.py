"""Whether the clinic is open while it rings, and the week in words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from frontdesk.call import Clinic
from frontdesk.scheduling.diary import weekly_hours
from frontdesk.scheduling.exceptions import Exceptions, Row, open_around
from frontdesk.scheduling.hours import Shift
from frontdesk.speech import times
from frontdesk.speech.language import Language

_AROUND: Final = timedelta(days=3)
"""Of now, either way: enough whatever the clinic's zone is."""


class Worked(NamedTuple):
    """One stretch of the week of a provider who sees patients; null of who has only dates of their own."""

    provider_id: int
    weekday: int | None
    starts: time | None
    ends: time | None


def in_words(clinic: Clinic, worked: Iterable[Worked]) -> dict[Language, str]:
    """The week in each of the clinic's languages, and in English: its own words, or what is worked."""
    week = weekly_hours(_by_provider(worked))
    languages: set[Language] = {"en", *clinic.languages}
    return {each: clinic.hours_in(each) or times.say_week(week, each) for each in languages}


def days_around(now: datetime) -> dict[str, datetime | date]:
    """What the query `exceptions` is asked for, to say whether the clinic is open at `now`."""
    since, until = now - _AROUND, now + _AROUND
    return {"since": since, "until": until, "first": since.date(), "last": until.date()}


def is_open(clinic: Clinic, worked: Iterable[Worked], differing: Row, now: datetime) -> bool | None:
    """Whether anybody sees patients at that moment; None at a clinic that has set up no hours at all."""
    shifts = _by_provider(worked)
    exceptions = Exceptions(differing, clinic.zone)
    opened = open_around(now, shifts, exceptions, clinic.zone)
    if not any(shifts.values()) and not opened:
        return None
    return any(one.start <= now < one.end for one in opened)


def _by_provider(worked: Iterable[Worked]) -> Mapping[int, Sequence[Shift]]:
    shifts: dict[int, list[Shift]] = {}
    for one in worked:
        own = shifts.setdefault(one.provider_id, [])
        if one.weekday and one.starts is not None and one.ends is not None:
            own.append(Shift(one.weekday, one.starts, one.ends))
    return shifts
