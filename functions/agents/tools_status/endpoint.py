"""`GET /tools/status`: which tools the clinic's agents are linked to, and how far each agent has come."""

from frontdesk.agents.status import ToolsStatus
from frontdesk.endpoint import Endpoint, Parameters

ENDPOINT = Endpoint(method="GET", path="/tools/status", parameters=Parameters, answer=ToolsStatus)
