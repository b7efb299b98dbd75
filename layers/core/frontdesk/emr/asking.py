"""A clinic's EMR as tools have it: each question goes to the one function that may ask EMRs (`emr/ask`).

SOAP, TLS and logins cost a second to load and are worth keeping between calls; a tool carries none of it.
Whatever `emr.Emr` says holds here too, and `Away` is raised at once while the EMR's breaker is open.

The function is called by Lambda's Invoke API (AWS, "Invoke", read 2026-11-22), without boto3, which would
cost a tool 350 ms of a cold start.
"""

import http.client
import json
import os
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from select import select
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlsplit
from uuid import UUID

from frontdesk import traces
from frontdesk.emr import wire
from frontdesk.emr.emr import Emr, NoAnswer
from frontdesk.errors import DeadlineExceeded, ProviderFailed
from frontdesk.settings import settings
from frontdesk.signing import Scope, posted

_WAY_BACK_S: Final = 0.1
"""Kept of the time there is, so that what the function says in its last moment is heard."""
_LONGEST_S: Final = 8.0
"""For one question, whoever asks: the function that answers is stopped soon after."""
_IDLE_S: Final = 5
"""A connection that nobody used for so long isn't used again; its other end may be gone, unseen."""


def emr_of(org_id: UUID) -> Emr:
    """The clinic's EMR. No transaction may be open while it is asked; `name` is the one thing it lacks."""
    return cast("Emr", _Asked(org_id))


class _Asked:
    """Every method of `emr.Emr`, by its name."""

    def __init__(self, org_id: UUID) -> None:
        self._org_id = org_id

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method not in wire.METHODS:
            raise AttributeError(method)

        def ask(*given: Any, deadline: float, **named: Any) -> Any:
            arguments = dict(zip(wire.names(method), given, strict=False)) | named
            return _asked(self._org_id, method, wire.told(method, arguments), deadline)

        return ask


def _asked(org_id: UUID, method: str, arguments: dict[str, Any], deadline: float) -> Any:
    deadline = min(deadline, time.monotonic() + _LONGEST_S)
    left_s = deadline - time.monotonic() - _WAY_BACK_S
    if left_s <= 0:
        raise DeadlineExceeded("no time was left to ask the EMR")
    question = {
        "org_id": str(org_id),
        "method": method,
        "arguments": arguments,
        "left_s": left_s,
        "call_id": traces.call_id(),
    }
    sending = _Sending(json.dumps(question).encode(), deadline)
    # Who waits for a name, or for a slow server's next byte, waits no longer than there is time.
    threading.Thread(target=sending.run, daemon=True).start()
    sending.is_over.wait(max(0.0, deadline - time.monotonic()))
    answer = sending.answer
    if answer is None or answer.status != http.HTTPStatus.OK:
        raise _lost(method, sending, answer)
    try:
        return wire.heard(method, json.loads(answer.body))
    except (ValueError, LookupError, TypeError):  # of its own failure it says neither
        raise _lost(method, sending, answer) from None


class _Answer(NamedTuple):
    status: int
    is_failure: bool
    """The function raised, or was cut off."""
    body: bytes


class _Sending:
    """One request, in a thread of its own."""

    def __init__(self, body: bytes, deadline: float) -> None:
        self._body, self._deadline = body, deadline
        self.is_over = threading.Event()
        self.was_sent = self.is_late = False
        self.answer: _Answer | None = None

    def run(self) -> None:
        """Raises nothing: what there isn't is no answer."""
        try:
            self.answer = self._posted()
        except TimeoutError:
            self.is_late = True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            self.is_over.set()

    def _posted(self) -> _Answer:
        place = urlsplit(_endpoint())
        path = f"/2015-03-31/functions/{settings().emr_function}/invocations"
        scope = Scope("lambda", datetime.now(UTC))
        headers = {"content-type": "application/json", "host": place.netloc}
        headers = posted(scope, headers, self._body, path=path)
        connection = _connection(place.scheme, place.netloc, self._left())
        is_whole = False
        try:
            if connection.sock:
                connection.sock.settimeout(self._left())
            else:
                connection.connect()
            self.was_sent = True
            connection.request("POST", path, self._body, headers)
            answer = connection.getresponse()
            body = answer.read()
            is_whole = not answer.will_close
            return _Answer(answer.status, answer.headers.get("x-amz-function-error") is not None, body)
        finally:
            if is_whole:
                _idle.append((time.time(), place.netloc, connection))
            else:
                connection.close()

    def _left(self) -> float:
        return max(0.001, self._deadline - time.monotonic())


_idle: Final[list[tuple[float, str, http.client.HTTPConnection]]] = []
"""Connections that may be used again: when they were used last, and where they lead."""


def _connection(scheme: str, netloc: str, timeout_s: float) -> http.client.HTTPConnection:
    while _idle:
        try:
            since, where, kept = _idle.pop()
        except IndexError:  # another thread took it
            break
        # By the clock that goes on while the function is frozen. What can be read of one is its end.
        if where == netloc and time.time() - since < _IDLE_S and not select([kept.sock], [], [], 0)[0]:
            return kept
        kept.close()
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=timeout_s, context=_trusted())
    return http.client.HTTPConnection(netloc, timeout=timeout_s)


@cache
def _trusted() -> ssl.SSLContext:
    """With all public authorities, which take 30 ms to read."""
    return ssl.create_default_context()


def _endpoint() -> str:
    return (
        os.environ.get("AWS_ENDPOINT_URL_LAMBDA")
        or f"https://lambda.{os.environ['AWS_REGION']}.amazonaws.com"
    )


def _lost(method: str, sending: _Sending, answer: _Answer | None) -> ProviderFailed:
    """What it means that no answer came of the function."""
    was_refused = answer is not None and 400 <= answer.status < 500
    why = "no answer" if answer is None else f"status {answer.status}, failure: {answer.is_failure}"
    if method in wire.WRITES and sending.was_sent and not was_refused:
        return NoAnswer(f"the function that asks EMRs: {why}")
    if answer is None and (sending.is_late or not sending.is_over.is_set()):
        return DeadlineExceeded("the EMR was not asked in time")
    return ProviderFailed(f"the function that asks EMRs: {why}")
