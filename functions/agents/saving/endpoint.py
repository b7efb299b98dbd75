"""`PUT /agents/{agent_id}`: makes or changes an agent."""

from frontdesk.agents.wire import AgentBody, Named, ShownAgent
from frontdesk.endpoint import Endpoint, Versioned


class Saved(Versioned):
    """The agent as saved; Vapi follows within seconds, and the answer didn't wait for it."""

    agent: ShownAgent
    sync: str
    message: str


ENDPOINT = Endpoint(
    method="PUT",
    path="/agents/{agent_id}",
    parameters=Named,
    body=AgentBody,
    answer=Saved,
    role="admin",
    raises=("AgentSaved",),
)
