"""A Vapi account of a test's own: the stand-in, served by a thread, with what a test asks of it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from frontdesk.vapi.kinds import CREDENTIAL
from local import vapi_bodies, vapi_stand_in
from local.vapi_account import KINDS
from tests.served import served

KEY = "a-private-key"


@dataclass(frozen=True)
class VapiAccount:
    """Where it is and what it is told."""

    url: str
    http: httpx.Client
    """With the key, for looking at the account directly."""
    key: str = KEY

    def faults(self, *faults: dict[str, Any]) -> None:
        """Sets these in place of all others; the keys are those of `local.vapi_faults`. None: all is well."""
        self.http.put("/_faults", json=list(faults)).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """What was asked since the start or `forget`: `method`, `path`, `query`, `status` (0: no answer)."""
        return self.http.get("/_requests").json()

    def writes(self) -> list[dict[str, Any]]:
        """Those of the requests that would change something."""
        return [one for one in self.requests() if one["method"] != "GET"]

    def forget(self) -> None:
        """Clears the log of requests."""
        self.http.delete("/_requests").raise_for_status()

    def edit(self, kind: str, key: str, change: dict[str, Any]) -> dict[str, Any]:
        """Somebody changes a resource in the dashboard: nested objects are merged, null drops a key."""
        return self.http.put(f"/_edit/{kind}/{key}", json=change).raise_for_status().json()

    def create(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Makes a resource, past whoever is tested."""
        return self.http.post(f"/{kind}", json=body).raise_for_status().json()

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The newest 1000 of a kind."""
        found: Any = self.http.get(f"/{kind}", params={"limit": 1000}).raise_for_status().json()
        return found["results"] if KINDS[kind].is_paged else found

    def freeze_clock(self, at: str | None) -> None:
        """From now on everything is made at this instant; None lets time go on."""
        if at is None:
            self.http.delete("/_clock").raise_for_status()
        else:
            self.http.put("/_clock", json={"at": at}).raise_for_status()


@contextmanager
def vapi_account(*, file: Path | None = None, defaults: bool = False) -> Generator[VapiAccount]:
    """An account with nothing in it but the credential `frontdesk-hmac` and two personalities of Vapi's own.

    Args:
        file: keeps the account for another one to go on with.
        defaults: answers tell what was not sent but holds.
    """
    config: dict[str, Any] = {"private_key": KEY, "credentials": [CREDENTIAL], "defaults": defaults}
    app = vapi_stand_in.make(config | {"file": file and str(file)})
    vapi_bodies.validator()  # a test's first request would wait for it
    headers = {"authorization": f"Bearer {KEY}"}
    with (
        served(app, ws="websockets-sansio") as url,
        httpx.Client(base_url=url, headers=headers, timeout=30) as http,
    ):
        yield VapiAccount(url, http)
