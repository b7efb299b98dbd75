"""Lambda behind `GET /tools/status`."""

from frontdesk.agents import definitions, status
from frontdesk.agents.status import ToolsStatus
from frontdesk.endpoint import Parameters
from frontdesk.members.serving import Request, serve
from frontdesk.settings import settings
from functions.agents.tools_status.endpoint import ENDPOINT


@serve(ENDPOINT)
def handler(request: Request[Parameters]) -> ToolsStatus:
    """Beside what the tools are today."""
    return status.of_clinic(request.db, definitions.published(request.db, settings().public_url))
