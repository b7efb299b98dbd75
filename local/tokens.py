"""The local issuer's key, and the tokens that it signs as Cognito does (RS256, RFC 7519)."""

import hashlib
import json
import time
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.directory import write_private

CLIENT_ID = "frontdesk-local-client"
"""Whom the tokens are meant for."""
SESSION_S = 3600
LIFE_S = 30 * 24 * 3600
"""Of the demo's own tokens."""


def kept_key(file: Path) -> str:
    """The RSA key of this file, as PEM, made at the first asking."""
    if not file.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        as_pem = (
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, made.private_bytes(*as_pem).decode())
    return file.read_text()


class Signer:
    """One issuer, by its address and its key."""

    def __init__(self, url: str, pem: str) -> None:
        self.url = url
        self._pem = pem

    @cached_property
    def public_key(self) -> dict[str, str]:
        """The key as its JWK (RFC 7517); its id is made of it."""
        key = serialization.load_pem_private_key(self._pem.encode(), None).public_key()
        assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - it is ours
        numbers: dict[str, Any] = RSAAlgorithm.to_jwk(key, as_dict=True)
        key_id = hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:16]
        parts = {name: numbers[name] for name in ("kty", "n", "e")}
        return {**parts, "alg": "RS256", "use": "sig", "kid": key_id}

    def id_token(self, sub: str, *, life_s: int = SESSION_S, **claims: Any) -> str:
        """Who somebody is."""
        return self._signed(sub, life_s, {"token_use": "id", "aud": CLIENT_ID, **claims})

    def access_token(self, sub: str, *, life_s: int = SESSION_S, **claims: Any) -> str:
        """What they may do. Cognito's has no `aud`."""
        of_its_own = {"token_use": "access", "client_id": CLIENT_ID, "scope": "aws.cognito.signin.user.admin"}
        return self._signed(sub, life_s, {**of_its_own, **claims})

    def _signed(self, sub: str, life_s: int, claims: dict[str, Any]) -> str:
        now = int(time.time())
        whole = {"iss": self.url, "sub": sub, "iat": now, "exp": now + life_s, **claims}
        return jwt.encode(whole, self._pem, algorithm="RS256", headers={"kid": self.public_key["kid"]})  # pyright: ignore[reportUnknownMemberType] - its keys' types


def member_id(org_id: str) -> str:
    """The `sub` of a demo clinic's owner."""
    return str(uuid5(NAMESPACE_URL, f"frontdesk:member:{org_id}"))


def member_token(issuer: Signer, org_id: str) -> str:
    """The token of a demo clinic's owner."""
    stamped = {"org_id": org_id, "role": "owner"}
    return issuer.id_token(member_id(org_id), life_s=LIFE_S, app_metadata=stamped)
