"""`DELETE /agents/{agent_id}`: the agent answers no more."""

from frontdesk.agents.wire import Named
from frontdesk.endpoint import Endpoint
from frontdesk.tool import Wire


class Deleted(Wire):
    id: str


ENDPOINT = Endpoint(
    method="DELETE",
    path="/agents/{agent_id}",
    parameters=Named,
    answer=Deleted,
    role="admin",
    raises=("AgentSaved",),
)
