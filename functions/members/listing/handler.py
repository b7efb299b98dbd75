"""Lambda behind `GET /members`."""

from frontdesk.endpoint import Parameters
from frontdesk.members import membership
from frontdesk.members.serving import Request, serve
from functions.members.listing.endpoint import ENDPOINT, Member, Members


@serve(ENDPOINT)
def handler(request: Request[Parameters]) -> Members:
    """Everybody."""
    return Members(
        members=[
            Member(id=one.user_id, email=one.email, role=one.role, created_at=one.created_at)
            for one in membership.all_of(request.db)
        ]
    )
