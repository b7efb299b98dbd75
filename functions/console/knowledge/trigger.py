"""Who comes to `console/knowledge`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/knowledge",
        "POST /console/knowledge/upload",
        "POST /console/knowledge/text",
        "POST /console/knowledge/question",
        "GET /console/knowledge/{id}",
        "POST /console/knowledge/{id}/delete",
    ),
    uses=("knowledge/documents", "knowledge/search"),
)
