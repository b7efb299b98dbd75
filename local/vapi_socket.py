"""The stand-in's side of a web-socket call: a small conversation that is the same each time.

The assistant greets; each thing the caller says, as text or as sound, is answered: the first time with
a call of the assistant's first tool and, in a squad, a handoff to the next member; then by repeating
it. Nothing is understood or synthesised: what it hears it measures, and it speaks by a quiet tone.
It ends on `end-call`, when the caller says goodbye, and after half a minute in which nobody spoke.

There is no clock: for each 20 ms of sound that come, 20 ms go back. Whoever pauses stops the call, and
a test may run it as fast as it likes.
"""

import json
import math
import re
from array import array
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, cast

from local.vapi_account import Account
from local.vapi_refused import Refused

FRAME_BYTES: Final = 640
LOUD: Final = 0.02
"""From this on, of 1 for full scale, a frame counts as speech."""
GOODBYE: Final = re.compile(r"\b(good)?bye\b|再见", re.IGNORECASE)
TONE: Final = array("h", (round(900 * math.sin(math.tau * each / 80)) for each in range(320))).tobytes()
"""200 Hz, whose waves fit a frame whole."""

_SPEECH_FRAMES: Final = 15
_TOOL_FRAMES: Final = 10
_PAUSE_FRAMES: Final = 25
"""Half a second of silence ends what the caller says."""
_SILENT_FRAMES: Final = 1500
_PATH: Final = re.compile(r"/calls/([^/]+)/socket")
_BY_DEFAULT: Final = (
    "conversation-update",
    "hang",
    "model-output",
    "speech-update",
    "status-update",
    "transfer-update",
    "transcript",
    "tool-calls",
    "user-interrupted",
    "voice-input",
    "assistant.started",
)
"""What a client is told unless `clientMessages` says otherwise (Vapi's API document, 2026-08-18)."""

Item = dict[str, Any]


async def serve(scope: Any, receive: Any, send: Any, account: Account) -> None:
    """Serves one connection (ASGI, `websocket`) to a call that was made; refuses any other with 403."""
    await receive()  # websocket.connect
    call = _waiting_call(scope["path"], account)
    if call is None:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    play = Conversation(call, account)
    sent = play.opened()
    while True:
        for each in sent:
            kind = "bytes" if isinstance(each, bytes) else "text"
            await send({"type": "websocket.send", kind: each if kind == "bytes" else json.dumps(each)})
        if play.is_over:
            account.edit("call", call["id"], {"status": "ended", "endedReason": play.ended_reason})
            await send({"type": "websocket.close", "code": 1000})
            return
        message = await receive()
        if message["type"] == "websocket.disconnect":
            account.edit("call", call["id"], {"status": "ended", "endedReason": "customer-ended-call"})
            return
        heard, text = message.get("bytes"), message.get("text")
        sent = play.heard(heard) if heard is not None else play.told(text or "")


class Conversation:
    """What happens in one call: each thing that comes gives what goes back, JSON objects and sound."""

    def __init__(self, call: Item, account: Account) -> None:
        """The call as `POST /call` kept it, and the account that holds who speaks in it."""
        self._call = call
        self._account = account
        self._members = deque(_members(call, account))
        self._speaker = self._members.popleft()
        overrides: Item = call.get("squadOverrides") or call.get("assistantOverrides") or {}
        self._told_of = overrides.get("clientMessages") or self._speaker.get("clientMessages") or _BY_DEFAULT
        self._to_send: deque[Item | bytes] = deque()
        """What is still to happen; a sound waits for one of the caller's to come."""
        self._turn = 0
        self._has_answered = False
        self._loud = self._quiet = 0
        """Frames since the caller began to speak, and of silence at their end."""
        self.ended_reason = ""

    @property
    def is_over(self) -> bool:
        """True once the last word is sent."""
        return bool(self.ended_reason) and not self._to_send

    def opened(self) -> list[Item | bytes]:
        """At the connection: the call is in progress, and the assistant greets."""
        self._add({"type": "status-update", "status": "in-progress"})
        greeting = self._speaker.get("firstMessage")
        if self._speaker.get("firstMessageMode") != "assistant-waits-for-user":
            self._say(greeting or f"Hello, this is {self._name()}.")
        return list(self._due(waits_for_sound=True))

    def heard(self, frame: bytes) -> list[Item | bytes]:
        """At each sound: what comes until the next one."""
        is_loud = _peak(frame) >= LOUD
        self._quiet = 0 if is_loud else self._quiet + 1
        if is_loud and not self._loud:
            self._interrupted()
            self._speech("user", "started")
        if is_loud or self._loud:
            self._loud += 1
        if self._loud and self._quiet >= _PAUSE_FRAMES:
            spoke_s = (self._loud - self._quiet) * len(frame) / 32_000
            self._speech("user", "stopped")
            self._loud = 0
            self._answer(f"(spoke for {spoke_s:.1f} s)")
        elif self._quiet >= _SILENT_FRAMES and not self._to_send:
            self._end("silence-timed-out")
        return list(self._due(waits_for_sound=False))

    def told(self, text: str) -> list[Item | bytes]:
        """At a text message: the caller's words are answered, `end-call` ends; others do nothing here."""
        message = _object(text)
        words = message.get("message")
        if message.get("type") in ("end-call", "hangup"):
            self._to_send.clear()
            self._end("customer-ended-call")
        elif message.get("type") == "add-message" and isinstance(words, dict):
            said = cast("Item", words)
            if said.get("role") == "user" and isinstance(said.get("content"), str):
                self._quiet = 0
                self._interrupted()
                self._answer(said["content"])
        return list(self._due(waits_for_sound=True))

    def _answer(self, words: str) -> None:
        self._turn += 1
        self._transcript("user", "partial", words[: len(words) // 2])
        self._transcript("user", "final", words)
        if GOODBYE.search(words):
            self._say("Goodbye.")
            self._end("assistant-ended-call")
            return
        if not self._has_answered:
            self._has_answered = True
            self._call_tool()
            self._hand_off()
        self._say(f"You said: {words}")

    def _call_tool(self) -> None:
        tool = next(_tools(self._speaker, self._account), None)
        if tool is None:
            return
        key = f"call_{self._turn}"
        call: Item = {"id": key, "type": "function", "function": {"name": tool, "arguments": {}}}
        self._say("One moment.")
        self._add({"type": "tool-calls", "toolCallList": [call]})
        self._to_send += [bytes(FRAME_BYTES)] * _TOOL_FRAMES
        result = {"toolCallId": key, "name": tool, "result": '{"say": "This is the stand-in\'s answer."}'}
        self._add({"type": "tool-calls-result", "toolCallResult": result})

    def _hand_off(self) -> None:
        if not self._members:
            return
        before, self._speaker = self._name(), self._members.popleft()
        self._add(
            {
                "type": "transfer-update",
                "destination": {"type": "assistant", "assistantName": self._name()},
                "fromAssistant": {"name": before},
                "toAssistant": {"name": self._name()},
            }
        )

    def _say(self, words: str) -> None:
        self._speech("assistant", "started")
        self._transcript("assistant", "final", words)
        self._to_send += [TONE] * _SPEECH_FRAMES
        self._speech("assistant", "stopped")

    def _speech(self, role: str, status: str) -> None:
        self._add({"type": "speech-update", "role": role, "status": status, "turn": self._turn})

    def _transcript(self, role: str, kind: str, words: str) -> None:
        name = {"assistantName": self._name()} if role == "assistant" else {}
        self._add({"type": "transcript", "role": role, "transcriptType": kind, "transcript": words} | name)

    def _end(self, reason: str) -> None:
        self.ended_reason = reason
        self._add({"type": "status-update", "status": "ended", "endedReason": reason})

    def _interrupted(self) -> None:
        """The caller speaks over the assistant: what it was about to say is dropped."""
        if TONE in self._to_send:
            self._to_send.clear()
            self._add({"type": "user-interrupted"})
            self._speech("assistant", "stopped")

    def _add(self, message: Item) -> None:
        if message["type"] in self._told_of:
            self._to_send.append(message | {"call": {"id": self._call["id"]}})

    def _due(self, *, waits_for_sound: bool) -> Iterator[Item | bytes]:
        """What is to be sent now: up to and with the next sound, or without it."""
        while self._to_send:
            if isinstance(self._to_send[0], bytes):
                if waits_for_sound:
                    return
                waits_for_sound = True
            yield self._to_send.popleft()

    def _name(self) -> str:
        return self._speaker.get("name", "the assistant")


def _waiting_call(path: str, account: Account) -> Item | None:
    """The web-socket call of this path, unless it is over."""
    match = _PATH.fullmatch(path)
    try:
        call = account.get("call", match[1]) if match else {}
    except Refused:
        return None
    return call if call.get("type") == "vapi.websocketCall" and call["status"] != "ended" else None


def _members(call: Item, account: Account) -> Iterator[Item]:
    """The assistants of a call, the one that answers first."""
    squad = _held(call, "squad", account)
    for member in squad.get("members", ()) if squad else (call,):
        found = _held(member, "assistant", account) or {}
        yield found | (member.get("assistantOverrides") or {})


def _tools(assistant: Item, account: Account) -> Iterator[str]:
    """The names of the function tools of an assistant, linked ones first."""
    model: Item = assistant.get("model") or {}
    linked = [account.get("tool", key) for key in model.get("toolIds", ())]
    for tool in [*linked, *model.get("tools", ())]:
        if tool.get("type") == "function":
            yield tool["function"]["name"]


def _held(holder: Item, kind: str, account: Account) -> Item | None:
    """What a call or a member names by id, or holds inline."""
    if key := holder.get(f"{kind}Id"):
        return account.get(kind, key)
    return cast("Item | None", holder.get(kind))


def _object(text: str) -> Item:
    """The JSON object in this text; empty for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return cast("Item", found) if isinstance(found, dict) else {}


def _peak(pcm: bytes) -> float:
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    return max((abs(each) for each in samples), default=0) / 32_767
