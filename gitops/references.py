"""What one resource says of others: by name in files, by id at Vapi. And `${VARIABLES}` of an environment."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from frontdesk.vapi.kinds import CREDENTIALS, OPAQUE, REFERENCES, SERVER_MADE, Kind
from gitops.documents import Document, Path

Key = tuple[str, str]
"""A kind's name, and an id in the tree."""

ADDRESS: Final = "BACKEND_URL"
"""The variable that every tree may use: where Vapi finds our API."""
_VARIABLE: Final = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Reference:
    """One mention of another resource, or of a credential when `kind` is None."""

    kind: Kind | None
    name: str
    path: Path


class NotFound(LookupError):
    """A name that stands for nothing, in words for people."""


def found_in(document: Mapping[str, Any]) -> Iterator[Reference]:
    """Every mention, where it stands."""
    for key, value, path in _scalars(document):
        if isinstance(value, str) and (key in REFERENCES or key in CREDENTIALS):
            yield Reference(REFERENCES.get(key), value, path)


def variables_in(document: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Every `${NAME}`, where it stands."""
    for _, value, path in _scalars(document, opaque=True):
        if isinstance(value, str):
            yield from ((name, path) for name in _VARIABLE.findall(value))


def literal_values(document: Mapping[str, Any], names: "Names") -> Iterator[tuple[Path, str]]:
    """Where a text holds a variable's value in its own letters, so that a pull would not give it back."""
    for _, value, path in _scalars(document, opaque=True):
        if isinstance(value, str) and names.emptied(names.filled(value)) != value:
            yield path, next((name for name, held in names.variables.items() if held in value), "…")


def is_uuid(name: str) -> bool:
    """Whether it is an id of Vapi's rather than a name."""
    return _UUID.fullmatch(name) is not None


@dataclass
class Names:
    """Both ways between what files say and what one account holds, in one environment."""

    ids: dict[Key, str] = field(default_factory=dict[Key, str])
    credentials: dict[str, str] = field(default_factory=dict[str, str])
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    former: dict[str, str] = field(default_factory=dict[str, str])
    """Names by the ids that they had once."""

    def to_wire(self, document: Mapping[str, Any]) -> Document:
        """What Vapi is sent; raises `NotFound`."""
        return _translated(document, self._id, self._credential_id, self.filled)

    def to_file(self, item: Mapping[str, Any]) -> Document:
        """What a file would say of what Vapi holds. An id that nobody knows stays one."""
        by_id = {(kind, id_): name for (kind, name), id_ in self.ids.items()}
        credentials = {id_: name for name, id_ in self.credentials.items()}
        return _translated(
            {key: value for key, value in item.items() if key not in SERVER_MADE},
            lambda kind, id_: by_id.get((kind.name, id_)) or self.former.get(id_, id_),
            lambda id_: credentials.get(id_, id_),
            self.emptied,
        )

    def filled(self, text: str) -> str:
        """The text with every variable's value in its place."""
        return _VARIABLE.sub(lambda found: self._value(found[1]), text) if "${" in text else text

    def emptied(self, text: str) -> str:
        """The text with each variable in the place of its value."""
        for name, value in sorted(self.variables.items(), key=lambda each: -len(each[1])):
            if value:
                text = text.replace(value, f"${{{name}}}")
        return text

    def _value(self, name: str) -> str:
        if name not in self.variables:
            raise NotFound(f"${{{name}}} has no value here; set {name} in the environment")
        return self.variables[name]

    def _id(self, kind: Kind, name: str) -> str:
        found = self.ids.get((kind.name, name))
        if found is None and not is_uuid(name):
            raise NotFound(f"there is no {kind}/{name}")
        return found or name

    def _credential_id(self, name: str) -> str:
        found = self.credentials.get(name)
        if found is None and not is_uuid(name):
            raise NotFound(f"the account has no credential named {name}")
        return found or name


def _translated(
    value: Any,
    reference: Callable[[Kind, str], str],
    credential: Callable[[str], str],
    text: Callable[[str], str],
    key: str = "",
    *,
    is_opaque: bool = False,
) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _translated(each, reference, credential, text, name, is_opaque=is_opaque or name in OPAQUE)
            for name, each in cast("Mapping[str, Any]", value).items()
        }
    if isinstance(value, list):
        return [
            _translated(each, reference, credential, text, key, is_opaque=is_opaque)
            for each in cast("list[Any]", value)
        ]
    if not isinstance(value, str):
        return value
    if not is_opaque and key in REFERENCES:
        return reference(REFERENCES[key], value)
    if not is_opaque and key in CREDENTIALS:
        return credential(value)
    return text(value)


def _scalars(
    value: Any, key: str = "", path: Path = (), *, opaque: bool = False
) -> Iterator[tuple[str, Any, Path]]:
    """Each scalar with the nearest key above it and its place; what is opaque only if asked for."""
    if isinstance(value, Mapping):
        for name, each in cast("Mapping[str, Any]", value).items():
            if opaque or name not in OPAQUE:
                yield from _scalars(each, name, (*path, name), opaque=opaque)
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[Any]", value)):
            yield from _scalars(each, key, (*path, index), opaque=opaque)
    else:
        yield key, value, path
