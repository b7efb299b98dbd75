"""`GET /agents/{agent_id}`: one agent."""

from uuid import UUID

from frontdesk.agents.wire import ShownAgent
from frontdesk.endpoint import Endpoint, Parameters


class Named(Parameters):
    agent_id: UUID


ENDPOINT = Endpoint(method="GET", path="/agents/{agent_id}", parameters=Named, answer=ShownAgent)
