"""Brings what was edited at Vapi into the files, and leaves alone what was edited here.

The same leaf edited on both sides is a conflict, which is shown, and decided by a person. Comments and the
order of keys stay.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from frontdesk.vapi import leaves
from frontdesk.vapi.api import Item
from frontdesk.vapi.kinds import ASSISTANTS, KINDS, SERVING, TOOLS, Kind
from frontdesk.vapi.leaves import ABSENT
from gitops import documents, files
from gitops import plan as plans
from gitops import tree as trees
from gitops.account import Account
from gitops.comparison import DRIFT, By, Change
from gitops.documents import Document
from gitops.plan import Plan
from gitops.references import Key, is_uuid
from gitops.state import Entry, State, StateWrong, entry_of
from gitops.tree import Resource, Tree

_LONGEST_ID: Final = 120
"""Bytes; file systems take 255 with what is added."""


class Pulled(StrEnum):
    """What happened to a file."""

    NEW = "new"
    CHANGED = "changed"
    CONFLICT = "conflict"
    """Edited here and at Vapi; the file stays as it is in those places."""
    REMOVED_HERE = "removed here"
    """The state knows it and the file is gone: somebody wants it gone."""
    GONE = "gone at Vapi"


@dataclass(frozen=True)
class News:
    """One file's."""

    name: str
    what: Pulled
    changes: list[Change] = field(default_factory=list[Change])


def pull(
    tree: Tree, state: State, account: Account, variables: Mapping[str, str], words: Iterable[str] = ()
) -> Iterator[News]:
    """Writes files and state; gives the news of each file that has any.

    Raises:
        NothingNamed: a word that stands for nothing.
        TreeWrong: a file can't be read, so it can't be told what was edited.
    """
    named = list(words)
    if tree.problems:
        raise trees.TreeWrong(tree.problems)
    chosen = trees.chosen(tree, named, state.entries) if named else None
    asked = trees.kinds_named(tree, named)
    kinds = [kind for kind in (SERVING if chosen is None else KINDS) if kind.name in account.items]
    plan = plans.make(tree, state, account, variables, words=named)
    found = _named(plan, kinds, new_ones=asked if named else set(kinds))
    with state.together():
        for key, kind, item in found:
            if chosen is not None and key not in chosen and kind not in asked:
                continue
            resource = tree.resources.get(key)
            if resource:
                yield from _merge(plan, resource, item)
            elif key in state.entries and chosen is None:
                yield News(f"{kind.folder}/{key[1]}", Pulled.REMOVED_HERE)
            else:
                yield _write_new(plan, kind, key, item)
        # What was read goes by these names, until a push writes by others.
        state.record_account(plan.then.credentials, plan.then.variables)
    at_vapi = {key for key, _, _ in found}
    for resource in tree:
        if resource.kind in kinds and resource.key in state.entries and resource.key not in at_vapi:
            yield News(resource.name, Pulled.GONE)


def _named(plan: Plan, kinds: Iterable[Kind], *, new_ones: set[Kind]) -> list[tuple[Key, Kind, Item]]:
    """Every item with its key in the tree, in the tree's order.

    New ones, of the kinds that are wanted, get an id from their name, the oldest the plainest.
    """
    by_id = {(kind, uuid): id_ for (kind, id_), uuid in plan.now.ids.items()}
    by_id |= {(key[0], entry.uuid): key[1] for key, entry in plan.state.entries.items()}
    retired = {old.uuid for old in plan.state.superseded} | set(_former(plan.account))
    found: list[tuple[Key, Kind, Item]] = []
    for kind in kinds:
        for item in sorted(plan.account.of(kind).values(), key=lambda item: (item["createdAt"], item["id"])):
            known = by_id.get((kind.name, item["id"]))
            if item["id"] in retired or (known is None and kind not in new_ones):
                continue
            id_ = known or _new_id(plan, kind, item)
            if not plan.tree.is_ignored(kind, id_):
                plan.now.ids[kind.name, id_] = plan.then.ids[kind.name, id_] = item["id"]
                found.append(((kind.name, id_), kind, item))
    return sorted(found, key=lambda each: (KINDS.index(each[1]), each[0]))


def _former(account: Account) -> Iterator[str]:
    """Ids of function tools that nothing links and that another of the same name has taken the place of."""
    alike: dict[str | None, list[str]] = {}
    for id_, item in account.of(TOOLS).items():
        if plans.is_function(item):
            alike.setdefault(trees.called(TOOLS, item), []).append(id_)
    for ids in alike.values():
        linked = [id_ for id_ in ids if any(account.holders(id_))]
        yield from (id_ for id_ in ids if id_ not in (linked or ids[:1]))


def _new_id(plan: Plan, kind: Kind, item: Item) -> str:
    """From the name: letters, digits, `_` and `-` only, which no folder can be left by, and not too long."""
    name = unicodedata.normalize("NFC", trees.called(kind, item) or kind.name.removesuffix("s"))
    slug = re.sub(r"\W+", "-", name.lower())
    slug = slug.encode()[:_LONGEST_ID].decode(errors="ignore").strip("-") or "unnamed"
    taken = plan.now.ids.keys() | plan.tree.resources.keys() | plan.state.entries.keys()
    return f"{slug}-{item['id'][:8]}" if (kind.name, slug) in taken or is_uuid(slug) else slug


def _merge(plan: Plan, resource: Resource, item: Item) -> Iterator[News]:
    entry = plan.state.entries.get(resource.key)
    entry = entry if entry and entry.uuid == item["id"] else None
    changes = plan.changes(resource, item, entry)
    theirs = leaves.flat(_for_file(plan, item))
    drifted = [
        replace(change, remote=theirs.get(change.path, ABSENT)) for change in changes if change.by is By.THERE
    ]
    document, taken = _with(resource.document, drifted)
    settled = {change.path for change in taken}
    conflicts = [change for change in changes if change.by in DRIFT and change.path not in settled]
    if taken:
        _rewrite(resource, document)
        yield News(resource.name, Pulled.CHANGED, taken)
    if conflicts:
        yield News(resource.name, Pulled.CONFLICT, conflicts)
    unsettled = [change.path for change in changes if change.path not in settled]
    remote = plan.then.to_file(item)
    plan.state.record(resource.key, entry_of(document, remote, item["id"], unsettled=unsettled, before=entry))


def _with(document: Document, changes: list[Change]) -> tuple[Document, list[Change]]:
    """The document with those changes made, and which could be: not where an edit here is in the way."""
    held = leaves.flat(document)
    for change in changes:
        held.pop(change.path, None)
        if change.remote is not ABSENT:
            held[change.path] = change.remote
    try:
        return leaves.nested(held), changes
    except leaves.Clash as clash:
        return _with(document, [change for change in changes if change.path[0] != clash.key])


def _for_file(plan: Plan, item: Item) -> Document:
    """What a file is to say: by the names of the last push, and by the values of today on top."""

    def emptied(_: str, value: Any) -> Any:
        return plan.now.emptied(value) if isinstance(value, str) else value

    return leaves.mapped(plan.then.to_file(item), emptied)


def _rewrite(resource: Resource, document: Document) -> None:
    before = documents.text_of(resource.file)
    text = documents.render(document, resource.file.suffix, before)
    is_windows = b"\r\n" in resource.file.read_bytes()
    files.replace(resource.file, text.replace("\n", "\r\n") if is_windows else text)


def _write_new(plan: Plan, kind: Kind, key: Key, item: Item) -> News:
    entry = plan.state.entries.get(key)
    document = _for_file(plan, item)
    if entry and entry.pushed:
        document = _ours(document, plan.then.to_file(item), entry)
    document = dict(sorted(document.items(), key=lambda each: (each[0] not in ("name", "type"), each[0])))
    suffix = documents.suffix_for(document) if kind is ASSISTANTS else ".yml"
    folder = plan.tree.root.joinpath(kind.folder).resolve()
    file = (folder / f"{key[1]}{suffix}").resolve()
    if not file.is_relative_to(folder):
        raise StateWrong(f"{plan.state.file} names {key[1]}, which is outside of {kind.folder}/; mend it")
    files.replace(file, documents.render(document, suffix))
    plan.state.record(key, entry_of(document, plan.then.to_file(item), item["id"]))
    return News(f"{kind.folder}/{key[1]}", Pulled.NEW)


def _ours(remote: Document, then: Document, entry: Entry) -> Document:
    """Of what Vapi holds, what a file said or somebody edited; the rest, Vapi added by itself."""
    known = leaves.flat(then)
    held = {
        path: value
        for path, value in leaves.flat(remote).items()
        if path in entry.pushed or leaves.fingerprint(known.get(path, ABSENT)) != entry.seen(path)
    }
    around = {path[:length] for path in known for length in range(1, len(path) + 1)}
    nothing = leaves.fingerprint(None)
    held |= {path: None for path, value in entry.pushed.items() if value == nothing and path not in around}
    return leaves.nested(held)
