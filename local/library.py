"""The demo clinics' documents: added over HTTP once the stack answers, as a member would paste them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from local import demo
from local.addresses import Addresses
from local.errors import LocalError

_FOLDERS: Final = {demo.MAPLE: "maple", demo.HARBOUR: "harbour"}
_PATIENCE_S: Final = 60
_OFTEN_S: Final = 0.1


def add(addresses: Addresses) -> None:
    """Adds those that a clinic doesn't have; raises `LocalError`, and `OSError` without an answer."""
    for http, files in _clinics(addresses):
        there = {one["name"] for one in _told(http.get("/documents"))["documents"]}
        for file in files:
            if file.name not in there:
                _told(http.post("/documents", json={"name": file.name, "text": file.read_text("utf-8")}))


def wait(addresses: Addresses, say: Callable[[str], None]) -> None:
    """Returns when callers are answered from all of them; raises `LocalError`."""
    began = time.perf_counter()
    for http, files in _clinics(addresses):
        while True:
            found = {one["name"]: one for one in _told(http.get("/documents"))["documents"]}
            if failed := [one for one in found.values() if one["status"] == "failed"]:
                raise LocalError(f"{failed[0]['name']}: {failed[0]['failure']}")
            if all(found.get(file.name, {}).get("status") == "ready" for file in files):
                break
            if time.perf_counter() - began > _PATIENCE_S:
                raise LocalError(f"the documents were not read within {_PATIENCE_S} s")
            time.sleep(_OFTEN_S)
    say(f"the clinics' documents can be asked ({time.perf_counter() - began:.1f} s)")


def _clinics(addresses: Addresses) -> Iterator[tuple[httpx.Client, list[Path]]]:
    for one in addresses.organizations:
        if folder := _FOLDERS.get(one["id"]):
            headers = {"authorization": f"Bearer {one['jwt']}"}
            with httpx.Client(base_url=addresses.api_url, headers=headers, timeout=_PATIENCE_S) as http:
                yield http, sorted((Path(__file__).parent / "documents" / folder).iterdir())


def _told(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise LocalError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
    return answer.json()
