"""Brings what was edited at Vapi into the files, and leaves alone what was edited here.

The same leaf edited on both sides is a conflict, which is shown, and decided by a person. Comments and the
order of keys stay.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gitops import documents, files, leaves
from gitops import plan as plans
from gitops import tree as trees
from gitops.account import Account
from gitops.comparison import By, Change
from gitops.documents import Document
from gitops.kinds import ASSISTANTS, KINDS, SERVING, TOOLS, Kind
from gitops.leaves import ABSENT
from gitops.plan import Plan
from gitops.references import Key
from gitops.state import Entry, State, met
from gitops.tree import Resource, Tree
from gitops.vapi import Item


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
    kinds = [kind for kind in (SERVING if chosen is None else KINDS) if kind.name in account.items]
    plan = plans.make(tree, state, account, variables, words=named)
    found = list(_named(plan, kinds))
    for key, kind, item in found:
        if chosen is not None and key not in chosen and not _is_asked(kind, named):
            continue
        resource = tree.resources.get(key)
        if resource:
            yield from _merge(plan, resource, item)
        elif key in state.entries and chosen is None:
            yield News(f"{kind.folder}/{key[1]}", Pulled.REMOVED_HERE)
        else:
            yield _write_new(plan, kind, key, item)
    at_vapi = {key for key, _, _ in found}
    for resource in tree:
        if resource.kind in kinds and resource.key in state.entries and resource.key not in at_vapi:
            yield News(resource.name, Pulled.GONE)
    state.record_account(plan.now.credentials, plan.now.variables)


def _is_asked(kind: Kind, words: Iterable[str]) -> bool:
    return any(trees.of_name(word.rstrip("/")) is kind for word in words)


def _named(plan: Plan, kinds: Iterable[Kind]) -> Iterator[tuple[Key, Kind, Item]]:
    """Every item with its key in the tree; what has none gets one from its name, the oldest the plainest."""
    by_id = {(kind, uuid): id_ for (kind, id_), uuid in plan.now.ids.items()}
    by_id |= {(key[0], entry.uuid): key[1] for key, entry in plan.state.entries.items()}
    retired = {old.uuid for old in plan.state.superseded} | set(_former(plan.account))
    found: list[tuple[Key, Kind, Item]] = []
    for kind in kinds:
        for item in reversed(list(plan.account.of(kind).values())):
            if item["id"] in retired:
                continue
            id_ = by_id.get((kind.name, item["id"])) or _new_id(plan, kind, item)
            if not plan.tree.is_ignored(kind, id_):
                plan.now.ids[kind.name, id_] = plan.then.ids[kind.name, id_] = item["id"]
                found.append(((kind.name, id_), kind, item))
    yield from sorted(found, key=lambda each: (KINDS.index(each[1]), each[0]))


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
    name = trees.called(kind, item) or kind.name.removesuffix("s")
    slug = re.sub(r"\W+", "-", name.lower()).strip("-") or "unnamed"
    taken = plan.now.ids.keys() | plan.tree.resources.keys()
    return f"{slug}-{item['id'][:8]}" if (kind.name, slug) in taken else slug


def _merge(plan: Plan, resource: Resource, item: Item) -> Iterator[News]:
    entry = plan.state.entries.get(resource.key)
    entry = entry if entry and entry.uuid == item["id"] else None
    changes = plan.changes(resource, item, entry)
    theirs = [change for change in changes if change.by is By.THERE]
    conflicts = [change for change in changes if change.by in (By.BOTH, By.UNKNOWN)]
    document = resource.document
    if theirs:
        try:
            document = _with(document, theirs)
        except leaves.Clash as clash:
            conflicts += [change for change in theirs if change.path[0] == clash.key]
            theirs = []
    if theirs:
        _rewrite(resource, document)
        yield News(resource.name, Pulled.CHANGED, theirs)
    if conflicts:
        yield News(resource.name, Pulled.CONFLICT, conflicts)
    remote = plan.now.to_file(item)
    unsettled = [change.path for change in changes if change not in theirs]
    plan.state.record(resource.key, met(document, remote, item["id"], unsettled=unsettled, before=entry))


def _with(document: Document, changes: Iterable[Change]) -> Document:
    held = leaves.flat(document)
    for change in changes:
        held.pop(change.path, None)
        if change.remote is not ABSENT:
            held[change.path] = change.remote
    return leaves.nested(held)


def _rewrite(resource: Resource, document: Document) -> None:
    suffix = resource.file.suffix
    if suffix == ".md" and documents.suffix_for(document) != ".md":
        # Without a prompt it can't be Markdown.
        resource.file.unlink()
        files.replace(resource.file.with_suffix(".yml"), documents.render(document, ".yml"))
        return
    before = resource.file.read_text(encoding="utf-8")
    files.replace(resource.file, documents.render(document, suffix, before))


def _write_new(plan: Plan, kind: Kind, key: Key, item: Item) -> News:
    entry = plan.state.entries.get(key)
    remote = plan.now.to_file(item)
    document = _ours(remote, plan.then.to_file(item), entry) if entry and entry.pushed else remote
    document = dict(sorted(document.items(), key=lambda each: (each[0] not in ("name", "type"), each[0])))
    suffix = documents.suffix_for(document) if kind is ASSISTANTS else ".yml"
    file = plan.tree.root.joinpath(*Path(kind.folder).parts, f"{key[1]}{suffix}")
    files.replace(file, documents.render(document, suffix))
    plan.state.record(key, met(document, remote, item["id"]))
    return News(f"{kind.folder}/{key[1]}", Pulled.NEW)


def _ours(remote: Document, then: Document, entry: Entry) -> Document:
    """Of what Vapi holds, what a file said or somebody edited; the rest, Vapi added by itself."""
    known = leaves.flat(then)
    return leaves.nested(
        {
            path: value
            for path, value in leaves.flat(remote).items()
            if path in entry.pushed or leaves.fingerprint(known.get(path, ABSENT)) != entry.seen(path)
        }
    )
