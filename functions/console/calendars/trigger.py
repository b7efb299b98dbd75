"""Who comes to `console/calendars`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/settings/calendars",
        "POST /console/settings/calendars/connect/{vendor}",
        "POST /console/settings/calendars/{id}",
        "POST /console/settings/calendars/{id}/disconnect",
    ),
    uses=("calendars/connections", "providers/staff"),
)
