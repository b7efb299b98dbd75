"""`GET /agents/{agent_id}`: one agent."""

from frontdesk.agents.wire import Named, ShownAgent
from frontdesk.endpoint import Endpoint

ENDPOINT = Endpoint(method="GET", path="/agents/{agent_id}", parameters=Named, answer=ShownAgent)
