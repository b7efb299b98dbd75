"""Lambda behind `GET /outbound-calls`."""

from frontdesk.members.serving import Request, serve
from frontdesk.outbound import records
from functions.outbound.listing.endpoint import ENDPOINT, Asked, OutboundCall, Page


@serve(ENDPOINT)
def handler(request: Request[Asked]) -> Page:
    """A page of them."""
    asked = request.parameters
    found = records.listed(request.db, status=asked.status, before=asked.before, limit=asked.limit)
    return Page(
        outbound_calls=[OutboundCall.model_validate(one._asdict()) for one in found],
        next_before=found[-1].id if len(found) == asked.limit else None,
    )
