"""One telephone call as Vapi tells it: the server messages, with the fields and the order of the real ones.

Shape of a recorded `tool-calls` message of an inbound squad call, with what came since: a numeric
`timestamp`, the top-level `assistant`, and the call's `monitor`.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

_ORGANIZATION = "00000000-0000-4000-8000-0000000000aa"


@dataclass(frozen=True)
class ToolCall:
    """What the model asked for."""

    name: str
    arguments: dict[str, Any]
    id: str = field(default_factory=lambda: f"call_{secrets.token_hex(12)}")


@dataclass
class PhoneCall:
    """An inbound call on a clinic's number, under way."""

    caller: str
    called: str
    assistant: str
    """The name of the squad's member who speaks."""
    vapi_url: str
    """Where the call takes commands while it runs."""
    id: str = field(default_factory=lambda: str(uuid4()))
    kind: str = "inboundPhoneCall"
    made_with: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of a call that was made through the API: the overrides it was made with."""
    squad_id: str | None = None
    """Of a call that a squad answered."""
    _began: float = field(default_factory=time.time)
    _history: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def said(self, role: str, text: str) -> None:
        """Something was said by `user` or `bot`; later messages tell it."""
        of_squad = {"assistantName": self.assistant} if role == "bot" else {}
        self._history.append({"role": role, "message": text, **of_squad, **self._now()})

    def answered(self, tool_call: ToolCall, result: str) -> None:
        """A tool call got its answer; later messages tell it."""
        self._history.append(
            {
                "role": "tool_call_result",
                **self._now(),
                "name": tool_call.name,
                "result": result,
                "toolCallId": tool_call.id,
            }
        )

    def tool_calls(
        self, tool_calls: Sequence[ToolCall], definitions: Mapping[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """The body of a `tool-calls` message; all three lists describe the same calls.

        `definitions` are the tools as Vapi holds them, by name.
        """
        listed: list[dict[str, Any]] = [
            {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
            for one in tool_calls
        ]
        with_tools: list[dict[str, Any]] = [
            {**definitions[one.name], "toolCall": asked}
            for one, asked in zip(tool_calls, listed, strict=True)
        ]
        return {
            "message": {
                "timestamp": int(time.time() * 1000),
                "type": "tool-calls",
                "toolCalls": listed,
                "toolCallList": listed,
                "toolWithToolCallList": with_tools,
                **self._common(),
            }
        }

    def message(self, type_: str, **fields: Any) -> dict[str, Any]:
        """The body of a message of any other type."""
        common = self._common()
        if type_ == "assistant-request":
            del common["assistant"], common["artifact"]  # nobody has answered
        return {"message": {"timestamp": int(time.time() * 1000), "type": type_, **fields, **common}}

    def report(self, reason: str) -> dict[str, Any]:
        """The body of the `end-of-call-report`."""
        told = self.message(
            "end-of-call-report",
            endedReason=reason,
            startedAt=_instant(self._began),
            endedAt=_instant(time.time()),
            cost=0.0421,
            analysis={"summary": "The caller spoke to the clinic's desk.", "successEvaluation": "true"},
        )
        speakers = {"bot": "AI", "user": "User"}
        lines = [
            f"{speakers[one['role']]}: {one['message']}" for one in self._history if one["role"] in speakers
        ]
        told["message"]["artifact"] |= {
            "transcript": "\n".join(lines),
            "recording": {"stereoUrl": f"https://storage.vapi.ai/{self.id}-stereo.wav"},
        }
        return told

    def _common(self) -> dict[str, Any]:
        number_id = str(uuid5(NAMESPACE_URL, f"tel:{self.called}"))
        began = _instant(self._began)
        return {
            "artifact": {"messages": list(self._history)},
            "assistant": {"name": self.assistant},
            "call": {
                "id": self.id,
                "orgId": _ORGANIZATION,
                "createdAt": began,
                "updatedAt": began,
                "type": self.kind,
                **self.made_with,
                **({"squadId": self.squad_id} if self.squad_id else {}),
                "status": "ringing",  # it says so until the end
                "monitor": {
                    "listenUrl": f"{self.vapi_url.replace('http', 'ws', 1)}/calls/{self.id}/listen",
                    "controlUrl": f"{self.vapi_url}/calls/{self.id}/control",
                },
                "phoneCallProvider": "twilio",
                "phoneCallProviderId": f"CA{self.id.replace('-', '')}",
                "phoneCallTransport": "pstn",
                "phoneNumberId": number_id,
                "customer": {"number": self.caller},
            },
            "phoneNumber": {
                "id": number_id,
                "orgId": _ORGANIZATION,
                "number": self.called,
                "provider": "twilio",
            },
            "customer": {"number": self.caller},
        }

    def _now(self) -> dict[str, float]:
        now = time.time()
        return {"time": int(now * 1000), "secondsFromStart": round(now - self._began, 3)}


def _instant(seconds: float) -> str:
    """`2026-03-02T17:00:00.000Z`"""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
