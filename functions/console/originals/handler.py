"""Lambda behind `/console/originals/{id}`: a call word for word. That it was read is written down."""

from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Page, Visit
from functions.calls.originals.handler import handler as original
from functions.console.originals.trigger import TRIGGER


@shows("GET /console/originals/{id}", least="owner")
def spoken(visit: Visit) -> Page:
    """Names and numbers and all."""
    return Page(
        "original.html", {"call_id": visit.path["id"], "turns": visit.ask(original, visit.path).turns}
    )


handler = console(TRIGGER, spoken)
