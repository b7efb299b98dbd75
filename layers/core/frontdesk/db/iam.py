"""Signing in to Aurora by IAM: a token is a presigned URL, made without a request and without boto3.

boto3's `generate_db_auth_token` gives the same text.
"""

import os
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from frontdesk.signing import ALGORITHM, Scope, signature

_VALID_S: Final = 900


def token(host: str, port: int, user: str, *, now: datetime | None = None) -> str:
    """A password for `user`, good for 15 minutes, signed with this function's own credentials."""
    scope = Scope("rds-db", now or datetime.now(UTC))
    query = {
        "Action": "connect",
        "DBUser": user,
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": scope.credential,
        "X-Amz-Date": scope.stamp,
        "X-Amz-Expires": str(_VALID_S),
        "X-Amz-SignedHeaders": "host",
    }
    if session := os.environ.get("AWS_SESSION_TOKEN"):
        query["X-Amz-Security-Token"] = session
    asked = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
    signed = signature(scope, "GET", asked, {"host": f"{host}:{port}"}, b"")
    return f"{host}:{port}/?{asked}&X-Amz-Signature={signed}"
