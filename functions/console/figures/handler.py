"""Lambda behind `/console/figures`: what the desk did, in numbers and pictures."""

from typing import Final, NamedTuple

from frontdesk.calls import figures
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Page, Visit
from functions.agents.reading.handler import everybody as agents
from functions.calendars.connections.handler import listing as calendars
from functions.console.figures.trigger import TRIGGER

_PERIODS: Final = (7, 30, 90)
_WIDTH: Final = 680
_HEIGHT: Final = 150


class Bar(NamedTuple):
    """A day: its calls, and of those what ended in a booking."""

    x: float
    width: float
    y: float
    height: float
    booked_y: float
    booked_height: float
    day: figures.Day


@shows("GET /console/figures")
def shown(visit: Visit) -> Page:
    """A week, a month or a quarter."""
    asked = visit.query.get("days", "")
    count = next((one for one in _PERIODS if str(one) == asked), _PERIODS[1])
    found = figures.of_days(visit.db, count)
    mailboxes = visit.ask(calendars).connections
    everyone = visit.ask(agents).agents
    return Page(
        "figures.html",
        {
            "periods": _PERIODS,
            "count": count,
            "figures": found,
            "total": found.total,
            "bars": _bars(found.days),
            "most": max((day.calls for day in found.days), default=0),
            "size": (_WIDTH, _HEIGHT),
            "calendars_well": sum(not one.failures_in_a_row for one in mailboxes),
            "calendars_all": len(mailboxes),
            "agents_well": sum(one.sync == "synced" for one in everyone),
            "agents_all": len(everyone),
        },
    )


def _bars(days: list[figures.Day]) -> list[Bar]:
    most, step = max((day.calls for day in days), default=0) or 1, _WIDTH / len(days)

    def height(calls: int) -> float:
        return calls / most * _HEIGHT

    return [
        Bar(
            n * step + step * 0.1,
            step * 0.8,
            _HEIGHT - height(day.calls),
            height(day.calls),
            _HEIGHT - height(day.booked),
            height(day.booked),
            day,
        )
        for n, day in enumerate(days)
    ]


handler = console(TRIGGER, shown)
