"""`POST /appointments/{id}/{decision}`: what became of a visit."""

from frontdesk.endpoint import Endpoint, Id, Parameters
from frontdesk.tool import Wire


class Asked(Parameters):
    id: Id
    decision: str
    """One of `scheduling.statuses.DECISIONS`."""


class Decided(Wire):
    """What stands now, whether by this request or by one before it."""

    id: int
    status: str


ENDPOINT = Endpoint(
    method="POST", path="/appointments/{id}/{decision}", parameters=Asked, answer=Decided, role="admin"
)
