"""Who comes to `console/people`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/settings/people",
        "POST /console/settings/people",
        "GET /console/settings/people/{id}",
        "POST /console/settings/people/{id}",
        "POST /console/settings/people/{id}/hours",
        "POST /console/settings/time-off",
        "POST /console/settings/time-off/{id}/delete",
        "GET /console/settings/types",
        "POST /console/settings/types",
        "POST /console/settings/types/{id}",
    ),
    uses=("providers/staff", "providers/time_off", "providers/appointment_types"),
)
