"""A call with an assistant or a squad over Vapi's web-socket, as an iterator of events.

`POST /call` with the transport `vapi.websocket` makes the call; connecting to the address it answers
begins it. Binary messages are sound, both ways; text messages are JSON: Vapi's client messages to us,
`add-message` and `end-call` from us (`ClientInboundMessage` of its OpenAPI document, 2026-08-18).

Vapi wants 20 ms of sound every 20 ms, without a pause, silence included. So a thread of its own keeps
the conversation, and whoever reads the events may take their time.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect

from gitops.call_events import WANTED, Connected, Ended, Event, Interrupted, Said, read
from gitops.sound import FRAME_S, RATE, SILENCE, Microphone, Recording, frames
from gitops.turns import Floor, Lines

Kind = Literal["assistant", "squad"]
Turn = str | bytes
"""What the caller says in one go: text, or sound as `gitops.sound` has it."""

_CREATE_S: Final = 45
"""A squad takes Vapi long to read."""
_OPEN_S: Final = 15
_PING_S: Final = 10
"""Between two questions whether the other side is still there, and for the answer."""
_IDLE_S: Final = 60
"""A call of which nothing at all is heard for so long is given up."""
_GOODBYE_S: Final = 5.0
"""How long after `end-call` we wait for Vapi to say why the call ended."""
_CLOSE_S: Final = 2
_BEHIND_FRAMES: Final = 50
"""What is later than so many frames isn't made good."""

_CLOSED: Final = {
    1006: "the connection broke without a goodbye; look at the network and call again",
    1008: "Vapi refused it; look whether the key belongs to the account that holds the assistant",
    1009: "a message was too long for the other side; that is a defect of this program",
    1011: "Vapi failed inside; its call log says at what. Call again",
    1012: "Vapi restarts; call again in a minute",
    1013: "Vapi is too busy, or too many calls of this account run at once; call again later",
}
"""What the codes of RFC 6455, section 7.4, mean here."""


class CallFailed(Exception):
    """The call could not be made or broke off; one sentence says what to do."""


@dataclass(frozen=True)
class Target:
    """Whom to call."""

    kind: Kind
    uuid: str


@dataclass(frozen=True)
class Account:
    """A Vapi account."""

    base_url: str
    private_key: str = field(repr=False)


@dataclass(frozen=True)
class Made:
    """A call that waits for us to connect."""

    call_id: str
    socket_url: str


def create(account: Account, target: Target) -> Made:
    """Makes a call; raises `CallFailed`."""
    body = {
        f"{target.kind}Id": target.uuid,
        f"{target.kind}Overrides": {"clientMessages": list(WANTED)},
        "transport": {
            "provider": "vapi.websocket",
            "audioFormat": {"format": "pcm_s16le", "container": "raw", "sampleRate": RATE},
        },
    }
    answer = _asked(account, "POST", "/call", body)
    said = _json(answer.text)
    if answer.is_error:
        raise CallFailed(_refusal(answer.status_code, _message(said), target))
    url = _object(said, "transport").get("websocketCallUrl")
    if not isinstance(url, str) or not isinstance(said.get("id"), str):
        raise CallFailed(
            f"{account.base_url} answered without the address of a web-socket; is it Vapi's API?"
        )
    return Made(said["id"], url)


def kind_of(account: Account, uuid: str) -> Kind:
    """Whether this id is a squad's; of any other, `create` says whether there is such an assistant."""
    return "squad" if _asked(account, "GET", f"/squad/{uuid}").is_success else "assistant"


def _asked(account: Account, method: str, path: str, body: Any = None) -> httpx.Response:
    try:
        return httpx.request(
            method,
            account.base_url.rstrip("/") + path,
            json=body,
            headers={"authorization": f"Bearer {account.private_key}"},
            timeout=_CREATE_S,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CallFailed(
            f"no answer from {account.base_url} ({type(error).__name__}: {error}); look at the network and "
            "at VAPI_BASE_URL"
        ) from error


class Call:
    """One call, from connecting to its end."""

    def __init__(
        self,
        account: Account,
        made: Made,
        *,
        turns: Sequence[Turn] = (),
        microphone: Microphone | None = None,
        recording: Recording | None = None,
        frame_s: float = FRAME_S,
    ) -> None:
        """Prepares it; it is connected when its events are asked for.

        Args:
            account: whose call it is.
            made: the call.
            turns: what the caller says, each once the assistant has finished; after the last answer we
                hang up. Text is put into the conversation as the caller's message (`add-message` of
                role `user`), which the assistant answers at once: nothing is synthesised or
                transcribed, so it tests what is said and done, not what is heard.
            microphone: in place of turns: the call goes on until somebody hangs up.
            recording: takes both sides' sound.
            frame_s: how long a frame of 20 ms takes; less is faster than real time. All times in the
                events are the call's own: 20 ms for each frame.
        """
        self._account = account
        self._made = made
        self._turns = iter(turns)
        self._microphone = microphone
        self._recording = recording
        self._frame_s = frame_s
        self._sound: Iterator[bytes] | None = None
        """What is left of the turn that is being played."""
        self._is_over = Flag()
        self._floor = Floor()
        self._lines = Lines()

    def hang_up(self) -> None:
        """Ends the call politely; the events that are left still come. From any thread, or a signal."""
        self._is_over.set()

    def events(self) -> Iterator[Event]:
        """What happens, as it happens, to the end; raises `CallFailed` when the call breaks off."""
        happened: SimpleQueue[Event | Exception | None] = SimpleQueue()

        def converse() -> None:
            try:
                for event in self._connected():
                    happened.put(event)
                happened.put(None)
            except Exception as error:  # noqa: BLE001 - raised again below, in the reader's thread
                happened.put(error)

        thread = Thread(target=converse, name="call", daemon=True)
        thread.start()
        try:
            while (event := happened.get()) is not None:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:  # whoever stops reading hangs up
            self.hang_up()
            thread.join(_GOODBYE_S + 2 * _CLOSE_S)

    def _connected(self) -> Iterator[Event]:
        try:
            with connect(
                self._made.socket_url,
                additional_headers=_proof(self._account, self._made.socket_url),
                compression=None,  # sound gains nothing by it
                open_timeout=_OPEN_S,
                ping_interval=_PING_S,
                ping_timeout=_PING_S,
                close_timeout=_CLOSE_S,
            ) as socket:
                yield Connected(0.0, self._made.call_id)
                yield from self._conversation(socket)
        except InvalidStatus as error:
            raise CallFailed(_unopened(error.response.status_code)) from error
        except (InvalidHandshake, InvalidURI, OSError) as error:
            raise CallFailed(
                f"the call's web-socket did not open ({type(error).__name__}: {error}); look at the network, "
                "and whether a proxy lets web-sockets through"
            ) from error

    def _conversation(self, socket: ClientConnection) -> Iterator[Event]:
        """Everything between the two handshakes, one round for each frame."""
        until: float | None = None  # by the clock: however fast the call, the goodbye takes its time
        heard_s = now_s = 0.0
        try:
            for number, due in ticks(self._frame_s):
                now_s = round(number * FRAME_S, 2)
                for message in _received(socket, due):
                    heard_s = now_s
                    for event in self._taken(message, now_s):
                        yield event
                        if isinstance(event, Ended):
                            return
                yield from self._lines.due(now_s)
                if until is None:
                    said = None if self._is_over.is_set() else self._spoken(socket, now_s)
                    yield from said or ()
                    if said is None:
                        socket.send(json.dumps({"type": "end-call"}))
                        until = time.monotonic() + _GOODBYE_S
                if until is not None and time.monotonic() >= until:
                    yield from self._ended(now_s, "we hung up")
                    return
                if now_s - heard_s > _IDLE_S:
                    raise CallFailed(
                        f"nothing came for {_IDLE_S} s, so the call was given up; look into Vapi's call log"
                    )
                if until is None:  # after the goodbye we only listen: a frame would meet a closed door
                    socket.send(frame := self._frame())
                    if self._recording:
                        self._recording.said(frame)
        except ConnectionClosed as error:
            if until is None and (why := _broken(error)):
                yield from self._lines.all_held()
                raise CallFailed(why) from error
            yield from self._ended(now_s, "Vapi closed the call" if until is None else "we hung up")

    def _ended(self, now_s: float, reason: str) -> Iterator[Event]:
        yield from self._lines.all_held()
        yield Ended(now_s, reason)

    def _taken(self, message: str | bytes, now_s: float) -> list[Event]:
        """Plays, records and notes what Vapi sent; the events that can be shown now."""
        if isinstance(message, bytes):
            if self._recording:
                self._recording.heard(message)
            if self._microphone:
                self._microphone.play(message)
            return []
        shown: list[Event] = []
        for event in read(_json(message), now_s):
            self._floor.note(event)
            if isinstance(event, Interrupted) and self._microphone:
                self._microphone.stop_playing()
            shown += self._lines.add(event)
        return shown

    def _spoken(self, socket: ClientConnection, now_s: float) -> list[Event] | None:
        """Takes the next turn when it is the caller's; what to show of it, or None when all is said."""
        if self._microphone or self._sound or not self._floor.is_free(now_s):
            return []
        turn = next(self._turns, None)
        if turn is None:
            return None
        self._floor.caller_spoke(now_s)
        if isinstance(turn, bytes):
            self._sound = frames(turn)
            return []
        message = {"type": "add-message", "message": {"role": "user", "content": turn}}
        socket.send(json.dumps({**message, "triggerResponseEnabled": True}))
        return self._lines.typed(Said(now_s, "user", turn))

    def _frame(self) -> bytes:
        if self._microphone:
            return self._microphone.frame()
        frame = next(self._sound, None) if self._sound else None
        if frame is None:
            self._sound = None
        return frame or SILENCE


def ticks(
    frame_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[tuple[int, float]]:
    """The number of each frame, from 0, and the clock's time when it is due.

    They keep to the clock and not to one another, so a short stall is made good; after a long one, as
    when the machine slept, they go on from there: nobody wants to hear it in one burst.
    """
    start = clock()
    for number in count():
        yield number, start + number * frame_s
        late = clock() - (start + (number + 1) * frame_s)
        if late > _BEHIND_FRAMES * frame_s:
            start += late


def _received(socket: ClientConnection, due: float) -> Iterator[str | bytes]:
    """What comes until then; at least one look, however late it is."""
    while True:
        try:
            yield socket.recv(timeout=max(0.0, due - time.monotonic()))
        except TimeoutError:
            return
        if time.monotonic() >= due:
            return


def _proof(account: Account, url: str) -> dict[str, str]:
    """The key, as Vapi's own client sends it; only to the house whose API was given it."""
    ours, theirs = (urlsplit(each).hostname or "" for each in (account.base_url, url))
    is_same = theirs == ours or (ours.endswith(".vapi.ai") and theirs.endswith(".vapi.ai"))
    return {"authorization": f"Bearer {account.private_key}"} if is_same else {}


def _refusal(status: int, message: str, target: Target) -> str:
    said = f"; it says: {message}" if message else ""
    if status == 401:
        return f"Vapi refused the key (401); VAPI_PRIVATE_KEY must be a private key of the account{said}"
    if status == 404 or (status == 400 and target.uuid in message):
        return (
            f"Vapi knows no {target.kind} {target.uuid} ({status}); push the tree to this account first: "
            f"`frontdesk vapi push`{said}"
        )
    if status == 429:
        return f"Vapi takes no more calls now (429); call again in a minute{said}"
    if status >= 500:
        return f"Vapi failed ({status}); call again{said}"
    return f"Vapi refused the call ({status}){said}"


def _unopened(status: int) -> str:
    why = {
        401: "the key is not accepted; look at VAPI_PRIVATE_KEY",
        403: "the call is not ours, or is over; make a new one",
        404: "the call is over; make a new one",
    }.get(status, "call again")
    return f"the call's web-socket did not open ({status}): {why}"


def _broken(error: ConnectionClosed) -> str:
    """What is wrong with a call that the other side closed; empty when nothing is."""
    code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")
    if code in (1000, 1001):
        return ""
    told = f", “{reason}”" if reason else ""
    why = _CLOSED.get(code, "look into Vapi's call log")
    return f"the call's web-socket was closed ({code}{told}): {why}"


def _json(text: str) -> dict[str, Any]:
    """The JSON object in this text; empty for anything else."""
    with suppress(ValueError, RecursionError):
        if isinstance(found := json.loads(text), dict):
            return cast("dict[str, Any]", found)
    return {}


def _object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    found = holder.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _message(said: dict[str, Any]) -> str:
    """Vapi's `message`, which is a text or a list of them."""
    found = said.get("message")
    parts = cast("list[Any]", found) if isinstance(found, list) else [found]
    return "; ".join(part for part in parts if isinstance(part, str))
