"""Who comes to `console/agent`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/agent",
        "POST /console/agent",
        "POST /console/agent/{id}/delete",
        "GET /console/agent/voices/{voice}",
    ),
    uses=("agents/listening", "agents/reading", "agents/saving", "organizations/settings"),
)
