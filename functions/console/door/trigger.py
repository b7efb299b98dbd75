"""Who comes to `console/door`: anybody who signs in or out."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console",
        "GET /console/sign-in",
        "GET /console/callback",
        "POST /console/sign-out",
        "GET /console/assets/{name}",
    )
)
