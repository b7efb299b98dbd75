"""Lambda behind `PATCH /members/{id}`."""

from frontdesk.members import membership
from frontdesk.members.serving import Request, serve
from functions.members.change_role.endpoint import ENDPOINT, Asked, Change, Changed


@serve(ENDPOINT)
def handler(request: Request[Asked, Change]) -> Changed:
    """The member as they are now."""
    changed = membership.change_role(request.db, request.parameters.id, request.body.role)
    return Changed(id=changed.user_id, role=changed.role)
