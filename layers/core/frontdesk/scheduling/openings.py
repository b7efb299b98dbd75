"""The free times of some providers for one kind of visit, as far ahead as somebody looks."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.scheduling import slots
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.diary import Diary
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.ranges import Remembered, clip, known
from frontdesk.scheduling.wishes import Wish, windows

_STRETCHES_DAYS: Final = (7, 21, 60, 730)
"""How far each further look into the diary reaches; most callers are served by the first."""
_DAY: Final = timedelta(days=1)


class Start(NamedTuple):
    """A free start with one provider."""

    at: datetime
    """In UTC."""
    provider_id: int
    location_id: int | None = None
    """None at a clinic with one place."""


class Opening(NamedTuple):
    """A free start, in UTC, and everybody who has it free, in the order they were asked for."""

    start: datetime
    provider_ids: list[int]


class Openings:
    """Free times, read from the database a stretch at a time, so that an early answer costs an early read.

    What was read is kept, so that looking again, from another moment on, costs no further round trip.
    """

    def __init__(
        self,
        call: Call[Any],
        desk: Desk,
        kind: AppointmentType,
        provider_ids: Sequence[int],
        wish: Wish,
        *,
        except_id: int | None = None,
    ) -> None:
        """Reads nothing yet.

        Args:
            call: who asks, when, of which clinic.
            desk: what the clinic offers.
            kind: the kind of visit.
            provider_ids: who may give it; who doesn't do that kind is left out.
            wish: the days and times that suit.
            except_id: an appointment that does not count as taken, for it is about to be moved.
        """
        self._call, self._desk, self._kind, self._wish = call, desk, kind, wish
        self._zone, self._except_id = call.clinic.zone, except_id
        self._provider_ids = [one for one in provider_ids if desk.does(one, kind)]
        self._last = min(wish.last, call.today + call.clinic.horizon_days * _DAY)
        self._looks: dict[date, _Look] = {}

    def with_one(self, opening: Opening, provider_id: int) -> Start:
        """The opening with that provider, at the place where they work then."""
        if not self._desk.locations:
            return Start(opening.start, provider_id)
        day = zones.today(opening.start, self._zone)
        look = next(self._look(first, last) for first, last in self._stretches() if first <= day <= last)
        location_id = look.diary.location_of(provider_id, opening.start)
        return Start(opening.start, provider_id, location_id)

    def starts(self, since: datetime | None = None) -> Iterator[tuple[datetime, int]]:
        """Every free start from `since` on, in order, each with its provider's id."""
        return chain.from_iterable(map(slots.earliest, self._by_stretch(since)))

    def first(self, since: datetime | None = None) -> Opening | None:
        """The first free start from `since` on."""
        for by_provider in self._by_stretch(since):
            # Who else has it free stands in the same stretch: none further on is read to know that.
            firsts = {one: start for one, starts in by_provider.items() if (start := next(starts, None))}
            if firsts:
                soonest = min(firsts.values())
                return Opening(soonest, [one for one, start in firsts.items() if start == soonest])
        return None

    def _by_stretch(self, since: datetime | None) -> Iterator[dict[int, Iterator[datetime]]]:
        """Each provider's free starts, a stretch of days at a time."""
        for first, last in self._stretches():
            if since is not None and since >= zones.midnight(last + _DAY, self._zone):
                continue
            diary, starting = self._look(first, last)
            if since is not None:
                starting = Remembered(clip(starting, known(since, slots.ALWAYS.end)))
            yield {one: diary.free_starts(one, self._kind, starting, since) for one in self._provider_ids}

    def _stretches(self) -> Iterator[tuple[date, date]]:
        first = self._wish.first
        for days in _STRETCHES_DAYS:
            if first > self._last or not self._provider_ids:
                return
            last = min(self._last, first + (days - 1) * _DAY)
            yield first, last
            first = last + _DAY

    def _look(self, first: date, last: date) -> "_Look":
        if first not in self._looks:
            call, desk = self._call, self._desk
            diary = Diary(call, desk, self._provider_ids, first, last, except_id=self._except_id)
            # A shift may reach past these days; a start counts by its day.
            wished = windows(self._wish._replace(first=first, last=last), self._zone)
            # Notice and horizon are the clinic's, the same whoever is asked for.
            rules = desk.rules(call.clinic, self._kind, self._provider_ids[0])
            bookable = slots.bookable_days(rules, call.now, self._zone)
            self._looks[first] = _Look(diary, Remembered(clip(wished, bookable) if bookable else ()))
        return self._looks[first]


class _Look(NamedTuple):
    """Some days that were read."""

    diary: Diary
    starting: Remembered
    """When a visit may start in them."""
