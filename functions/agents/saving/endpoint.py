"""`PUT` and `DELETE /agents/{agent_id}`: a clinic's agents, made, changed and taken away."""

from frontdesk.agents.wire import AgentBody, Named, ShownAgent
from frontdesk.endpoint import Endpoint, Versioned
from frontdesk.tool import Wire


class Saved(Versioned):
    """The agent as saved; Vapi follows within seconds, and the answer didn't wait for it."""

    agent: ShownAgent
    sync: str
    message: str


class Deleted(Wire):
    id: str


SAVE = Endpoint(
    method="PUT",
    path="/agents/{agent_id}",
    parameters=Named,
    body=AgentBody,
    answer=Saved,
    role="admin",
    raises=("AgentSaved",),
)
DELETE = Endpoint(
    method="DELETE",
    path="/agents/{agent_id}",
    parameters=Named,
    answer=Deleted,
    role="admin",
    raises=("AgentSaved",),
)
ENDPOINTS = (SAVE, DELETE)
