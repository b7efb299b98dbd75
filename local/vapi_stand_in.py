"""What our functions and the GitOps engine see of Vapi: live control of calls, and a little of its REST API.

Everything is in memory and gone at the stop. REST answers as the real one was seen to: 201 for a
creation, PATCH replaces whole top-level keys, errors are `{message, error, statusCode}`. It checks no
bodies yet: that comes with the engine.

`PUT /_faults` with `{"status"?, "latency_s"?, "path"?, "times"?}` makes requests below `path` fail or
wait, `times` times or until `DELETE /_faults`.
"""

import asyncio
import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from local import child

CONTROL_TYPES = {"transfer", "say", "add-message", "control", "end-call", "handoff"}
"""The messages Vapi's control URL takes (docs.vapi.ai, "Live call control", read 2026-11-22)."""

_CONTROL = re.compile(r"/calls/([^/]+)/control")
_RESOURCE = re.compile(r"/(tool|assistant|squad)(?:/([^/]+))?")
_ORGANIZATION = "00000000-0000-4000-8000-0000000000aa"

Reply = tuple[int, Any]
"""Status, and what becomes the JSON body."""


class VapiStandIn:
    """One Vapi account and its calls."""

    def __init__(self, private_key: str) -> None:
        self._private_key = private_key
        self._control: dict[str, list[Any]] = defaultdict(list)
        self._resources: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._fault: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request (ASGI)."""
        text = b""
        while True:
            message = await receive()
            text += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        status, content = await self._reply(scope["method"], scope["path"], headers, text)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})

    async def _reply(self, method: str, path: str, headers: Mapping[str, str], text: bytes) -> Reply:
        try:
            body: dict[str, Any] = json.loads(text or b"{}")
        except ValueError:
            return _error(400, "Bad Request: the body is not JSON")
        if path == "/_faults":
            self._fault = body if method in ("PUT", "POST") else {}
            return 200, self._fault
        if status := await self._faulty(path):
            return _error(status, "as told by /_faults")
        if match := _CONTROL.fullmatch(path):
            return self._controlled(method, match[1], body)
        if match := _RESOURCE.fullmatch(path):
            if headers.get("authorization") != f"Bearer {self._private_key}":
                return _error(
                    401, "Invalid Key. Hint: You may be using the public key instead of the private key."
                )
            return self._resource(method, match[1], match[2], body)
        return _error(404, f"Cannot {method} {path}")

    async def _faulty(self, path: str) -> int | None:
        """Waits as told; gives the status to fail with, if any."""
        fault = self._fault
        if not fault or not path.startswith(fault.get("path", "/")):
            return None
        if "times" in fault:
            fault["times"] -= 1
            if fault["times"] <= 0:
                self._fault = {}
        await asyncio.sleep(fault.get("latency_s", 0))
        return fault.get("status")

    def _controlled(self, method: str, call_id: str, body: dict[str, Any]) -> Reply:
        """POST: an order to a running call. GET, which Vapi has not: the orders it got, for tests."""
        if method == "GET":
            return 200, self._control[call_id]
        if body.get("type") not in CONTROL_TYPES:
            return _error(400, f"type must be one of {', '.join(sorted(CONTROL_TYPES))}")
        self._control[call_id].append(body)
        return 200, {"status": "ok"}

    def _resource(self, method: str, kind: str, key: str | None, body: dict[str, Any]) -> Reply:
        held = self._resources[kind]
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if key is None and method == "GET":
            return 200, sorted(held.values(), key=lambda item: item["createdAt"], reverse=True)
        if key is None and method == "POST":
            made = {**body, "id": str(uuid4()), "orgId": _ORGANIZATION, "createdAt": now, "updatedAt": now}
            held[made["id"]] = made
            return 201, made
        if key is None:
            return _error(404, f"Cannot {method} /{kind}")
        if key not in held:
            return _error(404, f"{kind} {key} not found")
        if method == "PATCH":
            held[key] = {**held[key], **body, "updatedAt": now}
        return 200, held.pop(key) if method == "DELETE" else held[key]


def _error(status: int, message: str) -> Reply:
    return status, {"message": message, "error": HTTPStatus(status).phrase, "statusCode": status}


if __name__ == "__main__":
    sys.exit(child.serve(lambda config: VapiStandIn(config["private_key"])))
