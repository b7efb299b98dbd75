"""A document as its leaves, so that three of them can be compared: what changed here, what changed there.

A leaf is anything but a mapping with something in it; a list is one leaf, because Vapi replaces lists whole.
`flat` takes a document apart, `nested` puts it together.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

Document = dict[str, Any]
LeafPath = tuple[str, ...]
Leaves = dict[LeafPath, Any]


class Absent:
    """What stands where nothing does."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = Absent()


def flat(document: Mapping[str, Any]) -> Leaves:
    """Each leaf by its path."""
    return dict(_walk(document, ()))


def nested(found: Mapping[LeafPath, Any]) -> Document:
    """The document that has those leaves; raises `Clash` where one would have to be two things.

    An empty mapping beside leaves within it is no clash.
    """
    made: Document = {}
    for path, value in found.items():
        inner = made
        for key in path[:-1]:
            below: Any = inner.setdefault(key, {})
            if not isinstance(below, dict):
                raise Clash(path)
            inner = cast("Document", below)
        if path[-1] not in inner:
            inner[path[-1]] = {} if value == {} else value
        elif value != {}:
            raise Clash(path)
    return made


class Clash(ValueError):
    """Something is text in one place and a mapping in the other."""

    def __init__(self, path: LeafPath) -> None:
        super().__init__(path_text(path))
        self.key = path[0]


def path_text(path: LeafPath) -> str:
    """E.g. `model.temperature`; read again by `path_of`."""
    return ".".join(key.replace("\\", "\\\\").replace(".", "\\.") for key in path)


def path_of(text: str) -> LeafPath:
    """The path that was shown so."""
    parts: list[str] = [""]
    characters = iter(text)
    for c in characters:
        if c == ".":
            parts.append("")
        else:
            parts[-1] += next(characters) if c == "\\" else c
    return tuple(parts)


def fingerprint(value: Any) -> str | None:
    """Twelve hexadecimal digits that tell one value from another; None for nothing."""
    if value is ABSENT:
        return None
    told = value if isinstance(value, str) else plain(value)
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def is_same(one: Any, other: Any) -> bool:
    """Whether two leaves have one fingerprint; of two texts, which most are, at a glance."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    return fingerprint(one) == fingerprint(other)


def holds(item: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether what Vapi has says all that the document says, whatever it says besides."""
    theirs = flat(item)
    return all(
        is_same(value, theirs.get(path, ABSENT)) or (value is None and path not in theirs)
        for path, value in flat(document).items()
    )


def fingerprints(found: Mapping[LeafPath, Any]) -> dict[LeafPath, str]:
    """Of each leaf."""
    return {path: str(fingerprint(value)) for path, value in found.items()}


def plain(value: Any) -> Any:
    """The value as JavaScript has it, which Vapi speaks: 1.0 is 1."""
    return mapped(value, lambda _, each: int(each) if isinstance(each, float) and each.is_integer() else each)


def mapped(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    """The value with each scalar changed; the function hears the nearest key above it."""
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        return {name: mapped(each, change, name) for name, each in inner.items()}
    if isinstance(value, list):
        return [mapped(each, change, key) for each in cast("list[Any]", value)]
    return change(key, value)


def _walk(value: Any, path: LeafPath) -> Iterator[tuple[LeafPath, Any]]:
    if isinstance(value, Mapping) and value:
        for key, each in cast("Mapping[str, Any]", value).items():
            yield from _walk(each, (*path, key))
    elif path:
        yield path, value


def mentions(value: Any, uuid: str) -> bool:
    """Whether the id stands anywhere in it."""
    if isinstance(value, dict):
        return any(mentions(each, uuid) for each in value.values())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return any(mentions(each, uuid) for each in value)  # pyright: ignore[reportUnknownVariableType]
    return value == uuid
