"""Lambda behind `/console/today`: calls as they come, who is free next, and what wants somebody."""

from frontdesk.call import between_calls
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.notifications.inbox import SETTLED
from functions.appointments.decision.handler import handler as decide
from functions.appointments.listing.handler import handler as visits
from functions.calls.stories.handler import listing
from functions.console.today import next_free
from functions.console.today.trigger import TRIGGER
from functions.notifications.inbox.handler import listed, mark

_CALLS = 8
_NOTICES = 30


@shows("GET /console/today")
def today(visit: Visit) -> Page:
    """The page."""
    call = between_calls(visit.db)
    # Asked for apart: a morning's bookings that nobody ticked off hide nothing that wants somebody.
    wanting = visit.ask(listed, {"wanting": True, "limit": _NOTICES})
    unread = visit.ask(listed, {"unread": True, "limit": _NOTICES}).notifications
    return Page(
        "today.html",
        {
            "now": call.now,
            "calls": visit.ask(listing, {"limit": _CALLS}).calls,
            "notices": wanting.notifications,
            "are_more": wanting.next_cursor is not None,
            "done_by_desk": [one for one in unread if one.kind in SETTLED],
            "free": next_free.of_each(call),
            "visits": visit.ask(visits, {"from": call.today, "to": call.today}).appointments,
        },
    )


@shows("POST /console/today/notices/{id}/seen", least="admin", again=today)
def seen(visit: Visit) -> Away:
    """A notice that somebody has seen to."""
    visit.ask(mark, visit.path, {"read": True})
    return Away("/console/today", "seen")


@shows("POST /console/today/appointments/{id}/{decision}", least="admin", again=today)
def decided(visit: Visit) -> Away:
    """A request that was approved or declined."""
    visit.ask(decide, visit.path)
    if notice := visit.form.one("notice"):
        visit.ask(mark, {"id": notice}, {"read": True})
    return Away(
        "/console/today", {"approve": "approved", "decline": "declined"}.get(visit.path["decision"], "saved")
    )


handler = console(TRIGGER, today, seen, decided)
