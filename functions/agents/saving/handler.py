"""Lambda behind `PUT` and `DELETE /agents/{agent_id}`: one row, and one event once that is committed."""

from frontdesk import events
from frontdesk.agents import agent as agents
from frontdesk.agents import syncing
from frontdesk.agents.wire import AgentBody, Named, shown
from frontdesk.members.serving import Request, routed, serve
from functions.agents.saving.endpoint import DELETE, SAVE, Deleted, Saved


@serve(SAVE)
def save(request: Request[Named, AgentBody]) -> Saved:
    """The agent in its next version."""
    agent_id = request.parameters.agent_id
    agent = agents.save(request.db, agent_id, request.body.model_dump(), seen=request.if_match)
    _tell(request)
    return Saved(
        agent=shown(agent), version=agent.version, sync="pending", message="Agent saved. Tools syncing..."
    )


@serve(DELETE)
def delete(request: Request[Named]) -> Deleted:
    """Gone for the clinic at once; from Vapi when the queue has come to it."""
    agent_id = request.parameters.agent_id
    agents.delete(request.db, agent_id, seen=request.if_match)
    _tell(request)
    return Deleted(id=str(agent_id))


def _tell(request: Request[Named, AgentBody] | Request[Named]) -> None:
    event = syncing.Saved(org_id=request.member.org_id, agent_id=request.parameters.agent_id)
    request.afterwards.append(lambda: events.raise_event("AgentSaved", event))


handler = routed(save, delete)
