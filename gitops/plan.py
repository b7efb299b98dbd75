"""What a push would do, and why: every resource of the tree against Vapi, nothing written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gitops import comparison, references
from gitops import tree as trees
from gitops.account import Account, mentions
from gitops.comparison import DRIFT, By, Change, Prefer
from gitops.documents import Document
from gitops.kinds import KINDS, SERVING, Kind
from gitops.references import Key, Names
from gitops.state import Entry, State, Superseded, kind_of
from gitops.tree import Problem, Resource, Tree
from gitops.vapi import Item


class Action(StrEnum):
    """What is to be done with one resource."""

    CREATE = "create"
    ADOPT = "adopt"
    """It is at Vapi already, just so; only the state learns of it."""
    UPDATE = "update"
    REPLACE = "replace"
    """A new tool in place of the old: a running call keeps what it began with."""
    LINK = "relink"
    """It names what is replaced; of the rest, Vapi's version stays."""
    LEAVE = "leave"
    STOP = "drifted"
    """Somebody edited at Vapi; not overwritten unasked."""
    DELETE = "delete"
    KEEP = "kept"
    """Its file is gone; it stays at Vapi until a push with `--prune`."""


@dataclass(frozen=True)
class Step:
    """One resource's part."""

    action: Action
    kind: Kind
    id: str
    resource: Resource | None = None
    """None for what has no file."""
    item: Item | None = None
    """What Vapi holds."""
    changes: list[Change] = field(default_factory=list[Change])
    note: str = ""

    @property
    def key(self) -> Key:
        """As the tree and the state know it."""
        return self.kind.name, self.id

    @property
    def name(self) -> str:
        """E.g. `assistants/router`."""
        return f"{self.kind.folder}/{self.id}"

    @property
    def is_work(self) -> bool:
        """Whether there is anything to do, or to look at."""
        return self.action not in (Action.LEAVE, Action.KEEP)


@dataclass(frozen=True)
class Plan:
    """All of it, in the order of writing."""

    tree: Tree
    state: State
    account: Account
    now: Names
    """Names and values of today."""
    then: Names
    """Those of the last push, by which only edits show."""
    steps: list[Step]
    superseded: list[Superseded]
    """Old tools to remove, when nothing needs them any more."""
    problems: list[Problem]
    prefer: Prefer

    @property
    def is_empty(self) -> bool:
        """Whether a push would have nothing to do."""
        return not self.superseded and not any(step.is_work for step in self.steps)

    def changes(self, resource: Resource, item: Item, entry: Entry | None) -> list[Change]:
        """Where a file and Vapi don't agree."""
        return comparison.compare(resource.document, self.now.to_file(item), self.then.to_file(item), entry)


def kinds_for(tree: Tree, state: State, words: Iterable[str] = ()) -> list[Kind]:
    """The kinds to look at: what a call runs on, and whatever is named besides."""
    named = {key[0] for key in trees.chosen(tree, words, state.entries)}
    return [kind for kind in KINDS if kind in SERVING or (named and _is_needed(kind, named))]


def make(
    tree: Tree,
    state: State,
    account: Account,
    variables: Mapping[str, str],
    *,
    words: Iterable[str] = (),
    prefer: Prefer = Prefer.NOBODY,
    is_pruning: bool = False,
) -> Plan:
    """The plan of a push; raises `ValueError` for a word that names nothing."""
    now, then = _names(tree, state, account, variables)
    chosen = trees.chosen(tree, words, state.entries) if words else None
    plan = Plan(tree, state, account, now, then, [], [], [*trees.faults(tree)], prefer)
    plan.problems.extend(_unfilled(tree, now))
    plan.problems.extend(_adopt(plan, chosen))
    wanted = _with_missing(plan, chosen)
    for resource in tree:
        if resource.kind.name not in account.items:
            continue
        step = _step(plan, resource) if resource.key in wanted else _relinked(plan, resource)
        if step is None:
            continue
        plan.steps.append(step)
        if step.action is Action.REPLACE:
            # From here on its old id is nobody's, so whoever names it is seen to differ.
            now.former.pop(old := now.ids.pop(resource.key), None)
            then.former[old] = resource.id
    plan.steps.extend(_leftovers(plan, chosen, is_pruning=is_pruning))
    if is_pruning:
        plan.superseded.extend(state.superseded)
    return plan


def settle(prefer: Prefer, resource: Resource, changes: list[Change]) -> tuple[Document, list[Change]] | None:
    """The document to write and what it changes at Vapi; None where drift forbids to write."""
    drifted = [change for change in changes if change.by in DRIFT]
    if drifted and prefer is Prefer.NOBODY:
        return None
    if drifted and prefer is Prefer.REMOTE:
        return comparison.merged(resource.document, changes), [
            each for each in changes if each not in drifted
        ]
    return resource.document, changes


def is_function(item: Mapping[str, Any]) -> bool:
    """Whether it is a tool that is never changed, only replaced."""
    return item.get("type") == "function"


def _names(tree: Tree, state: State, account: Account, variables: Mapping[str, str]) -> tuple[Names, Names]:
    used = tree.variables() | state.variables.keys()
    values = {name: variables[name] for name in used if name in variables}
    live = {
        key: entry.uuid
        for key, entry in state.entries.items()
        if key[0] not in account.items or entry.uuid in account.items[key[0]]
    }
    former = {old.uuid: old.id for old in state.superseded}
    former |= {entry.uuid: key[1] for key, entry in state.entries.items() if key not in live}
    credentials = dict(account.credentials)
    return (
        Names(dict(live), credentials, values),
        Names(live, credentials | _renamed(state, account), state.variables or values, former),
    )


def _renamed(state: State, account: Account) -> dict[str, str]:
    """Credentials as they were called at the last push, where another has the name now."""
    return {name: id_ for name, id_ in state.credentials.items() if name not in account.credentials}


def _unfilled(tree: Tree, names: Names) -> Iterator[Problem]:
    """Variables and credentials that nothing here stands for, and values that would not come back."""
    for resource in tree:
        for found in references.found_in(resource.document):
            is_known = found.kind or found.name in names.credentials or references.is_uuid(found.name)
            if not is_known:
                what = f"the account has no credential named {found.name}; make it at Vapi first"
                yield tree.problem(resource, found.path, what)
        missing = {
            name: path
            for name, path in references.variables_in(resource.document)
            if name not in names.variables
        }
        for name, path in missing.items():
            yield tree.problem(resource, path, f"${{{name}}} has no value; set {name} in the environment")
        if not missing:
            for path, name in references.literal_values(resource.document, names):
                what = f"holds the value of ${{{name}}} itself; write ${{{name}}}, or a pull would"
                yield tree.problem(resource, path, what)


def _adopt(plan: Plan, chosen: set[Key] | None) -> Iterator[Problem]:
    """Finds what is at Vapi under the name of a resource that the state doesn't know, or lost."""
    owned = set(plan.state.ids().values()) | {old.uuid for old in plan.state.superseded}
    for resource in plan.tree:
        if resource.key in plan.now.ids or resource.kind.name not in plan.account.items:
            continue
        name = trees.called(resource.kind, resource.document)
        alike = [
            item
            for id_, item in plan.account.of(resource.kind).items()
            if name and id_ not in owned and trees.called(resource.kind, item) == name
        ]
        same = [item for item in alike if not plan.changes(resource, item, None)]
        if same or (len(alike) == 1 and not is_function(resource.document)):
            _take(plan, resource, (same or alike)[-1])
        elif alike and not is_function(resource.document) and (chosen is None or resource.key in chosen):
            ids = ", ".join(item["id"] for item in alike)
            what = (
                f"Vapi has {len(alike)} named {name} ({ids}), none of them this; rename or delete them there"
            )
            yield plan.tree.problem(resource, ("name",), what)


def _take(plan: Plan, resource: Resource, item: Item) -> None:
    plan.now.ids[resource.key] = plan.then.ids[resource.key] = item["id"]


def _with_missing(plan: Plan, chosen: set[Key] | None) -> set[Key]:
    """What was chosen, and everything it needs that isn't at Vapi yet."""
    if chosen is None:
        return {each.key for each in plan.tree if each.kind in SERVING}
    wanted: set[Key] = set()
    waiting = [key for key in chosen if key in plan.tree.resources]
    while waiting:
        key = waiting.pop()
        if key not in wanted:
            wanted.add(key)
            needs = plan.tree.resources[key].depends_on & plan.tree.resources.keys()
            waiting.extend(each for each in needs if each not in plan.now.ids)
    return wanted


def _step(plan: Plan, resource: Resource) -> Step:
    uuid = plan.now.ids.get(resource.key)
    item = plan.account.of(resource.kind).get(uuid) if uuid else None
    entry = plan.state.entries.get(resource.key)
    if item is None:
        note = "it is not at Vapi any more" if entry else ""
        return Step(Action.CREATE, resource.kind, resource.id, resource, note=note)

    def make(action: Action) -> Step:
        return Step(action, resource.kind, resource.id, resource, item, changes)

    entry = entry if entry and entry.uuid == uuid else None
    changes = plan.changes(resource, item, entry)
    settled = settle(plan.prefer, resource, changes)
    if settled is None:
        return make(Action.STOP)
    if not settled[1]:
        return make(Action.LEAVE if entry and entry.pushed else Action.ADOPT)
    is_new = is_function(resource.document) or _is_other_type(resource, item)
    return make(Action.REPLACE if is_new else Action.UPDATE)


def _is_other_type(resource: Resource, item: Item) -> bool:
    """Whether it changes what no PATCH can change."""
    return any(resource.document.get(each) != item.get(each) for each in resource.kind.unpatched)


def _relinked(plan: Plan, resource: Resource) -> Step | None:
    """The step of what nobody asked to push, but which names what is replaced."""
    entry = plan.state.entries.get(resource.key)
    item = plan.account.of(resource.kind).get(plan.now.ids.get(resource.key, ""))
    if item is None or entry is None:
        return None
    changes = [each for each in plan.changes(resource, item, entry) if each.by is By.LINK]
    links = [each for each in changes if _names_former(each, plan.then.former)]
    if not links:
        return None
    return Step(Action.LINK, resource.kind, resource.id, resource, item, links)


def _names_former(change: Change, former: Mapping[str, str]) -> bool:
    return any(mentions(change.remote, uuid) for uuid in former)


def _leftovers(plan: Plan, chosen: set[Key] | None, *, is_pruning: bool) -> Iterator[Step]:
    """What the state owns and the tree doesn't have any more; the last written comes first."""
    left = [key for key in plan.state.entries if key not in plan.tree.resources]
    for kind in reversed(KINDS):
        for key in sorted(key for key in left if key[0] == kind.name):
            in_question = kind in SERVING if chosen is None else key in chosen
            if not in_question or plan.tree.is_ignored(kind, key[1]):
                continue
            item = plan.account.of(kind_of(key)).get(plan.state.entries[key].uuid)
            yield Step(Action.DELETE if is_pruning else Action.KEEP, kind, key[1], item=item)


def _is_needed(kind: Kind, named: set[str]) -> bool:
    """Whether a kind is named, or comes before one that is: that may refer to it."""
    last = max(index for index, each in enumerate(KINDS) if each.name in named)
    return KINDS.index(kind) <= last
