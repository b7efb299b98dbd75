"""The page on which somebody ends who consented at a vendor: who asks for their calendar, what became of it.

GET asks, and POST, the button on that page, connects.
"""

import time
from collections.abc import Mapping
from html import escape
from typing import Any, Final, cast, get_args
from urllib.parse import parse_qsl

from frontdesk.calendars import connecting
from frontdesk.calendars.connecting import Asked, Unfinished
from frontdesk.calendars.vendors import VendorName
from frontdesk.errors import FrontdeskError
from frontdesk.logs import described, logger
from frontdesk.vapi import requests

_MARGIN_S: Final = 0.5
_NAMES: Final[dict[VendorName, str]] = {"google": "Google", "outlook": "Outlook"}
_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    # The address has a code in it.
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway's response to a browser that comes back; neither its code nor its state is logged."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
    path: dict[str, str] = event.get("pathParameters") or {}
    name = path.get("vendor", "")
    if name not in get_args(VendorName):
        return _page(404, "There is nothing here.")
    vendor = cast("VendorName", name)
    is_yes = event["requestContext"]["http"]["method"] == "POST"
    brought = _form(event) if is_yes else event.get("queryStringParameters") or {}
    try:
        if not is_yes and "code" in brought:
            return _question(vendor, brought, connecting.asked(vendor, brought, deadline))
        clinic = connecting.finish(vendor, brought, deadline)
    except Unfinished as refused:
        logger.info("a calendar was not connected", extra={"vendor": vendor})
        return _page(400, str(refused))
    except FrontdeskError as failed:
        logger.error("a calendar could not be connected", extra={"vendor": vendor, **described(failed)})
        return _page(503, "Something did not answer, so nothing is connected. Begin again in frontdesk.")
    logger.info("a calendar was connected", extra={"vendor": vendor})
    return _page(
        200,
        f"Your {_NAMES[vendor]} calendar is connected to {clinic}. You can close this page.",
        '<p>If you work there: <a href="/console/setup/calendar">say whose calendar this is</a>.</p>',
    )


def _form(event: dict[str, Any]) -> dict[str, str]:
    return dict(parse_qsl(requests.body(event).decode("ascii", "replace")))


def _question(vendor: VendorName, brought: Mapping[str, str], asks: Asked) -> dict[str, Any]:
    """Who was led to the vendor by somebody else's address sees here whom they would let in."""
    who = f"{asks.clinic} ({asks.email})" if asks.email else asks.clinic
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(brought.get(name, ""))}">'
        for name in ("state", "code")
    )
    return _page(
        200,
        f"{who} asks for your {_NAMES[vendor]} calendar: to see when you are busy, and to write its visits"
        " there. Connect it only if you know who asks; else close this page, and nothing is connected.",
        f'<form method="post" action="{escape(connecting.redirect_url(vendor))}">{hidden}'
        "<button>Connect</button></form>",
    )


def _page(status: int, sentence: str, more: str = "") -> dict[str, Any]:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>frontdesk</title>'
        f"<p>{escape(sentence)}</p>{more}</html>"
    )
    return {"statusCode": status, "headers": dict(_HEADERS), "body": body}
