"""Lambda behind `/blocked-callers` and `/blocked-callers/{number}`."""

from frontdesk.calls import blocked
from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from functions.calls.blocked_callers.endpoint import (
    BLOCK,
    LIST,
    READ,
    UNBLOCK,
    BlockedCaller,
    BlockedCallers,
    One,
)


@serve(LIST)
def listing(request: Request[Nothing]) -> BlockedCallers:
    """All of them."""
    return BlockedCallers(blocked_callers=[_shown(one) for one in blocked.everyone(request.db)])


@serve(READ)
def read(request: Request[One]) -> BlockedCaller:
    """Since when."""
    return _shown(blocked.one(request.db, request.parameters.number))


@serve(BLOCK)
def block(request: Request[One]) -> BlockedCaller:
    """Blocked from now on."""
    return _shown(blocked.block(request.db, request.parameters.number))


@serve(UNBLOCK)
def unblock(request: Request[One]) -> BlockedCaller:
    """What was, until now."""
    return _shown(blocked.unblock(request.db, request.parameters.number))


def _shown(one: blocked.Blocked) -> BlockedCaller:
    return BlockedCaller.model_validate(one._asdict())


handler = routed(listing, read, block, unblock)
