"""One worker: an HTTP server that calls Lambda functions, one at a time."""

import re
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from typing import Any

from local import api_gateway, child
from local.api_gateway import Request, Response
from local.function import Function, Load, loading


class Routed:
    """One function behind one route of the template."""

    def __init__(self, route: Mapping[str, Any], overrides: Mapping[str, str], load: Load) -> None:
        self.route_key = f"{route['method']} {route['path']}"
        self._function = Function(route, overrides, load)

    def __call__(self, request: Request, parameters: Mapping[str, str]) -> Response:
        """The HTTP response to this request; whatever the function raises is API Gateway's 500."""
        event = api_gateway.event(request, self.route_key, parameters, now=time.time())
        try:
            return api_gateway.response(self._function(event))
        except Exception:  # noqa: BLE001 - Lambda's own edge: every error ends here
            traceback.print_exc()
            return api_gateway.FAILED


class Routes:
    """Which function a request goes to, in API Gateway's order.

    Exact paths, then braces, then `{proxy+}`, then `$default`.
    """

    def __init__(self, functions: Iterable[Routed]) -> None:
        self._exact = {function.route_key: function for function in functions}
        patterned = [key for key in self._exact if "{" in key]
        self._patterns = [
            (re.compile(_pattern(key)), self._exact[key])
            for key in sorted(patterned, key=lambda key: ("+}" in key, -len(key.split("/")), key))
        ]

    def find(self, method: str, path: str) -> tuple[Routed, Mapping[str, str]] | None:
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
    """The app for `{"routes": [...], "environment": {...}, "rie": {...} or None}`.

    The environment wins over the template's.
    """
    load = loading(config)
    return App(Routes(Routed(route, config["environment"], load) for route in config["routes"]))


if __name__ == "__main__":
    sys.exit(child.serve(make_app))
