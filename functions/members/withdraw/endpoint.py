"""`DELETE /members/invitations/{id}`: takes an invitation back."""

from uuid import UUID

from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.tool import Wire


class Asked(Parameters):
    id: UUID


class Withdrawn(Wire):
    id: UUID


ENDPOINT = Endpoint(
    method="DELETE", path="/members/invitations/{id}", parameters=Asked, answer=Withdrawn, role="admin"
)
