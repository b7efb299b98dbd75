"""One reading of a clinic's EMR: providers, their visits, when they may be booked, whose number is whose.

One function at a time reads an EMR, by a lease in its connection's row, and asks for one thing after the
other. What is read counts at once, whatever becomes of the rest; an EMR's trouble is written down with the
time of the next try. No transaction is open while it is asked.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.emr import adopting, breaker, connection, everybody, following, mirror
from frontdesk.emr.emr import Away, Emr, Gone, NotAllowed, Unsupported, Visit
from frontdesk.emr.mirror import SQL
from frontdesk.errors import FrontdeskError
from frontdesk.logs import described, logger

EVERY_S: Final = 60
"""Between the beginnings of two readings, a tenth more or less."""
TIMEOUT_S: Final = 120
LEASE: Final = timedelta(seconds=TIMEOUT_S + 10)
_LONGEST_S: Final = 600
"""Between two tries at an EMR that fails."""
REQUEST_S: Final = 20
"""An EMR that takes longer for one thing is taken for dead."""
_OPENINGS_S: Final = 30
"""Of a reading, so that the visits are never long without one."""
_DAY: Final = timedelta(days=1)
_AT_ONCE: Final = {"oscar": 1, "fhir": 28}
"""Days of openings that one question is about: OSCAR has them by the day."""
_VISITS_AT_ONCE: Final = {"oscar": 400, "fhir": 60}
"""Days of visits: a FHIR server's slots come along, and its answers have pages."""
_QUESTIONS: Final = 20
"""About openings, in one reading, once all of them have been read: a politeness."""
_ALL_AGAIN: Final = timedelta(hours=12)
_FAR_AGAIN: Final = timedelta(minutes=10)
"""Visits beyond this week."""
_NEAR_AGAIN: Final = timedelta(minutes=15)
"""Today's and tomorrow's: staff change those templates most."""

T = TypeVar("T")


class Opened(Protocol):
    """Gives a clinic's EMR, as `connection.opened` does."""

    def __call__(self, org_id: UUID, /, *, ends: float) -> Emr:
        """See there."""
        ...


class Turn(NamedTuple):
    """Who reads which EMR, and until when."""

    org_id: UUID
    emr: Emr
    deadline: float
    zone: ZoneInfo
    today: date
    last: date
    """The clinic's horizon."""
    began_at: datetime
    """By the database's clock."""
    synced_at: datetime | None
    """When the reading before this one began."""
    now: datetime

    def ask(self, request: Callable[[Emr, float], T], *, seconds: float = REQUEST_S) -> T:
        """What the EMR answers, given it and a deadline; raises `Away` where it isn't to be asked."""
        with clinic_transaction(self.org_id, self.deadline, source="schedule") as db:
            failures = breaker.enter(db)
        failed: Exception | None = None
        try:
            return request(self.emr, min(self.deadline, time.monotonic() + seconds))
        except Exception as error:
            failed = error
            raise
        finally:
            breaker.leave(self.org_id, failures, failed, self.deadline)

    def is_new(self, span: timedelta) -> bool:
        """Whether such a span of time, counted from midnight, has begun since the last reading."""
        then = self.synced_at
        midnight = zones.midnight(self.today, self.zone)
        return then is None or (self.began_at - midnight) // span != (then - midnight) // span


class _Taken(NamedTuple):
    syncing_until: datetime
    began_at: datetime
    synced_at: datetime | None
    time_zone: str
    horizon_days: int


class _Linked(NamedTuple):
    provider_id: int
    emr_id: str
    openings_read_at: datetime | None
    openings_from: date | None


def sync(
    org_id: UUID,
    deadline: float,
    *,
    found_at: datetime | None = None,
    now: datetime | None = None,
    opened: Opened = connection.opened,
) -> None:
    """Reads the clinic's EMR, unless somebody is at it, or it is to be left in peace.

    Args:
        org_id: whose.
        deadline: on the clock of `time.monotonic`.
        found_at: when it was found to be due; a reading that has begun since has seen to it.
        now: which day it is at the clinic, if not the database's.
        opened: gives the clinic's EMR.
    """
    with clinic_transaction(org_id, deadline, source="schedule") as db:
        taken = db.one(_Taken, SQL["take_turn"], lease=LEASE, found_at=found_at)
    if taken is None:
        return
    failure: str | None = None
    is_down = False
    try:
        failure, is_down = _read(org_id, taken, deadline, opened, now or taken.began_at)
    except Exception as bug:  # would be met again at once
        failure, is_down = type(bug).__name__, True
        raise
    finally:
        with clinic_transaction(org_id, max(deadline, time.monotonic() + 5), source="schedule") as db:
            _end(db, taken, failure, is_down=is_down)


def _end(db: Transaction, taken: _Taken, failure: str | None, *, is_down: bool) -> None:
    db.run(
        SQL["end_turn"],
        syncing_until=taken.syncing_until,
        began_at=taken.began_at,
        failure=failure,
        is_down=is_down,
        every_s=EVERY_S,
        longest_s=_LONGEST_S,
    )
    if is_down and failure == NotAllowed.__name__:
        db.run(SQL["note_disconnected"])


def _read(
    org_id: UUID, taken: _Taken, deadline: float, opened: Opened, now: datetime
) -> tuple[str | None, bool]:
    """Why not all could be read, by a name, and whether that is because the EMR can't be asked at all."""
    zone = zones.zone(taken.time_zone)
    today = zones.today(now, zone)
    try:
        turn = Turn(
            org_id,
            opened(org_id, ends=deadline),
            deadline,
            zone,
            today,
            today + timedelta(days=taken.horizon_days),
            taken.began_at,
            taken.synced_at,
            now,
        )
        if taken.synced_at is None or turn.is_new(timedelta(hours=1)):
            _providers(turn)
        failure = _visits(turn)
    except FrontdeskError as failed:
        return _failed(org_id, failed), True
    # What one of these may not do or can't, the other may.
    for part in (_openings, everybody.read):
        try:
            part(turn)
        except (NotAllowed, Unsupported) as failed:
            failure = failure or _failed(org_id, failed)
        except FrontdeskError as failed:
            return _failed(org_id, failed), False
    return failure, False


def _failed(org_id: UUID, failed: FrontdeskError) -> str:
    about = {"org_id": str(org_id), **described(failed)}
    logger.warning("an EMR could not be read", extra=about)
    return type(failed).__name__


def _providers(turn: Turn) -> None:
    """Everybody who sees patients there is a provider here; who left there has left here."""
    found = turn.ask(lambda emr, ends: emr.providers(deadline=ends))
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        for one in found:
            if one.is_active and one.name:
                db.run(SQL["link_provider"], emr_id=one.id, name=one.name, specialty=one.specialty)
        db.run(SQL["left"], emr_ids=[one.id for one in found if one.is_active])


def _visits(turn: Turn) -> str | None:
    """Everybody's of this week; now and then, and while one is in doubt, all. And what follows from them."""
    failures: list[FrontdeskError] = []
    read: set[int] = set()
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        linked = db.all(_Linked, SQL["linked"])
        is_whole = turn.is_new(_FAR_AGAIN) or bool(db.value(SQL["has_doubts"]))
    last = turn.last if is_whole else min(turn.today + mirror.NEAR, turn.last)
    since, until = _start(turn, turn.today), _start(turn, last + _DAY)
    for one in linked:
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            began_at: datetime = db.value("SELECT clock_timestamp()")
        try:
            found = _visits_of(turn, one.emr_id, last)
        except (NotAllowed, Away):
            raise
        except Gone:
            continue  # left since the providers were read
        except FrontdeskError as failed:
            failures.append(failed)
            if len(failures) > 1:  # it isn't about one provider
                raise
            continue
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            told = one.provider_id, found, since, until, began_at
            mirror.store_visits(db, *told, is_whole=is_whole, is_near=not is_whole)
            following.settle(db, one.provider_id, found, began_at)
        read.add(one.provider_id)
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        following.give_up(db, read, since, until, turn.began_at, is_everybody=not failures)
    following.follow(
        turn.org_id, lambda key: turn.ask(lambda emr, ends: emr.visit(key, deadline=ends)), turn.deadline
    )
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        adopting.adopt(db)
        db.run(SQL["drop_past"], since=since - _DAY)
    if not failures:
        return None
    if len(failures) >= len(linked):
        raise failures[0]
    return _failed(turn.org_id, failures[0])  # one provider's trouble isn't everybody's


def _visits_of(turn: Turn, provider_there: str, last: date) -> list[Visit]:
    found: list[Visit] = []
    for days in _stretches(turn.today, last, _VISITS_AT_ONCE[turn.emr.name]):

        def request(emr: Emr, ends: float, days: tuple[date, date] = days) -> list[Visit]:
            return emr.visits(provider_there, *days, deadline=ends)

        found += turn.ask(request)
    return found


def _openings(turn: Turn) -> None:
    """Today's and tomorrow's each quarter of an hour; the rest twice a day, a few days a reading.

    Who has never been read, is, for as long as there is time.
    """
    ends = min(turn.deadline - 10, time.monotonic() + _OPENINGS_S)
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        linked = db.all(_Linked, SQL["linked_by_openings"])
    if turn.is_new(_NEAR_AGAIN):
        for one in linked:
            if one.openings_read_at is not None and time.monotonic() < ends:
                _openings_of(turn, one, turn.today, min(turn.today + _DAY, turn.last))
    left = _QUESTIONS
    for one in linked:
        read_at = one.openings_read_at
        if one.openings_from is None and read_at is not None and turn.began_at - read_at < _ALL_AGAIN:
            continue
        first = max(one.openings_from or turn.today, turn.today)
        if one.openings_from is None:
            with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
                db.run(SQL["drop_past_openings"], provider_id=one.provider_id, since=_start(turn, turn.today))
        for days in _stretches(first, turn.last, _AT_ONCE[turn.emr.name]):
            if time.monotonic() > ends or (read_at is not None and left <= 0):
                return
            left -= 1
            _openings_of(turn, one, *days)
            with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
                is_last = days[1] >= turn.last
                db.run(
                    SQL["openings_read"],
                    provider_id=one.provider_id,
                    following=None if is_last else days[1] + _DAY,
                    began_at=turn.began_at,
                )


def _openings_of(turn: Turn, one: _Linked, first: date, last: date) -> None:
    try:
        found = turn.ask(lambda emr, ends: emr.openings(one.emr_id, first, last, deadline=ends))
    except Gone:
        found = []
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        mirror.store_openings(db, one.provider_id, found, _start(turn, first), _start(turn, last + _DAY))


def _start(turn: Turn, day: date) -> datetime:
    return zones.midnight(day, turn.zone)


def _stretches(first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
    while first <= last:
        yield first, min(first + timedelta(days=days - 1), last)
        first += timedelta(days=days)
