"""Takes away what nothing needs any more: resources whose files are gone, and tools that have a successor."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from frontdesk.vapi import leaves
from frontdesk.vapi.api import LONGEST_CALL, Item, Vapi, VapiFailed
from frontdesk.vapi.kinds import KINDS, NUMBERS, SERVING, TOOLS
from gitops import account
from gitops import tree as trees
from gitops.references import Key
from gitops.state import State, Superseded, kind_of
from gitops.tree import Tree


class StillNeeded(VapiFailed):
    """Something refers to it."""


class Going:
    """What is to be deleted, and everything at Vapi that may need it still, as it was when this was made."""

    def __init__(self, vapi: Vapi, state: State, keys: Iterable[Key]) -> None:
        self._vapi = vapi
        self._state = state
        keys = list(keys)
        self._ids = {entry.uuid for key in keys if (entry := state.entries.get(key))}
        named = {kind_of(key) for key in keys}
        kinds = [kind for kind in KINDS if kind in SERVING or kind in named]
        seen = account.look(vapi, [*kinds, NUMBERS], {}, with_credentials=False)
        self._held: list[Item] = [item for kind in (*kinds, NUMBERS) for item in seen.of(kind).values()]

    def check(self, key: Key) -> None:
        """Raises `StillNeeded` when something that stays refers to it."""
        entry = self._state.entries.get(key)
        needing = next(self._needing(entry.uuid), None) if entry else None
        if needing:
            raise StillNeeded(f"{_name(needing)} at Vapi refers to it; change that first")

    def remove(self, key: Key) -> None:
        """Deletes one that the state owns; raises `StillNeeded`."""
        entry = self._state.entries.get(key)
        if entry:
            try:
                self.check(key)
                self._vapi.delete(kind_of(key), entry.uuid)
            except VapiFailed:
                self._ids.discard(entry.uuid)  # it stays, so what it needs stays
                raise
            self._state.forget(key)

    def retire(self, old: Superseded) -> str | None:
        """Deletes a tool that has a successor; the reason, when it is needed still."""
        if needing := next(self._needing(old.uuid), None):
            return f"{_name(needing)} still links it"
        since = datetime.fromisoformat(old.at) - LONGEST_CALL
        running = self._vapi.running_since(self._unlinked(old), since.isoformat().replace("+00:00", "Z"))
        if running:
            return f"{len(running)} calls that began before its successor are still running"
        self._vapi.delete(TOOLS, old.uuid)
        self._state.forget_superseded(old.uuid)
        return None

    def _needing(self, uuid: str) -> Iterator[Item]:
        others = (item for item in self._held if item["id"] not in {uuid, *self._ids})
        return (item for item in others if leaves.mentions(item, uuid))

    def _unlinked(self, old: Superseded) -> str:
        """When the last call can have begun with it: before whatever links the successor was last written."""
        successor = self._state.entries.get((TOOLS.name, old.id))
        linking = self._needing(successor.uuid) if successor else ()
        return max((old.at, *(item["updatedAt"] for item in linking)), key=datetime.fromisoformat)


def dependents(tree: Tree, key: Key) -> list[Key]:
    """Everything in the tree that refers to it, by whatever way, the last written first."""
    found: list[Key] = []
    waiting = [key]
    while waiting:
        needed = waiting.pop()
        for each in tree:
            if needed in each.depends_on and each.key not in (key, *found):
                found.append(each.key)
                waiting.append(each.key)
    order = list(tree.resources)
    return sorted(found, key=order.index, reverse=True)


def delete(vapi: Vapi, tree: Tree, state: State, keys: list[Key]) -> None:
    """Deletes resources at Vapi, in that order, and their files.

    Raises:
        StillNeeded: something that stays refers to one of them; nothing was deleted.
    """
    for key in keys:
        for each in tree:
            if key in each.depends_on and each.key not in keys:
                raise StillNeeded(f"{each} refers to it; delete that too with --dependents, or edit it first")
    going = Going(vapi, state, keys)
    for key in keys:
        going.check(key)
    for key in keys:
        going.remove(key)
        if resource := tree.resources.get(key):
            resource.file.unlink()


def named(tree: Tree, state: State, word: str) -> Key:
    """The one resource that a word names; raises `NothingNamed`."""
    found = trees.chosen(tree, [word], state.entries)
    if len(found) != 1:
        raise trees.NothingNamed(f"{word} names {len(found)} resources; name one, such as assistants/router")
    return next(iter(found))


def _name(item: Item) -> str:
    return item.get("name") or item.get("number") or item["id"]
