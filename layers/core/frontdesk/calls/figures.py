"""What a clinic's desk did in some days, counted: calls, bookings, what needed nobody, how quick it was."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction

SQL: Final = queries.beside(__file__)
_LATEST: Final = 2_000
"""Calls of which tools are timed: more would not tell more."""


class Day(NamedTuple):
    """A local day."""

    day: date
    calls: int
    in_chinese: int
    booked: int
    """Calls that ended in a booking or a move, as the agent logged it."""
    handled: int
    """Calls that ended with what the caller came for, and without a transfer to a person."""
    ended: int
    handled_s: int
    """Seconds of those: what staff didn't spend on the telephone."""


class Tool(NamedTuple):
    """How long callers waited for a tool."""

    tool: str
    calls: int
    p50_ms: int
    p99_ms: int
    failed: int


class Figures(NamedTuple):
    """Of some days; one without calls is there too, with zeros."""

    days: list[Day]
    tools: list[Tool]

    @property
    def total(self) -> Day:
        """All days together, under the first one's date."""
        sums = (sum(values) for values in zip(*(day[1:] for day in self.days), strict=True))
        return Day(self.days[0].day, *sums)


def of_days(db: Transaction, count: int) -> Figures:
    """Of so many local days, today the last."""
    call = between_calls(db)
    first, zone = call.today - timedelta(days=count - 1), call.clinic.zone
    window = {
        "since": zones.midnight(first, zone),
        "until": zones.midnight(call.today + timedelta(days=1), zone),
    }
    found = {row.day: row for row in db.all(Day, SQL["figures_by_day"], zone=zone.key, **window)}
    every = [first + timedelta(days=n) for n in range(count)]
    days = [found.get(day) or Day(day, 0, 0, 0, 0, 0, 0) for day in every]
    return Figures(days, db.all(Tool, SQL["figures_of_tools"], most=_LATEST, **window))
