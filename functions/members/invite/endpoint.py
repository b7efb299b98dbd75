"""`POST /members/invitations`: asks somebody, by their e-mail address, to join the clinic."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator

from frontdesk.endpoint import Body, Endpoint, Parameters, Role
from frontdesk.members.addresses import address
from frontdesk.tool import Wire


class Invited(Body):
    email: Annotated[str, AfterValidator(address)]
    role: Role


class Invitation(Wire):
    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime
    is_mailed: bool
    """False when no mail went out, as they can sign in already: tell them that they are expected."""


ENDPOINT = Endpoint(
    method="POST",
    path="/members/invitations",
    parameters=Parameters,
    body=Invited,
    answer=Invitation,
    role="admin",
    status=201,
    invites=True,
)
