"""The clinic's diary as the finder reads it: hours, time off and what is taken, a stretch at a time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.scheduling import slots
from frontdesk.scheduling.hours import Shift, open_ranges
from frontdesk.scheduling.providers import AppointmentType, Provider
from frontdesk.scheduling.ranges import Range, merge
from frontdesk.scheduling.rules import Rules

SQL: Final = queries.beside(__file__)

_STRETCHES_DAYS: Final = (7, 21, 60, 730)
"""How far each further look into the diary reaches; most callers are served by the first."""
_DAY: Final = timedelta(days=1)


class _Shift(NamedTuple):
    provider_id: int
    weekday: int
    starts: time
    ends: time


class _Stretch(NamedTuple):
    provider_id: int | None
    starts_at: datetime
    ends_at: datetime


class Desk(NamedTuple):
    """What the clinic offers: its providers, its kinds of visit, its weekly hours; of nobody who has left."""

    providers: list[Provider]
    types: list[AppointmentType]
    shifts: Mapping[int, list[Shift]]
    """By provider id."""


def desk(call: Call[Any]) -> Desk:
    """Read in one round trip."""
    providers, types, shifts = call.db.together(
        Ask(Provider, SQL["providers"], {}),
        Ask(AppointmentType, SQL["appointment_types"], {}),
        Ask(_Shift, SQL["shifts"], {}),
    )
    by_provider: dict[int, list[Shift]] = {provider.id: [] for provider in providers}
    for shift in shifts:
        if shift.provider_id in by_provider:
            by_provider[shift.provider_id].append(Shift(shift.weekday, shift.starts, shift.ends))
    return Desk(providers, types, by_provider)


class Diary:
    """Days of some providers, hours and time taken, as one call may see them."""

    def __init__(
        self,
        call: Call[Any],
        shifts: Mapping[int, list[Shift]],
        first: date,
        last: date,
        *,
        except_id: int | None = None,
    ) -> None:
        """Reads the days from `first` to `last`, both included, local to the clinic.

        Args:
            call: whose own hold does not count as taken.
            shifts: weekly hours by provider id.
            first: the first day.
            last: the last day; a shift that starts on it runs past its midnight.
            except_id: an appointment that does not count as taken, for it is about to be moved.
        """
        self._zone, self._now = call.clinic.zone, call.now
        self._shifts, self._first, self._last = shifts, first, last
        self.since, self.until = (
            zones.midnight(first - _DAY, call.clinic.zone),
            zones.midnight(last + 3 * _DAY, call.clinic.zone),
        )
        values = {
            "provider_ids": list(shifts),
            "since": self.since,
            "until": self.until,
            "now": call.now,
            "call_id": call.id,
            "except_id": except_id,
        }
        busy, off = call.db.together(
            Ask(_Stretch, SQL["busy"], values),
            Ask(_Stretch, SQL["time_off"], {"since": self.since, "until": self.until}),
        )
        self._busy: defaultdict[int, list[_Stretch]] = defaultdict(list)
        for taken in busy:
            self._busy[taken.provider_id].append(taken)
        self._off: list[_Stretch] = off

    def free_starts(self, provider_id: int, rules: Rules) -> Iterator[datetime]:
        """The provider's free starts in these days, in order, in the clinic's zone."""
        hours, busy = self._of(provider_id)
        return slots.free_starts(hours, busy, rules, now=self._now, zone=self._zone)

    def why_not(self, provider_id: int, start: datetime, rules: Rules) -> slots.Refusal | None:
        """Why the provider can't be booked at a start in these days; None when it is free."""
        hours, busy = self._of(provider_id)
        return slots.why_not(start, hours, busy, rules, now=self._now, zone=self._zone)

    def _of(self, provider_id: int) -> tuple[Iterator[Range], Iterator[Range]]:
        closed = [Range(o.starts_at, o.ends_at) for o in self._off if o.provider_id in (None, provider_id)]
        hours = open_ranges(
            self._shifts.get(provider_id, ()), self._zone, first=self._first, last=self._last, closed=closed
        )
        return hours, (Range(taken.starts_at, taken.ends_at) for taken in self._busy[provider_id])


def around(
    call: Call[Any], shifts: Mapping[int, list[Shift]], start: datetime, *, except_id: int | None = None
) -> Diary:
    """The day of a start and its neighbours, enough to judge that one start."""
    day = start.astimezone(call.clinic.zone).date()
    return Diary(call, shifts, day - _DAY, day, except_id=except_id)


def free_starts(
    call: Call[Any],
    shifts: Mapping[int, list[Shift]],
    rules: Rules,
    *,
    first: date,
    last: date,
    except_id: int | None = None,
) -> Iterator[tuple[datetime, int]]:
    """The free starts of all these providers as one stream, each with its provider's id.

    Read from the database a stretch at a time, so that an early answer costs an early read.
    """
    last = min(last, call.today + call.clinic.horizon_days * _DAY)
    for days in _STRETCHES_DAYS:
        if first > last:
            return
        until = min(last, first + (days - 1) * _DAY)
        read = Diary(call, shifts, first, until, except_id=except_id)
        offers = slots.earliest({provider: read.free_starts(provider, rules) for provider in shifts})
        # A shift across midnight reaches into the next stretch; each start is offered by its own day's.
        yield from ((start, provider) for start, provider in offers if first <= start.date() <= until)
        first = until + _DAY


def clinic_hours(call: Call[Any], shifts: Mapping[int, list[Shift]], day: date) -> list[tuple[time, time]]:
    """When anybody sees patients on that local day, as wall times; empty when the clinic is closed."""
    closed = call.db.all(
        _Closed,
        SQL["clinic_closed"],
        since=zones.midnight(day, call.clinic.zone),
        until=zones.midnight(day + _DAY, call.clinic.zone),
    )
    every = [shift for of_provider in shifts.values() for shift in of_provider]
    hours = open_ranges(
        every, call.clinic.zone, first=day, last=day, closed=[Range(c.starts_at, c.ends_at) for c in closed]
    )
    zone = call.clinic.zone
    return [
        (opened.start.astimezone(zone).time(), opened.end.astimezone(zone).time())
        for opened in hours
        if opened.start.astimezone(zone).date() == day
    ]


def weekly_hours(shifts: Mapping[int, Sequence[Shift]]) -> dict[int, list[tuple[time, time]]]:
    """When anybody sees patients, by weekday from 0 for Monday; overlapping shifts are one."""
    some_monday = date(2026, 1, 5)
    every = [shift for of_provider in shifts.values() for shift in of_provider]
    week: dict[int, list[tuple[time, time]]] = {}
    for weekday in range(1, 8):
        day = some_monday + (weekday - 1) * _DAY
        ranges = sorted(filter(None, (s.on(day, zones.zone("UTC")) for s in every if s.weekday == weekday)))
        week[weekday - 1] = [(whole.start.time(), whole.end.time()) for whole in merge(ranges)]
    return week


class _Closed(NamedTuple):
    starts_at: datetime
    ends_at: datetime
