"""A clinic's member in tests: real tokens, real Lambda events, the real database."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt

from infra import discovery
from local import api_gateway, demo
from local.function import Handler, imported
from local.tokens import member_id
from local.worker import Routed, Routes

SECRET, BEFORE = "the-live-secret-of-members-tokens", "the-one-before-it-of-members-tokens"
"""At least as long as HMAC's own output: 32 bytes."""


def token(org_id: str | None = demo.MAPLE, /, *, secret: str = SECRET, **claims: Any) -> str:
    """A member's token, good for an hour; a claim of None is left out."""
    metadata = None if org_id is None else {"org_id": org_id}
    all_claims = {
        "sub": member_id(org_id or demo.MAPLE),
        "exp": int(time.time()) + 3600,
        "app_metadata": metadata,
        **claims,
    }
    given = {name: value for name, value in all_claims.items() if value is not None}
    return signed(given, secret)


def signed(claims: dict[str, Any], secret: str, algorithm: str = "HS256") -> str:
    """A token of these claims and no others."""
    return jwt.encode(claims, secret, algorithm=algorithm)  # pyright: ignore[reportUnknownMemberType] - its keys' types


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Member:
    """Whoever has this token."""

    token: str

    def get(self, path: str, *, if_none_match: str = "", **query: Any) -> Answer:
        return self.ask("GET", path, if_none_match=if_none_match, **query)

    def post(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self.ask("POST", path, body, **query)

    def put(self, path: str, body: Any = None, *, if_match: str = "", **query: Any) -> Answer:
        return self.ask("PUT", path, body, if_match=if_match, **query)

    def patch(self, path: str, body: Any = None, *, if_match: str = "", **query: Any) -> Answer:
        return self.ask("PATCH", path, body, if_match=if_match, **query)

    def delete(self, path: str, **query: Any) -> Answer:
        return self.ask("DELETE", path, **query)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        if_match: str = "",
        if_none_match: str = "",
        **query: Any,
    ) -> Answer:
        """The answer through API Gateway's route; a name that Python can't say has a `_` behind it.

        A `body` that is text is sent as it is, anything else as JSON.
        """
        seen = {"if-match": if_match, "if-none-match": if_none_match}
        headers = {"authorization": f"Bearer {self.token}"} | {name: tag for name, tag in seen.items() if tag}
        sent = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        return asked(
            method, path, urlencode({name.rstrip("_"): value for name, value in query.items()}), headers, sent
        )


def asked(
    method: str, path: str, query: str = "", headers: dict[str, str] | None = None, body: str = ""
) -> Answer:
    """The answer to a request of anybody."""
    found = _routes().find(method, path)
    assert found is not None, f"no function serves {method} {path}"
    function, parameters = found
    lines = [(name.encode(), text.encode("latin-1")) for name, text in (headers or {}).items()]
    request = api_gateway.Request(method, path, query, lines, body.encode(), "127.0.0.1")
    status, given, said = function(request, parameters)
    headers_given = {name.decode(): text.decode() for name, text in given}
    is_table = headers_given.get("content-type", "").startswith("text/csv")
    return Answer(status, headers_given, said.decode() if is_table else json.loads(said) if said else None)


@cache
def _routes() -> Routes:
    return Routes(
        Routed(
            {
                "method": endpoint.method,
                "path": endpoint.path,
                "function": "Test",
                "handler": f"functions.{folder.replace('/', '.')}.handler.handler",
                "environment": {},
                "timeout_s": endpoint.timeout_s,
                "memory_mb": 1024,
            },
            {},
            anew,
        )
        for folder, endpoints in discovery.endpoints().items()
        for endpoint in endpoints
    )


def anew(called: Mapping[str, Any], environment: Mapping[str, str]) -> Handler:
    """As if the function was never called: what a test has set since then counts."""
    return lambda event, context: imported(called, {**environment})(event, context)
