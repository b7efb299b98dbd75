"""`/members/invitations`: who is asked to join the clinic, by their e-mail address."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator

from frontdesk.endpoint import Body, Endpoint, Nothing, Parameters, Role
from frontdesk.members.addresses import address
from frontdesk.tool import Wire


class One(Parameters):
    id: UUID


class Invited(Body):
    email: Annotated[str, AfterValidator(address)]
    role: Role


class Invitation(Wire):
    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


class NewInvitation(Invitation):
    is_mailed: bool
    """False when no mail went out, as they can sign in already: tell them that they are expected."""


class Invitations(Wire):
    """Oldest first."""

    invitations: list[Invitation]


class Withdrawn(Wire):
    id: UUID


LIST = Endpoint(
    method="GET", path="/members/invitations", parameters=Nothing, answer=Invitations, role="admin"
)
INVITE = Endpoint(
    method="POST",
    path="/members/invitations",
    parameters=Nothing,
    body=Invited,
    answer=NewInvitation,
    role="admin",
    status=201,
    invites=True,
)
WITHDRAW = Endpoint(
    method="DELETE", path="/members/invitations/{id}", parameters=One, answer=Withdrawn, role="admin"
)
ENDPOINTS = (LIST, INVITE, WITHDRAW)
