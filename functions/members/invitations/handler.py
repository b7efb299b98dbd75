"""Lambda behind `GET /members/invitations`."""

from frontdesk.endpoint import Parameters
from frontdesk.members import invitations
from frontdesk.members.serving import Request, serve
from functions.members.invitations.endpoint import ENDPOINT, Invitation, Invitations


@serve(ENDPOINT)
def handler(request: Request[Parameters]) -> Invitations:
    """Those that nobody has taken, and that have not run out."""
    found = invitations.still_open(request.db)
    return Invitations(invitations=[Invitation(**one._asdict()) for one in found])
