"""Lambda behind `/console/calls`: what calls came, and all of one, as it went."""

from typing import get_args

from frontdesk.calls.wire import Outcome
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from functions.calls.stories.endpoint import Story
from functions.calls.stories.handler import listing, read, resolve
from functions.console.calls.trigger import TRIGGER

_FILTERS = ("from", "to", "outcome", "language", "flagged", "patientId", "cursor")
"""As the endpoint has them; whatever else stands in the address is ours to ignore."""


@shows("GET /console/calls")
def calls(visit: Visit) -> Page:
    """A page of them, newest first."""
    asked = {name: visit.query[name] for name in _FILTERS if visit.query.get(name)}
    page = visit.ask(listing, asked)
    return Page(
        "calls_list.html",
        {
            "calls": page.calls,
            "next_cursor": page.next_cursor,
            "asked": asked,
            "outcomes": get_args(Outcome),
        },
    )


@shows("GET /console/calls/{id}")
def call(visit: Visit) -> Page:
    """All of one; that it was read is written down."""
    return _shown(visit.ask(read, visit.path))


@shows("POST /console/calls/{id}/flags", least="admin", again=call)
def flags(visit: Visit) -> Away:
    """Those flags that somebody has seen to."""
    visit.ask(resolve, visit.path, {"resolvedFlags": visit.form.many("flag")})
    return Away(f"/console/calls/{visit.path['id']}", "seen")


def _shown(story: Story) -> Page:
    # Vapi's own address of the sound; one that isn't https is nobody's to follow.
    recording = story.recording_url if (story.recording_url or "").startswith("https://") else None
    return Page("call.html", {"call": story, "recording": recording})


handler = console(TRIGGER, calls, call, flags)
