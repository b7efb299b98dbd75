"""Lambda behind `DELETE /agents/{agent_id}`."""

from frontdesk import events
from frontdesk.agents import agent as agents
from frontdesk.agents import syncing
from frontdesk.agents.wire import Named
from frontdesk.members.serving import Request, serve
from functions.agents.deletion.endpoint import ENDPOINT, Deleted


@serve(ENDPOINT)
def handler(request: Request[Named]) -> Deleted:
    """Gone for the clinic at once; from Vapi when the queue has come to it."""
    agent_id = request.parameters.agent_id
    agents.delete(request.db, agent_id, seen=request.if_match)
    event = syncing.Saved(org_id=request.member.org_id, agent_id=agent_id)
    request.afterwards.append(lambda: events.raise_event("AgentSaved", event))
    return Deleted(id=str(agent_id))
