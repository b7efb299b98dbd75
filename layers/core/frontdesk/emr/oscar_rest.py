"""What OSCAR does by REST alone: registering somebody, and the clinic's list of statuses.

Signed by OAuth 1.0a (RFC 5849), as the person who has approved it in the browser once.
"""

import json
from typing import Any, Final

import httpx
from authlib.integrations.httpx_client import OAuth1Auth
from authlib.oauth1.rfc5849.errors import OAuth1Error

from frontdesk.emr import oscar_charts as charts
from frontdesk.emr.emr import NewPatient, NotAllowed, Unsupported
from frontdesk.emr.oscar_http import Http
from frontdesk.emr.oscar_server import Server
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
        return {one["status"]: str(one.get("description") or "") for one in answer.get("content") or []}

    def _asked(self, method: str, path: str, body: Any, *, deadline: float) -> dict[str, Any]:
        access = self._server.access
        if access is None:
            raise Unsupported("nobody has let us into this OSCAR's REST services yet")
        try:
            auth = OAuth1Auth(*access)
            answer = self._http.ask(
                method,
                f"{self._server.base_url}/ws/services/{path}",
                content=None if body is None else json.dumps(body).encode(),
                headers=_JSON,
                auth=auth,
                deadline=deadline,
                is_write=method != "GET",
            )
        except OAuth1Error as error:
            raise NotAllowed("OSCAR's OAuth client is described wrongly") from error
        if not answer.is_success:
            raise ProviderFailed(f"OSCAR's REST answered {answer.status_code}")
        return _object(answer)


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
