"""Vapi's messages as plain values: what any says of its call, and tool calls in every shape seen of them.

Fields are picked by allow-list: a real body can hold telephony tokens. Shapes: Vapi's OpenAPI of
2026-08-18 (`ServerMessageToolCalls`), its docs pages on custom tools and server events, and captured
traffic of 2024. One list is read, never two: all three describe the same calls.
"""

import json
from typing import Any, Final, NamedTuple, cast

from frontdesk.errors import Unclear

_LISTS: Final = ("toolCallList", "toolCalls", "toolWithToolCallList")
INBOUND: Final = "inboundPhoneCall"
BARE: Final = "bare"


class ToolCall(NamedTuple):
    """One tool call as it was asked."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    """None when what came is no object."""


class Conversation(NamedTuple):
    """What the envelope says of the call: told by Vapi, out of the model's reach."""

    id: str
    """Empty when Vapi sent none."""
    kind: str
    """Vapi's `call.type`, or `bare`."""
    caller_number: str
    """As sent; empty when withheld."""
    called_number: str
    vapi_ids: tuple[str, ...]
    """Squad and assistant ids, for test calls that dial no number."""
    control_url: str
    """Where the running call takes commands. From a message: never used before its host is checked."""


class ToolCalls(NamedTuple):
    """A `tool-calls` message."""

    conversation: Conversation
    calls: tuple[ToolCall, ...]


def read(body: bytes) -> dict[str, Any]:
    """The JSON object in these bytes; raises `Unclear` when there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unclear("The body is not JSON.") from error
    if not isinstance(found, dict):
        raise Unclear("The body is not a JSON object.")
    return cast("dict[str, Any]", found)


def tool_calls(message: dict[str, Any]) -> ToolCalls:
    """The calls of a `tool-calls` message; raises `Unclear` for another type of message."""
    if message.get("type") not in ("tool-calls", None):
        raise Unclear("This is not a tool-calls message; other messages go to /vapi/messages.")
    for name in _LISTS:
        if isinstance(found := message.get(name), list) and found:
            items = cast("list[Any]", found)
            return ToolCalls(conversation(message), tuple(_tool_call(_dict(item)) for item in items))
    raise Unclear("The message holds no tool calls.")


def conversation(message: dict[str, Any]) -> Conversation:
    """What a message of any type says of its call."""
    call = _object(message, "call")
    return Conversation(
        id=_text(call, "id"),
        kind=_text(call, "type"),
        caller_number=_text(_object(call, "customer"), "number")
        or _text(_object(message, "customer"), "number"),
        called_number=_text(_object(message, "phoneNumber"), "number")
        or _text(_object(call, "phoneNumber"), "number"),
        vapi_ids=tuple(i for i in (_text(call, "squadId"), _text(call, "assistantId")) if i),
        control_url=_text(_object(call, "monitor"), "controlUrl"),
    )


def bare_conversation(headers: dict[str, str]) -> Conversation:
    """Of a request with bare arguments: what its headers say.

    A signature covers the body alone, so whoever replays one could name any call: the id is kept apart from
    those of Vapi's own messages, and nobody proven there is proven here.
    """
    return Conversation(
        id=f"{BARE}-{named}" if (named := headers.get("x-call-id")) else "",
        kind=BARE,
        caller_number=headers.get("x-caller-number", ""),
        called_number=headers.get("x-called-number", ""),
        vapi_ids=(),
        control_url="",
    )


def _tool_call(item: dict[str, Any]) -> ToolCall:
    # `toolWithToolCallList` wraps the call in the tool's own definition, whose name is the same.
    inner = _object(item, "toolCall") or item
    function = _object(inner, "function")
    return ToolCall(
        # The wrapper may carry an id too: the tool's, not the call's.
        id=_text(inner, "id") or _text(item, "id"),
        name=_text(function, "name")
        or _text(inner, "name")
        or _text(_object(item, "function"), "name")
        or _text(item, "name"),
        arguments=_arguments(
            next(
                (
                    place[key]
                    for place, key in (
                        (function, "arguments"),
                        (inner, "arguments"),
                        (function, "parameters"),
                        (inner, "parameters"),
                    )
                    if place.get(key) is not None
                ),
                cast("Any", {}),
            )
        ),
    )


def _arguments(sent: Any) -> dict[str, Any] | None:
    if isinstance(sent, str):
        try:
            sent = json.loads(sent) if sent.strip() else {}
        except (ValueError, RecursionError):
            return None
    return cast("dict[str, Any]", sent) if isinstance(sent, dict) else None


def _dict(found: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    return _dict(holder.get(key))


def _text(holder: dict[str, Any], key: str) -> str:
    found = holder.get(key)
    return found if isinstance(found, str) else ""
