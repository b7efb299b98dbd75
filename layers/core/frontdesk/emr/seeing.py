"""A look into the EMR's diary, now, for what is about to be offered, where the last reading of it is old.

Somebody is on the line, so little is asked. Whatever is offered, booking looks again (`emr.writing`).
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.emr import mirror, waiting
from frontdesk.emr.emr import Emr, Visit
from frontdesk.emr.waiting import EmrAway
from frontdesk.scheduling.ranges import Range
from frontdesk.speech import sentences

SQL: Final = queries.beside(__file__)

FRESH: Final = timedelta(minutes=2)
"""Readings are a minute apart: one may have failed."""
_OLDEST: Final = timedelta(minutes=10)
_MOST: Final = 2
"""Requests in one tool call: a provider's days are one in OSCAR, two on a FHIR server."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_DAY: Final = timedelta(days=1)


class _Known(NamedTuple):
    provider_id: int
    emr_id: str
    visits_read_at: datetime | None
    near_read_at: datetime | None

    def read_at(self, day: date, today: date) -> datetime | None:
        """When what we know of that day's visits was read."""
        near = self.near_read_at if day <= today + mirror.NEAR else None
        return max(filter(None, (self.visits_read_at, near)), default=None)


def look(call: Call[Any], wanted: Callable[[], Iterable[tuple[int, Range]]]) -> None:
    """Reads the days of what is wanted, of the first providers of whom we know nothing so young.

    `wanted` is asked again with what was found, for then it may be somebody else's time. Raises `EmrAway`.
    """
    seen: set[int] = set()
    most = _MOST if call.clinic.emr == "oscar" else 1
    while len(seen) < most:
        days = _days(wanted(), call)
        known = call.db.all(_Known, SQL["providers_there"], provider_ids=list(days))
        old = {
            one.provider_id: one.emr_id
            for one in known
            if one.provider_id not in seen
            and (one.read_at(days[one.provider_id][1], call.today) or _NEVER) < call.now - FRESH
        }
        asked = [(old[one], *days[one]) for one in days if one in old][: most - len(seen)]
        if not asked:
            return

        def visits(there: Emr, ends: float, asked: list[tuple[str, date, date]] = asked) -> list[list[Visit]]:
            return [there.visits(*one, deadline=ends) for one in asked]

        began_at: datetime = call.db.value("SELECT clock_timestamp()")
        found = waiting.ask(call, visits)
        whose = {emr_id: provider_id for provider_id, emr_id in old.items()}
        # In the order of their ids, as each is locked.
        for provider_id, (_, first, last), there in sorted(
            (whose[one[0]], one, visits) for one, visits in zip(asked, found, strict=True)
        ):
            since, until = (zones.midnight(day, call.clinic.zone) for day in (first, last + _DAY))
            mirror.store_visits(call.db, provider_id, there, since, until, began_at=began_at)
            seen.add(provider_id)


def check_age(call: Call[Any]) -> None:
    """Raises `EmrAway` if the diary was read so long ago that nobody should be told what is in it."""
    if not call.db.value(SQL["is_known"], oldest=call.now - _OLDEST):
        raise EmrAway(say=sentences.EMR_AWAY.say(call.language), transfer=True)


def _days(wanted: Iterable[tuple[int, Range]], call: Call[Any]) -> dict[int, tuple[date, date]]:
    """The first and the last day of what is wanted of each, in the order they are wanted."""
    found: dict[int, tuple[date, date]] = {}
    for provider_id, occupied in wanted:
        first, last = (zones.today(at, call.clinic.zone) for at in occupied)
        before = found.get(provider_id, (first, last))
        found[provider_id] = min(first, before[0]), max(last, before[1])
    return found
