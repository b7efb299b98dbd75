"""Lambda behind `/do-not-call` and `/do-not-call/{number}`."""

from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.outbound import records
from functions.outbound.do_not_call.endpoint import ADD, READ, REMOVE, Called, Listing, Never, One


@serve(READ)
def read(request: Request[Nothing]) -> Listing:
    """The list."""
    return Listing(numbers=[Never.model_validate(one._asdict()) for one in records.never_called(request.db)])


@serve(ADD)
def add(request: Request[One]) -> Called:
    """Never from now on, whoever is at that number."""
    return Called(number=records.never_call(request.db, request.parameters.number), is_called=False)


@serve(REMOVE)
def remove(request: Request[One]) -> Called:
    """As if it had never been on the list."""
    return Called(number=records.call_again(request.db, request.parameters.number), is_called=True)


handler = routed(read, add, remove)
