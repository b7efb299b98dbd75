"""What of a server message may be kept: Vapi's own names and nesting, by allow-list and nothing else.

A real body can hold telephony tokens (`phoneNumber.twilioAuthToken`), shared secrets (`server.secret`), the
prompts, and variables that are somebody else's; none of it passes. Vapi's OpenAPI of 2026-08-18
(`ServerMessage*`), and captured traffic of 2024, which has some fields in other places.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

Shape = Mapping[str, Any]
"""By key: `SCALAR`, `JSON`, a shape, `[shape]` for a list, `{"*": shape}` for any key, or `Turns`."""

SCALAR: Final = "scalar"
"""A text, a number, a truth; anything else is left out."""
JSON: Final = "json"
"""Whatever it is, as what a model was asked to fill in; keys that name a secret are left out even here."""
TURNS: Final = "turns"
"""A history: what was said and which tools were asked, in order."""
_DEEPEST: Final = 20
_SECRET: Final = re.compile(
    r"token|secret|passw|authoriz|credential|api_?key|private_?key|sid$", re.IGNORECASE
)

_TIMES: Final[Shape] = dict.fromkeys(("time", "endTime", "secondsFromStart", "duration"), SCALAR)
_SAID: Final[Shape] = {
    **_TIMES,
    **dict.fromkeys(("role", "message", "content", "assistantName", "assistantId"), SCALAR),
}
_ROLES: Final[Mapping[str, Shape]] = {
    "bot": _SAID,
    "assistant": _SAID,
    "user": _SAID,
    # Names and ids alone: what was asked and answered stands in our own rows.
    "tool_calls": {**_TIMES, "role": SCALAR, "toolCalls": [{"id": SCALAR, "function": {"name": SCALAR}}]},
    "tool_call_result": {**_TIMES, **dict.fromkeys(("role", "toolCallId", "name"), SCALAR)},
}
"""By role; of any other, the system's prompts among them, nothing passes."""

_WHO: Final = {"id": SCALAR, "name": SCALAR}
_NUMBER: Final = {"id": SCALAR, "number": SCALAR, "provider": SCALAR}
_DESTINATION: Final = dict.fromkeys(("type", "number", "assistantName", "assistantId"), SCALAR)
_MARKS: Final = dict.fromkeys(("orgId", "outboundCallId", "attempt"), SCALAR)
"""What a call of ours was made with."""
_CALL: Final[Shape] = {
    **dict.fromkeys(
        ("id", "type", "status", "createdAt", "updatedAt", "startedAt", "endedAt", "endedReason"), SCALAR
    ),
    **dict.fromkeys(
        ("assistantId", "squadId", "phoneNumberId", "phoneCallProvider", "phoneCallTransport"), SCALAR
    ),
    "phoneNumber": _NUMBER,
    "customer": {"number": SCALAR},
    "monitor": {"controlUrl": SCALAR},
    "squadOverrides": {"metadata": _MARKS},
    "assistantOverrides": {"metadata": _MARKS},
    "metadata": _MARKS,
}
_COMMON: Final[Shape] = {
    "type": SCALAR,
    "timestamp": SCALAR,
    "call": _CALL,
    "phoneNumber": _NUMBER,
    "customer": {"number": SCALAR},
    "assistant": _WHO,
}
_RECORDING: Final[Shape] = {
    "stereoUrl": SCALAR,
    "videoUrl": SCALAR,
    "mono": dict.fromkeys(("combinedUrl", "assistantUrl", "customerUrl"), SCALAR),
}
_REPORT: Final[Shape] = {
    **dict.fromkeys(("endedReason", "startedAt", "endedAt", "cost", "transcript", "summary"), SCALAR),
    **dict.fromkeys(("durationSeconds", "durationMinutes", "durationMs"), SCALAR),
    **dict.fromkeys(("recordingUrl", "stereoRecordingUrl"), SCALAR),
    "messages": TURNS,
    "destination": _DESTINATION,
    "analysis": {
        **dict.fromkeys(("summary", "successEvaluation"), SCALAR),
        **dict.fromkeys(("structuredData", "structuredDataMulti"), JSON),
    },
    "artifact": {
        **dict.fromkeys(("transcript", "recordingUrl", "stereoRecordingUrl"), SCALAR),
        "messages": TURNS,
        "recording": _RECORDING,
        "transfers": [{"status": SCALAR, "time": SCALAR, "destination": _DESTINATION}],
        "assistantActivations": [dict.fromkeys(("assistantName", "assistantId", "time"), SCALAR)],
        "structuredOutputs": {"*": {"name": SCALAR, "result": JSON}},
    },
}
KEPT: Final[Mapping[str, Shape]] = {
    "end-of-call-report": _COMMON | _REPORT,
    "status-update": _COMMON | {"status": SCALAR, "endedReason": SCALAR, "destination": _DESTINATION},
    "transcript": _COMMON
    | dict.fromkeys(("role", "transcriptType", "transcript", "assistantId", "assistantName"), SCALAR),
    "language-change-detected": _COMMON | {"language": SCALAR},
    "hang": _COMMON,
    "transfer-update": _COMMON | {"destination": _DESTINATION, "toAssistant": _WHO, "fromAssistant": _WHO},
}
"""What is worth keeping, by type, and which of its fields."""
IGNORED: Final = frozenset(
    {
        *("conversation-update", "speech-update", "assistant.speechStarted", "model-output", "voice-input"),
        *("assistant.started", "user-interrupted", "language-changed", "phone-call-control", "function-call"),
        *("chat.created", "chat.deleted", "session.created", "session.updated", "session.deleted"),
        *("call.deleted", "call.delete.failed", "call.artifact.upload"),
    }
)
"""Known, and nothing follows from them."""


def plain_type(message: Mapping[str, Any]) -> str:
    """Its type, without what Vapi puts behind one: `transcript[transcriptType="final"]` is `transcript`."""
    found = message.get("type")
    return found.partition("[")[0] if isinstance(found, str) else ""


def allowed(message: Mapping[str, Any]) -> dict[str, Any]:
    """What may be kept of a message of a type in `KEPT`; of any other, what all have in common."""
    return _of_shape(message, KEPT.get(plain_type(message), _COMMON))


def content_hash(kept: Mapping[str, Any]) -> str:
    """Of what was kept, as 64 hex digits: the same message delivered again has the same.

    A report is made anew for each delivery, so its own time and its call's `updatedAt` don't count; two other
    messages may well differ in nothing else.
    """
    if plain_type(kept) == "end-of-call-report":
        call = {name: value for name, value in kept.get("call", {}).items() if name != "updatedAt"}
        kept = {name: value for name, value in kept.items() if name != "timestamp"} | {"call": call}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _of_shape(found: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    if "*" in shape:
        shape = dict.fromkeys((name for name in found if not _SECRET.search(name)), shape["*"])
    made = {name: _value(found[name], wanted) for name, wanted in shape.items() if name in found}
    return {name: value for name, value in made.items() if value is not None}


def _value(found: Any, wanted: Any) -> Any:
    """None for what has not the shape, or is null."""
    if wanted is SCALAR:
        return found if isinstance(found, str | int | float) else None
    if wanted is JSON:
        return _json(found, _DEEPEST)
    if wanted is TURNS:
        return _turns(found)
    if isinstance(wanted, list):
        items = cast("list[Any]", found) if isinstance(found, list) else []
        return [_of_shape(one, wanted[0]) for one in items if isinstance(one, dict)]  # pyright: ignore[reportUnknownArgumentType]
    return _of_shape(cast("dict[str, Any]", found), wanted) if isinstance(found, dict) else None


def _turns(found: Any) -> list[dict[str, Any]]:
    listed = cast("list[Any]", found) if isinstance(found, list) else []
    turns = [cast("dict[str, Any]", one) for one in listed if isinstance(one, dict)]
    return [_of_shape(turn, _ROLES[turn["role"]]) for turn in turns if str(turn.get("role")) in _ROLES]


def _json(found: Any, depth: int) -> Any:
    if not depth:
        return None
    if isinstance(found, dict):
        items = cast("dict[str, Any]", found).items()
        return {name: _json(value, depth - 1) for name, value in items if not _SECRET.search(name)}
    if isinstance(found, list):
        return [_json(one, depth - 1) for one in cast("list[Any]", found)]
    return found
