"""Who is asking: the member and the clinic that a token names, once its signature holds."""

from typing import Any, Final, NamedTuple
from uuid import UUID

import jwt

from frontdesk.members.problems import Problem
from frontdesk.secrets import MemberSecrets

_ALGORITHMS: Final = ["HS256"]
"""Never what the token itself names: it could name `none`."""


class Member(NamedTuple):
    """Somebody who works at a clinic."""

    id: str
    """The token's `sub`: whose doing it is, in the audit log."""
    org_id: UUID


def member(authorization: str, secrets: MemberSecrets) -> Member:
    """Whoever sent this `Authorization` header.

    Raises `Problem`: 401 for a token that proves nothing, 403 for one that names no clinic.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise Problem(401, "Send a member's token: `Authorization: Bearer …`.")
    claims = _claims(token.strip(), secrets)
    metadata: Any = claims.get("app_metadata")
    try:
        return Member(claims["sub"], UUID(metadata["org_id"]))
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Problem(403, "The token names no clinic.") from None


def _claims(token: str, secrets: MemberSecrets) -> dict[str, Any]:
    """What a live secret vouches for; one that was left empty by mistake vouches for nothing."""
    for secret in filter(None, secrets.hs256):
        try:
            return jwt.decode(  # pyright: ignore[reportUnknownMemberType] - a key may be of a library not here
                token, secret, algorithms=_ALGORITHMS, options={"require": ["exp", "sub"]}
            )
        except jwt.InvalidSignatureError:
            continue  # signed, perhaps, with the one before it
        except (jwt.PyJWTError, UnicodeError):
            break
    raise Problem(401, "The token is not valid, or not any more.")
