"""Lambda behind `/members/invitations` and `/members/invitations/{id}`."""

from frontdesk.endpoint import Nothing
from frontdesk.errors import ProviderFailed
from frontdesk.members import invitations, pool
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Request, routed, serve
from functions.members.invitations.endpoint import (
    INVITE,
    LIST,
    WITHDRAW,
    Invitation,
    Invitations,
    Invited,
    NewInvitation,
    One,
    Withdrawn,
)


@serve(LIST)
def still_open(request: Request[Nothing]) -> Invitations:
    """Those that nobody has taken, and that have not run out."""
    found = invitations.still_open(request.db)
    return Invitations(invitations=[Invitation(**one._asdict()) for one in found])


@serve(INVITE)
def invite(request: Request[Nothing, Invited]) -> NewInvitation:
    """The invitation, once the mail is on its way: without it nobody would know."""
    email, role = request.body.email, request.body.role
    invitations.check(request.db, request.member, email, role)
    try:
        with request.db.released():
            is_mailed = pool.of_stage().invite(email)
    except ProviderFailed as failed:
        raise Problem(503, "The mail could not be sent, so nobody was invited. Try again.") from failed
    made = invitations.invite(request.db, request.member, email, role)
    return NewInvitation(**made._asdict(), is_mailed=is_mailed)


@serve(WITHDRAW)
def withdraw(request: Request[One]) -> Withdrawn:
    """The invitation is gone."""
    invitations.withdraw(request.db, request.parameters.id)
    return Withdrawn(id=request.parameters.id)


handler = routed(still_open, invite, withdraw)
