"""Who comes to `console/today`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/today",
        "POST /console/today/notices/{id}/seen",
        "POST /console/today/appointments/{id}/{decision}",
    ),
    uses=("calls/stories", "notifications/inbox", "appointments/decision", "appointments/listing"),
)
