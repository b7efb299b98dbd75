"""YAML 1.2 as JSON: what a text says, the text that says it, and on which line each value stands.

Values are made from ruamel's nodes by the core schema (yaml.org/spec/1.2.2, section 10.3.2): `off`, `12:30`
and `2026-03-02` are text, keys are always text, and whatever JSON can't hold is an error with its line.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import StringIO
from typing import Any, Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.tag import Tag

from frontdesk.vapi.leaves import Document

Path = tuple[str | int, ...]
"""Where a value stands in a document."""

_WIDTH: Final = 110
_PREFIX: Final = "tag:yaml.org,2002:"
_PLAIN: Final = re.compile(
    r"(?P<null>~|null|Null|NULL|)"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)"
    r"|(?P<int>[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<merge><<)"
)
"""What an unquoted scalar is; what fits nothing is text. Without infinities, and with merge keys, which the
core schema doesn't have and every tree uses."""


class DocumentWrong(ValueError):
    """The text is no resource; says why in one line."""

    def __init__(self, why: str, line: int = 1) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        """From 1."""


def parse(text: str) -> Document:
    """The mapping that a text says; empty for an empty text. Raises `DocumentWrong`."""
    root = _composed(text)
    found: Any = {} if root is None else _value(root, ())
    if not isinstance(found, dict):
        raise DocumentWrong("must be a mapping: `name: value` lines")
    return cast("Document", found)


def render(document: Mapping[str, Any], before: str | None = None) -> str:
    """A text that says so; of `before`, comments, anchors, quotes and order stay where values do."""
    if before is not None and _says(before, document):
        return before
    if not document:
        return ""
    for write in (lambda: _in_old_clothes(document, before), lambda: _dumped(_blocks(document))):
        text = write()
        if text is not None and _says(text, document):
            return text
    # Nothing is left to the emitter's taste: it folds and indents a few odd strings into others.
    return _dumped(_quoted(document), 10**9)


def line_of(text: str, path: Path) -> int:
    """The line, from 1, at which a value stands, or the nearest thing around it."""
    node, line = _composed(text), 1
    for step in path:
        found = _below(node, step)
        if found is None:
            break
        line, node = found
    return line


def is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are one, whatever the order of keys; 1, 1.0 and true are three."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# --- Reading


class _Core(VersionedResolver):
    """What a scalar without quotes means."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if isinstance(value, str) and implicit[0]:
            found = _PLAIN.fullmatch(value)
            return Tag(suffix=_PREFIX + (found.lastgroup if found and found.lastgroup else "str"))
        return super().resolve(kind, value, implicit)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


_MADE: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": lambda text: int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)),
    "float": float,
}


def _composed(text: str) -> Node | None:
    with suppress(YAMLError):
        return _nodes(text, pure=False)
    # libyaml is three times as fast, and knows YAML 1.1: within braces it refuses `12:30`, for one.
    try:
        return _nodes(text, pure=True)
    except MarkedYAMLError as error:
        marked: Any = error
        mark = marked.problem_mark or marked.context_mark
        why = " ".join(filter(None, (marked.context, marked.problem)))
        raise DocumentWrong(f"is not YAML: {why}", mark.line + 1 if mark else 1) from error
    except YAMLError as error:
        position: Any = getattr(error, "position", 0)
        raise DocumentWrong(
            "holds a character that YAML forbids", text.count("\n", 0, position) + 1
        ) from error


class _Plain(YAML):
    def official_plug_ins(self) -> list[str]:
        """None: it would look for them on the disk for each text."""
        return []


def _nodes(text: str, *, pure: bool) -> Node | None:
    yaml = _Plain(typ="safe", pure=pure)
    yaml.Resolver = _Core
    return cast("Node | None", yaml.compose(text))  # pyright: ignore[reportUnknownMemberType]


def _value(node: Node, above: tuple[Node, ...]) -> Any:
    if node in above:
        raise DocumentWrong("an anchor holds itself", _line(node))
    if isinstance(node, MappingNode):
        return dict(_pairs(node, (*above, node)))
    if isinstance(node, SequenceNode):
        return [_value(each, (*above, node)) for each in cast("list[Node]", node.value)]
    return _scalar(node)


def _scalar(node: Node) -> Any:
    tag, text = _tag(node).removeprefix(_PREFIX), cast("str", node.value)
    make = str if tag == "merge" else _MADE.get(tag)
    if make is None:
        raise DocumentWrong(f"JSON has no {tag}; quote the text, or drop the tag", _line(node))
    try:
        made = make(text)
    except ValueError as error:
        raise DocumentWrong(f"{text} is no {tag}", _line(node)) from error
    if made in (float("inf"), float("-inf")):
        raise DocumentWrong(f"{text} is more than a number can be", _line(node))
    return made


def _tag(node: Node) -> str:
    """What ruamel makes of it anew at each asking, character by character, unless it stands there whole."""
    tag = cast("Any", node).ctag
    return str(tag) if tag.handle else cast("str", tag.suffix)


def _pairs(node: MappingNode, above: tuple[Node, ...]) -> Iterator[tuple[str, Any]]:
    """Keys with values; those of merged mappings first, so that what stands here wins."""
    seen: dict[str, int] = {}
    own: list[tuple[str, Node]] = []
    for key, value in cast("list[tuple[Node, Node]]", node.value):
        if not isinstance(key, ScalarNode):
            raise DocumentWrong("a key must be text", _line(key))
        name = cast("str", key.value)
        if name in seen:
            raise DocumentWrong(f"has the key `{name}` twice, on line {seen[name]} too", _line(key))
        seen[name] = _line(key)
        if _tag(key) == f"{_PREFIX}merge":
            yield from _merged(value, above)
        else:
            own.append((name, value))
    yield from ((name, _value(value, above)) for name, value in own)


def _merged(node: Node, above: tuple[Node, ...]) -> Iterator[tuple[str, Any]]:
    several = isinstance(node, SequenceNode)
    for each in reversed(cast("list[Node]", node.value) if several else [node]):
        if not isinstance(each, MappingNode):
            raise DocumentWrong("`<<` merges mappings only", _line(each))
        yield from cast("Document", _value(each, above)).items()


def _below(node: Node | None, step: str | int) -> tuple[int, Node] | None:
    """The line of a mapping's key or a sequence's item, and its value."""
    if isinstance(node, MappingNode):
        pairs = cast("list[tuple[Node, Node]]", node.value)
        return next(((_line(key), value) for key, value in pairs if cast("Any", key).value == step), None)
    if isinstance(node, SequenceNode) and isinstance(step, int):
        items = cast("list[Node]", node.value)
        return (_line(items[step]), items[step]) if step < len(items) else None
    return None


def _line(node: Node) -> int:
    return cast("int", node.start_mark.line) + 1  # pyright: ignore[reportUnknownMemberType]


# --- Writing


def _says(text: str, document: Mapping[str, Any]) -> bool:
    try:
        return is_same(parse(text), document)
    except DocumentWrong:
        return False


def _round_trip(width: int) -> YAML:
    yaml = YAML()
    yaml.Resolver = _Core
    yaml.width = width
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    return yaml


def _dumped(shown: Any, width: int = _WIDTH) -> str:
    text = StringIO()
    _round_trip(width).dump(shown, text)  # pyright: ignore[reportUnknownMemberType]
    return text.getvalue()


def _in_old_clothes(document: Mapping[str, Any], before: str | None) -> str | None:
    """The old text with the values that changed in it; None where it can't be had."""
    # Lines as long as the longest there may stay so.
    width = max([_WIDTH, *map(len, (before or "").splitlines())])
    try:
        old: Any = _round_trip(width).load(before or "")  # pyright: ignore[reportUnknownMemberType]
        return _dumped(_kept(old, document), width) if isinstance(old, CommentedMap) else None
    except (YAMLError, ValueError, TypeError, KeyError):
        return None


def _kept(old: Any, new: Any) -> Any:
    """The new value in the old one's clothes. What an anchor shares is copied, never changed in place."""
    if is_same(old, new):
        return old
    if isinstance(old, CommentedMap) and isinstance(new, Mapping):
        clothes, values = cast("Any", old), cast("Mapping[str, Any]", new)
        kept = copy.copy(clothes)
        for gone in [key for key in clothes if key not in values]:
            del kept[gone]
        for key, value in values.items():
            kept[key] = _kept(clothes.get(key), value)
        return kept
    if isinstance(old, CommentedSeq) and isinstance(new, list):
        clothes, items = cast("Any", old), cast("list[Any]", new)
        kept = copy.copy(clothes)
        kept[:] = [
            _kept(clothes[i], each) if i < len(clothes) else _blocks(each) for i, each in enumerate(items)
        ]
        return kept
    return _blocks(new)


def _blocks(value: Any) -> Any:
    """The value with text of several lines in block style."""
    if isinstance(value, Mapping):
        return {key: _blocks(each) for key, each in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [_blocks(each) for each in cast("list[Any]", value)]
    if isinstance(value, str) and "\n" in value and _fits_a_block(value):
        return LiteralScalarString(value)
    return value


def _fits_a_block(text: str) -> bool:
    lines = text.split("\n")
    return all(line == line.rstrip() and (not line or line.isprintable()) for line in lines)


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        return {DoubleQuotedScalarString(key): _quoted(each) for key, each in inner.items()}
    if isinstance(value, list):
        return [_quoted(each) for each in cast("list[Any]", value)]
    return DoubleQuotedScalarString(value) if isinstance(value, str) else value
