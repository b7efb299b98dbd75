"""Who comes to `console/figures`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=("GET /console/figures",),
    uses=("agents/reading", "calendars/connections"),
)
