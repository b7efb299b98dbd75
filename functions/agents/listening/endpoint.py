"""`GET /voices/{voice}`: where a voice can be heard."""

from frontdesk.endpoint import Endpoint, Line, Parameters
from frontdesk.tool import Wire


class One(Parameters):
    """One of `/agent-choices`."""

    voice: Line


class Recording(Wire):
    """The voice, speaking."""

    voice: str
    url: str
    """Of an audio file, for some minutes."""


LISTEN = Endpoint(
    method="GET", path="/voices/{voice}", parameters=One, answer=Recording, deadline_s=8.0, uses_vapi=True
)
ENDPOINTS = (LISTEN,)
