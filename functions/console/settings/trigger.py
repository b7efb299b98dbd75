"""Who comes to `console/settings`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/settings",
        "GET /console/settings/privacy",
        "GET /console/settings/{tab}",
        "POST /console/settings/{tab}",
        "POST /console/settings/audit",
    ),
    uses=("organizations/settings", "providers/appointment_types", "providers/staff", "privacy/audit"),
    deadline_s=20.0,
)
