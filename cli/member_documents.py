"""One clinic's documents as a member has them over HTTP, and which model a clinic's vectors are made by."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self, get_args

import httpx

from cli.explained import Misnamed
from frontdesk.settings import settings
from frontdesk.trigger import Model
from local import addresses

_TOKEN: Final = "FRONTDESK_TOKEN"  # noqa: S105 - the name of a variable
_PATIENCE_S: Final = 30
_OFTEN_S: Final = 0.2
_SILENT_S: Final = 300
"""Nothing is heard of a document for so long only if its event was lost, or the queue is long."""


class Library:
    """Speaks for one member."""

    def __init__(self, api_url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=api_url, headers=headers, timeout=_PATIENCE_S)

    @classmethod
    def found(cls, org: str | None, data: Path | None, api_url: str | None) -> Self:
        """That of the clinic in the running stack, or at another address of whoever's token is set.

        Raises `Misnamed` and `NotRunning`.
        """
        if api_url is not None:
            token = os.environ.get(_TOKEN)
            if not token:
                raise Misnamed(f"set {_TOKEN} to a member's token of the clinic, for {api_url}")
            return cls(api_url, token)
        stack = addresses.read(data or addresses.DEFAULT_DIRECTORY)
        known = [one for one in stack.organizations if "jwt" in one]
        named = [one for one in known if org and org.casefold() in (one["id"], one["name"].casefold())]
        chosen = named if org else known
        if len(chosen) != 1:
            there = ", ".join(one["name"] for one in known) or "none"
            raise Misnamed(f"name the clinic with --org; there are: {there}")
        return cls(stack.api_url, chosen[0]["jwt"])

    def close(self) -> None:
        """Lets go of the connection."""
        self._http.close()

    def documents(self) -> list[dict[str, Any]]:
        """All of them, as the API tells of them."""
        return self._told("GET", "/documents")["documents"]

    def added(self, file: Path) -> Iterator[dict[str, Any]]:
        """Uploads a file, and tells of its document again and again until it is ready or has failed.

        Raises `Misnamed` when it doesn't arrive, or nothing comes of it.
        """
        body = {"name": file.name, "bytes": file.stat().st_size}
        added = self._told("POST", "/documents", json=body)
        with file.open("rb") as content:
            try:
                put = httpx.post(
                    added["upload"]["url"],
                    data=added["upload"]["fields"],
                    files={"file": content},
                    timeout=httpx.Timeout(_PATIENCE_S, write=None),
                )
            except httpx.HTTPError as failed:
                raise Misnamed(f"{file.name} did not arrive: {type(failed).__name__}; try again") from failed
        if put.is_error:
            raise Misnamed(f"the store refused {file.name} with {put.status_code}; try again")
        changed, since = "", time.monotonic()
        while True:
            shown = self._told("GET", f"/documents/{added['id']}")
            yield shown
            if shown["status"] in ("ready", "failed"):
                return
            if shown["changedAt"] != changed:
                changed, since = shown["changedAt"], time.monotonic()
            elif time.monotonic() - since > _SILENT_S:
                raise Misnamed(
                    f"{file.name} has arrived, but nothing has come of it for {_SILENT_S // 60} minutes. It"
                    " is taken up again by itself: see `frontdesk knowledge list` in half an hour, and add it"
                    " again if it isn't ready then."
                )
            time.sleep(_OFTEN_S)

    def asked(self, question: str) -> dict[str, Any]:
        """What a caller would be answered."""
        return self._told("POST", "/knowledge/search", json={"question": question})

    def removed(self, name: str) -> dict[str, Any]:
        """Deletes the document of that name."""
        there = self.documents()
        found = next((one for one in there if one["name"] == name), None)
        if found is None:
            names = ", ".join(one["name"] for one in there) or "none"
            raise Misnamed(f"no document {name!r}; there are: {names}")
        return self._told("DELETE", f"/documents/{found['id']}")

    def _told(self, method: str, path: str, **sent: Any) -> Any:
        try:
            answer = self._http.request(method, path, **sent)
        except httpx.HTTPError as failed:
            url = self._http.base_url
            raise Misnamed(f"no answer from {url} ({type(failed).__name__}); is it running?") from failed
        if not answer.is_error:
            return answer.json()
        try:
            problem: dict[str, Any] = answer.json()
            fields = [f"{one['field']}: {one['detail']}" for one in problem.get("errors", [])]
            details = fields or [problem["detail"]]
        except (ValueError, LookupError):
            details = [f"{method} {path}: {answer.status_code}"]
        raise Misnamed(" ".join(details))


def embedder(data: Path | None) -> None:
    """What makes vectors is from now on the stack's, unless the environment names another database.

    Raises `NotRunning`.
    """
    if data is not None or not os.environ.get("FRONTDESK_DATABASE_URL"):
        os.environ.update(addresses.read(data or addresses.DEFAULT_DIRECTORY).embedder)
        settings.cache_clear()


def model(name: str | None) -> Model:
    """The model of that name, or the stage's; raises `Misnamed`."""
    models: dict[str, Model] = {one: one for one in get_args(Model)}
    if name is None:
        return settings().embedding_model
    if name not in models:
        raise Misnamed(f"no model {name!r}; there are: {', '.join(models)}")
    return models[name]
