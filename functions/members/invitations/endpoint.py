"""`GET /members/invitations`: those that are open."""

from datetime import datetime
from uuid import UUID

from frontdesk.endpoint import Endpoint, Parameters, Role
from frontdesk.tool import Wire


class Invitation(Wire):
    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


class Invitations(Wire):
    """Oldest first."""

    invitations: list[Invitation]


ENDPOINT = Endpoint(
    method="GET", path="/members/invitations", parameters=Parameters, answer=Invitations, role="admin"
)
