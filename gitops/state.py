"""What a tree has at Vapi, and how both were when they last met: `.vapi-state.<env>.json` in the tree.

An entry's `uuid` is what all generations of the public engine's state file have (an id alone; `{uuid,
lastPulledHash, ...}`; `{uuid, latestVersion?}`), so its files are taken as they are. `pushed` and `seen` are
ours: fingerprints of each leaf as the file had it and, where Vapi made something else of it, as Vapi had it.
"""

import json
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

from frontdesk.vapi import leaves
from frontdesk.vapi.kinds import KINDS, Kind
from frontdesk.vapi.leaves import LeafPath
from gitops import files
from gitops.errors import EngineError
from gitops.references import Key

_NOTHING: Final = "-"


class StateWrong(EngineError):
    """The state file can't be read; says which and what to do."""


@dataclass(frozen=True)
class Entry:
    """One resource at Vapi."""

    uuid: str
    pushed: Mapping[LeafPath, str] = field(default_factory=dict[LeafPath, str])
    """Fingerprint of each leaf of the file; empty when this tree never wrote it."""
    different: Mapping[LeafPath, str | None] = field(default_factory=dict[LeafPath, str | None])
    """Of each leaf that Vapi holds otherwise; None for one it does not hold."""
    at: str = ""
    """Since when they agree so, ISO 8601 in UTC."""

    @cached_property
    def text(self) -> str:
        """As the file has it."""
        return _json(_shown(self))

    def seen(self, path: LeafPath) -> str | None:
        """The fingerprint of what Vapi held."""
        return self.different[path] if path in self.different else self.pushed.get(path)


@dataclass(frozen=True)
class Superseded:
    """A function tool that another has taken the place of, kept while a running call may need it."""

    uuid: str
    id: str
    at: str


@dataclass
class State:
    """The file, in memory; each change is on the disk before the method returns."""

    file: Path
    entries: dict[Key, Entry] = field(default_factory=dict[Key, Entry])
    credentials: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, str] = field(default_factory=dict[str, str])
    """The values at the last push: addresses, never secrets."""
    superseded: list[Superseded] = field(default_factory=list[Superseded])
    others: dict[str, Any] = field(default_factory=dict[str, Any])
    """Sections of the public engine that this one has no use for; kept as they are."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _is_waiting: bool = False

    def ids(self) -> dict[Key, str]:
        """Vapi's id of each resource."""
        return {key: entry.uuid for key, entry in self.entries.items()}

    def record(self, key: Key, entry: Entry) -> None:
        """It is at Vapi so; nothing is written when that was known, since whenever."""
        with self._lock:
            before = self.entries.get(key)
            if before is None or replace(before, at=entry.at) != entry:
                self.entries[key] = entry
                self._save()

    @contextmanager
    def together(self) -> Generator[None]:
        """What changes inside is written once, however it ends: for what is cheap to do again."""
        with self._lock:
            before = self._text()
            self._is_waiting = True
            try:
                yield
            finally:
                self._is_waiting = False
                if self._text() != before:
                    self._save()

    def supersede(self, key: Key, entry: Entry) -> None:
        """The tool has a successor; the old one stays known until it is pruned."""
        with self._lock:
            self.superseded.append(Superseded(self.entries[key].uuid, key[1], now()))
            self.entries[key] = entry
            self._save()

    def forget(self, key: Key) -> None:
        """It is not at Vapi any more, or not ours."""
        with self._lock:
            self.entries.pop(key, None)
            self._save()

    def forget_superseded(self, uuid: str) -> None:
        """The old tool is gone."""
        with self._lock:
            self.superseded = [old for old in self.superseded if old.uuid != uuid]
            self._save()

    def record_account(self, credentials: Mapping[str, str], variables: Mapping[str, str]) -> None:
        """The names that the last push or pull went by; written only when they changed."""
        with self._lock:
            if (self.credentials, self.variables) != (credentials, variables):
                self.credentials, self.variables = dict(credentials), dict(variables)
                self._save()

    def _save(self) -> None:
        if self._is_waiting:
            return
        files.replace(self.file, self._text())

    def _text(self) -> str:
        """Sorted, and a line a resource: so a change is seen as one, and writing it often costs little."""
        sections = sorted(self._sections())
        return "{\n" + ",\n".join(f"{_json(name)}: {text}" for name, text in sections) + "\n}\n"

    def _sections(self) -> Iterator[tuple[str, str]]:
        for name, content in self.others.items():
            yield name, _json(content)
        for kind in KINDS:
            yield (
                kind.name,
                _lines({key[1]: entry.text for key, entry in self.entries.items() if key[0] == kind.name}),
            )
        yield "credentials", _lines({name: _json({"uuid": uuid}) for name, uuid in self.credentials.items()})
        if self.variables:
            yield "environment", _lines({name: _json(value) for name, value in self.variables.items()})
        if self.superseded:
            retired = {old.uuid: _json({"tool": old.id, "at": old.at}) for old in self.superseded}
            yield "superseded", _lines(retired)


def load(root: Path, environment: str) -> State:
    """The state of a tree in one environment; an empty one if there is none. Raises `StateWrong`."""
    file = root / f".vapi-state.{environment}.json"
    if not file.exists():
        return State(file)
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        names = {kind.name: kind for kind in KINDS}
        return State(
            file,
            entries={
                (section, id_): _read(entry)
                for section in names
                for id_, entry in found.pop(section, {}).items()
            },
            credentials={name: _read(each).uuid for name, each in found.pop("credentials", {}).items()},
            variables=found.pop("environment", {}),
            superseded=[
                Superseded(uuid, old["tool"], old["at"]) for uuid, old in found.pop("superseded", {}).items()
            ],
            others=found,
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StateWrong(
            f"{file} can't be read ({error!r}); take it back from git, or delete it: what is at Vapi is then"
            " found again by name"
        ) from error


def entry_of(
    file: Mapping[str, Any],
    remote: Mapping[str, Any],
    uuid: str,
    *,
    unsettled: Iterable[LeafPath] = (),
    before: Entry | None = None,
) -> Entry:
    """The entry of two that have met: the file's document, and what Vapi holds as a file would say it.

    Of leaves that are `unsettled`, what `before` knew stays.
    """
    pushed: dict[LeafPath, str | None] = {**leaves.fingerprints(leaves.flat(file))}
    seen: dict[LeafPath, str | None] = {**leaves.fingerprints(leaves.flat(remote))}
    for path in unsettled:
        pushed[path] = before.pushed.get(path) if before else None
        seen[path] = before.seen(path) if before else None
    paths = pushed.keys() | seen.keys()
    return Entry(
        uuid,
        {path: value for path, value in pushed.items() if value},
        {path: seen.get(path) for path in paths if pushed.get(path) != seen.get(path)},
        now(),
    )


def now() -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def kind_of(key: Key) -> Kind:
    """The kind that a key is of."""
    return next(kind for kind in KINDS if kind.name == key[0])


def _read(entry: Any) -> Entry:
    if isinstance(entry, str):  # the first generation
        return Entry(entry)
    held = cast("dict[str, Any]", entry)
    if not isinstance(held["uuid"], str):
        raise TypeError(f"{held['uuid']} is no id")
    return Entry(
        held["uuid"],
        {leaves.path_of(path): value for path, value in held.get("pushed", {}).items()},
        {
            leaves.path_of(path): None if value == _NOTHING else value
            for path, value in held.get("seen", {}).items()
        },
        held.get("at", ""),
    )


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _lines(texts: Mapping[str, str]) -> str:
    """An object, a line each."""
    if not texts:
        return "{}"
    return "{\n" + ",\n".join(f"  {_json(name)}: {text}" for name, text in sorted(texts.items())) + "\n}"


def _shown(entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {"uuid": entry.uuid}
    if entry.at:
        shown["at"] = entry.at
    if entry.pushed:
        shown["pushed"] = {leaves.path_text(path): value for path, value in entry.pushed.items()}
    if entry.different:
        shown["seen"] = {leaves.path_text(path): value or _NOTHING for path, value in entry.different.items()}
    return shown
