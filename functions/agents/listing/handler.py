"""Lambda behind `GET /agents`."""

from frontdesk.agents import agent as agents
from frontdesk.agents.wire import shown
from frontdesk.endpoint import Parameters
from frontdesk.members.serving import Request, serve
from functions.agents.listing.endpoint import ENDPOINT, Listing


@serve(ENDPOINT)
def handler(request: Request[Parameters]) -> Listing:
    """All of them."""
    return Listing(agents=[shown(agent) for agent in agents.all_of(request.db)])
