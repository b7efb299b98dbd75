"""The clinic's diary as the finder reads it: hours, time off and what is taken, some days at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.scheduling import exceptions, slots
from frontdesk.scheduling.desks import Cap, Desk
from frontdesk.scheduling.hours import Dates, Shift, Worked, by_place, open_ranges, whole_days
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.ranges import Range, Remembered, all_known, merge, subtract
from frontdesk.scheduling.rules import Rules
from frontdesk.scheduling.slots import Refusal

SQL: Final = queries.beside(__file__)

_DAY: Final = timedelta(days=1)


class _Busy(NamedTuple):
    provider_id: int
    starts: list[datetime]
    ends: list[datetime]


class _Opening(NamedTuple):
    provider_id: int
    starts_at: datetime
    ends_at: datetime
    code: str


class _Counted(NamedTuple):
    provider_id: int
    type_id: int
    starts_at: datetime


class Diary:
    """Days of some providers: their hours and what is taken, as one call may see them."""

    def __init__(
        self,
        call: Call[Any],
        desk: Desk,
        provider_ids: Sequence[int],
        first: date,
        last: date,
        *,
        except_id: int | None = None,
    ) -> None:
        """Reads the days from `first` to `last`, both included, local to the clinic, in one round trip.

        Args:
            call: what is held or kept for it does not count as taken.
            desk: what the clinic offers.
            provider_ids: whose days.
            first: the first day.
            last: the last day; a shift that starts on it runs past its midnight.
            except_id: an appointment that does not count as taken, for it is about to be moved.
        """
        self._call, self._desk, self._first, self._last = call, desk, first, last
        # Of a clinic whose diary is in its EMR: that one's hours, and what is taken there.
        self._openings: list[_Opening] = []
        self._busy_there: dict[int, tuple[list[datetime], list[datetime]]] = {}
        self._zone = zone = call.clinic.zone
        days = {"since": zones.midnight(first - _DAY, zone), "until": zones.midnight(last + 3 * _DAY, zone)}
        not_taken = {
            "now": call.now,
            "call_id": call.id,
            "kept_for": call.kept_for,
            "except_id": except_id,
        }
        calendars = [desk.calendars[one] for one in provider_ids if one in desk.calendars]
        own = {
            "calendar_ids": [one.id for one in calendars],
            "owner_ids": [one.provider_id for one in calendars],
        }
        asked: list[Ask[Any]] = [
            Ask(_Busy, SQL["busy"], {"provider_ids": list(provider_ids), **own, **days, **not_taken}),
            Ask(exceptions.Row, SQL["exceptions"], {**days, "first": first - _DAY, "last": last + 3 * _DAY}),
        ]
        if call.clinic.emr:
            asked += [
                Ask(
                    _Busy,
                    SQL["busy_there"],
                    {"provider_ids": list(provider_ids), **days, "except_id": except_id},
                ),
                Ask(_Opening, SQL["openings_there"], {"provider_ids": list(provider_ids), **days}),
            ]
        if desk.caps:
            # Whole weeks, for a cap may be by the week.
            monday, sunday = first - first.weekday() * _DAY, last + (6 - last.weekday()) * _DAY
            weeks = {"since": zones.midnight(monday, zone), "until": zones.midnight(sunday + _DAY, zone)}
            asked.append(Ask(_Counted, SQL["counted"], {**weeks, **not_taken}))
        busy, [differing], *more = call.db.together(*asked)
        if call.clinic.emr:
            there, self._openings, *more = more
            self._busy_there = {provider_id: (starts, ends) for provider_id, starts, ends in there}

        self._busy = {provider_id: (starts, ends) for provider_id, starts, ends in busy}
        self._stale = desk.stale(call, provider_ids)
        self._differing = exceptions.Exceptions(differing, zone)
        self.holidays = self._differing.holidays
        """Whole days on which the clinic is closed."""
        self._hours: dict[tuple[tuple[Shift, ...], tuple[Range, ...], int | None], Remembered] = {}
        self._gaps: dict[tuple[int, int], tuple[Rules, Remembered]] = {}
        """By provider and kind, as far as somebody has looked."""
        self._counted: list[_Counted] = more[0] if more else []

    def free_starts(
        self,
        provider_id: int,
        kind: AppointmentType,
        starting: Iterable[Range],
        since: datetime | None = None,
    ) -> Iterator[datetime]:
        """The provider's free starts within `starting`, whatever notice and horizon say, in order, in UTC.

        Nothing in `starting` is before `since`: what was seen to be over by then is not gone through again.
        """
        place = (provider_id, kind.id)
        if place not in self._gaps:
            rules = self._desk.rules(self._call.clinic, kind, provider_id)
            free = slots.gaps(self.hours(provider_id, kind), self._taken(provider_id), rules, self._zone)
            self._gaps[place] = rules, Remembered(free)
        rules, free = self._gaps[place]
        if self._desk.caps:
            starting = subtract(starting, self._full(provider_id, kind))
        return slots.starts_within(free.after(since) if since else free, rules, self._zone, starting=starting)

    def why_not(
        self, provider_id: int, kind: AppointmentType, start: datetime, *, since: datetime | None = None
    ) -> Refusal | None:
        """Why the provider can't be booked at a start in these days; None when it is free.

        `since` is when it was promised, for notice and horizon that have gone by in the meantime.
        """
        call = self._call
        refusal = slots.why_not(
            start,
            self.hours(provider_id, kind),
            self._taken(provider_id),
            self._desk.rules(call.clinic, kind, provider_id),
            now=since or call.now,
            zone=self._zone,
        )
        if refusal is Refusal.TAKEN and self._is_unseen(provider_id, kind, start):
            return Refusal.UNSEEN
        if refusal is None and any(full.start <= start < full.end for full in self._full(provider_id, kind)):
            return Refusal.FULL
        return refusal

    def location_of(self, provider_id: int, start: datetime) -> int | None:
        """Where the provider works at that moment; None at a clinic with one place."""
        if not self._desk.locations:
            return None
        worked = self.worked(provider_id)
        return next((one.location_id for one in worked if one.range.start <= start < one.range.end), None)

    def worked(self, provider_id: int) -> Iterator[Worked]:
        """The provider's shifts in these days before anything is closed, each with its place."""
        return by_place(
            self._shifts(provider_id),
            self._zone,
            first=self._first,
            last=self._last,
            dates=self.dates(provider_id),
        )

    def time_off(self, provider_id: int) -> list[Range]:
        """When the provider is off, or the whole clinic is closed; not the holidays."""
        return self._differing.time_off(provider_id)

    def hours(self, provider_id: int, kind: AppointmentType | None = None) -> Iterable[Range]:
        """When the provider works in these days, for that kind of visit if given; ascending and disjoint."""
        closed = self.time_off(provider_id) + self.holidays
        if self._call.clinic.emr:
            return self._hours_there(provider_id, kind, closed)
        shifts, dates = self._shifts(provider_id), self.dates(provider_id)
        # Colleagues often work the same hours; those are made once.
        alike = (tuple(shifts), tuple(closed), provider_id if dates else None)
        if alike not in self._hours:
            made = open_ranges(
                shifts, self._zone, first=self._first, last=self._last, closed=closed, dates=dates
            )
            self._hours[alike] = Remembered(made)
        return self._hours[alike]

    def _hours_there(
        self, provider_id: int, kind: AppointmentType | None, closed: list[Range]
    ) -> Iterable[Range]:
        """The EMR's own; nobody who isn't in it has any."""
        codes = self._desk.codes.get(kind.id) if kind else None
        opened = (
            Range(one.starts_at, one.ends_at)
            for one in self._openings
            if one.provider_id == provider_id and (not codes or one.code in codes)
        )
        return Remembered(subtract(merge(opened), sorted(closed)))

    def _shifts(self, provider_id: int) -> list[Shift]:
        return self._desk.shifts.get(provider_id, [])

    def dates(self, provider_id: int) -> Dates:
        """The provider's days that have hours of their own."""
        return self._differing.dates(provider_id)

    def _taken(self, provider_id: int) -> Iterator[Range]:
        busy = all_known(*self._busy.get(provider_id, ((), ())))
        if provider_id in self._busy_there:
            busy = merge(sorted([*busy, *all_known(*self._busy_there[provider_id])]))
        if provider_id not in self._stale:
            return busy
        just_seen = (
            one
            for (of_provider, _), day in self._call.seen.items()
            if of_provider == provider_id
            for one in day or ()
        )
        return merge(sorted([*busy, *just_seen, *self._unseen(provider_id)]))

    def _unseen(self, provider_id: int) -> list[Range]:
        """Whole days of which nobody knows what the provider's own calendar has, where the clinic minds."""
        call = self._call
        if provider_id not in self._stale or call.clinic.calendar_unknown != "withhold":
            return []
        days = (self._first + n * _DAY for n in range(-1, (self._last - self._first).days + 3))
        unasked: list[Range] | None = [] if call.trusts_calendars else None
        unseen = [day for day in days if call.seen.get((provider_id, day), unasked) is None]
        return [whole for day in unseen if (whole := whole_days(day, day, self._zone))]

    def _is_unseen(self, provider_id: int, kind: AppointmentType, start: datetime) -> bool:
        visit = slots.occupied(start, self._desk.rules(self._call.clinic, kind, provider_id))
        return any(day.start < visit.end and visit.start < day.end for day in self._unseen(provider_id))

    def _full(self, provider_id: int, kind: AppointmentType) -> list[Range]:
        """The days on which a cap leaves no room for one more such visit, ascending."""
        full: set[date] = set()
        days = [self._first + n * _DAY for n in range((self._last - self._first).days + 1)]
        for cap in self._desk.caps_on(provider_id, kind.id):
            booked = Counter(
                _period(cap, visit.starts_at.astimezone(self._zone).date())
                for visit in self._counted
                if cap.provider_id in (None, visit.provider_id) and cap.type_id in (None, visit.type_id)
            )
            full.update(day for day in days if booked[_period(cap, day)] >= cap.most)
        return [closed for day in sorted(full) if (closed := whole_days(day, day, self._zone))]


def _period(cap: Cap, day: date) -> date:
    """The day itself, or its week's Monday."""
    return day if cap.period == "day" else day - day.weekday() * _DAY


def look(
    call: Call[Any],
    desk: Desk,
    provider_ids: Iterable[int],
    wanted: Callable[[], Iterable[tuple[int, Range]]],
) -> None:
    """Asks the own calendars of those providers of which we know too little, about what is wanted of them.

    Likewise the clinic's EMR, if its diary is there. To be called before anything is locked or written, for
    it commits. Nobody is asked between calls.

    Args:
        call: keeps in `seen` what was found.
        desk: what the clinic offers.
        provider_ids: who may be wanted at all.
        wanted: providers and what a visit would occupy of their time, as far as is known by now.
    """
    if call.id and desk.stale(call, provider_ids):
        from frontdesk.calendars import looking  # HTTP and KMS, which a call needs that rarely

        looking.look(call, desk, wanted)
    if call.id and call.clinic.emr:
        from frontdesk.emr import seeing

        seeing.look(call, wanted)


def around(
    call: Call[Any], desk: Desk, provider_ids: Sequence[int], start: datetime, *, except_id: int | None = None
) -> Diary:
    """The day of a start and the one before, enough to judge that one start."""
    day = start.astimezone(call.clinic.zone).date()
    return Diary(call, desk, provider_ids, day - _DAY, day, except_id=except_id)


def clinic_hours(call: Call[Any], desk: Desk, day: date) -> list[tuple[time, time]]:
    """When anybody sees patients on that local day, as wall times; empty when nobody does."""
    zone, ids = call.clinic.zone, list(desk.providers)
    read = Diary(call, desk, ids, day, day)
    opened = merge(sorted(one for provider_id in ids for one in read.hours(provider_id)))
    return _on(day, opened, zone)


def _on(day: date, opened: Iterable[Range], zone: ZoneInfo) -> list[tuple[time, time]]:
    """Those that begin that day, as wall times."""
    return [
        (one.start.astimezone(zone).time(), one.end.astimezone(zone).time())
        for one in opened
        if one.start.astimezone(zone).date() == day
    ]


def week(call: Call[Any], desk: Desk) -> dict[int, list[tuple[time, time]]]:
    """When anybody sees patients, by weekday from 0 for Monday; with an EMR, in the next seven days."""
    if not call.clinic.emr:
        return weekly_hours(desk.shifts)
    days = [call.today + n * _DAY for n in range(7)]
    read = Diary(call, desk, list(desk.providers), days[0], days[-1])
    opened = list(merge(sorted(one for each in desk.providers for one in read.hours(each))))
    return {day.weekday(): _on(day, opened, call.clinic.zone) for day in days}


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
