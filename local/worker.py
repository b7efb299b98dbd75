"""One worker: an HTTP server that calls Lambda handlers in its own process, one at a time.

Like a Lambda environment: a function is imported at its first call, with its own variables set, and
what its modules hold (a database connection) lives on to the next call. Unlike one, the functions
of a worker share a process.
"""

import importlib
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from local import api_gateway, child
from local.api_gateway import Request, Response


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda passes beside the event."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    deadline: float
    """By the monotonic clock, in seconds."""
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the call; here nobody does."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Function:
    """One Lambda function behind one route of the template."""

    def __init__(self, route: Mapping[str, Any], overrides: Mapping[str, str]) -> None:
        self.route_key = f"{route['method']} {route['path']}"
        self._name: str = route["function"]
        self._handler_path: str = route["handler"]
        known = {name: value for name, value in route["environment"].items() if value is not None}
        self._environment = {**known, **overrides}
        self._timeout_s: float = route["timeout_s"]
        self._memory_mb: int = route["memory_mb"]
        self._handler: Callable[[dict[str, Any], Context], object] | None = None

    def __call__(self, request: Request, parameters: Mapping[str, str]) -> Response:
        """The HTTP response to this request; whatever the function raises is API Gateway's 500."""
        event = api_gateway.event(request, self.route_key, parameters, now=time.time())
        try:
            handler = self._handler or self._load()
            return api_gateway.response(handler(event, self._context()))
        except Exception:  # noqa: BLE001 - Lambda's own edge: every error ends here
            traceback.print_exc()
            return api_gateway.FAILED

    def _load(self) -> Callable[[dict[str, Any], Context], object]:
        os.environ.update(self._environment)
        module, _, attribute = self._handler_path.rpartition(".")
        handler = self._handler = getattr(importlib.import_module(module), attribute)
        return handler

    def _context(self) -> Context:
        return Context(
            function_name=self._name,
            memory_limit_in_mb=self._memory_mb,
            invoked_function_arn=f"arn:aws:lambda:local:000000000000:function:{self._name}",
            deadline=time.monotonic() + self._timeout_s,
        )


class Routes:
    """Which function a request goes to, in API Gateway's order.

    Exact paths, then braces, then `{proxy+}`, then `$default`.
    """

    def __init__(self, functions: Iterable[Function]) -> None:
        self._exact = {function.route_key: function for function in functions}
        patterned = [key for key in self._exact if "{" in key]
        self._patterns = [
            (re.compile(_pattern(key)), self._exact[key])
            for key in sorted(patterned, key=lambda key: ("+}" in key, -len(key.split("/")), key))
        ]

    def find(self, method: str, path: str) -> tuple[Function, Mapping[str, str]] | None:
        """The function and what the braces stood for; None is a 404."""
        for verb in (method, "ANY"):
            if function := self._exact.get(f"{verb} {path}"):
                return function, {}
        for pattern, function in self._patterns:
            if match := pattern.fullmatch(f"{method} {path}"):
                return function, match.groupdict()
        default = self._exact.get("$default")
        return (default, {}) if default else None


def _pattern(route_key: str) -> str:
    verb, _, path = route_key.partition(" ")
    braces = re.sub(
        r"\\{(\w+)(\\\+)?\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(path)
    )
    return f"{'[A-Z]+' if verb == 'ANY' else verb} {braces}"


class App:
    """The ASGI application: reads a request whole, calls its function, sends the answer."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request."""
        body = await self._body(receive)
        status, headers, content = api_gateway.TOO_LARGE if body is None else self._answer(scope, body)
        headers = [*headers, (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: Any, body: bytes) -> Response:
        found = self._routes.find(scope["method"], scope["path"])
        if found is None:
            return api_gateway.NOT_FOUND
        function, parameters = found
        request = Request(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=scope["headers"],
            body=body,
            source_ip=scope["client"][0] if scope["client"] else "",
        )
        return function(request, parameters)

    async def _body(self, receive: Any) -> bytes | None:
        """None when it is larger than Lambda takes; the rest is read and dropped, so that the 413 arrives."""
        message = await receive()
        if not message.get("more_body"):
            body: bytes = message.get("body", b"")
            return body if len(body) <= api_gateway.LARGEST_PAYLOAD else None
        chunks, size = [message["body"]], len(message["body"])
        while message.get("more_body"):
            message = await receive()
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= api_gateway.LARGEST_PAYLOAD:
                chunks.append(chunk)
        return b"".join(chunks) if size <= api_gateway.LARGEST_PAYLOAD else None


def make_app(config: Mapping[str, Any]) -> App:
    """The app for `{"routes": [...], "environment": {...}}`; the environment wins over the template's."""
    os.environ.update(config["environment"])
    return App(Routes(Function(route, config["environment"]) for route in config["routes"]))


if __name__ == "__main__":
    sys.exit(child.serve(make_app))
