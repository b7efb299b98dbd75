"""The user pool's pages for signing in, on this machine: OAuth 2.0's code flow with PKCE, as Cognito has it.

    GET  /oauth2/authorize, /signup   who are you? the users there are, and a form for a new one
    POST /oauth2/authorize, /signup   {"email", "clinic"?}: back to `redirect_uri` with a code
    POST /oauth2/token                the code, or a refresh token, for tokens
    POST /oauth2/revoke               a refresh token is good for nothing any more
    GET  /logout                      back to `logout_uri`

Like the issuer it asks for no password: whoever reaches the machine may be anybody.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from local.tokens import CLIENT_ID

PATHS = ("/oauth2/authorize", "/signup", "/oauth2/token", "/oauth2/revoke", "/logout")

Page = tuple[int, dict[str, str], str]
"""Status, headers, body."""
_HTML = {"content-type": "text/html; charset=utf-8"}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.55 system-ui;max-width:24rem;margin:10vh auto;padding:0 1.25rem;"
    "background:light-dark(#fbfaf8,#121615);color:light-dark(#1d2522,#e6ebe8)}"
    "h1{font-size:1.2rem;letter-spacing:-.02em}h2{font-size:1.4rem;margin:2rem 0 .8rem}"
    "label{display:block;margin-top:.8rem;font-weight:550}"
    "button,input{font:inherit;padding:.5rem .8rem;min-height:2.7rem;width:100%;box-sizing:border-box;"
    "margin:.25rem 0;border-radius:8px;border:1px solid light-dark(#9aa19d,#56615d);"
    "background:light-dark(#fff,#1a201e);color:inherit}"
    "button{cursor:pointer;text-align:left}button.main{margin-top:1.2rem;border-color:transparent;"
    "text-align:center;font-weight:600;background:light-dark(#0a6b5c,#5cc7b2);color:light-dark(#fff,#06231e)}"
    "small{color:light-dark(#5b6661,#a2ada8)}"
)


class SignIn:
    """The pages, and what they gave out; all is forgotten when the process ends."""

    def __init__(
        self,
        emails: Callable[[], Iterable[str]],
        sign_up: Callable[[str, str], None],
        tokens: Callable[[str], Mapping[str, Any]],
    ) -> None:
        """Keeps what the pool does.

        Args:
            emails: who there is.
            sign_up: makes a user of an address, with the name of their clinic; raises `ValueError`.
            tokens: signs the user of an address in; raises `ValueError`.
        """
        self._emails, self._sign_up, self._tokens = emails, sign_up, tokens
        self._codes: dict[str, tuple[str, str, str]] = {}
        self._refreshing: dict[str, str] = {}

    def reply(self, method: str, path: str, query: str, body: bytes) -> Page:
        """The answer to a request for one of `PATHS`."""
        asked, sent = dict(parse_qsl(query)), dict(parse_qsl(body.decode()))
        match method, path:
            case "GET", "/oauth2/authorize" | "/signup":
                return self._ask(path, query, is_new=path == "/signup")
            case "POST", "/oauth2/authorize" | "/signup":
                return self._back(path, query, asked, sent)
            case "POST", "/oauth2/token":
                return self._token(sent)
            case "POST", "/oauth2/revoke":
                self._refreshing.pop(sent.get("token", ""), None)
                return 200, {}, ""
            case "GET", "/logout":
                return 302, {"location": _local(asked.get("logout_uri", ""))}, ""
            case _:
                return 405, {}, ""

    def _ask(self, path: str, query: str, *, is_new: bool, wrong: str = "") -> Page:
        to = escape(f"{path}?{query}")
        known = "".join(
            f'<button name="email" value="{escape(one)}">{escape(one)}</button>' for one in self._emails()
        )
        sign_in = f'<h2>Sign in</h2><form method="post" action="{to}">{known or "Nobody yet."}</form>'
        sign_up = (
            f'<h2>Sign up</h2><form method="post" action="{escape(f"/signup?{query}")}">'
            '<label>Your e-mail address<input name="email" type="email" required></label>'
            '<label>Your clinic\'s name<input name="clinic" required></label>'
            "<button class=main>Sign up</button></form>"
        )
        parts = sign_up + sign_in if is_new else sign_in + sign_up
        html = (
            "<!doctype html><html lang=en><meta name=viewport content='width=device-width'>"
            f"<title>Sign in</title><style>{_STYLE}</style><h1>frontdesk</h1>"
            f"<p role=alert>{escape(wrong)}</p>{parts}"
            "<p><small>On this machine nobody is asked for a password.</small>"
        )
        return 200, _HTML, html

    def _back(self, path: str, query: str, asked: dict[str, str], sent: dict[str, str]) -> Page:
        email = sent.get("email", "").strip().lower()
        try:
            if path == "/signup":
                self._sign_up(email, sent.get("clinic", ""))
        except ValueError as wrong:
            return self._ask(path, query, is_new=True, wrong=str(wrong))
        if email not in self._emails():
            return self._ask(path, query, is_new=False, wrong="There is nobody of that address.")
        if asked.get("client_id") != CLIENT_ID or asked.get("code_challenge_method") != "S256":
            return 400, _HTML, "invalid_request"
        code = secrets.token_urlsafe(16)
        redirect = _local(asked.get("redirect_uri", ""))
        self._codes[code] = (email, asked.get("code_challenge", ""), redirect)
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return 303, {"location": f"{redirect}?{back}"}, ""

    def _token(self, sent: dict[str, str]) -> Page:
        json_type = {"content-type": "application/json"}
        match sent.get("grant_type"):
            case "authorization_code":
                email, challenge, redirect = self._codes.pop(sent.get("code", ""), ("", "", ""))
                proof = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
                is_proven = base64.urlsafe_b64encode(proof).rstrip(b"=").decode() == challenge
                if not (email and is_proven and sent.get("redirect_uri") == redirect):
                    return 400, json_type, '{"error": "invalid_grant"}'
                refresh = secrets.token_urlsafe(32)
                self._refreshing[refresh] = email
            case "refresh_token":
                email, refresh = self._refreshing.get(sent.get("refresh_token", ""), ""), ""
                if not email:
                    return 400, json_type, '{"error": "invalid_grant"}'
            case _:
                return 400, json_type, '{"error": "unsupported_grant_type"}'
        given = dict(self._tokens(email)) | ({"refresh_token": refresh} if refresh else {})
        return 200, json_type, json.dumps(given)


def _local(url: str) -> str:
    """The address itself when it is on this machine, as all that are registered here; else nowhere."""
    return url if urlsplit(url).hostname in ("127.0.0.1", "localhost") else "about:blank"
