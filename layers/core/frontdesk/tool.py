"""What a tool is: the words a voice agent sees, the arguments it may send, the answer it gets.

A tool's definition imports neither AWS nor SQL, so infrastructure, documents and Vapi's own
definition are made from it without loading what its Lambda needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, model_validator
from pydantic.alias_generators import to_camel

from frontdesk.speech.language import Language, language_heard

# The ladder, each step below the next, so that whoever gives up first still has time to say so:
# a statement, the function's own deadline, the Lambda, Vapi.
STATEMENT_SHARE: Final = 0.75
"""Of the deadline, what one statement may take."""
DEADLINE_S: Final = 4.0
LAMBDA_TIMEOUT_S: Final = 10
VAPI_TIMEOUT_S: Final = 20


class Need(StrEnum):
    """What a tool's Lambda must be able to reach."""

    DATABASE = "database"
    LIVE_CONTROL = "live_control"
    """Vapi's control endpoint of the running call."""
    CALENDARS = "calendars"
    """Providers' own calendars at Google and Microsoft, when what we know of one is old."""
    CALENDAR_QUEUE = "calendar_queue"
    """The queue of those calendars that are to be told of a visit."""
    EMR = "emr"
    """The one function that asks clinics' EMRs."""
    EMBEDDER = "embedder"
    """What makes vectors of texts: at Bedrock, or in a function of our own. Both are reached over AWS's APIs;
    tools that need none of these have no way out."""


class Wire(BaseModel):
    """Python is `snake_case`, the wire is the old system's `camelCase`; this is the one place that knows."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        # Built at the first call or by `ready()`: a module that only reads a definition stays cheap.
        defer_build=True,
    )


LONGEST_WORDS: Final = 1000
"""Characters; no caller says more in one argument, and a model that sends more has gone wrong."""


ASKED_FOR: Final = Field(json_schema_extra={"asked_for": True})
"""Marks an argument that the model is told to send, and that the server can do without."""


class ToolArguments(Wire):
    """What the model sends. Unknown keys are ignored: models invent some."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, str_strip_whitespace=True, str_max_length=LONGEST_WORDS
    )

    # Vapi chooses its own messages by it, and `serve` the call's language; what it is can't decline a call.
    language: Annotated[Language | None, BeforeValidator(language_heard), ASKED_FOR] = None
    """`en` or `zh`: the language of this call."""

    @model_validator(mode="before")
    @classmethod
    def _repair(cls, sent: Any) -> Any:
        """Takes `""` and `null` for absent, and drops what can be neither spoken nor stored."""
        if not isinstance(sent, dict):
            return sent
        cleaned = {str(key): clean(value) for key, value in sent.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return {key: value for key, value in cleaned.items() if value is not None and value != ""}


def clean(value: Any) -> Any:
    """The value; of a text, what is left without controls, bidi marks and lone surrogates, trimmed."""
    if not isinstance(value, str):
        return value
    if value.isascii() and value.isprintable():
        return value.strip()
    return "".join(c if c not in "\t\n\r\u2028\u2029" else " " for c in value if _speakable(c)).strip()


def _speakable(c: str) -> bool:
    if c in "\t\n\r":
        return True
    code = ord(c)
    return not (
        code < 0x20
        or 0x7F <= code < 0xA0
        or 0xD800 <= code <= 0xDFFF
        or 0x200E <= code <= 0x200F
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or code == 0xFEFF
    )


class Answer(Wire):
    """What the model gets back; every one can be spoken and says which day it is."""

    say: str
    """Ready to speak, in the call's language."""
    today: SkipValidation[date] = date.min
    """The clinic's local date; `serve` sets it."""


A = TypeVar("A", bound=ToolArguments)


@dataclass(frozen=True)
class Messages:
    """What Vapi itself says around a tool call, in the call's language; empty is silence."""

    start: str = ""
    """Spoken when the call begins."""
    start_zh: str = ""
    delayed: str = ""
    """Spoken when no answer is there after two seconds."""
    delayed_zh: str = ""
    failed: str = "I'm sorry, I wasn't able to check that."
    failed_zh: str = "不好意思，我刚才没能查成功。"


@dataclass(frozen=True)
class Tool(Generic[A]):
    """One tool: everything about it that is not its code."""

    name: str
    description: str
    """For the model; under 1,000 characters, or the choice of tools suffers."""
    arguments: type[A]
    answer: type[Answer]
    example: Mapping[str, Any]
    """Arguments as the wire has them, for a sample call; read by nobody but tests and people."""
    refused: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType[str, Any]({}))
    """The wire fields of a refusal, e.g. `{"booked": False}`; `say` and `today` join them."""
    needs: frozenset[Need] = frozenset({Need.DATABASE})
    writes: bool = False
    """Whether a repeated `toolCallId` must get the first answer; reads are always fresh."""
    counts: Literal["booked", "moved", "cancelled"] | None = None
    """What one that is done adds to the outcomes of bookings (`measures.Booking`); None: it books nothing."""
    messages: Messages = Messages()
    deadline_s: float = DEADLINE_S
    timeout_s: int = LAMBDA_TIMEOUT_S

    def ready(self) -> None:
        """Builds the validators now, at import in a Lambda, so that the first caller does not wait."""
        self.arguments.model_rebuild()
        self.answer.model_rebuild()
