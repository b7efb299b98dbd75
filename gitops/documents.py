"""Resource files: YAML 1.2, or Markdown whose front matter is an assistant and whose body is its prompt.

A document is what a file says, as JSON has it: `off`, `12:30` and `2026-03-02` are text.
"""

import json
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any, Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import LiteralScalarString

Document = dict[str, Any]
Path = tuple[str | int, ...]
"""Where a value stands in a document."""

SUFFIXES: Final = (".md", ".yml", ".yaml")
_WIDTH: Final = 110
_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_PLAIN: Final = re.compile(
    r"(?P<null>~|null|Null|NULL|)"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)"
    r"|(?P<int>[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<merge><<)"
)
"""The core schema (yaml.org/spec/1.2.2, section 10.3.2), without what JSON can't hold; and merge keys."""


class DocumentWrong(ValueError):
    """The text is no resource; says why in one line."""

    def __init__(self, why: str, line: int = 1) -> None:
        super().__init__(why)
        self.line = line
        """From 1."""


class _Core(VersionedResolver):
    """What a scalar without quotes means."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if isinstance(value, str) and implicit[0]:
            found = _PLAIN.fullmatch(value)
            return self.yaml_tag(found.lastgroup if found and found.lastgroup else "str")
        return super().resolve(kind, value, implicit)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    @staticmethod
    def yaml_tag(name: str) -> Any:
        from ruamel.yaml.tag import Tag

        return Tag(suffix=f"tag:yaml.org,2002:{name}")


def parse(text: str, suffix: str) -> Document:
    """What a file of that suffix says; raises `DocumentWrong`."""
    if suffix != ".md":
        return _mapping(text)
    front = _FRONT.match(text)
    if front is None:
        raise DocumentWrong("must begin with YAML between two lines of `---`")
    document = _mapping(front[1] or "", after=1)
    prompt = text[front.end() :].strip("\n")
    model = document.setdefault("model", {})
    if not isinstance(model, dict):
        raise DocumentWrong("`model` must be a mapping: the prompt becomes its first message")
    model = cast("Document", model)
    if prompt:
        model["messages"] = [{"role": "system", "content": prompt}, *model.get("messages", [])]
    return document


def render(document: Mapping[str, Any], suffix: str, before: str | None = None) -> str:
    """The text of a file that says so.

    Of `before`, what the file said until now, comments and the order of keys stay as far as they can.
    """
    if suffix != ".md":
        return _text(document, before)
    prompt, rest = _without_prompt(document)
    front = _FRONT.match(before) if before else None
    return f"---\n{_text(rest, front[1] if front else None)}---\n\n{prompt}\n"


def suffix_for(document: Mapping[str, Any]) -> str:
    """`.md` for what has a prompt that Markdown can hold, else `.yml`."""
    return ".yml" if _prompt(document) is None else ".md"


def line_of(text: str, suffix: str, path: Path) -> int:
    """The line, from 1, at which a value stands, or the nearest thing around it."""
    front = _FRONT.match(text) if suffix == ".md" else None
    if front and path[:3] == ("model", "messages", 0):
        return text.count("\n", 0, front.end()) + 1
    node: Node | None = _yaml().compose((front[1] or "") if front else text)  # pyright: ignore[reportUnknownMemberType]
    line = 0
    for key in path:
        found = _below(node, key)
        if found is None:
            break
        line, node = found
    return line + (2 if front else 1)


def _below(node: Node | None, key: str | int) -> tuple[int, Node] | None:
    """The line of a mapping's key or a sequence's item, from 0, and its value."""
    if isinstance(node, MappingNode):
        pairs = cast("list[tuple[Node, Node]]", node.value)
        return next((_at(name, value) for name, value in pairs if cast("Any", name).value == key), None)
    if isinstance(node, SequenceNode) and isinstance(key, int):
        items = cast("list[Node]", node.value)
        return _at(items[key], items[key]) if key < len(items) else None
    return None


def _at(start: Node, value: Node) -> tuple[int, Node]:
    return cast("int", start.start_mark.line), value  # pyright: ignore[reportUnknownMemberType]


def _mapping(text: str, after: int = 0) -> Document:
    try:
        found = _yaml().load(text)  # pyright: ignore[reportUnknownMemberType]
    except MarkedYAMLError as error:
        marked: Any = error
        line = marked.problem_mark.line + 1 + after if marked.problem_mark else 1
        raise DocumentWrong(f"is not YAML: {marked.problem or marked.context}", line) from error
    except (YAMLError, ValueError) as error:
        raise DocumentWrong("is not YAML") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise DocumentWrong("must be a mapping")
    return cast("Document", found)


def _yaml() -> YAML:
    yaml = YAML(typ="safe")
    yaml.Resolver = _Core
    return yaml


def _text(document: Mapping[str, Any], before: str | None) -> str:
    yaml = YAML()
    yaml.Resolver = _Core
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    kept = yaml.load(before) if before else None  # pyright: ignore[reportUnknownMemberType]
    shown: Any = _kept(kept, document) if isinstance(kept, CommentedMap) else _blocks(document)
    text = StringIO()
    yaml.dump(shown, text)  # pyright: ignore[reportUnknownMemberType]
    return text.getvalue()


def _kept(old: Any, new: Any) -> Any:
    """The new value in the old one's clothes."""
    if isinstance(old, CommentedMap) and isinstance(new, Mapping):
        kept, fresh = cast("dict[str, Any]", old), cast("Mapping[str, Any]", new)
        for gone in [key for key in kept if key not in fresh]:
            del kept[gone]
        for key, value in fresh.items():
            kept[key] = _kept(kept.get(key), value)
        return kept
    return old if json.dumps(old) == json.dumps(new) else _blocks(new)


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
    return text.isprintable() is False and all(
        line == line.rstrip() and (not line or line.isprintable()) for line in text.split("\n")
    )


def _prompt(document: Mapping[str, Any]) -> str | None:
    """The first system message, when Markdown can hold it as it is."""
    model = document.get("model")
    messages = cast("Document", model).get("messages") if isinstance(model, dict) else None
    match messages:
        case [{"role": "system", "content": str(content), **others}, *_] if not others:
            held = content and content == content.strip("\n") and "\r" not in content
            return content if held else None
        case _:
            return None


def _without_prompt(document: Mapping[str, Any]) -> tuple[str, Document]:
    prompt = _prompt(document)
    if prompt is None:
        raise DocumentWrong("has no prompt that a Markdown file could hold")
    model = dict(cast("Document", document["model"]))
    others = cast("list[Any]", model.pop("messages"))[1:]
    if others:
        model["messages"] = others
    return prompt, {**document, "model": model}
