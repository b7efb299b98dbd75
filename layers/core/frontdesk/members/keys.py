"""The public keys by which issuers sign: fetched from each issuer, and remembered."""

import time
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import jwt

from frontdesk import outside
from frontdesk.errors import ProviderFailed
from frontdesk.settings import Issuer

_KEPT_S: Final = 600
_ASKED_AGAIN_S: Final = 60
"""How soon an issuer of whom keys are remembered is asked for others again; one of whom none are, at once."""
_TIMEOUT_S: Final = 1.5
"""Of one document; there are two at most, within the function's deadline."""
_ALGORITHMS: Final = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}
"""By a key's type and curve. There is none for a shared secret, whatever an issuer publishes."""


class Key(NamedTuple):
    """One public key."""

    key: jwt.PyJWK
    algorithm: str
    """The only one it is for; a token can't name another."""


@dataclass
class _Keys:
    """What is remembered of one issuer. Times are of `time.monotonic`."""

    by_id: dict[str, Key] = field(default_factory=dict[str, Key])
    fetched_at: float = float("-inf")
    asked_at: float = float("-inf")


_kept: dict[Issuer, _Keys] = {}


def key(issuer: Issuer, key_id: str) -> Key | None:
    """The issuer's key of that id; None when it has none.

    Raises `ProviderFailed` when the issuer does not answer and the key is not remembered.
    """
    kept = _kept.setdefault(issuer, _Keys())
    now = time.monotonic()
    is_old = now - kept.fetched_at > _KEPT_S
    if (is_old or key_id not in kept.by_id) and (not kept.by_id or now - kept.asked_at > _ASKED_AGAIN_S):
        kept.asked_at = now
        try:
            kept.by_id = _fetched(issuer)
        except ProviderFailed:
            if key_id not in kept.by_id:
                raise
        else:
            kept.fetched_at = now
    found = kept.by_id.get(key_id)
    if found is None and kept.fetched_at < kept.asked_at:
        raise ProviderFailed("the issuer has not answered since, so whether the key is its own is unknown")
    return found


def forget() -> None:
    """Forgets every key."""
    _kept.clear()


def _fetched(issuer: Issuer) -> dict[str, Key]:
    """The issuer's keys as it publishes them now; raises `ProviderFailed`."""
    url = issuer.jwks_url or _discovered(issuer)
    document = outside.fetched(url, hosts=[_host(url)], timeout_s=_TIMEOUT_S)
    try:
        published: list[dict[str, Any]] = [dict(one) for one in document["keys"]]
    except (TypeError, KeyError, ValueError) as error:
        raise ProviderFailed("the issuer's keys are of no known form") from error
    return {str(one["kid"]): made for one in published if "kid" in one and (made := _made(one))}


def _discovered(issuer: Issuer) -> str:
    """Where the issuer says that its keys are (OpenID Connect Discovery 1.0, section 4)."""
    url = f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration"
    document: Any = outside.fetched(url, hosts=[_host(url)], timeout_s=_TIMEOUT_S)
    try:
        named, found = document["issuer"], document["jwks_uri"]
    except (TypeError, KeyError) as error:
        raise ProviderFailed("the issuer's document is of no known form") from error
    # Another host has to be configured as `jwks_url`: a server's answer sends us nowhere else.
    if named != issuer.issuer or not isinstance(found, str) or _host(found) != _host(url):
        raise ProviderFailed("the document is another issuer's")
    return found


def _made(published: dict[str, Any]) -> Key | None:
    """A key that signs in a way we know, else None (RFC 7517, section 4)."""
    algorithm = _ALGORITHMS.get((published.get("kty", ""), published.get("crv")))
    if (
        algorithm is None
        or published.get("use", "sig") != "sig"
        or published.get("alg", algorithm) != algorithm
    ):
        return None
    try:
        return Key(jwt.PyJWK(published, algorithm), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
