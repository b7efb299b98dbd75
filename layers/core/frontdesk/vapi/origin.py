"""Whether a request comes from Vapi: proved on the raw bytes, before anything in them is read.

HMAC as Vapi's default plan has it: `x-signature` is the lower-case hex HMAC-SHA256 of the text of
`x-timestamp`, a dot and the raw body. Vapi's OpenAPI, `HMACAuthenticationPlan`, snapshot of 2026-08-18.
The unit of the timestamp is written nowhere, so seconds and milliseconds are told apart by size.
"""

import hmac
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

SIGNATURE: Final = "x-signature"
TIMESTAMP: Final = "x-timestamp"
SECRET: Final = "x-vapi-secret"  # noqa: S105 - a header's name
WINDOW_S: Final = 300
"""How far a timestamp may be off, either way; older is a replay."""
_MILLISECONDS_FROM: Final = 100_000_000_000
"""As seconds that is the year 5138; as milliseconds, 1973."""


class Secrets(NamedTuple):
    """The live secrets: two of a kind while one is being rotated."""

    hmac: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


def is_proven(body: bytes, headers: Mapping[str, str], secrets: Secrets, *, now: float) -> bool:
    """Whether one live secret vouches for these bytes; `now` in epoch seconds, header names in lower case.

    A signature that is there must be right, even beside a good shared secret. A secret left empty by mistake
    vouches for nothing.
    """
    if SIGNATURE in headers:
        stamp = headers.get(TIMESTAMP, "")
        return _is_fresh(stamp, now) and _is_one_of(
            headers[SIGNATURE], (sign(body, stamp, secret) for secret in secrets.hmac if secret)
        )
    return SECRET in headers and _is_one_of(headers[SECRET], filter(None, secrets.shared))


def sign(body: bytes, stamp: str, secret: str) -> str:
    """The signature that Vapi would send for this body at this timestamp."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()


def _is_fresh(stamp: str, now: float) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 16):
        return False
    seconds = int(stamp) / 1000 if int(stamp) >= _MILLISECONDS_FROM else int(stamp)
    return abs(now - seconds) <= WINDOW_S


def _is_one_of(given: str, wanted: Iterable[str]) -> bool:
    # Every candidate is compared, each in constant time, so that time says nothing of which was near.
    sent = given.encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(sent, one.encode()) for one in wanted]
    return any(matches)
