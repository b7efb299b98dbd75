"""The page on which somebody ends who consented at a vendor: what became of it, in one sentence."""

import time
from html import escape
from typing import Any, Final, cast, get_args

from frontdesk.calendars import connecting
from frontdesk.calendars.connecting import Unfinished
from frontdesk.calendars.vendors import VendorName
from frontdesk.errors import FrontdeskError
from frontdesk.logs import described, logger

_MARGIN_S: Final = 0.5
_NAMES: Final[dict[VendorName, str]] = {"google": "Google", "outlook": "Outlook"}
_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    # The address has a code in it.
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
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
    try:
        clinic = connecting.finish(vendor, event.get("queryStringParameters") or {}, deadline)
    except Unfinished as refused:
        logger.info("a calendar was not connected", extra={"vendor": vendor})
        return _page(400, str(refused))
    except FrontdeskError as failed:
        logger.error("a calendar could not be connected", extra={"vendor": vendor, **described(failed)})
        return _page(503, "Something did not answer, so nothing is connected. Begin again in frontdesk.")
    logger.info("a calendar was connected", extra={"vendor": vendor})
    # The clinic is named: who was led here by somebody else's sees whom they let in.
    return _page(200, f"Your {_NAMES[vendor]} calendar is connected to {clinic}. You can close this page.")


def _page(status: int, sentence: str) -> dict[str, Any]:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>frontdesk</title>'
        f"<p>{escape(sentence)}</p></html>"
    )
    return {"statusCode": status, "headers": dict(_HEADERS), "body": body}
