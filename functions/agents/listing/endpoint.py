"""`GET /agents`: the clinic's agents."""

from frontdesk.agents.wire import ShownAgent
from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.tool import Wire


class Listing(Wire):
    """The oldest first."""

    agents: list[ShownAgent]


ENDPOINT = Endpoint(method="GET", path="/agents", parameters=Parameters, answer=Listing)
