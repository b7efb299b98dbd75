"""What OSCAR does by REST alone: registering somebody, and the clinic's list of statuses.

Signed by OAuth 1.0a (RFC 5849), as the person who has approved it in the browser once.
"""

import json
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qs, urlencode

from authlib.oauth1.rfc5849.client_auth import ClientAuth

from frontdesk.emr import oscar_charts as charts
from frontdesk.emr.emr import NewPatient, NoAnswer, Unsupported
from frontdesk.emr.oscar_http import Http
from frontdesk.emr.oscar_server import Access, Server
from frontdesk.errors import ProviderFailed

_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


class Rest:
    """One clinic's REST services."""

    def __init__(self, server: Server, http: Http) -> None:
        self._server, self._http = server, http

    def register(self, new: NewPatient, *, deadline: float) -> str | None:
        """Makes a chart; its id, or None where the answer doesn't say. Raises `Unsupported`, `NoAnswer`."""
        body = charts.columns(new) | {
            "dobYear": f"{new.birth_date:%Y}",
            "dobMonth": f"{new.birth_date:%m}",
            "dobDay": f"{new.birth_date:%d}",
            # The server reaches into both, whether they are there or not.
            "address": charts.address(new),
            "previousAddress": {},
        }
        if self._server.program_id:
            body["admissionProgramId"] = self._server.program_id
        answer = self._asked("POST", "demographics", body, deadline=deadline)
        number = answer.get("demographicNo")
        return str(number) if number else None

    def statuses(self, *, deadline: float) -> dict[str, str]:
        """The clinic's own words for its statuses, by code."""
        answer = self._asked("GET", "schedule/statuses", None, deadline=deadline)
        listed = cast("list[dict[str, Any]]", answer.get("content") or [])
        return {one["status"]: str(one.get("description") or "") for one in listed}

    def _asked(self, method: str, path: str, body: Any, *, deadline: float) -> dict[str, Any]:
        access = self._server.access
        if access is None:
            raise Unsupported("nobody has let us into this OSCAR's REST services yet")
        auth, url = ClientAuth(*access), f"{self._server.base_url}/ws/services/{path}"
        content, is_write = None if body is None else json.dumps(body).encode(), method != "GET"
        headers = _signed(auth, method, url) | _JSON
        answer = self._http.ask(
            method, url, content=content, headers=headers, deadline=deadline, is_write=is_write
        )
        if not answer.is_success:
            raise ProviderFailed(f"OSCAR's REST answered {answer.status_code}")
        try:
            found: Any = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            failed = NoAnswer if is_write else ProviderFailed
            raise failed("OSCAR's REST answered with something else than an object")
        return cast("dict[str, Any]", found)


class Asked(NamedTuple):
    """A request for being let in, which a person at the clinic answers in the browser within the hour."""

    url: str
    """Where they log in and approve; they are then sent back with `oauth_verifier`, or shown it."""
    token: str
    secret: str


def ask_in(server: Server, client: tuple[str, str], back: str, *, deadline: float) -> Asked:
    """Begins the one-time approval. `client` is key and secret of its REST client, `back` its callback."""
    token, secret = _token(server, ClientAuth(*client, redirect_uri=back), "initiate", deadline)
    return Asked(f"{server.base_url}/ws/oauth/authorize?{urlencode({'oauth_token': token})}", token, secret)


def let_in(
    server: Server, client: tuple[str, str], asked: Asked, verifier: str, *, deadline: float
) -> Access:
    """What came of it. Raises `NotAllowed` when nobody approved, or too long ago."""
    auth = ClientAuth(*client, asked.token, asked.secret, verifier=verifier)
    return Access(*client, *_token(server, auth, "token", deadline))


def _token(server: Server, auth: ClientAuth, path: str, deadline: float) -> tuple[str, str]:
    url, http = f"{server.base_url}/ws/oauth/{path}", Http(server)
    try:
        answer = http.ask("POST", url, headers=_signed(auth, "POST", url), deadline=deadline)
    finally:
        http.close()
    given = parse_qs(answer.text) if answer.is_success else {}
    try:
        return given["oauth_token"][0], given["oauth_token_secret"][0]
    except KeyError:
        raise ProviderFailed(f"OSCAR gave no token: status {answer.status_code}") from None


def _signed(auth: ClientAuth, method: str, url: str) -> dict[str, str]:
    """The header of a request; a JSON body is no part of the signature (RFC 5849, 3.4.1.3.1)."""
    sign: Any = auth.sign  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return sign(method, url, {}, b"")[1]
