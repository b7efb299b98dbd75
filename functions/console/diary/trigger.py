"""Who comes to `console/diary`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/diary",
        "GET /console/diary/book",
        "POST /console/diary/book",
        "GET /console/diary/{id}",
        "POST /console/diary/{id}/move",
        "POST /console/diary/{id}/cancel",
        "POST /console/diary/{id}/{decision}",
    ),
    uses=("appointments/decision", "appointments/listing", "patients/records"),
)
