"""Microsoft's consent page and token endpoint, as the stand-in of Graph has them.

The page asks nobody: it answers at once, as `consent` says. Refresh tokens rotate; the one before is good
for a short grace, for two that race.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

Json = dict[str, Any]

GRACE: Final = timedelta(seconds=30)
LIFE: Final = timedelta(hours=1)
_SCOPES: Final = frozenset({"offline_access", "openid", "profile", "Calendars.Read", "Calendars.ReadWrite"})
_ADMIN: Final = "AADSTS90094: An administrator of the tenant has to grant permissions to this app."


class GrantRefused(Exception):
    """The token endpoint says no: status, `error`, and the description with its code."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


class Consents:
    """Codes and tokens of all accounts."""

    def __init__(self, kept: Json, *, client: tuple[str, str], clock: Callable[[], datetime]) -> None:
        """`client` is the id and secret of the app that may ask."""
        self.kept = kept
        self.consent: Json = {}
        """What is done next: `account`, `deny` of "user" or "admin", `refuse_tokens` with such a code."""
        self._client = client
        self._clock = clock
        for name in ("codes", "access", "refresh"):
            kept.setdefault(name, {})

    def page(self, query: Mapping[str, str], accounts: list[str]) -> tuple[str | None, str]:
        """Where the browser is sent to, or None and what the page says instead."""
        scopes = query.get("scope", "").split()
        wrong = (
            query.get("client_id") != self._client[0]
            or query.get("response_type") != "code"
            or not query.get("redirect_uri")
            or not _SCOPES.issuperset(scopes)
        )
        if wrong:
            return None, "AADSTS900144: The request body must contain what it does not."
        back = {"state": query.get("state", "")}
        match self.consent.get("deny"):
            case "user":
                back |= {
                    "error": "access_denied",
                    "error_description": "AADSTS65004: User declined to consent.",
                }
            case "admin":
                back |= {"error": "consent_required", "error_description": _ADMIN}
            case _:
                code = secrets.token_urlsafe(24)
                self.kept["codes"][code] = {
                    "email": query.get("login_hint") or self.consent.get("account") or accounts[0],
                    "redirect_uri": query["redirect_uri"],
                    "challenge": query.get("code_challenge"),
                    "method": query.get("code_challenge_method", "plain"),
                    "scopes": scopes,
                }
                back["code"] = code
        joint = "&" if "?" in query["redirect_uri"] else "?"
        return f"{query['redirect_uri']}{joint}{urlencode(back)}", ""

    def token(self, form: Mapping[str, str]) -> Json:
        """The answer to `grant_type` `authorization_code` or `refresh_token`; raises `GrantRefused`."""
        if form.get("client_id") != self._client[0]:
            raise GrantRefused("unauthorized_client", "AADSTS700016: Application was not found.")
        if not secrets.compare_digest(form.get("client_secret", ""), self._client[1]):
            raise GrantRefused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        if code := self.consent.get("refuse_tokens"):
            raise GrantRefused("invalid_grant", f"{code}: The user or administrator has not consented.")
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(form)
            case "refresh_token":
                return self._refreshed(form)
            case _:
                raise GrantRefused("unsupported_grant_type", "AADSTS70003: The grant type is not supported.")

    def _for_code(self, form: Mapping[str, str]) -> Json:
        given = self.kept["codes"].pop(form.get("code", ""), None)
        if given is None:
            raise GrantRefused("invalid_grant", "AADSTS54005: The code was already redeemed, or never given.")
        if form.get("redirect_uri") != given["redirect_uri"]:
            raise GrantRefused("invalid_grant", "AADSTS500112: The reply address does not match.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        made = urlsafe_b64encode(digest).decode().rstrip("=")
        if given["method"] != "S256" or made != given["challenge"]:
            raise GrantRefused("invalid_grant", "AADSTS501481: The Code_Verifier does not match.")
        return self._issue(given["email"], given["scopes"], secrets.token_hex(8))

    def _refreshed(self, form: Mapping[str, str]) -> Json:
        given = self.kept["refresh"].get(form.get("refresh_token", ""))
        if given is None:
            raise GrantRefused("invalid_grant", "AADSTS9002313: The refresh token is malformed or invalid.")
        if given["is_revoked"]:
            raise GrantRefused("invalid_grant", "AADSTS50173: The grant has expired due to it being revoked.")
        now = self._clock()
        if given["dies_at"] and datetime.fromisoformat(given["dies_at"]) <= now:
            raise GrantRefused("invalid_grant", "AADSTS70008: The refresh token has expired.")
        given["dies_at"] = given["dies_at"] or (now + GRACE).isoformat()
        return self._issue(given["email"], given["scopes"], given["family"])

    def _issue(self, email: str, scopes: list[str], family: str) -> Json:
        access, refresh = f"EwB-{secrets.token_urlsafe(24)}", f"M.C5-{secrets.token_urlsafe(24)}"
        about: Json = {"email": email, "scopes": scopes, "family": family, "is_revoked": False}
        self.kept["access"][access] = about | {"dies_at": (self._clock() + LIFE).isoformat()}
        told = {"token_type": "Bearer", "scope": " ".join(one for one in scopes if one != "offline_access")}
        told |= {"expires_in": int(LIFE.total_seconds()), "ext_expires_in": int(LIFE.total_seconds())}
        if "offline_access" in scopes:
            self.kept["refresh"][refresh] = about | {"dies_at": None}
            told["refresh_token"] = refresh
        return told | {"access_token": access}

    def who(self, authorization: str) -> Json | None:
        """Whom an access token is of, and its scopes; None when it is no good."""
        given = self.kept["access"].get(authorization.removeprefix("Bearer "))
        if given is None or given["is_revoked"] or datetime.fromisoformat(given["dies_at"]) <= self._clock():
            return None
        return given

    def expire(self, email: str) -> None:
        """The account's access tokens are over."""
        self.kept["access"] = {
            token: about for token, about in self.kept["access"].items() if about["email"] != email
        }

    def revoke(self, email: str) -> None:
        """The account takes its consent back, or its password changed."""
        for tokens in (self.kept["access"], self.kept["refresh"]):
            for about in tokens.values():
                about["is_revoked"] |= about["email"] == email
