"""Lambda behind `/console/settings/members`: who works here, as what, and who is asked to."""

from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.endpoint import ROLES
from functions.console.members.trigger import TRIGGER
from functions.members.invitations.handler import invite, withdraw
from functions.members.invitations.handler import still_open as invitations
from functions.members.people.handler import change, everybody, leave

_HOME = "/console/settings/members"


@shows("GET /console/settings/members")
def members(visit: Visit) -> Page:
    """All of them; invitations are for who may invite."""
    return Page(
        "members.html",
        {
            "members": visit.ask(everybody).members,
            "invitations": visit.ask(invitations).invitations if visit.may("admin") else [],
            "roles": [role for role in ROLES if visit.may(role)],
            "me": visit.member.id,
        },
    )


@shows("POST /console/settings/members/{id}", least="owner", again=members)
def changed(visit: Visit) -> Away:
    """Another role; it counts at once."""
    visit.ask(change, visit.path, {"role": visit.form.one("role")})
    return Away(_HOME, "saved")


@shows("POST /console/settings/members/{id}/remove", least="admin", again=members)
def removed(visit: Visit) -> Page | Away:
    """They, or you, don't work here any more."""
    left = visit.ask(leave, visit.path)
    # Of this clinic there is no page for them to go to.
    return Page("left.html", {}) if left.id == visit.member.id else Away(_HOME, "removed")


@shows("POST /console/settings/invitations", least="admin", again=members)
def invited(visit: Visit) -> Away:
    """Somebody is asked to join, by mail."""
    made = visit.ask(invite, {}, {"email": visit.form.one("email"), "role": visit.form.one("role")})
    return Away(_HOME, "sent" if made.is_mailed else "expected")


@shows("POST /console/settings/invitations/{id}/withdraw", least="admin", again=members)
def withdrawn(visit: Visit) -> Away:
    """Who has not come yet comes no more."""
    visit.ask(withdraw, visit.path)
    return Away(_HOME, "removed")


handler = console(TRIGGER, members, changed, removed, invited, withdrawn)
