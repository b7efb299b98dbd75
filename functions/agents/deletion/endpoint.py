"""`DELETE /agents/{agent_id}`: the agent answers no more."""

from uuid import UUID

from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.tool import Wire


class Named(Parameters):
    agent_id: UUID


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
