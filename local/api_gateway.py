"""API Gateway's HTTP API, payload format 2.0: from a request to the event, from the answer to a response.

Pure. Fields as in the API's developer guide ("AWS Lambda proxy integrations for HTTP APIs", read
2026-11-22) and in `events/api_gateway_v2.json`. Which bodies travel as text is in no document; the
list here is as seen at the real service (ministackorg/ministack, pull request 766).
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import gmtime, strftime
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qsl
from uuid import uuid4

LARGEST_PAYLOAD = 6 * 1024 * 1024
"""Bytes, either way: what Lambda takes, less than the API itself would."""

Response: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers, body."""

_TEXT = re.compile(r"text/|application/(json|xml|javascript)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """One HTTP request, read whole."""

    method: str
    path: str
    """Percent-decoded."""
    query: str
    """As sent."""
    headers: Iterable[tuple[bytes, bytes]]
    """Names in lower case."""
    body: bytes
    source_ip: str


def event(request: Request, route_key: str, parameters: Mapping[str, str], *, now: float) -> dict[str, Any]:
    """The event that the function behind `route_key` gets.

    Args:
        request: what came.
        route_key: e.g. `POST /documents/{id}`.
        parameters: what the braces of the route stood for.
        now: seconds since the epoch.
    """
    headers = _joined(request.headers)
    headers["x-forwarded-for"] = request.source_ip
    headers["x-forwarded-port"] = "443"
    headers["x-forwarded-proto"] = "https"
    headers["x-amzn-trace-id"] = f"Root=1-{int(now):08x}-{uuid4().hex[:24]}"
    cookies = headers.pop("cookie", None)
    host = headers.get("host", "")
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": uuid4().hex[:16],
            "routeKey": route_key,
            "stage": "$default",
            "time": strftime("%d/%b/%Y:%H:%M:%S +0000", gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    # What isn't there is left out, never null.
    if cookies is not None:
        made["cookies"] = cookies.split("; ")
    if request.query:
        made["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if parameters:
        made["pathParameters"] = dict(parameters)
    if request.body:
        made["body"], made["isBase64Encoded"] = _encoded(request.body, headers)
    return made


def response(answer: object) -> Response:
    """What the caller gets for a function's answer: `{statusCode, headers, body}`, or any JSON value, as 200.

    Raises:
        ValueError, TypeError: the answer is neither; API Gateway says 500 then.
    """
    if not (isinstance(answer, dict) and "statusCode" in answer):
        return 200, [(b"content-type", b"application/json")], json.dumps(answer).encode()
    fields = cast("dict[str, Any]", answer)
    given: dict[str, object] = fields.get("headers") or {}
    headers = {str(name).lower(): str(value) for name, value in given.items()}
    headers.setdefault("content-type", "application/json")
    lines = [(name.encode(), value.encode()) for name, value in headers.items() if name != "content-length"]
    lines += [(b"set-cookie", str(cookie).encode()) for cookie in fields.get("cookies") or ()]
    text: str = fields.get("body") or ""
    body = base64.b64decode(text, validate=True) if fields.get("isBase64Encoded") else text.encode()
    if len(body) > LARGEST_PAYLOAD:
        raise ValueError("the answer is larger than Lambda can return")
    return int(fields["statusCode"]), lines, body


def message(status: int, text: str) -> Response:
    """API Gateway's own words, e.g. 404 and `Not Found`."""
    return (
        status,
        [(b"content-type", b"application/json")],
        json.dumps({"message": text}, separators=(",", ":")).encode(),
    )


NOT_FOUND = message(404, "Not Found")
TOO_LARGE = message(413, "Request Entity Too Large")
FAILED = message(500, "Internal Server Error")


def _joined(pairs: Iterable[tuple[bytes | str, bytes | str]]) -> dict[str, str]:
    """One value per name; several of the same name are joined by commas."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = _text(raw_name), _text(raw_value)
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _encoded(body: bytes, headers: Mapping[str, str]) -> tuple[str, bool]:
    """The body as it travels, and whether that is base64."""
    if _TEXT.match(headers.get("content-type", "")) and "content-encoding" not in headers:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass  # kept whole rather than with holes
    return base64.b64encode(body).decode(), True
