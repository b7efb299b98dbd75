"""A member's token for the HTTP API, signed here until a real issuer signs them."""

import base64
import hashlib
import hmac
import json
import time
from uuid import NAMESPACE_URL, uuid5

LIFE_S = 30 * 24 * 3600


def member_id(org_id: str) -> str:
    """The `sub` of the clinic's first member."""
    return str(uuid5(NAMESPACE_URL, f"frontdesk:member:{org_id}"))


def member_token(secret: str, org_id: str) -> str:
    """A JWT (HS256, RFC 7519) with the claims the policies read: `sub`, `role`, `app_metadata.org_id`."""
    now = int(time.time())
    claims = {
        "iss": "frontdesk-local",
        "sub": member_id(org_id),
        "role": "authenticated",
        "app_metadata": {"org_id": org_id},
        "iat": now,
        "exp": now + LIFE_S,
    }
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{_base64url(signature)}"


def _part(value: object) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
