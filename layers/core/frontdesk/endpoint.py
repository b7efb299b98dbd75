"""What a member can ask over HTTP: the route, what may be sent, what comes back.

Like a tool's definition it imports neither AWS nor SQL, so infrastructure reads it cheaply.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field

from frontdesk.tool import Wire

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Id = Annotated[int, Field(ge=1, lt=2**63)]
"""Of a row."""
Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2200, 1, 1))]
"""`YYYY-MM-DD`, of years in which every zone can be reckoned with."""


class Parameters(Wire):
    """What stands in a request's path and query; a name that is not known is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True)
class Endpoint(Generic[P]):
    """One route of the member API: everything about it that is not its code."""

    method: Method
    path: str
    """As API Gateway writes it: `/appointments/{id}`."""
    parameters: type[P]
    answer: type[Wire]
    raises: tuple[str, ...] = ()
    """Events it may raise on the stage's bus, such as `AgentSaved`."""

    @property
    def route(self) -> str:
        """API Gateway's route key, `GET /appointments/{id}`."""
        return f"{self.method} {self.path}"

    def ready(self) -> None:
        """Builds the validators now, at import in a Lambda, so that the first request does not wait."""
        self.parameters.model_rebuild()
        self.answer.model_rebuild()
