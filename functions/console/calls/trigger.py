"""Who comes to `console/calls`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/calls",
        "GET /console/calls/{id}",
        "POST /console/calls/{id}/flags",
    ),
    uses=("calls/stories",),
)
