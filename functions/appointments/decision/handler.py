"""Lambda behind `POST /appointments/{id}/{decision}`."""

from frontdesk.members.serving import Request, serve
from frontdesk.scheduling import statuses
from functions.appointments.decision.endpoint import ENDPOINT, Asked, Decided


@serve(ENDPOINT)
def handler(request: Request[Asked]) -> Decided:
    """The visit's status from now on."""
    asked = request.parameters
    return Decided(id=asked.id, status=statuses.decide(request.db, asked.id, asked.decision))
