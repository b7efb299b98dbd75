"""Lambda behind `/console/settings/numbers`: what callers dial, and whose calls are not taken."""

from typing import Final

from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.members.problems import not_taken
from functions.calls.blocked_callers.handler import block, unblock
from functions.calls.blocked_callers.handler import listing as blocked
from functions.console.numbers.trigger import TRIGGER
from functions.organizations.phone_numbers.handler import attach, listing, release

_HOME: Final = "/console/settings/numbers"


@shows("GET /console/settings/numbers")
def numbers(visit: Visit) -> Page:
    """Both lists."""
    return Page(
        "numbers.html",
        {
            "numbers": visit.ask(listing).phone_numbers,
            "blocked": visit.ask(blocked).blocked_callers,
        },
    )


@shows("POST /console/settings/numbers", least="admin", again=numbers)
def attached(visit: Visit) -> Away:
    """From now on Vapi asks us who takes its calls."""
    visit.ask(attach, {"e164": _number(visit, "e164")})
    return Away(_HOME, "added")


@shows("POST /console/settings/numbers/{e164}/detach", least="admin", again=numbers)
def detached(visit: Visit) -> Away:
    """Its calls are not ours any more."""
    visit.ask(release, visit.path)
    return Away(_HOME, "removed")


@shows("POST /console/settings/blocked-callers", least="admin", again=numbers)
def blocked_now(visit: Visit) -> Away:
    """Their calls end after a sentence. The number stands in no address: it is somebody's."""
    visit.ask(block, {"number": _number(visit, "number")})
    return Away(_HOME, "added")


@shows("POST /console/settings/blocked-callers/unblock", least="admin", again=numbers)
def unblocked(visit: Visit) -> Away:
    """Their calls are taken again."""
    visit.ask(unblock, {"number": visit.form.one("number")})
    return Away(_HOME, "removed")


def _number(visit: Visit, name: str) -> str:
    text = visit.form.one(name)
    if not text:
        raise not_taken((name, "That is no telephone number; one looks like +1 604 555 0140."))
    return text


handler = console(TRIGGER, numbers, attached, detached, blocked_now, unblocked)
