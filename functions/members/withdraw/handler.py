"""Lambda behind `DELETE /members/invitations/{id}`."""

from frontdesk.members import invitations
from frontdesk.members.serving import Request, serve
from functions.members.withdraw.endpoint import ENDPOINT, Asked, Withdrawn


@serve(ENDPOINT)
def handler(request: Request[Asked]) -> Withdrawn:
    """The invitation is gone."""
    invitations.withdraw(request.db, request.parameters.id)
    return Withdrawn(id=request.parameters.id)
