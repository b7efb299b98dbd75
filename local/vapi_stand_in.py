"""What our functions and the GitOps engine see of Vapi: its REST API, and live control of calls.

`vapi_account` is what it holds, `vapi_lists` what it shows, `vapi_bodies` what it takes, `vapi_new_call` the
calls, `vapi_socket` what is said in them, `vapi_voices` what they sound like, `vapi_faults` what goes wrong
when told to.
For tests and benchmarks, without a key:

    PUT, DELETE /_faults      failures made to order (`vapi_faults`)
    GET, DELETE /_requests    what was asked: `[{method, path, query, status}]`; a status of 0 is no answer
    PUT /_edit/{kind}/{id}    somebody changes a resource in the dashboard: a JSON merge patch, unchecked
    PUT, DELETE /_clock       `{"at": "2026-03-02T09:00:00Z"}`: everything is made at this instant
    GET /calls/{id}/control   the orders that a call got
"""

import asyncio
import json
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl
from uuid import uuid4

from local import child, vapi_bodies, vapi_new_call, vapi_socket, vapi_voices
from local.asgi import body_of
from local.vapi_account import KINDS, Account
from local.vapi_faults import Faults, struck
from local.vapi_refused import Refused

CONTROL_TYPES = {"transfer", "say", "add-message", "control", "end-call", "handoff"}
"""The messages Vapi's control URL takes (docs.vapi.ai, "Live call control", read 2026-11-22)."""

_CONTROL = re.compile(r"/calls/([^/]+)/control")
_RESOURCE = re.compile(rf"/({'|'.join(sorted(KINDS, key=len, reverse=True))})(?:/([^/]+))?")

Reply = tuple[int, Any]
"""Status, and what becomes the JSON body."""


class VapiStandIn:
    """One Vapi account and its calls."""

    def __init__(self, private_key: str, account: Account) -> None:
        self._private_key = private_key
        self._account = account
        self._control: dict[str, list[Any]] = defaultdict(list)
        self._faults = Faults()
        self._requests: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request, or the web-socket of a call (ASGI)."""
        if scope["type"] == "websocket":
            await vapi_socket.serve(scope, receive, send, self._account)
            return
        text = await body_of(receive)
        if match := vapi_voices.RECORDING.fullmatch(scope["path"]):
            await _send(send, 200, b"audio/wav", vapi_voices.recording(match[1]))
        elif scope["path"].startswith("/_"):
            await _answer(send, *self._told(scope["method"], scope["path"], json.loads(text or b"null")))
        else:
            await self._serve(scope, receive, send, text)

    async def _serve(self, scope: Any, receive: Any, send: Any, text: bytes) -> None:
        """One request of a client, with what is to go wrong before and after it."""
        method, path = scope["method"], scope["path"]
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        request = {"method": method, "path": path, "query": query, "status": 0}
        self._requests.append(request)
        faults = self._faults.striking(method, path)
        reply: Reply = (0, None)
        fault = await struck(faults, "before")
        if fault is None:
            if text and _RESOURCE.fullmatch(path) and not vapi_bodies.validator.cache_info().currsize:
                await asyncio.to_thread(vapi_bodies.validator)  # others are served meanwhile
            headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
            reply = self._reply(method, path, query, headers, text)
            fault = await struck(faults, "after")
        if fault and fault.reset:
            await _reset(receive, send)
            return
        if fault and fault.status:
            reply = _error(fault.status, "as told by /_faults")
        request["status"] = reply[0]
        await _answer(send, *reply, headers=fault.headers if fault else {})

    def _told(self, method: str, path: str, body: Any) -> Reply:
        """What tests and benchmarks ask for."""
        try:
            if path == "/_faults":
                self._faults.put(body if method == "PUT" else [])
                return 200, {}
            if match := _RESOURCE.fullmatch(path.removeprefix("/_edit")):
                return 200, self._account.edit(match[1], match[2], body)
        except Refused as refused:
            return _error(refused.status, refused.message)
        if path == "/_requests":
            if method == "DELETE":
                self._requests.clear()
            return 200, self._requests.copy()
        if path == "/_clock":
            self._account.frozen = datetime.fromisoformat(body["at"]) if method == "PUT" else None
            return 200, {}
        return _error(404, f"Cannot {method} {path}")

    def _reply(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], text: bytes
    ) -> Reply:
        try:
            body: Any = json.loads(text or b"{}")
        except ValueError:
            return _error(400, "the body is not JSON")
        if match := _CONTROL.fullmatch(path):
            return self._controlled(method, match[1], body)
        if headers.get("authorization") != f"Bearer {self._private_key}":
            return _error(
                401, "Invalid Key. Hint: You may be using the public key instead of the private key."
            )
        if match := vapi_voices.LIBRARY.fullmatch(path):
            return 200, vapi_voices.listed(match[1], headers.get("host", ""))
        try:
            if match := _RESOURCE.fullmatch(path):
                return self._resource(method, match[1], match[2], query, body, headers.get("host", ""))
        except Refused as refused:
            return _error(refused.status, refused.message, refused.error)
        return _error(404, f"Cannot {method} {path}")

    def _controlled(self, method: str, call_id: str, body: dict[str, Any]) -> Reply:
        """POST: an order to a running call. GET, which Vapi has not: the orders it got, for tests."""
        if method == "GET":
            return 200, self._control[call_id]
        if body.get("type") not in CONTROL_TYPES:
            return _error(400, f"type must be one of {', '.join(sorted(CONTROL_TYPES))}")
        self._control[call_id].append(body)
        return 200, {"status": "ok"}

    def _resource(
        self, method: str, kind: str, key: str | None, query: dict[str, str], body: Any, host: str
    ) -> Reply:
        match method, key:
            case "GET", None:
                return 200, self._account.listed(kind, query)
            case "POST", None:
                key = str(uuid4())
                vapi_bodies.check(kind, body)
                made = vapi_new_call.begun(body, key, host) if kind == "call" else body
                return 201, self._account.create(kind, made, key=key)
            case "GET", str():
                return 200, self._account.get(kind, key)
            case "PATCH", str():
                vapi_bodies.check(kind, body, patched=self._account.get(kind, key))
                if kind == "structured-output" and "schema" in body and query.get("schemaOverride") != "true":
                    raise Refused(400, ["schema is changed only with the query schemaOverride=true"])
                return 200, self._account.patch(kind, key, body)
            case "DELETE", str():
                return 200, self._account.delete(kind, key)
            case _:
                raise Refused(404, f"Cannot {method} /{kind}")


async def _answer(send: Any, status: int, content: Any, *, headers: Mapping[str, str] | None = None) -> None:
    named = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    await _send(send, status, b"application/json", json.dumps(content, ensure_ascii=False).encode(), *named)


async def _send(send: Any, status: int, kind: bytes, body: bytes, *named: tuple[bytes, bytes]) -> None:
    sent = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *named]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})


async def _reset(receive: Any, send: Any) -> None:
    # ASGI has no way to hang up; the method is bound to uvicorn's side of this one connection.
    send.__self__.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _error(status: int, message: str | list[str], error: str | None = None) -> Reply:
    if error:  # a conflict's own shape
        return status, {"message": message, "error": error}
    return status, {"message": message, "error": HTTPStatus(status).phrase, "statusCode": status}


def make(config: dict[str, Any]) -> VapiStandIn:
    """The stand-in as told: `private_key`, and `Account`'s `file`, `credentials` and `defaults` if wanted."""
    file = config.get("file")
    account = Account(
        Path(file) if file else None,
        credentials=config.get("credentials", ()),
        shows_defaults=config.get("defaults", False),
    )
    return VapiStandIn(config["private_key"], account)


def main() -> NoReturn:
    """Serves what the parent wants."""
    threading.Thread(target=vapi_bodies.validator, daemon=True).start()  # the first body would wait for it
    sys.exit(child.serve(make, ws="websockets-sansio"))


if __name__ == "__main__":
    main()
