"""Three ways to look at one resource: the file, Vapi, and both as they were when they last met."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from frontdesk.vapi import leaves
from frontdesk.vapi.leaves import ABSENT, Clash, LeafPath, Leaves, fingerprint
from gitops.documents import Document
from gitops.state import Entry


class By(StrEnum):
    """Who made a leaf differ."""

    HERE = "here"
    """The file was edited."""
    LINK = "link"
    """What it refers to has another id, or an address another value, since the last push."""
    THERE = "there"
    """Somebody edited at Vapi: drift."""
    BOTH = "both"
    """Here and there, and not to the same: a conflict."""
    UNKNOWN = "unknown"
    """They never met, so nobody can tell."""


_BRIEF: Final = 60
DRIFT: Final = frozenset({By.THERE, By.BOTH, By.UNKNOWN})
"""What a push must not overwrite unasked."""


@dataclass(frozen=True)
class Change:
    """One leaf that the file and Vapi do not agree on."""

    path: LeafPath
    file: Any
    remote: Any
    """`ABSENT` where there is none."""
    by: By

    @property
    def name(self) -> str:
        """E.g. `model.temperature`."""
        return leaves.path_text(self.path)


class Prefer(StrEnum):
    """Whose word counts where there is drift."""

    NOBODY = "nobody"
    FILE = "file"
    REMOTE = "remote"


def compare(
    file: Mapping[str, Any], now: Mapping[str, Any], then: Mapping[str, Any], entry: Entry | None
) -> list[Change]:
    """Every leaf that differs, in order of path.

    Args:
        file: the file's document.
        now: what Vapi holds, by the names and variables of today.
        then: the same, by those of the last push, so that only edits show.
        entry: of the last meeting; None if there was none.
    """
    ours, theirs, known = leaves.flat(file), leaves.flat(now), leaves.flat(then)
    base = entry if entry and entry.pushed else None
    found: list[Change] = []
    for path in sorted(ours.keys() | theirs.keys() | (base.pushed.keys() if base else set())):
        here, there = ours.get(path, ABSENT), theirs.get(path, ABSENT)
        # To say null of what isn't there is to agree.
        if leaves.is_same(here, there) or (here is None and there is ABSENT):
            continue
        if base:
            by = _by(path, here, there, known.get(path, ABSENT), base)
        elif here is ABSENT:
            # What the file doesn't speak of is Vapi's own until somebody says otherwise.
            by = By.UNKNOWN if _is_dropped(path, ours) else None
        else:
            by = By.HERE if there is ABSENT else By.UNKNOWN
        if by:
            found.append(Change(path, here, there, by))
    return found


def _by(path: LeafPath, here: Any, there: Any, known: Any, base: Entry) -> By | None:
    is_edited = fingerprint(here) != base.pushed.get(path)
    is_drifted = fingerprint(known) != base.seen(path)
    if is_edited:
        return By.BOTH if is_drifted else By.HERE
    if is_drifted:
        return By.THERE
    return None if fingerprint(known) == fingerprint(there) else By.LINK


def _is_dropped(path: LeafPath, ours: Leaves) -> bool:
    """Whether the file says null of something around it."""
    return any(ours.get(path[:length], ABSENT) is None for length in range(1, len(path)))


def merged(file: Mapping[str, Any], changes: Iterable[Change]) -> Document:
    """The file's document with Vapi's value wherever there is drift."""
    drifted = [change for change in changes if change.by in DRIFT]
    result = leaves.flat(file)
    for change in drifted:
        result.pop(change.path, None)
        if change.remote is not ABSENT:
            result[change.path] = change.remote
    try:
        return leaves.nested(result)
    except Clash as clash:
        # A value here and a mapping there: one of the two, whole, and that is Vapi's.
        theirs = {each.path: each.remote for each in drifted if each.path[0] == clash.key}
        others = {path: value for path, value in result.items() if path[0] != clash.key}
        return leaves.nested(others | {path: value for path, value in theirs.items() if value is not ABSENT})


def patch(
    document: Mapping[str, Any], changes: Iterable[Change], *, never: Iterable[str], always: Iterable[str]
) -> Document:
    """The body that makes Vapi's what the document says: whole top-level fields, null for what is gone.

    PATCH replaces each field that it is sent, so half of one would delete the other half.
    """
    fields = {change.path[0] for change in changes} - set(never)
    body = {field: document.get(field) for field in sorted(fields)}
    return body | {field: document[field] for field in always if body and field in document}


def brief(value: Any) -> str:
    """A value in at most sixty characters, for people."""
    if value is ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 1]}…"
