"""Who comes to `console/members`, and what it calls."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/settings/members",
        "POST /console/settings/members/{id}",
        "POST /console/settings/members/{id}/remove",
        "POST /console/settings/invitations",
        "POST /console/settings/invitations/{id}/withdraw",
    ),
    uses=("members/people", "members/invitations"),
)
