"""What a member can ask over HTTP: the route, what may be sent, what comes back.

Like a tool's definition it imports neither AWS nor SQL, so infrastructure reads it cheaply.
"""

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Annotated, Any, Final, Generic, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from typing_extensions import TypeVar  # typing's own has no default before Python 3.13

from frontdesk.tool import DEADLINE_S, LAMBDA_TIMEOUT_S, Wire, clean
from frontdesk.trigger import Kept

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Role = Literal["viewer", "admin", "owner"]
"""What a member may do; each may do what those before it may."""
ROLES: Final[tuple[Role, ...]] = ("viewer", "admin", "owner")
LAYER: Final = "members"
"""The dependency group that every endpoint has on top: what proves a member's token."""
LARGEST_BODY: Final = 256 * 1024
"""Bytes."""
Id = Annotated[int, Field(ge=1, lt=2**63)]
"""Of a row."""
Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2200, 1, 1))]
"""`YYYY-MM-DD`, of years in which every zone can be reckoned with."""
Line = Annotated[str, BeforeValidator(clean), Field(max_length=200)]
"""One line of text, without what can be neither spoken nor stored; it may be empty."""
Name = Annotated[Line, Field(min_length=1)]
"""A line that isn't empty."""
Words = Annotated[str, BeforeValidator(clean), Field(max_length=1000)]
"""A few sentences, kept as one line."""


def maybe() -> Any:
    """A field that may be left out of a JSON merge patch (RFC 7396), which then leaves what is there.

    Absent isn't null: null empties, and is refused where the field's type has none.
    """
    return Field(default_factory=_nothing)


def _nothing() -> None:
    """What stands in an absent field; read by nobody."""


class Parameters(Wire):
    """What stands in a request's path and query; a name that is not known is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Nothing(Parameters):
    """None: the clinic is the token's, and all else is in the body."""


class Body(Wire):
    """What is sent as JSON; a field that is not known is an error, and an absent one is not a null one.

    Strict, as JSON has types of its own: "45" is no number, and a number is no date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, strict=True)


class Versioned(Wire):
    """An answer about something that two members may change at once; it goes with an `ETag`."""

    version: int
    """Sent back as `If-Match`, it proves that the sender has seen the latest."""


class Csv(Wire):
    """An answer that is no JSON but a table, with a first line of names."""

    text: str


P = TypeVar("P", bound=Parameters)
B = TypeVar("B", default=None)


@dataclass(frozen=True)
class Endpoint(Generic[P, B]):
    """One route of the member API: everything about it that is not its code."""

    method: Method
    path: str
    """As API Gateway writes it: `/appointments/{id}`."""
    parameters: type[P]
    answer: type[Wire]
    body: type[B] | None = None
    """A `Body`, or `str` for a text of any kind, such as CSV."""
    role: Role = "viewer"
    """The least that may ask."""
    status: int = 200
    """Of an answer that is no error."""
    largest_body: int = LARGEST_BODY
    invites: bool = False
    """Whether it may make users in the stage's pool, which mails them."""
    deadline_s: float = DEADLINE_S
    """Of the work; API Gateway waits 29 seconds for an answer, all in all."""
    uses_vapi: bool = False
    """Whether it asks Vapi's API, so has a way out and the platform's private key."""
    asks_emr: bool = False
    """Whether it has a question to the clinic's EMR, by the function that asks EMRs."""
    is_polled: bool = False
    """Whether the answer has an `ETag` made of it, and is 304 to who sends that as `If-None-Match`."""
    reads: tuple[Kept, ...] = ()
    """What of the stage's store it may read."""
    writes: tuple[Kept, ...] = ()
    """What there it may write, or let be written by whom it gives a signed form."""
    raises: tuple[str, ...] = ()
    """Events it may raise on the stage's bus, such as `AgentSaved`."""
    embeds: bool = False
    """Whether it makes vectors of texts."""
    connects: bool = False
    """Whether it connects calendars: it has their key and our clients' secrets at Google and Microsoft."""

    @property
    def route(self) -> str:
        """API Gateway's route key, `GET /appointments/{id}`."""
        return f"{self.method} {self.path}"

    @property
    def timeout_s(self) -> int:
        """Of its Lambda: later than the deadline of the work, so that it can be told."""
        return max(LAMBDA_TIMEOUT_S, ceil(self.deadline_s) + 2)

    def ready(self) -> None:
        """Builds the validators now, at import in a Lambda, so that the first request does not wait."""
        self.parameters.model_rebuild()
        self.answer.model_rebuild()
        if self.body is not None and issubclass(self.body, Wire):
            self.body.model_rebuild()
