"""`GET /agents`, `/agent-choices`, `/tools/status`: what a clinic has, may have, and how far it has come."""

from frontdesk.agents.wire import Choices, Named, ShownAgent, ToolsStatus
from frontdesk.endpoint import Endpoint, Nothing
from frontdesk.tool import Wire


class Agents(Wire):
    """The oldest first."""

    agents: list[ShownAgent]


LIST = Endpoint(method="GET", path="/agents", parameters=Nothing, answer=Agents)
READ = Endpoint(method="GET", path="/agents/{agent_id}", parameters=Named, answer=ShownAgent)
CHOICES = Endpoint(method="GET", path="/agent-choices", parameters=Nothing, answer=Choices)
STATUS = Endpoint(method="GET", path="/tools/status", parameters=Nothing, answer=ToolsStatus)
ENDPOINTS = (LIST, READ, CHOICES, STATUS)
