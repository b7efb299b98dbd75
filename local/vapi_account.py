"""What one Vapi account holds: tools, assistants, squads and the rest, and how they are listed and changed.

As the real one was seen to do (docs.vapi.ai and its API document, read 2026-11-22): PATCH replaces
whole top-level keys and null drops one; lists show the newest first, at most 1000; what something pins
is not deleted; what belongs to no organization is Vapi's own, shown to everybody and changed by nobody.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast
from uuid import NAMESPACE_URL, uuid4, uuid5

from local import vapi_lists
from local.directory import write_private
from local.vapi_lists import Listing
from local.vapi_refused import Refused

ORGANIZATION: Final = "00000000-0000-4000-8000-0000000000aa"
SERVER_FIELDS: Final = ("id", "orgId", "createdAt", "updatedAt")

Item = dict[str, Any]


KINDS: Final[Mapping[str, Listing]] = {
    "tool": Listing(),
    "assistant": Listing(),
    "squad": Listing(filters=("idAny",)),
    "phone-number": Listing(),
    "call": Listing(filters=("id", "assistantId", "phoneNumberId")),
    "credential": Listing(),
    "structured-output": Listing(is_paged=True, filters=("id", "name")),
    "eval/simulation": Listing(is_paged=True, filters=("idAny",)),
    "eval/simulation/personality": Listing(is_paged=True),
    "eval/simulation/scenario": Listing(is_paged=True, filters=("idAny", "name")),
    "eval/simulation/suite": Listing(is_paged=True, filters=("name",)),
}

_POINTERS: Final = {
    "toolId": "tool",
    "toolIds": "tool",
    "assistantId": "assistant",
    "assistantIds": "assistant",
    "squadId": "squad",
    "structuredOutputIds": "structured-output",
    "credentialId": "credential",
    "credentialIds": "credential",
    "phoneNumberId": "phone-number",
    "scenarioId": "eval/simulation/scenario",
    "personalityId": "eval/simulation/personality",
    "simulationIds": "eval/simulation",
}
_FREE: Final = {"parameters", "schema", "variableValues", "metadata"}
"""Below these stands what the account's owner likes, so nothing there points to a resource."""

_SHOWN_OF_CREDENTIALS: Final = (*SERVER_FIELDS, "provider", "name")
_DEFAULTS: Final[Mapping[str, Item]] = {
    "tool": {"async": False},
    "assistant": {
        "firstMessageMode": "assistant-speaks-first",
        "maxDurationSeconds": 600,
        "backgroundSound": "office",
        "model": {"emotionRecognitionEnabled": False},
        "isServerUrlSecretSet": False,
    },
    "structured-output": {"type": "ai"},
}


class Account:
    """One account, in memory or in a file that follows each change.

    Args:
        file: where it is kept; None for nowhere.
        credentials: names of credentials that it has from the start, their ids made from the names.
        shows_defaults: answers tell what was not sent but holds, as Vapi's do here and there.
    """

    def __init__(
        self, file: Path | None = None, *, credentials: Iterable[str] = (), shows_defaults: bool = False
    ) -> None:
        self._file = file
        self._shows_defaults = shows_defaults
        self._last = datetime.now(UTC)
        self.frozen: datetime | None = None
        """While set, everything is made at this one instant."""
        self._held: dict[str, dict[str, Item]] = {kind: {} for kind in KINDS}
        if file and file.exists():
            self._held |= cast("dict[str, dict[str, Item]]", json.loads(file.read_text(encoding="utf-8")))
        for item in _platforms_own():
            self._held["eval/simulation/personality"].setdefault(item["id"], item)
        for name in credentials:
            key = credential_id(name)
            if key not in self._held["credential"]:
                self.create("credential", {"provider": "custom-credential", "name": name}, key=key)

    def create(self, kind: str, body: Item, *, key: str | None = None) -> Item:
        """Makes one; raises `Refused` where it points to what is not there."""
        self._check_pointers(body)
        now = self._now()
        kept = {name: value for name, value in body.items() if value is not None}
        made = {"id": key or str(uuid4()), "orgId": ORGANIZATION, "createdAt": now, "updatedAt": now} | kept
        if kind == "credential":
            made = {name: made[name] for name in _SHOWN_OF_CREDENTIALS if name in made}
        self._held[kind][made["id"]] = made
        self._keep()
        return self._shown(kind, made)

    def get(self, kind: str, key: str) -> Item:
        """Raises `Refused` with 404."""
        if key not in self._held[kind]:
            raise Refused(404, f"Couldn't find {kind} {key}.")
        return self._shown(kind, self._held[kind][key])

    def patch(self, kind: str, key: str, body: Item) -> Item:
        """Keys that are sent replace what is there whole; null drops."""
        held = self._own(kind, key)
        self._check_pointers(body)
        changed = held | body | {"updatedAt": self._now()}
        if kind == "credential":
            changed = {name: changed[name] for name in _SHOWN_OF_CREDENTIALS if name in changed}
        self._held[kind][key] = {name: value for name, value in changed.items() if value is not None}
        self._keep()
        return self.get(kind, key)

    def edit(self, kind: str, key: str, change: Item) -> Item:
        """What somebody does in the dashboard: a JSON merge patch (RFC 7396), unchecked."""
        self.get(kind, key)
        self._held[kind][key] = _merged(self._held[kind][key], change) | {"updatedAt": self._now()}
        self._keep()
        return self.get(kind, key)

    def delete(self, kind: str, key: str) -> Item:
        """The one that was; raises `Refused` with 409 while another pins it."""
        self._own(kind, key)
        gone = self.get(kind, key)
        if pinning := next(self._pinning(kind, key), None):
            name = f"{kind}_pinned"
            raise Refused(409, f"{kind} {key} is pinned by {pinning}; unpin it there first.", name)
        del self._held[kind][key]
        self._keep()
        return gone

    def listed(self, kind: str, query: Mapping[str, str]) -> Any:
        """What GET on the kind answers; raises `Refused` for a query it doesn't understand."""
        items = list(self._held[kind].values())
        return vapi_lists.answer(KINDS[kind], items, query, lambda item: self._shown(kind, item))

    def _own(self, kind: str, key: str) -> Item:
        self.get(kind, key)
        held = self._held[kind][key]
        if held["orgId"] is None:
            raise Refused(404, f"Couldn't find {kind} {key}.")
        return held

    def _now(self) -> str:
        """A millisecond later than any before, at least, so that no two are made at the same instant."""
        if self.frozen:
            return _instant(self.frozen)
        self._last = max(datetime.now(UTC), self._last + timedelta(milliseconds=1))
        return _instant(self._last)

    def _check_pointers(self, body: Item) -> None:
        missing = [
            f"{path}: there is no {kind} {key}"
            for path, kind, key in _pointers(body)
            if key not in self._held[kind]
        ]
        if missing:
            raise Refused(400, missing)

    def _pinning(self, kind: str, key: str) -> Iterator[str]:
        if kind == "tool":
            for item in self._held["assistant"].values():
                if any(ref.get("toolId") == key for ref in item.get("model", {}).get("toolRefs", ())):
                    yield f"assistant {item['id']}"
        if kind == "assistant":
            for item in self._held["squad"].values():
                pinned = (
                    one.get("assistantId") for one in item.get("members", ()) if one.get("assistantVersion")
                )
                if key in pinned:
                    yield f"squad {item['id']}"

    def _shown(self, kind: str, item: Item) -> Item:
        return _with_defaults(_DEFAULTS.get(kind, {}), item) if self._shows_defaults else item

    def _keep(self) -> None:
        if self._file:
            write_private(self._file, json.dumps(self._held, ensure_ascii=False))


def credential_id(name: str) -> str:
    """The id of a credential that an account has from the start: always the same."""
    return str(uuid5(NAMESPACE_URL, f"frontdesk:credential:{name}"))


def _platforms_own() -> Iterator[Item]:
    for name in ("Patient Pat", "Hasty Harper"):
        key = str(uuid5(NAMESPACE_URL, f"frontdesk:personality:{name}"))
        made = "2026-01-05T09:00:00.000Z"
        assistant = {"model": {"provider": "openai", "model": "gpt-4o"}}
        yield {
            "id": key,
            "orgId": None,
            "createdAt": made,
            "updatedAt": made,
            "name": name,
            "assistant": assistant,
        }


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pointers(value: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Where a body names other resources: path, kind, id."""
    if isinstance(value, list):
        for position, one in enumerate(cast("list[Any]", value)):
            yield from _pointers(one, f"{path}.{position}")
    elif isinstance(value, dict):
        for name, inner in cast("Item", value).items():
            below = f"{path}.{name}" if path else name
            if kind := _POINTERS.get(name):
                for key in cast("list[Any]", inner if isinstance(inner, list) else [inner]):
                    if isinstance(key, str):
                        yield below, kind, key
            elif name not in _FREE:
                yield from _pointers(inner, below)


def _merged(value: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    base = cast("Item", value) if isinstance(value, dict) else {}
    changes = cast("Item", change)
    kept = {name: inner for name, inner in base.items() if changes.get(name, 0) is not None}
    return kept | {n: _merged(base.get(n), c) for n, c in changes.items() if c is not None}


def _with_defaults(defaults: Item, item: Item) -> Item:
    """`item` with what it lacks; a nested object gets its own only where it stands already."""
    plain = {name: value for name, value in defaults.items() if not isinstance(value, dict)}
    nested = {
        name: _with_defaults(cast("Item", value), item[name])
        for name, value in defaults.items()
        if isinstance(value, dict) and isinstance(item.get(name), dict)
    }
    return plain | item | nested
