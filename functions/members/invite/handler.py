"""Lambda behind `POST /members/invitations`."""

from frontdesk.endpoint import Parameters
from frontdesk.errors import ProviderFailed
from frontdesk.members import invitations, pool
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Request, serve
from functions.members.invite.endpoint import ENDPOINT, Invitation, Invited


@serve(ENDPOINT)
def handler(request: Request[Parameters, Invited]) -> Invitation:
    """The invitation, once the mail is on its way: without it nobody would know."""
    email, role = request.body.email, request.body.role
    invitations.check(request.db, request.member, email, role)
    try:
        with request.db.released():
            is_mailed = pool.of_stage().invite(email)
    except ProviderFailed as failed:
        raise Problem(503, "The mail could not be sent, so nobody was invited. Try again.") from failed
    made = invitations.invite(request.db, request.member, email, role)
    return Invitation(**made._asdict(), is_mailed=is_mailed)
