"""Lambda behind `PUT /agents/{agent_id}`."""

from frontdesk import events
from frontdesk.agents import agent as agents
from frontdesk.agents import syncing
from frontdesk.agents.wire import AgentBody, Named, shown
from frontdesk.members.serving import Request, serve
from functions.agents.saving.endpoint import ENDPOINT, Saved


@serve(ENDPOINT)
def handler(request: Request[Named, AgentBody]) -> Saved:
    """One row, and one event once that is committed."""
    agent_id = request.parameters.agent_id
    agent = agents.save(request.db, agent_id, request.body.model_dump(), seen=request.if_match)
    event = syncing.Saved(org_id=agent.org_id, agent_id=agent.id)
    request.afterwards.append(lambda: events.raise_event("AgentSaved", event))
    return Saved(
        agent=shown(agent), version=agent.version, sync="pending", message="Agent saved. Tools syncing..."
    )
