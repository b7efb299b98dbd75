"""Who comes to `console/calendars`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/settings/calendars",
        "POST /console/settings/calendars/connect/{vendor}",
        "POST /console/settings/emr/check",
        "POST /console/settings/calendars/{id}",
        "POST /console/settings/calendars/{id}/disconnect",
    ),
    # An EMR is asked meanwhile, for one of each.
    deadline_s=20.0,
    uses=("calendars/connections", "emr/checks", "providers/staff"),
)
