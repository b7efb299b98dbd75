"""The demo clinic's calendars: connected over HTTP once the stack answers, by a member and their owners."""

from typing import Any, Final
from urllib.parse import parse_qsl

import httpx

from local import demo
from local.addresses import Addresses
from local.aws import send
from local.errors import LocalError

_WHOSE: Final = {"google": 100, "outlook": 101}
"""The provider whose calendar is connected, by vendor."""
_PATIENCE_S: Final = 30


def connect(addresses: Addresses) -> list[int]:
    """Connects what isn't yet, and says whose it is; ids of connections.

    Raises `LocalError`, and `httpx.HTTPError` without an answer.
    """
    token = next(one["jwt"] for one in addresses.organizations if one["id"] == demo.MAPLE)
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=addresses.api_url, headers=headers, timeout=_PATIENCE_S) as http:
        there = _connections(http)
        for vendor in _WHOSE:
            if vendor not in there:
                _consent(http, vendor)
        made = _connections(http)
        for vendor, provider_id in _WHOSE.items():
            calendars = made[vendor]["calendars"]
            if all(one["providerId"] is None for one in calendars):
                chosen = {"id": calendars[0]["id"], "providerId": provider_id}
                _told(http.patch(f"/calendars/{made[vendor]['id']}", json={"calendars": [chosen]}))
    return [one["id"] for one in made.values()]


def read_at_once(queue_url: str, connection_ids: list[int]) -> None:
    """Has them synced now: the clock would come by in a minute."""
    for each in connection_ids:
        send(queue_url, {"org_id": demo.MAPLE, "connection_id": each})


def _connections(http: httpx.Client) -> dict[str, dict[str, Any]]:
    return {one["vendor"]: one for one in _told(http.get("/calendars"))["connections"]}


def _consent(http: httpx.Client, vendor: str) -> None:
    """What the owner's browser does; the stand-ins' pages say yes at once, and our own has a button."""
    page = httpx.get(_told(http.post(f"/calendars/{vendor}/connect"))["url"], timeout=_PATIENCE_S)
    back, _, brought = page.headers.get("location", "").partition("?")
    form = {name: value for name, value in parse_qsl(brought) if name in ("state", "code")}
    answer = httpx.post(back, data=form, timeout=_PATIENCE_S) if back else page
    if answer.is_error or not back:
        raise LocalError(f"{vendor}'s calendar was not connected: {answer.status_code}")


def _told(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise LocalError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
    return answer.json()
