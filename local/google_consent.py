"""Google's consent page and its endpoint of tokens, for the stand-in.

The page asks nobody: it answers with a code at once, or with a refusal when told to. What is told with
`PUT /_options` is in `google_calendar`. As "Using OAuth 2.0 for Web Server Applications" has it, read
2026-11-21; scopes by method: the discovery document, revision 20261030.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from local.google_account import Account
from local.google_refused import Refused

_AUTH: Final = "https://www.googleapis.com/auth/"
_EVENTS: Final = ("calendar", "calendar.events", "calendar.events.owned")
SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "calendarList.list": (
        "calendar",
        "calendar.readonly",
        "calendar.calendarlist",
        "calendar.calendarlist.readonly",
    ),
    "events.read": (
        *_EVENTS,
        "calendar.readonly",
        "calendar.events.readonly",
        "calendar.events.owned.readonly",
        "calendar.events.freebusy",
    ),
    "events.write": _EVENTS,
    "freebusy.query": ("calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy"),
}
"""Any one of these lets a method through; not all that Google takes."""
MOST_REFRESH_TOKENS: Final = 100
"""An account's living ones for one client; the oldest dies without a word."""


class OauthRefused(Exception):
    """No, in OAuth's own shape."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": "Bad Request"}


class Consent:
    """Who agreed to what, and the tokens that came of it."""

    def __init__(self, account: Account, client_id: str, client_secret: str, options: dict[str, Any]) -> None:
        self._account = account
        self._client = (client_id, client_secret)
        self._options = options
        self._codes: dict[str, dict[str, Any]] = {}
        self.held: dict[str, Any] = account.held["consent"]
        """`refresh` and `access` tokens, and who `agreed` before."""
        for kind in ("refresh", "access", "agreed"):
            self.held.setdefault(kind, {})

    def page(self, query: Mapping[str, str]) -> str:
        """Where the browser goes from the consent page. Raises `Refused` where Google shows an error."""
        if query.get("client_id") != self._client[0] or query.get("response_type") != "code":
            raise Refused(400, "invalid", "invalid_client")
        back = query["redirect_uri"]
        state = {"state": query["state"]} if "state" in query else {}
        if self._options["denies"]:
            return f"{back}?{urlencode({'error': 'access_denied'} | state)}"
        email = (
            query.get("login_hint") or self._options["account"] or next(iter(self._account.held["accounts"]))
        )
        granted = self._options["grants"] or query.get("scope", "").split()
        is_first = email not in self.held["agreed"]
        code = f"4/{secrets.token_urlsafe(24)}"
        self._codes[code] = {
            "email": email,
            "scopes": granted,
            "redirect_uri": back,
            "challenge": query.get("code_challenge")
            if query.get("code_challenge_method") == "S256"
            else None,
            # Only the first consent, or one that is asked for anew, gives a refresh token.
            "offline": query.get("access_type") == "offline"
            and (is_first or query.get("prompt") == "consent"),
        }
        return f"{back}?{urlencode(state | {'code': code, 'scope': ' '.join(granted)})}"

    def tokens(self, form: Mapping[str, str]) -> dict[str, Any]:
        """For a code or a refresh token. Raises `OauthRefused`."""
        if (form.get("client_id"), form.get("client_secret")) != self._client:
            raise OauthRefused("invalid_client", 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchanged(form)
            case "refresh_token":
                return self._refreshed(form.get("refresh_token", ""))
            case _:
                raise OauthRefused("unsupported_grant_type")

    def revoke(self, token: str) -> None:
        """Ends a consent by any of its tokens. Raises `OauthRefused` for one that is no good."""
        found = self.held["refresh"].get(token) or self.held["access"].get(token)
        if not found:
            raise OauthRefused("invalid_token")
        for kind in ("refresh", "access"):
            living = self.held[kind]
            self.held[kind] = {key: one for key, one in living.items() if one["email"] != found["email"]}
        self.held["agreed"].pop(found["email"], None)
        self._account.keep()

    def expire(self, kind: str) -> None:
        """Ends all tokens of a kind, `refresh` or `access`."""
        self.held[kind] = {}
        self._account.keep()

    def who(self, authorization: str, method: str) -> str:
        """The account behind an access token that reaches so far. Raises `Refused`."""
        found = self.held["access"].get(authorization.removeprefix("Bearer "))
        if not found or datetime.fromisoformat(found["until"]) <= self._account.now():
            raise Refused(401, "authError", "Invalid Credentials")
        if method in SCOPES and not {f"{_AUTH}{one}" for one in SCOPES[method]} & set(found["scopes"]):
            raise Refused(403, "insufficientPermissions", "Insufficient Permission")
        return found["email"]

    def _exchanged(self, form: Mapping[str, str]) -> dict[str, Any]:
        found = self._codes.pop(form.get("code", ""), None)
        if found is None or form.get("redirect_uri") != found["redirect_uri"]:
            raise OauthRefused("invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if found["challenge"] not in (None, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()):
            raise OauthRefused("invalid_grant")
        self.held["agreed"][found["email"]] = True
        answer = self._access(found)
        if found["offline"]:
            answer["refresh_token"] = self._refresh(found)
        return answer

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        found = self.held["refresh"].get(refresh)
        if found is None:
            raise OauthRefused("invalid_grant")
        answer = self._access(found)
        if self._options["rotates"]:
            del self.held["refresh"][refresh]
            answer["refresh_token"] = self._refresh(found)
        return answer

    def _access(self, who: Mapping[str, Any]) -> dict[str, Any]:
        token, seconds = f"ya29.{secrets.token_urlsafe(32)}", self._options["access_s"]
        until = self._account.now() + timedelta(seconds=seconds)
        self.held["access"][token] = {
            "email": who["email"],
            "scopes": who["scopes"],
            "until": until.isoformat(),
        }
        self._account.keep()
        return {
            "access_token": token,
            "expires_in": seconds,
            "scope": " ".join(who["scopes"]),
            "token_type": "Bearer",
        }

    def _refresh(self, who: Mapping[str, Any]) -> str:
        token = f"1//{secrets.token_urlsafe(32)}"
        living: dict[str, Any] = self.held["refresh"]
        living[token] = {"email": who["email"], "scopes": who["scopes"]}
        own = [key for key, one in living.items() if one["email"] == who["email"]]
        for oldest in own[:-MOST_REFRESH_TOKENS]:
            del living[oldest]
        self._account.keep()
        return token
