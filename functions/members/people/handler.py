"""Lambda behind `/members` and `/members/{id}`."""

from frontdesk.members import membership
from frontdesk.members.serving import Request, routed, serve
from functions.members.people.endpoint import (
    CHANGE,
    LEAVE,
    LIST,
    Change,
    Changed,
    Everybody,
    Left,
    Member,
    Members,
    One,
)


@serve(LIST)
def everybody(request: Request[Everybody]) -> Members:
    """All of them."""
    return Members(
        members=[
            Member(id=one.user_id, email=one.email, role=one.role, created_at=one.created_at)
            for one in membership.all_of(request.db)
        ]
    )


@serve(CHANGE)
def change(request: Request[One, Change]) -> Changed:
    """The member as they are now."""
    changed = membership.change_role(request.db, request.parameters.id, request.body.role)
    return Changed(id=changed.user_id, role=changed.role)


@serve(LEAVE)
def leave(request: Request[One]) -> Left:
    """They are no member from now on, whatever their token says."""
    me = request.member.id
    user_id = me if request.parameters.id == "me" else request.parameters.id
    if user_id != me:
        membership.check(request.db, request.member, "owner")
    membership.leave(request.db, user_id, by=me)
    return Left(id=user_id)


handler = routed(everybody, change, leave)
