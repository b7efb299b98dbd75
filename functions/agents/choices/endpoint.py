"""`GET /agent-choices`: what an agent may be made of."""

from frontdesk.agents.wire import Choices
from frontdesk.endpoint import Endpoint, Parameters

ENDPOINT = Endpoint(method="GET", path="/agent-choices", parameters=Parameters, answer=Choices)
