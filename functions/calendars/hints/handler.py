"""Lambda behind `POST /calendars/{vendor}/hints`, where a vendor says that something changed."""

from typing import Any
from urllib.parse import parse_qs

_NAMES = {"google", "outlook"}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway's response. Microsoft first asks whether we are there, and waits 10 s at most."""
    vendor = event["pathParameters"]["vendor"]
    if vendor not in _NAMES:
        return {"statusCode": 404}
    if vendor == "outlook" and (token := parse_qs(event["rawQueryString"]).get("validationToken")):
        # "change-notifications-delivery-webhooks", read 2026-11-22: this text, and nothing else.
        headers = {"content-type": "text/plain", "x-content-type-options": "nosniff"}
        return {"statusCode": 200, "headers": headers, "body": token[0]}
    from frontdesk.calendars import hints  # whoever only asks whether we are there needn't wait for it

    return {"statusCode": hints.taken(vendor, event, context)}
