"""Who is asking: the member and the clinic that a token names, once its signature holds.

A token is vouched for by a key of the issuer that it names, or, if it is of the older kind (HS256), by a
shared secret, where one is configured. What it says of its own algorithm only chooses between these two.
"""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, cast
from uuid import UUID

import jwt

from frontdesk.errors import ProviderFailed
from frontdesk.members import keys
from frontdesk.members.membership import Member
from frontdesk.members.problems import Problem
from frontdesk.secrets import MemberSecrets
from frontdesk.settings import settings

_LEEWAY_S: Final = 10
"""Two machines' clocks may differ so much."""
_OPTIONS: Final[Any] = {"require": ["exp", "sub"], "verify_aud": False, "enforce_minimum_key_length": True}
"""Whom a token is meant for is checked here: of Cognito's access tokens another claim says it."""

Claims = dict[str, Any]


def member(authorization: str, secrets: Callable[[], MemberSecrets]) -> Member:
    """Whoever sent this `Authorization` header; `secrets` are asked for only by a token of that kind.

    Raises `Problem`: 401 for a token that proves nothing, 403 for one that names no clinic, 503 when its
    issuer can't be asked for its keys.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise Problem(401, "Send a member's token: `Authorization: Bearer …`.")
    claims = _claims(token.strip(), secrets)
    if claims is None or not claims["sub"]:
        raise Problem(401, "The token is not valid, or not any more.")
    return Member(claims["sub"], _organization(claims))


def _claims(token: str, secrets: Callable[[], MemberSecrets]) -> Claims | None:
    """What is vouched for, or None."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") == "HS256":
            return _by_secret(token, secrets().hs256)
        return _by_issuer(token, header.get("kid"))
    except ProviderFailed as failed:
        raise Problem(503, "What would prove this token can't be asked for just now. Try again.") from failed
    # A header nested too deep to read is nobody's token either.
    except (jwt.PyJWTError, UnicodeError, RecursionError):
        return None


def _by_secret(token: str, live: Iterable[str]) -> Claims | None:
    """What a live secret vouches for; one that was left empty by mistake vouches for nothing."""
    for secret in filter(None, live):
        try:
            claims = _decoded(token, secret, "HS256")
        except jwt.InvalidSignatureError:
            continue  # signed, perhaps, with the one before it
        return claims if _is_meant_for(claims.get("aud"), [settings().member_audience, None]) else None
    return None


def _by_issuer(token: str, key_id: object) -> Claims | None:
    """What the issuer that the token names vouches for, if it is one of ours and the key is its own."""
    named = _decoded(token, "", "", verify_signature=False).get("iss")
    issuer = next((one for one in settings().issuers if one.issuer == named), None)
    if issuer is None or not isinstance(key_id, str):
        return None
    found = keys.key(issuer, key_id)
    if found is None:
        return None
    claims = _decoded(token, found.key, found.algorithm, issuer=issuer.issuer)
    meant_for = claims.get("aud")
    if meant_for is None and claims.get("token_use") == "access":
        meant_for = claims.get("client_id")
    return claims if _is_meant_for(meant_for, issuer.audience) else None


def _decoded(token: str, key: Any, algorithm: str, *, verify_signature: bool = True, **given: Any) -> Claims:
    options: Any = _OPTIONS if verify_signature else {"verify_signature": False}
    return jwt.decode(  # pyright: ignore[reportUnknownMemberType] - its keys' types
        token, key, algorithms=[algorithm], options=options, leeway=_LEEWAY_S, **given
    )


def _is_meant_for(named: object, audience: Collection[str | None]) -> bool:
    """Whether an `aud`, one name or several, has one of the audience."""
    names = cast("list[object]", named) if isinstance(named, list) else [named]
    return any(name in audience for name in names)


def _organization(claims: Claims) -> UUID:
    """The clinic's id. Cognito's claims may hold an object or a text of JSON; both are read."""
    try:
        metadata: Any = claims["app_metadata"]
        if isinstance(metadata, str):
            metadata = json.loads(metadata)
        return UUID(metadata["org_id"])
    except (TypeError, LookupError, ValueError, AttributeError, RecursionError):
        raise Problem(403, "The token names no clinic.") from None
