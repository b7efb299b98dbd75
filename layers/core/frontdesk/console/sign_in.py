"""Signing in: the authorization code flow with PKCE (RFC 6749, 7636), at the stage's own user pool.

Whoever starts it keeps a secret in a cookie, so a code that somebody else was given is of no use here.
"""

import base64
import hashlib
import json
import secrets
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from frontdesk import outside
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings

CALLBACK: Final = "/console/callback"
HOME: Final = "/console/today"
_TIMEOUT_S: Final = 6.0
"""The pool waits up to 5 s for a function of ours, which may have to start, before it gives a token."""


class Refused(Exception):
    """The pool gives no token for this code or this session any more: sign in again."""


class Started(NamedTuple):
    """A sign-in that was begun."""

    url: str
    """Where the browser goes."""
    kept: str
    """What it keeps meanwhile."""


class Tokens(NamedTuple):
    """What the pool gave."""

    access: str
    refresh: str
    """Empty when the one there was stays."""


def begin(to: str, *, signs_up: bool = False) -> Started:
    """A sign-in after which the browser is sent to `to`, a path of the console."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": settings().sign_in_client_id,
        "redirect_uri": _callback(),
        "scope": "openid email",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = "signup" if signs_up else "oauth2/authorize"
    kept = base64.urlsafe_b64encode(json.dumps([state, verifier, home(to)]).encode()).rstrip(b"=").decode()
    return Started(f"{settings().sign_in_url}/{page}?{urlencode(asked)}", kept)


def finish(kept: str, state: str, code: str) -> tuple[Tokens, str]:
    """The tokens, and where to go now. Raises `Refused` and `ProviderFailed`."""
    try:
        began, verifier, to = json.loads(base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)))
    except (ValueError, TypeError):
        raise Refused from None
    if not (code and secrets.compare_digest(str(began).encode(), state.encode())):
        raise Refused
    tokens = _tokens(
        grant_type="authorization_code", code=code, redirect_uri=_callback(), code_verifier=verifier
    )
    return tokens, home(str(to))


def renew(refresh: str) -> Tokens:
    """Another hour. Raises `Refused` and `ProviderFailed`."""
    return _tokens(grant_type="refresh_token", refresh_token=refresh)


def revoke(refresh: str) -> None:
    """Ends that session for whoever has a copy of its token, but for what is left of an hour.

    Raises `ProviderFailed`.
    """
    url = f"{settings().sign_in_url}/oauth2/revoke"
    form = {"client_id": settings().sign_in_client_id, "token": refresh}
    outside.post(url, hosts=[urlsplit(url).hostname or ""], timeout_s=_TIMEOUT_S, form=form)


def leave() -> str:
    """Where a browser forgets the pool's own session too."""
    back = {"client_id": settings().sign_in_client_id, "logout_uri": f"{settings().public_url}/console"}
    return f"{settings().sign_in_url}/logout?{urlencode(back)}"


def home(to: str) -> str:
    """The path itself if it is one of the console's; else the first page: nobody is sent elsewhere."""
    parts = urlsplit(to) if to.isascii() and to.isprintable() and "\\" not in to else urlsplit("")
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return to if is_ours and parts.path not in (CALLBACK, "/console/sign-in") and len(to) <= 500 else HOME


def _callback() -> str:
    return f"{settings().public_url}{CALLBACK}"


def _tokens(**grant: str) -> Tokens:
    url = f"{settings().sign_in_url}/oauth2/token"
    host = urlsplit(url).hostname or ""
    form = {"client_id": settings().sign_in_client_id, **grant}
    try:
        return _read(outside.fetched(url, hosts=[host], timeout_s=_TIMEOUT_S, form=form))
    except outside.Unsuccessful as refused:
        if refused.status in (400, 401):
            raise Refused from refused
        raise


def _read(answer: Any) -> Tokens:
    try:
        access, refresh = answer["access_token"], answer.get("refresh_token") or ""
    except (TypeError, KeyError, AttributeError) as error:
        raise ProviderFailed("the pool's answer is of no known form") from error
    if not all(isinstance(one, str) and one.isascii() and ";" not in one for one in (access, refresh)):
        raise ProviderFailed("the pool's answer is of no known form")
    return Tokens(access, refresh)
