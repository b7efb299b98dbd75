import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from local import child
from local.vapi_account import Account
from local.vapi_socket import Conversation
from tests.vapi_account import VapiAccount, vapi_account

SILENCE = bytes(640)
LOUD = b"\x10\x27" * 320
ALL = ["speech-update", "status-update", "tool-calls", "tool-calls-result", "transcript", "user-interrupted"]
TOOL = {"type": "function", "function": {"name": "get_clinic_info"}}


class Client:
    """Someone in a call with the stand-in, without the wire."""

    def __init__(self, call: dict[str, Any] | None = None, **assistant: Any) -> None:
        who = {"assistant": {"name": "router", "clientMessages": ALL} | assistant}
        self.play = Conversation({"id": "c-1", **(call or who)}, Account())
        self.sounds: list[bytes] = []
        self.greeted = self._read(self.play.opened()) + self.send(SILENCE, times=20)

    def send(self, frame: bytes, *, times: int) -> list[dict[str, Any]]:
        """The messages that come with so many frames."""
        found: list[dict[str, Any]] = []
        for _ in range(times):
            if not self.play.is_over:
                found += self._read(self.play.heard(frame))
        return found

    def say(self, words: str, role: str = "user") -> list[dict[str, Any]]:
        """The messages that come within two seconds of these words."""
        body = {"type": "add-message", "message": {"role": role, "content": words}}
        return self._read(self.play.told(json.dumps(body))) + self.send(SILENCE, times=100)

    def _read(self, sent: list[dict[str, Any] | bytes]) -> list[dict[str, Any]]:
        self.sounds += [each for each in sent if isinstance(each, bytes)]
        return [each for each in sent if not isinstance(each, bytes)]


def words(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    finals = (one for one in messages if one.get("transcriptType") == "final")
    return [(one["role"], one["transcript"]) for one in finals]


def types(messages: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in messages]


def test_it_greets_with_the_first_message_by_words_and_by_sound() -> None:
    client = Client(firstMessage="Maple Clinic.")

    assert types(client.greeted) == ["status-update", "speech-update", "transcript", "speech-update"]
    assert words(client.greeted) == [("assistant", "Maple Clinic.")]
    assert {len(each) for each in client.sounds} == {640}
    assert len(client.sounds) > 10
    assert all(any(each) for each in client.sounds)


def test_who_waits_for_the_caller_says_nothing_first() -> None:
    assert types(Client(firstMessageMode="assistant-waits-for-user").greeted) == ["status-update"]


def test_words_are_answered_with_a_tool_call_the_first_time() -> None:
    client = Client(model={"tools": [TOOL]})

    first = client.say("Are you open?")
    second = client.say("Thanks.")

    (asked,) = (one["toolCallList"][0] for one in first if one["type"] == "tool-calls")
    (answered,) = (one["toolCallResult"] for one in first if one["type"] == "tool-calls-result")
    assert (asked["function"]["name"], answered["toolCallId"]) == ("get_clinic_info", asked["id"])
    assert words(first) == [
        ("user", "Are you open?"),
        ("assistant", "One moment."),
        ("assistant", "You said: Are you open?"),
    ]
    assert words(second) == [("user", "Thanks."), ("assistant", "You said: Thanks.")]
    assert "tool-calls" not in types(second)
    assert client.say("You are a clinic.", role="system") == []


def test_a_squad_hands_the_call_over_once() -> None:
    members = [{"assistant": {"name": name}} for name in ("router", "booking", "registration")]
    client = Client({"squad": {"name": "frontdesk", "members": members}})

    messages = client.say("An appointment, please.") + client.say("Tomorrow.")

    (update,) = (one for one in messages if one["type"] == "transfer-update")
    assert (update["fromAssistant"]["name"], update["toAssistant"]["name"]) == ("router", "booking")
    assert update["destination"]["assistantName"] == "booking"


def test_how_long_somebody_spoke_is_what_it_hears() -> None:
    client = Client()

    began = client.send(LOUD, times=60)
    ended = client.send(SILENCE, times=60)

    assert [(one["role"], one["status"]) for one in began] == [("user", "started")]
    assert (ended[0]["role"], ended[0]["status"]) == ("user", "stopped")
    assert words(ended)[0] == ("user", "(spoke for 1.2 s)")


def test_who_speaks_over_it_silences_it() -> None:
    client = Client()
    client.play.told(json.dumps({"type": "add-message", "message": {"role": "user", "content": "Hi"}}))
    client.sounds.clear()

    messages = client.send(LOUD, times=5)

    assert types(messages) == ["user-interrupted", "speech-update", "speech-update"]
    assert client.sounds == []


def test_a_client_is_told_what_it_asked_for_only() -> None:
    assert set(types(Client(clientMessages=["transcript"]).say("Hi."))) == {"transcript"}

    router = {"name": "router", "clientMessages": ALL}
    overridden = Client({"assistant": router, "assistantOverrides": {"clientMessages": ["status-update"]}})
    assert types(overridden.greeted) == ["status-update"]

    by_default = Client({"assistant": {"model": {"tools": [TOOL]}}}).say("Hi.")
    assert "tool-calls" in types(by_default)
    assert "tool-calls-result" not in types(by_default)  # Vapi keeps it to itself unless asked


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ({"type": "end-call"}, "customer-ended-call"),
        ({"type": "hangup"}, "customer-ended-call"),
        ({"type": "add-message", "message": {"role": "user", "content": "OK, bye!"}}, "assistant-ended-call"),
        ({"type": "add-message", "message": {"role": "user", "content": "再见"}}, "assistant-ended-call"),
        ({"type": "say"}, "silence-timed-out"),
    ],
)
def test_it_ends_and_says_why(last: dict[str, Any], reason: str) -> None:
    client = Client()

    messages = [each for each in client.play.told(json.dumps(last)) if not isinstance(each, bytes)]
    messages += client.send(SILENCE, times=1500)

    assert messages[-1]["endedReason"] == client.play.ended_reason == reason
    assert client.play.is_over


@pytest.mark.parametrize(
    "text",
    ["", "5", "no json", "{}", '{"type": "add-message"}', '{"type": "add-message", "message": {}}'],
)
def test_what_it_does_not_understand_changes_nothing(text: str) -> None:
    client = Client()

    assert client.play.told(text) == []
    assert client.send(SILENCE, times=5) == []


# Over the wire


@pytest.fixture(scope="module")
def vapi() -> Iterator[VapiAccount]:
    with vapi_account() as account:
        yield account


def made(vapi: VapiAccount) -> dict[str, Any]:
    key = vapi.create("assistant", {"name": "router"})["id"]
    return vapi.create("call", {"assistantId": key, "transport": {"provider": "vapi.websocket"}})


def connected(call: dict[str, Any]) -> ClientConnection:
    return connect(call["transport"]["websocketCallUrl"], legacy=True)


def test_a_sound_comes_back_for_each_and_the_end_closes_the_call(vapi: VapiAccount) -> None:
    call = made(vapi)
    with connected(call) as socket:
        assert json.loads(socket.recv(timeout=20))["status"] == "in-progress"
        for _ in range(3):
            socket.send(SILENCE)
            while isinstance(message := socket.recv(timeout=20), str):
                pass
            assert len(message) == 640
        socket.send('{"type": "end-call"}')
        assert json.loads(socket.recv(timeout=20))["endedReason"] == "customer-ended-call"
        with pytest.raises(ConnectionClosedOK):
            socket.recv(timeout=20)

    kept = vapi.http.get(f"/call/{call['id']}").json()
    assert (kept["status"], kept["endedReason"]) == ("ended", "customer-ended-call")
    with pytest.raises(InvalidStatus, match="403"):
        connected(call)


def test_a_caller_who_vanishes_has_ended_the_call(vapi: VapiAccount) -> None:
    call = made(vapi)
    with connected(call):
        pass

    seen = (vapi.http.get(f"/call/{call['id']}").json()["status"] for _ in range(500))
    assert "ended" in seen  # which stops looking when it sees it


def test_only_a_web_socket_call_that_was_made_is_connected(vapi: VapiAccount) -> None:
    web = vapi.create("call", {"assistant": {"name": "router"}})
    here = vapi.url.replace("http", "ws")

    for path in (f"/calls/{web['id']}/socket", "/calls/none/socket", "/"):
        with pytest.raises(InvalidStatus, match="403"):
            connect(here + path, legacy=True)


def test_the_stacks_own_process_plays_calls() -> None:
    with child.listen() as listening:
        process = child.Child("local.vapi_stand_in", listening, {"private_key": "k"})
        try:
            process.wait_until_ready()
            body = {"assistant": {"name": "router"}, "transport": {"provider": "vapi.websocket"}}
            headers = {"authorization": "Bearer k"}
            call = httpx.post(f"{child.address(listening)}/call", json=body, headers=headers).json()
            with connected(call) as socket:
                assert json.loads(socket.recv(timeout=20))["status"] == "in-progress"
        finally:
            process.stop()
