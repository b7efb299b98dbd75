"""What happens in a call, read from the messages that Vapi sends its clients.

Shapes: `ClientMessage` of Vapi's OpenAPI document (2026-08-18), and those that its own command-line
client reads. Every field may be missing; a message of another type is no event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from frontdesk.errors import Unclear
from frontdesk.vapi import messages

WANTED: Final = (
    "hang",
    "speech-update",
    "status-update",
    "tool-calls",
    "tool-calls-result",
    "transcript",
    "transfer-update",
    "user-interrupted",
)
"""The messages a call asks for (`clientMessages`): by default Vapi keeps tool results to itself."""


@dataclass(frozen=True)
class Event:
    """Something that happened in the call."""

    at_s: float
    """Seconds since the call was connected."""


@dataclass(frozen=True)
class Connected(Event):
    """The call has begun."""

    call_id: str


@dataclass(frozen=True)
class Said(Event):
    """Words, once they are final."""

    role: str
    """`assistant` or `user`, who is the caller."""
    text: str
    assistant: str = ""
    """The name of the assistant, where Vapi tells it."""
    waited_s: float | None = None
    """How long the caller waited for this answer to begin."""


@dataclass(frozen=True)
class Spoke(Event):
    """Somebody began or stopped to speak."""

    role: str
    is_speaking: bool


@dataclass(frozen=True)
class ToolCalled(Event):
    """The assistant asks a tool."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    """None when what the model wrote is no JSON object."""


@dataclass(frozen=True)
class ToolAnswered(Event):
    """A tool's answer, or its failure."""

    id: str
    name: str
    answer: Any
    has_failed: bool = False
    took_s: float | None = None


@dataclass(frozen=True)
class HandedOff(Event):
    """Another assistant, or a telephone number, has the call now."""

    after: str
    before: str = ""


@dataclass(frozen=True)
class Interrupted(Event):
    """The caller spoke over the assistant, who stopped."""


@dataclass(frozen=True)
class Slow(Event):
    """Vapi's `hang`: the model, the voice or a tool keeps the caller waiting."""


@dataclass(frozen=True)
class StatusChanged(Event):
    """The call's state, e.g. `in-progress`."""

    status: str


@dataclass(frozen=True)
class Ended(Event):
    """The call is over; nothing follows."""

    reason: str
    """Vapi's `endedReason`, or what is known instead."""


def read(message: dict[str, Any], at_s: float) -> Iterator[Event]:
    """The events in one message, plain or in an envelope of the key `message`; mostly one or none.

    Partial transcripts are none: the final ones repeat them.
    """
    message = _object(message, "message") or message
    kind = _text(message, "type")
    if kind.startswith("transcript"):
        is_final = "final" in (kind + _text(message, "transcriptType"))
        if is_final and (text := _text(message, "transcript").strip()):
            yield Said(at_s, _text(message, "role"), text, _text(message, "assistantName"))
    elif kind == "speech-update":
        yield Spoke(at_s, _text(message, "role"), message.get("status") == "started")
    elif kind == "tool-calls":
        for call in _tool_calls(message):
            yield ToolCalled(at_s, call.id, call.name, call.arguments)
    elif kind in ("tool-calls-result", "tool-call-result"):
        yield _answer(_object(message, "toolCallResult") or message, at_s)
    elif kind == "transfer-update":
        yield HandedOff(at_s, _destination(message), _text(_object(message, "fromAssistant"), "name"))
    elif kind == "user-interrupted":
        yield Interrupted(at_s)
    elif kind == "hang":
        yield Slow(at_s)
    elif kind == "call-ended" or (kind == "status-update" and message.get("status") == "ended"):
        yield Ended(at_s, _text(message, "endedReason") or _text(message, "reason") or "unknown")
    elif kind == "status-update" and (status := _text(message, "status")):
        yield StatusChanged(at_s, status)


def _tool_calls(message: dict[str, Any]) -> tuple[messages.ToolCall, ...]:
    try:
        return messages.tool_calls(message).calls
    except Unclear:  # an empty list: nothing was called
        return ()


def _answer(result: dict[str, Any], at_s: float) -> ToolAnswered:
    error = result.get("error")
    return ToolAnswered(
        at_s,
        _text(result, "toolCallId") or _text(result, "id"),
        _text(result, "name"),
        error or result.get("result"),
        has_failed=bool(error),
    )


def _destination(message: dict[str, Any]) -> str:
    destination = _object(message, "destination")
    return (
        _text(_object(message, "toAssistant"), "name")
        or _text(destination, "assistantName")
        or _text(destination, "number")
        or _text(destination, "sipUri")
        or _text(destination, "type")
        or "somebody else"
    )


def _object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    found = holder.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _text(holder: dict[str, Any], key: str) -> str:
    found = holder.get(key)
    return found if isinstance(found, str) else ""
