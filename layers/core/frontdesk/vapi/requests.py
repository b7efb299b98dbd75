"""What Vapi posts, as a Lambda event: its body, whether it proves itself, and what is answered.

With `serving` and `members.serving` the only place that knows Lambda events.
"""

import base64
import json
import time
from typing import Any, Final

from frontdesk import secrets
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.vapi import origin

MARGIN_S: Final = 0.5
"""Left to answer in before the Lambda itself is stopped."""

Event = dict[str, Any]


def headers(event: Event) -> dict[str, str]:
    """The request's, their names in lower case."""
    return {name.lower(): text for name, text in event.get("headers", {}).items()}


def body(event: Event) -> bytes:
    """The raw body, which the signature is over."""
    text = event.get("body") or ""
    return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")


def refusal(body: bytes, headers: dict[str, str], *, longest: int) -> Event | None:
    """401 for what isn't proven, of which nothing was read; 413 for more than `longest` bytes; else None.

    503 where nobody can say, for our own secrets can't be read: that is no fault of who asks.
    """
    try:
        is_proven = origin.is_proven(body, headers, secrets.vapi_secrets(), now=time.time())
    except ProviderFailed as failed:
        logger.error("the secrets could not be read", extra=described(failed))
        return response(503, {"error": "What would prove this request can't be read just now."})
    if not is_proven:
        return response(401, {"error": "The request is not proven to come from Vapi."})
    if len(body) > longest:
        return response(413, {"error": "The body is too large."})
    return None


def response(status: int, body: dict[str, Any]) -> Event:
    """API Gateway's, with JSON in it."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        # In ASCII: half a surrogate pair, given back in an id, could not be sent as UTF-8.
        "body": json.dumps(body, separators=(",", ":")),
    }


def ends(context: Any) -> float:
    """When the work must be over, on the clock of `time.monotonic`, for the answer to be in time."""
    return time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN_S
