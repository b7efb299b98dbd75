"""Lambda behind `GET /emr/jwks.json`: the public halves of our keys at FHIR servers (RFC 7517)."""

import json
from typing import Any

from frontdesk.emr import fhir_login
from frontdesk.emr.connection import fhir_keys
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger


def handler(_: dict[str, Any], __: object) -> dict[str, Any]:
    """All that there are: two while one is being changed. What can't be read is remembered by nobody."""
    body: dict[str, Any] = {"keys": []}
    try:
        status, body = 200, fhir_login.jwks(fhir_keys())
    except (ProviderFailed, ValueError) as failed:
        logger.error("our keys can't be shown", extra=described(failed))
        status = 503
    kept = "public, max-age=300" if status == 200 else "no-store"
    headers = {"content-type": "application/jwk-set+json", "cache-control": kept}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
