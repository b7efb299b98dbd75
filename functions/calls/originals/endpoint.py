"""`GET /calls/{id}/original`: a call as it was spoken. A function of its own: no other reads what it may."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.tool import Wire


class One(Parameters):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    """Vapi's id of the call."""


class Said(Wire):
    """A turn, word for word."""

    at: datetime
    role: str
    """`assistant` or `caller`."""
    assistant: str | None
    text: str


class Original(Wire):
    """The call as it was spoken, names and numbers and all."""

    turns: list[Said]


ENDPOINT = Endpoint(
    method="GET",
    path="/calls/{id}/original",
    parameters=One,
    answer=Original,
    role="owner",
    reads=("originals",),
)
