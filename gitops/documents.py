"""Resource files: YAML, or Markdown whose front matter is an assistant and whose body is its prompt."""

import re
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any, Final, cast

from gitops import yaml12
from gitops.yaml12 import Document, DocumentWrong, Path

__all__ = [
    "SUFFIXES",
    "Document",
    "DocumentWrong",
    "Path",
    "line_of",
    "parse",
    "render",
    "suffix_for",
    "text_of",
]

SUFFIXES: Final = (".md", ".yml", ".yaml")
_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)


def text_of(file: File) -> str:
    """What a file holds, with plain line ends and no byte order mark; raises `DocumentWrong`."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentWrong("is not UTF-8") from error


def parse(text: str, suffix: str) -> Document:
    """What a file of that suffix says; raises `DocumentWrong`."""
    if suffix != ".md":
        return yaml12.parse(text)
    front = _front(text)
    try:
        document = yaml12.parse(front[1] or "")
    except DocumentWrong as error:
        raise DocumentWrong(error.why, error.line + 1) from error
    prompt = text[front.end() :].strip("\n")
    return _with_prompt(document, prompt) if prompt.strip() else document


def render(document: Mapping[str, Any], suffix: str, before: str | None = None) -> str:
    """The text of a file that says so.

    Of `before`, what the file said until now, comments and the order of keys stay as far as they can. A
    prompt that Markdown's body can't hold as it is stands in the front matter.
    """
    if suffix != ".md":
        return yaml12.render(document, before)
    prompt = _prompt(document)
    rest = document if prompt is None else _without_prompt(document)
    front = _FRONT.match(before) if before else None
    head = f"---\n{yaml12.render(rest, front[1] if front else None)}---\n"
    return head if prompt is None else f"{head}\n{prompt}\n"


def suffix_for(document: Mapping[str, Any]) -> str:
    """`.md` for what has a prompt that Markdown's body can hold, else `.yml`."""
    return ".yml" if _prompt(document) is None else ".md"


def line_of(text: str, suffix: str, path: Path) -> int:
    """The line, from 1, at which a value stands, or the nearest thing around it."""
    if suffix != ".md":
        return yaml12.line_of(text, path)
    front = _front(text)
    body = text[front.end() :]
    if path[:2] == ("model", "messages") and len(path) > 2 and body.strip():
        if path[2] == 0:
            blank = len(body) - len(body.lstrip("\n"))
            return text.count("\n", 0, front.end() + blank) + 1
        path = (*path[:2], cast("int", path[2]) - 1, *path[3:])
    return yaml12.line_of(front[1] or "", path) + 1


def _front(text: str) -> re.Match[str]:
    front = _FRONT.match(text)
    if front is None:
        raise DocumentWrong("must begin with YAML between two lines of `---`")
    return front


def _with_prompt(document: Document, prompt: str) -> Document:
    model = document.get("model")
    if not isinstance(model, dict | None):
        raise DocumentWrong("`model` must be a mapping: the prompt becomes its first message")
    others = cast("Document", model or {}).get("messages")
    if not isinstance(others, list | None):
        raise DocumentWrong("`model.messages` must be a list: the prompt becomes its first item")
    messages = cast("list[Any]", others or [])
    if any(_is_system(each) for each in messages):
        raise DocumentWrong("has a system message in `model.messages` and another below; make them one")
    # Where a mapping had no model, or no messages, they come last.
    return {
        **document,
        "model": {**(model or {}), "messages": [{"role": "system", "content": prompt}, *messages]},
    }


def _prompt(document: Mapping[str, Any]) -> str | None:
    """The one system message, where Markdown's body can hold it as it is."""
    model = document.get("model")
    messages = cast("Document", model).get("messages") if isinstance(model, dict) else None
    match messages:
        case [{"role": "system", "content": str(content), **unknown}, *others]:
            is_plain = not unknown and not any(_is_system(each) for each in others)
            is_held = content.strip() and content == content.strip("\n") and "\r" not in content
            return content if is_plain and is_held else None
        case _:
            return None


def _is_system(message: Any) -> bool:
    return isinstance(message, dict) and cast("Document", message).get("role") == "system"


def _without_prompt(document: Mapping[str, Any]) -> Document:
    model = dict(cast("Document", document["model"]))
    others = cast("list[Any]", model.pop("messages"))[1:]
    return {**document, "model": {**model, "messages": others} if others else model}
