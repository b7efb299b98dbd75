"""Lambda behind `GET /agents/{agent_id}`."""

from frontdesk.agents import agent as agents
from frontdesk.agents.wire import Named, ShownAgent, shown
from frontdesk.members.serving import Request, serve
from functions.agents.showing.endpoint import ENDPOINT


@serve(ENDPOINT)
def handler(request: Request[Named]) -> ShownAgent:
    """As it was saved last, and how far that has come."""
    return shown(agents.one(request.db, request.parameters.agent_id))
