"""An OpenID Connect issuer in tests: a real server on the loopback address, and keys of our own."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from local import demo
from local.tokens import member_id

CLIENT = "the-app-client"


@dataclass(frozen=True)
class Key:
    """A key pair: how it signs, and what is published of it."""

    private: Any
    algorithm: str
    public: dict[str, Any]
    pem: bytes
    """Of the public half."""


@cache
def rsa_key(kid: str) -> Key:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**RSAAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": kid}
    return Key(private, "RS256", public, _pem(private))


@cache
def ec_key(kid: str) -> Key:
    private = ec.generate_private_key(ec.SECP256R1())
    public = {**ECAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": kid}
    return Key(private, "ES256", public, _pem(private))


def _pem(private: Any) -> bytes:
    how = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.public_key().public_bytes(*how)


@dataclass
class Issuer:
    """What the server publishes, and what it was asked."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=lambda: [rsa_key("one").public])
    document: dict[str, Any] = field(default_factory=dict[str, Any])
    """Put over the discovery document."""
    is_away: bool = False
    delay_s: float = 0
    asked: list[str] = field(default_factory=list[str])

    def answer(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        time.sleep(self.delay_s)
        if self.is_away:
            return 503, {}
        if path.endswith("/openid-configuration"):
            jwks = f"{self.url}/.well-known/jwks.json"
            return 200, {"issuer": self.url, "jwks_uri": jwks, **self.document}
        return 200, {"keys": self.keys}

    def token(self, /, by: Key | None = None, *, kid: str | None = "one", **claims: Any) -> str:
        """An id token of Maple's owner as Cognito signs them; a claim of None is left out."""
        by = by or rsa_key("one")
        whole = {
            "iss": self.url,
            "sub": member_id(demo.MAPLE),
            "aud": CLIENT,
            "token_use": "id",
            "exp": int(time.time()) + 3600,
            "app_metadata": {"org_id": demo.MAPLE, "role": "viewer"},
            **claims,
        }
        given = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(given, by.private, by.algorithm, headers={"kid": kid} if kid else {})  # pyright: ignore[reportUnknownMemberType] - its keys' types


@contextmanager
def serving(host: str = "127.0.0.1") -> Generator[Issuer]:
    """An issuer that answers."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = issuer.answer(self.path)
            body = json.dumps(content).encode()
            with suppress(OSError):  # they may have gone by then
                self._send(status, body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer((host, 0), Handler) as server:
        issuer.url = f"http://{host}:{server.server_port}"
        server.daemon_threads, server.block_on_close = True, False
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield issuer
        server.shutdown()
