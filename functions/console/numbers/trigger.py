"""Who comes to `console/numbers`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/settings/numbers",
        "POST /console/settings/numbers",
        "POST /console/settings/numbers/{e164}/detach",
        "POST /console/settings/blocked-callers",
        "POST /console/settings/blocked-callers/unblock",
    ),
    uses=("organizations/phone_numbers", "calls/blocked_callers"),
)
