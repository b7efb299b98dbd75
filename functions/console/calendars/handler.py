"""Lambda behind `/console/settings/calendars`: providers' own calendars, and a clinic's EMR."""

from typing import Final

from frontdesk.call import between_calls
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.emr import checking
from functions.calendars.connections.handler import choose, conflicts, connect, disconnect, listing
from functions.console.calendars.trigger import TRIGGER
from functions.emr.checks.handler import check
from functions.providers.staff.handler import everybody

_HOME: Final = "/console/settings/calendars"


def _page(visit: Visit, **more: object) -> Page:
    everyone = visit.ask(everybody).providers
    return Page(
        "calendars.html",
        {
            "connections": visit.ask(listing).connections,
            "conflicts": visit.ask(conflicts).conflicts,
            "whose": [(one.id, one.name) for one in everyone if one.is_active],
            "names": {one.id: one.name for one in everyone},
            "emr": checking.standing(visit.db) if between_calls(visit.db).clinic.emr else None,
            "consent": None,
            "checked": None,
            **more,
        },
    )


@shows("GET /console/settings/calendars")
def calendars(visit: Visit) -> Page:
    """Mailboxes, whose which calendar is, and how old what is known of it is."""
    return _page(visit)


@shows("POST /console/settings/calendars/connect/{vendor}", least="admin", again=calendars)
def begun(visit: Visit) -> Page:
    """The same page with the vendor's address: a form may not lead to another origin, a link may."""
    return _page(visit, consent=visit.ask(connect, visit.path).url)


@shows("POST /console/settings/emr/check", least="admin", again=calendars)
def asked(visit: Visit) -> Page:
    """The same page with what the EMR says just now."""
    return _page(visit, checked=visit.ask(check))


@shows("POST /console/settings/calendars/{id}", least="admin", again=calendars)
def chosen(visit: Visit) -> Away:
    """Whose the calendars of one mailbox are."""
    form = visit.form
    wanted = [
        {"id": int(name[2:]), "providerId": form.number(name)}
        for name in form
        if name.startswith("c-") and name[2:].isascii() and name[2:].isdigit()
    ]
    visit.ask(choose, visit.path, {"calendars": wanted})
    return Away(_HOME, "saved")


@shows("POST /console/settings/calendars/{id}/disconnect", least="admin", again=calendars)
def disconnected(visit: Visit) -> Away:
    """It is forgotten here."""
    visit.ask(disconnect, visit.path)
    return Away(_HOME, "removed")


handler = console(TRIGGER, calendars, begun, asked, chosen, disconnected)
