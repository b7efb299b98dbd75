import json
import sys
import threading
import wave
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from gitops import calling
from gitops.call_events import (
    Connected,
    Ended,
    Event,
    HandedOff,
    Said,
    Spoke,
    StatusChanged,
    ToolAnswered,
    ToolCalled,
    read,
)
from gitops.calling import Account, Call, CallFailed, Made, Target, ticks
from gitops.sound import FRAME_BYTES, RATE, SILENCE, Microphone, Recording, read_wav
from gitops.turns import Floor, Lines
from tests.gitops.sounds import Devices, samples, wav
from tests.vapi_account import VapiAccount, vapi_account

FAST_S = 0.002
"""A frame of 20 ms, ten times as fast."""
NOWHERE = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def vapi() -> Iterator[VapiAccount]:
    with vapi_account() as account:
        yield account


@pytest.fixture(scope="module")
def squad(vapi: VapiAccount) -> Target:
    tool = vapi.create("tool", {"type": "function", "function": {"name": "get_clinic_info"}})
    model = {"provider": "openai", "model": "gpt-4o", "toolIds": [tool["id"]]}
    greeting = "Hello. How can I help?"
    router = vapi.create("assistant", {"name": "router", "firstMessage": greeting, "model": model})
    booking = vapi.create("assistant", {"name": "booking"})
    members = [{"assistantId": one["id"]} for one in (router, booking)]
    return Target("squad", vapi.create("squad", {"name": "frontdesk", "members": members})["id"])


def called(vapi: VapiAccount, target: Target, **options: Any) -> list[Event]:
    account = Account(vapi.url, vapi.key)
    return list(Call(account, calling.create(account, target), frame_s=FAST_S, **options).events())


# A whole conversation


def test_a_conversation_by_text_is_heard_to_its_end(vapi: VapiAccount, squad: Target) -> None:
    events = called(vapi, squad, turns=["I need an appointment", "Thanks"])

    assert [(one.role, one.assistant, one.text) for one in events if isinstance(one, Said)] == [
        ("assistant", "router", "Hello. How can I help?"),
        ("user", "", "I need an appointment"),
        ("assistant", "router", "One moment."),
        ("assistant", "booking", "You said: I need an appointment"),
        ("user", "", "Thanks"),
        ("assistant", "booking", "You said: Thanks"),
    ]
    (asked,) = (one for one in events if isinstance(one, ToolCalled))
    (answered,) = (one for one in events if isinstance(one, ToolAnswered))
    (handed,) = (one for one in events if isinstance(one, HandedOff))
    assert (asked.name, asked.arguments) == ("get_clinic_info", {})
    assert (answered.id, answered.name, answered.has_failed) == (asked.id, "get_clinic_info", False)
    assert answered.took_s == pytest.approx(answered.at_s - asked.at_s)
    assert (handed.before, handed.after) == ("router", "booking")
    assert isinstance(events[0], Connected)
    assert isinstance(events[-1], Ended)
    assert events[-1].reason == "customer-ended-call"
    assert [one.at_s for one in events if not isinstance(one, Said)] == sorted(
        one.at_s for one in events if not isinstance(one, Said)
    )


def test_each_turn_is_said_once_the_assistant_has_finished(vapi: VapiAccount, squad: Target) -> None:
    is_speaking = False
    for event in called(vapi, squad, turns=["One", "Two", "Three"]):
        if isinstance(event, Spoke):
            is_speaking = event.is_speaking
        assert not (isinstance(event, Said) and event.role == "user" and is_speaking)


def test_a_caller_who_is_greeted_by_nobody_speaks_first(vapi: VapiAccount) -> None:
    silent = vapi.create("assistant", {"name": "silent", "firstMessageMode": "assistant-waits-for-user"})

    events = called(vapi, Target("assistant", silent["id"]), turns=["Hello?"])

    said = [one for one in events if isinstance(one, Said)]
    assert [one.text for one in said] == ["Hello?", "You said: Hello?"]
    assert said[0].at_s >= 10
    assert said[1].waited_s is not None


def test_a_conversation_by_sound_is_measured_and_recorded(
    vapi: VapiAccount, squad: Target, tmp_path: Path
) -> None:
    heard = read_wav(wav(tmp_path / "in.wav", 1.2, rate=8_000, channels=2))
    recording = Recording()

    events = called(vapi, squad, turns=[heard], recording=recording)
    recording.write(tmp_path / "out.wav")

    texts = [one.text for one in events if isinstance(one, Said)]
    assert texts[1:] == ["(spoke for 1.2 s)", "One moment.", "You said: (spoke for 1.2 s)"]
    with wave.open(str(tmp_path / "out.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        both = samples(file.readframes(file.getnframes()))
    caller, assistant = both[0::2], both[1::2]
    loud_s = [sum(abs(one) > 500 for one in side) / RATE for side in (caller, assistant)]
    assert loud_s[0] == pytest.approx(1.2, abs=0.05)  # nobody else is on the caller's side
    assert max(caller) == pytest.approx(16_000, rel=0.02)
    assert 0.3 < loud_s[1] < 1.0  # three short speeches by a tone that is loud most of the time
    assert max(assistant) == pytest.approx(900, rel=0.02)
    assert both[0] == both[1] == 0


def test_hanging_up_ends_the_call_politely(vapi: VapiAccount, squad: Target) -> None:
    account = Account(vapi.url, vapi.key)
    made = calling.create(account, squad)
    call = Call(account, made, turns=["never said"], frame_s=FAST_S)
    events: list[Event] = []

    for event in call.events():
        events.append(event)
        if isinstance(event, StatusChanged):
            call.hang_up()

    assert isinstance(events[-1], Ended)
    assert events[-1].reason == "customer-ended-call"  # which Vapi says to an `end-call`
    assert not any(isinstance(one, Said) and one.role == "user" for one in events)
    kept = vapi.http.get(f"/call/{made.call_id}").json()
    assert (kept["status"], kept["endedReason"]) == ("ended", "customer-ended-call")


def test_a_call_by_microphone_goes_on_until_somebody_hangs_up(
    vapi: VapiAccount, squad: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = Devices()
    monkeypatch.setitem(sys.modules, "sounddevice", devices)
    account = Account(vapi.url, vapi.key)
    with Microphone() as microphone:
        call = Call(account, calling.create(account, squad), microphone=microphone, frame_s=FAST_S)
        for event in call.events():
            if isinstance(event, Said) and event.role == "assistant" and "How can" in event.text:
                for _ in range(20):
                    devices.record(b"\x10\x27" * 320)
            if isinstance(event, Said) and event.role == "user":
                assert event.text == "(spoke for 0.4 s)"
                call.hang_up()
                break
        else:
            pytest.fail("what was spoken was not heard")
    assert max(samples(devices.played(FRAME_BYTES))) > 500


# What can't be


def test_a_wrong_key_is_told_with_what_to_look_at(vapi: VapiAccount, squad: Target) -> None:
    with pytest.raises(CallFailed, match=r"key \(401\); VAPI_PRIVATE_KEY"):
        calling.create(Account(vapi.url, "another"), squad)


@pytest.mark.parametrize("kind", ["assistant", "squad"])
def test_one_whom_vapi_does_not_know_is_told_with_what_to_do(vapi: VapiAccount, kind: calling.Kind) -> None:
    with pytest.raises(CallFailed, match=rf"no {kind} {NOWHERE} .* `frontdesk vapi push`"):
        calling.create(Account(vapi.url, vapi.key), Target(kind, NOWHERE))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "push the tree"),
        (429, "call again in a minute"),
        (502, "Vapi failed"),
        (400, "refused the call"),
    ],
)
def test_a_refusal_is_a_sentence(vapi: VapiAccount, squad: Target, status: int, words: str) -> None:
    vapi.faults({"path": "/call", "status": status, "times": 1})

    with pytest.raises(CallFailed, match=rf"{words}.*\({status}\)|\({status}\).*{words}"):
        calling.create(Account(vapi.url, vapi.key), squad)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(CallFailed, match=r"no answer from http://127\.0\.0\.1:9"):
        calling.create(Account("http://127.0.0.1:9", "key"), Target("assistant", NOWHERE))


def test_an_id_alone_is_enough(vapi: VapiAccount, squad: Target) -> None:
    account = Account(vapi.url, vapi.key)

    assert calling.kind_of(account, squad.uuid) == "squad"
    assert calling.kind_of(account, vapi.all("assistant")[0]["id"]) == "assistant"


# The wire


@contextmanager
def socket(
    handler: Callable[[ServerConnection], None],
    process_request: Callable[[ServerConnection, Request], Response | None] | None = None,
    *,
    sound_s: int = 1,
    frame_s: float = FAST_S,
) -> Generator[Call]:
    """A call whose other side is this handler, and whose caller speaks for so long."""
    with serve(handler, "127.0.0.1", 0, process_request=process_request) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        made = Made("c-1", f"ws://127.0.0.1:{port}/c-1")
        yield Call(
            Account("http://127.0.0.1", "key"), made, turns=[b"\x10\x27" * RATE * sound_s], frame_s=frame_s
        )
        server.shutdown()


def test_sound_goes_out_in_frames_of_20_ms_without_a_pause() -> None:
    got: list[bytes | str] = []

    def handler(connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "speech-update", "role": "assistant", "status": "started"}))
        connection.send(json.dumps({"type": "speech-update", "role": "assistant", "status": "stopped"}))
        for message in connection:
            got.append(message)
            if isinstance(message, str):
                return

    with socket(handler) as call:
        ended_s = list(call.events())[-1].at_s

    spoken = [each for each in got if isinstance(each, bytes)]
    assert {len(each) for each in spoken} == {FRAME_BYTES}
    assert len(spoken) <= ended_s * 50 + 1  # never faster than the clock
    loud = [number for number, each in enumerate(spoken) if each != SILENCE]
    assert loud == list(range(loud[0], loud[0] + 50))  # a second of sound
    assert loud[0] > 50  # it waited for the assistant, and silence went out meanwhile
    assert [json.loads(each) for each in got if isinstance(each, str)] == [{"type": "end-call"}]


def test_frames_keep_to_the_clock() -> None:
    now = 100.0
    due = ticks(0.02, lambda: now)
    sent: list[int] = []
    at = now
    while now < 101:
        number, at = next(due)
        sent.append(number)
        now = max(now, at) + 0.003  # each takes a little, which must not add up
    assert len(sent) == pytest.approx(50, abs=1)

    now += 0.5  # a short stall is made good, so the call's time and the clock's stay one
    assert next(due) == (sent[-1] + 1, pytest.approx(at + 0.02))
    now += 30  # the machine slept: what the caller would have said then is not said in one burst
    next(due)
    assert next(due)[1] == pytest.approx(now, abs=0.021)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1008, "look whether the key belongs"),
        (1011, "Vapi failed inside"),
        (1013, "too many calls"),
        (4000, "call log"),
    ],
)
def test_a_call_that_is_closed_early_says_why(code: int, words: str) -> None:
    def handler(connection: ServerConnection) -> None:
        connection.recv()
        connection.close(code, "because")

    with socket(handler) as call, pytest.raises(CallFailed, match=rf"\({code}, “because”\).*{words}"):
        list(call.events())


def test_a_connection_that_breaks_is_told() -> None:
    def handler(connection: ServerConnection) -> None:
        connection.recv()
        connection.socket.close()

    with socket(handler) as call, pytest.raises(CallFailed, match=r"\(1006\).*network"):
        list(call.events())


def test_a_call_of_which_nothing_comes_is_given_up() -> None:
    def handler(connection: ServerConnection) -> None:
        for _ in connection:
            pass

    with (
        socket(handler, sound_s=90, frame_s=FAST_S / 10) as call,
        pytest.raises(CallFailed, match="given up"),
    ):
        list(call.events())


def test_a_normal_end_without_a_word_is_no_failure() -> None:
    with socket(lambda connection: connection.close(1000)) as call:
        last = list(call.events())[-1]
    assert isinstance(last, Ended)
    assert last.reason == "Vapi closed the call"


def test_a_socket_that_does_not_open_is_told() -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(HTTPStatus.UNAUTHORIZED, "")

    with (
        socket(lambda _: None, refuse) as call,
        pytest.raises(CallFailed, match=r"\(401\).*VAPI_PRIVATE_KEY"),
    ):
        list(call.events())


@pytest.mark.parametrize(("base", "is_told"), [("http://127.0.0.1", True), ("https://api.vapi.ai", False)])
def test_the_key_is_shown_to_no_other_house(base: str, *, is_told: bool) -> None:
    seen: list[str | None] = []

    def look(_: ServerConnection, request: Request) -> None:
        seen.append(request.headers.get("authorization"))

    with serve(lambda connection: connection.close(), "127.0.0.1", 0, process_request=look) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        list(Call(Account(base, "key"), Made("c-1", url), frame_s=FAST_S).events())
        server.shutdown()

    assert seen == (["Bearer key"] if is_told else [None])


# What Vapi says

CALL = {"id": "call_1", "name": "get_providers", "arguments": {"date": "2026-03-02"}}
FUNCTION = {"name": "get_providers", "arguments": {"date": "2026-03-02"}}


@pytest.mark.parametrize(
    "message",
    [
        {"toolCallList": [{"id": "call_1", "type": "function", "function": FUNCTION}]},
        {"toolCalls": [{"id": "call_1", "type": "function", "function": FUNCTION}]},
        {"toolCallList": [{"id": "call_1", "function": {**FUNCTION, "arguments": '{"date": "2026-03-02"}'}}]},
        {"toolCallList": [CALL]},
        {"toolCallList": [{"id": "call_1", "name": "get_providers", "parameters": CALL["arguments"]}]},
        {"toolWithToolCallList": [{"type": "function", "toolCall": {"id": "call_1", "function": FUNCTION}}]},
        {
            "toolWithToolCallList": [
                {
                    "name": "get_providers",
                    "toolCall": {"id": "call_1", "function": {"parameters": CALL["arguments"]}},
                }
            ]
        },
        {"toolCallList": [CALL], "toolWithToolCallList": [{"toolCall": CALL}]},
    ],
)
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_tool_call_is_read_in_every_shape(message: dict[str, Any], *, is_wrapped: bool) -> None:
    message = {"type": "tool-calls", **message}

    events = list(read({"message": message} if is_wrapped else message, 1.0))

    assert events == [ToolCalled(1.0, "call_1", "get_providers", {"date": "2026-03-02"})]


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            {"type": "tool-calls-result", "toolCallResult": {"toolCallId": "c", "name": "n", "result": "r"}},
            ToolAnswered(1.0, "c", "n", "r"),
        ),
        (
            {"type": "tool-call-result", "toolCallId": "c", "name": "n", "error": "e"},
            ToolAnswered(1.0, "c", "n", "e", has_failed=True),
        ),
        (
            {"type": 'transcript[transcriptType="final"]', "role": "user", "transcript": "Hi"},
            Said(1.0, "user", "Hi"),
        ),
        (
            {"type": "transfer-update", "destination": {"type": "number", "number": "+16045550101"}},
            HandedOff(1.0, "+16045550101"),
        ),
        (
            {"type": "status-update", "status": "ended", "endedReason": "silence-timed-out"},
            Ended(1.0, "silence-timed-out"),
        ),
        ({"type": "call-ended", "reason": "pipeline-error"}, Ended(1.0, "pipeline-error")),
        ({"type": "tool-calls", "toolCallList": []}, None),
        ({"type": "transcript", "transcriptType": "partial", "role": "user", "transcript": "H"}, None),
        ({"type": "model-output", "output": "x"}, None),
        ({"type": 7}, None),
        ({}, None),
    ],
)
def test_other_messages_are_read_too(message: dict[str, Any], event: Event | None) -> None:
    assert list(read(message, 1.0)) == ([event] if event else [])


def test_pieces_of_what_one_speaker_says_become_one_line() -> None:
    lines = Lines()

    shown = lines.add(Said(1.0, "assistant", "Hello."))
    shown += lines.due(1.5)
    shown += lines.add(Said(1.5, "assistant", "This is Maple Clinic."))
    shown += lines.due(2.0)
    assert shown == []
    assert lines.due(2.1) == [Said(1.0, "assistant", "Hello. This is Maple Clinic.")]

    lines.add(Said(3.0, "assistant", "您好。"))
    assert lines.add(Said(3.1, "assistant", "请说。")) == []
    assert lines.add(Said(3.2, "user", "你好")) == [Said(3.0, "assistant", "您好。请说。")]


def test_the_caller_waits_for_a_running_tool_and_for_what_is_made_of_its_answer() -> None:
    floor = Floor()
    floor.note(Spoke(1.0, "assistant", is_speaking=True))
    assert not floor.is_free(9.0)
    floor.note(Spoke(9.0, "assistant", is_speaking=False))
    floor.note(ToolCalled(9.2, "c", "find", {}))
    assert not floor.is_free(20.0)
    floor.note(ToolAnswered(20.0, "c", "find", "{}"))
    assert not floor.is_free(22.0)
    floor.note(Spoke(22.0, "assistant", is_speaking=True))
    floor.note(Spoke(23.0, "assistant", is_speaking=False))
    assert floor.is_free(24.5)
