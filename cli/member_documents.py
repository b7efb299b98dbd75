"""One clinic's documents as a member has them over HTTP, and which model a clinic's vectors are made by."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import httpx

from cli.explained import Misnamed
from cli.member_api import PATIENCE_S, MemberApi
from frontdesk.settings import settings
from frontdesk.trigger import Model
from local import addresses

_OFTEN_S: Final = 0.2
_SILENT_S: Final = 300
"""Nothing is heard of a document for so long only if its event was lost, or the queue is long."""


class Library(MemberApi):
    """Speaks for one member."""

    def documents(self) -> list[dict[str, Any]]:
        """All of them, as the API tells of them."""
        return self.told("GET", "/documents")["documents"]

    def added(self, file: Path) -> Iterator[dict[str, Any]]:
        """Uploads a file, and tells of its document again and again until it is ready or has failed.

        Raises `Misnamed` when it doesn't arrive, or nothing comes of it.
        """
        body = {"name": file.name, "bytes": file.stat().st_size}
        added = self.told("POST", "/documents", json=body)
        with file.open("rb") as content:
            try:
                put = httpx.post(
                    added["upload"]["url"],
                    data=added["upload"]["fields"],
                    files={"file": content},
                    timeout=httpx.Timeout(PATIENCE_S, write=None),
                )
            except httpx.HTTPError as failed:
                raise Misnamed(f"{file.name} did not arrive: {type(failed).__name__}; try again") from failed
        if put.is_error:
            raise Misnamed(f"the store refused {file.name} with {put.status_code}; try again")
        changed, since = "", time.monotonic()
        while True:
            shown = self.told("GET", f"/documents/{added['id']}")
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
        return self.told("POST", "/knowledge/search", json={"question": question})

    def removed(self, name: str) -> dict[str, Any]:
        """Deletes the document of that name."""
        there = self.documents()
        found = next((one for one in there if one["name"] == name), None)
        if found is None:
            names = ", ".join(one["name"] for one in there) or "none"
            raise Misnamed(f"no document {name!r}; there are: {names}")
        return self.told("DELETE", f"/documents/{found['id']}")


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
