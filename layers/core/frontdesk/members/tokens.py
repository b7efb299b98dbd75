"""Who is asking: the clinic that a member's token names, once its signature holds."""

from typing import Any, Final
from uuid import UUID

import jwt

from frontdesk.members.problems import Problem
from frontdesk.secrets import MemberSecrets

_ALGORITHMS: Final = ["HS256"]
"""Never what the token itself names: it could name `none`."""


def org_id(authorization: str, secrets: MemberSecrets) -> UUID:
    """The clinic of whoever sent this `Authorization` header.

    Raises `Problem`: 401 for a token that proves nothing, 403 for one that names no clinic.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise Problem(401, "Send a member's token: `Authorization: Bearer …`.")
    metadata: Any = _claims(token.strip(), secrets).get("app_metadata")
    try:
        return UUID(metadata["org_id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Problem(403, "The token names no clinic.") from None


def _claims(token: str, secrets: MemberSecrets) -> dict[str, Any]:
    """What a live secret vouches for; one that was left empty by mistake vouches for nothing."""
    for secret in filter(None, secrets.hs256):
        try:
            return jwt.decode(  # pyright: ignore[reportUnknownMemberType] - a key may be of a library not here
                token, secret, algorithms=_ALGORITHMS, options={"require": ["exp"]}
            )
        except jwt.InvalidSignatureError:
            continue  # signed, perhaps, with the one before it
        except (jwt.PyJWTError, UnicodeError):
            break
    raise Problem(401, "The token is not valid, or not any more.")
