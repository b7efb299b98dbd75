"""Lambda behind `DELETE /members/{id}`."""

from frontdesk.members import membership
from frontdesk.members.serving import Request, serve
from functions.members.leave.endpoint import ENDPOINT, Asked, Left


@serve(ENDPOINT)
def handler(request: Request[Asked]) -> Left:
    """They are no member from now on, whatever their token says."""
    me = request.member.id
    user_id = me if request.parameters.id == "me" else request.parameters.id
    if user_id != me:
        membership.check(request.db, request.member, "owner")
    membership.leave(request.db, user_id, by=me)
    return Left(id=user_id)
