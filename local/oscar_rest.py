"""OSCAR's REST services behind OAuth 1.0a, and how a person lets a program in.

The signature is reckoned here by RFC 5849, section 3.4, so that it judges the client's library.
"""

import hmac
import json
import re
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from local.oscar_clinic import Clinic, Row

_WITHIN_S: Final = 300
_FIELDS: Final = ("firstName", "lastName", "sex", "phone", "email", "hin", "ver", "hcType", "providerNo")

Reply = tuple[int, Any]
"""Status, and what becomes the JSON body, or the form when it is a text."""


class Refused(Exception):
    """Status and what is said."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text
        super().__init__(text)


class Rest:
    """What there is below `/ws/services` and `/ws/oauth`."""

    def __init__(self, clinic: Clinic, client: tuple[str, str]) -> None:
        self._clinic = clinic
        self._client_key, self._client_secret = client
        self.tokens: dict[str, str] = {}
        """Secrets by access token."""
        self._asked: dict[str, Row] = {}
        """Request tokens: their secret, and the verifier once somebody has approved."""

    def answered(
        self, method: str, url: str, query: dict[str, str], headers: Mapping[str, str], text: bytes
    ) -> Reply:
        """One request; `url` is the whole address without a query."""
        path = url.partition("/ws/")[2]
        try:
            match method, path:
                case "POST", "oauth/initiate":
                    given = self._signed(method, url, query, headers, {"": ""})
                    key = secrets.token_hex(8)
                    self._asked[key] = {"secret": secrets.token_hex(8), "callback": given["oauth_callback"]}
                    return 200, f"oauth_token={key}&oauth_token_secret={self._asked[key]['secret']}"
                case "GET", "oauth/authorize":  # the person logs in, and presses the button
                    self._asked[query["oauth_token"]]["verifier"] = verifier = secrets.token_hex(4)
                    return 200, f"oauth_token={query['oauth_token']}&oauth_verifier={verifier}"
                case "POST", "oauth/token":
                    asked = {key: one["secret"] for key, one in self._asked.items()}
                    given = self._signed(method, url, query, headers, asked)
                    verifier = self._asked.pop(given["oauth_token"]).get("verifier")
                    if verifier is None or verifier != given.get("oauth_verifier"):
                        return 401, {"error": "token_rejected"}
                    return 200, "oauth_token={}&oauth_token_secret={}".format(*self.approved())
                case _:
                    self._signed(method, url, query, headers, self.tokens)
                    return self._done(method, path.removeprefix("services/"), text)
        except Refused as refused:
            return refused.status, {"error": refused.text}

    def approved(self) -> tuple[str, str]:
        """A new access token and its secret."""
        key, secret = secrets.token_hex(8), secrets.token_hex(8)
        self.tokens[key] = secret
        return key, secret

    def _signed(
        self,
        method: str,
        url: str,
        query: dict[str, str],
        headers: Mapping[str, str],
        secrets_of: Mapping[str, str],
    ) -> dict[str, str]:
        """The parameters of a request that is signed by one of these tokens."""
        found = re.findall(r'(\w+)="([^"]*)"', headers.get("authorization", ""))
        given = {key: unquote(value) for key, value in found}
        secret = secrets_of.get(given.get("oauth_token", ""))
        if secret is None or given.get("oauth_consumer_key") != self._client_key:
            raise Refused(401, "token_rejected")
        if abs(time.time() - int(given.get("oauth_timestamp", 0))) > _WITHIN_S:
            raise Refused(401, "timestamp_refused")
        signed = {**query, **{key: value for key, value in given.items() if key != "oauth_signature"}}
        signed.pop("realm", None)
        pairs = sorted((_quoted(key), _quoted(value)) for key, value in signed.items())
        base = "&".join(map(_quoted, (method, url, "&".join(f"{key}={value}" for key, value in pairs))))
        key = f"{_quoted(self._client_secret)}&{_quoted(secret)}".encode()
        right = b64encode(hmac.digest(key, base.encode(), "sha1")).decode()
        if not hmac.compare_digest(right, given.get("oauth_signature", "")):
            raise Refused(401, "signature_invalid")
        return given

    def _done(self, method: str, path: str, text: bytes) -> Reply:
        clinic = self._clinic
        match method, path.split("/"):
            case "POST", ["demographics"]:
                return 200, self._created(json.loads(text))
            case "GET", ["demographics", number]:
                chart = clinic.charts.get(int(number))
                if chart is None:
                    raise Refused(500, "no such chart")
                return 200, chart
            case "GET", ["schedule", "statuses"]:
                listed = [
                    {"id": at, "status": code, "description": said, "active": 1}
                    for at, (code, said) in enumerate(clinic.statuses.items())
                ]
                return 200, {"offset": 0, "limit": 0, "total": 0, "content": listed}
            case _:
                raise Refused(404, "Not Found")

    def _created(self, sent: Row) -> Row:
        # The server reaches into both without looking.
        if not isinstance(sent.get("address"), dict) or not isinstance(sent.get("previousAddress"), dict):
            raise Refused(500, "NullPointerException")
        chart: Row = {name: sent.get(name) for name in _FIELDS}
        chart |= {name: sent["address"].get(name) for name in ("address", "city", "province", "postal")}
        chart["lastName"], chart["firstName"] = chart["lastName"].upper(), chart["firstName"].upper()
        chart["phone2"] = sent.get("alternativePhone")
        born = {"yearOfBirth": "dobYear", "monthOfBirth": "dobMonth", "dateOfBirth": "dobDay"}
        chart |= {column: sent[name] for column, name in born.items()}
        number = self._clinic.add_chart({name: value for name, value in chart.items() if value is not None})
        return sent | {"demographicNo": number, "patientStatus": "AC"}


def _quoted(text: str) -> str:
    return quote(text, safe="~")
