"""The login at a FHIR server: SMART Backend Services (hl7.org/fhir/smart-app-launch 2.2, read 2026-11-22).

We prove ourselves by a signature; a clinic registers our public keys once, by the address of `jwks`. There is
no password, and an access token is good for some minutes.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ASSERTION_LIFE_S: Final = 240
"""The standard allows 300."""
TOKEN_MARGIN_S: Final = 30
"""A token that is over sooner isn't used: a tool call needs some seconds yet."""
SHORTEST_RSA: Final = 2048
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Key(NamedTuple):
    """One of our private keys."""

    id: str
    pem: str
    """PKCS 8: RSA of 2048 bits at least (signs by RS384), or of the curve P-384 (ES384)."""


class Token(NamedTuple):
    """An access token."""

    text: str
    good_until: float
    """On the clock of `time.monotonic`, the margin taken off."""


def jwks(keys: Iterable[Key]) -> dict[str, Any]:
    """What we publish of our keys: the public halves (RFC 7517).

    To rotate, publish the new key beside the old one, sign by it when servers have read it (they keep what
    they read for hours), and take the old one away a day later. Raises `ValueError` of a key that won't do.
    """
    return {"keys": [_published(one) for one in keys]}


def assertion(key: Key, *, client_id: str, token_url: str, now: float) -> str:
    """Our proof for one request of a token; `now` is in seconds since 1970."""
    private = _private(key)
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_url,
        "exp": int(now) + ASSERTION_LIFE_S,
        "jti": str(uuid4()),
    }
    return jwt.encode(claims, private, algorithm=_algorithm(private), headers={"kid": key.id})


def form(proof: str, scopes: Iterable[str]) -> dict[str, str]:
    """What the token endpoint is sent."""
    return {
        "grant_type": "client_credentials",
        "scope": " ".join(scopes),
        "client_assertion_type": _ASSERTION,
        "client_assertion": proof,
    }


def token(answer: Mapping[str, Any], *, asked_at: float) -> Token:
    """Of the endpoint's answer; raises `LookupError`, `TypeError` or `ValueError` where it isn't one."""
    text, life_s = answer["access_token"], float(answer.get("expires_in", 300))
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        raise ValueError("no token")
    # A very short one is used for half of its life: there must be some.
    return Token(text, asked_at + max(life_s - TOKEN_MARGIN_S, life_s / 2))


def clock() -> float:
    """Seconds since 1970, by which assertions run out."""
    return time.time()


def _private(key: Key) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    private = load_pem_private_key(key.pem.encode(), password=None)
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= SHORTEST_RSA:
        return private
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp384r1":
        return private
    raise ValueError("an RSA key of 2048 bits, or one of the curve P-384, is needed")


def _algorithm(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return "RS384" if isinstance(private, rsa.RSAPrivateKey) else "ES384"


def _published(key: Key) -> dict[str, Any]:
    private = _private(key)
    public = private.public_key()
    made = (
        RSAAlgorithm.to_jwk(public, as_dict=True)
        if isinstance(public, rsa.RSAPublicKey)
        else ECAlgorithm.to_jwk(public, as_dict=True)
    )
    return made | {"kid": key.id, "alg": _algorithm(private), "use": "sig", "key_ops": ["verify"]}
