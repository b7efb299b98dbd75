"""Takes away what nothing needs any more: resources whose files are gone, and tools that have a successor."""

from datetime import datetime, timedelta
from typing import Final

from gitops import tree as trees
from gitops.account import mentions
from gitops.kinds import ASSISTANTS, SQUADS, TOOLS
from gitops.plan import Action, Plan, Step
from gitops.references import Key
from gitops.state import State, Superseded, kind_of
from gitops.tree import Tree
from gitops.vapi import Vapi, VapiFailed

_LONGEST_CALL: Final = timedelta(hours=12)
"""Vapi's most for `maxDurationSeconds`: no call that began before is still running."""


class StillNeeded(VapiFailed):
    """Something refers to it."""


def remove(vapi: Vapi, plan: Plan, step: Step) -> list[str]:
    """Deletes what the state owns and the tree doesn't have; raises `StillNeeded` when others refer to it."""
    deletions = [each for each in plan.steps if each.action is Action.DELETE]
    going = {entry.uuid for each in deletions if (entry := plan.state.entries.get(each.key))}
    uuid = plan.state.entries[step.key].uuid
    rewritten = set(plan.now.ids.values())
    for _, item in plan.account.holders(uuid):
        if item["id"] not in going | rewritten:
            raise StillNeeded(
                f"{item.get('name') or item['id']} at Vapi, which has no file here, refers to it"
            )
    vapi.delete(step.kind, uuid)
    plan.state.forget(step.key)
    return []


def retire(vapi: Vapi, state: State, old: Superseded) -> str | None:
    """Deletes a tool that has a successor; the reason, when it is needed still."""
    for kind in (ASSISTANTS, SQUADS):
        for item in vapi.items(kind):
            if mentions(item, old.uuid):
                return f"{item.get('name') or item['id']} still links it"
    since = datetime.fromisoformat(old.at) - _LONGEST_CALL
    running = vapi.running_since(old.at, since.isoformat().replace("+00:00", "Z"))
    if running:
        return f"{len(running)} calls that began before its successor are still running"
    vapi.delete(TOOLS, old.uuid)
    state.forget_superseded(old.uuid)
    return None


def dependents(tree: Tree, key: Key) -> list[Key]:
    """Everything in the tree that refers to it, by whatever way, the last written first."""
    found: list[Key] = []
    waiting = [key]
    while waiting:
        needed = waiting.pop()
        for each in tree:
            if needed in each.depends_on and each.key not in found:
                found.append(each.key)
                waiting.append(each.key)
    order = list(tree.resources)
    return sorted(found, key=order.index, reverse=True)


def delete(vapi: Vapi, tree: Tree, state: State, keys: list[Key]) -> None:
    """Deletes resources at Vapi, in that order, and their files.

    Raises:
        StillNeeded: something that stays refers to one of them; nothing was deleted.
    """
    going = {entry.uuid for key in keys if (entry := state.entries.get(key))}
    for key in keys:
        entry = state.entries.get(key)
        for each in tree:
            if key in each.depends_on and each.key not in keys:
                raise StillNeeded(f"{each} refers to it; delete that too with --dependents, or edit it first")
        for kind in (ASSISTANTS, SQUADS):
            for item in vapi.items(kind) if entry else []:
                if item["id"] not in going and entry and mentions(item, entry.uuid):
                    name = item.get("name") or item["id"]
                    raise StillNeeded(f"{name} at Vapi still refers to it; push first, or edit it there")
    for key in keys:
        if entry := state.entries.get(key):
            vapi.delete(kind_of(key), entry.uuid)
            state.forget(key)
        if resource := tree.resources.get(key):
            resource.file.unlink()


def named(tree: Tree, state: State, word: str) -> Key:
    """The one resource that a word names; raises `NothingNamed`."""
    found = trees.chosen(tree, [word], state.entries)
    if len(found) != 1:
        raise trees.NothingNamed(f"{word} names {len(found)} resources; name one, such as assistants/router")
    return next(iter(found))
