"""What a push would do, and why: every resource of the tree against Vapi, nothing written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from frontdesk.vapi import leaves
from frontdesk.vapi.api import Item
from frontdesk.vapi.kinds import KINDS, SERVING, TOOLS, Kind
from gitops import comparison, references
from gitops import tree as trees
from gitops.account import Account
from gitops.comparison import DRIFT, By, Change, Prefer
from gitops.documents import Document
from gitops.references import Key, Names
from gitops.state import Entry, State, Superseded, entry_of, kind_of
from gitops.tree import Problem, Resource, Tree


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
    successor: Item | None = None
    """What takes the item's place, when a push made it already and did not live to record it."""

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

    def entry(self, key: Key, item: Item) -> Entry | None:
        """What is known of the last meeting of a resource and that very item."""
        entry = self.state.entries.get(key)
        return entry if entry and entry.uuid == item["id"] else None

    def changes(self, resource: Resource, item: Item, entry: Entry | None) -> list[Change]:
        """Where a file and Vapi don't agree."""
        return comparison.compare(resource.document, self.now.to_file(item), self.then.to_file(item), entry)

    def is_like(self, document: Document, item: Item) -> bool:
        """Whether Vapi holds everything that a file says."""
        return leaves.holds(self.now.to_file(item), document)


def kinds_for(tree: Tree, state: State, words: Iterable[str] = ()) -> list[Kind]:
    """The kinds to look at: what a call runs on, and whatever is named besides."""
    words = list(words)
    named = {key[0] for key in trees.chosen(tree, words, state.entries)}
    named |= {kind.name for kind in trees.kinds_named(tree, words)}
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
    """The plan of a push; raises `NothingNamed` for a word that stands for nothing."""
    now, then = _names(tree, state, account, variables)
    chosen = trees.chosen(tree, words, state.entries) if words else None
    plan = Plan(tree, state, account, now, then, [], [], [*trees.faults(tree)], prefer)
    plan.problems.extend(_unfilled(tree, now))
    plan.problems.extend(_adopt(plan, chosen))
    wanted = _with_missing(plan, chosen)
    old = {each.uuid for each in state.superseded if (TOOLS.name, each.id) in wanted}
    old |= {entry.uuid for key, entry in state.entries.items() if key in wanted and entry.uuid in then.former}
    for resource in tree:
        if resource.kind.name not in account.items:
            continue
        step = _step(plan, resource) if resource.key in wanted else _relinked(plan, resource, old)
        if step is None:
            continue
        plan.steps.append(step)
        if step.action is Action.REPLACE:
            # From here on its old id is nobody's, so whoever names it is seen to differ.
            replaced = now.ids.pop(resource.key)
            then.former[replaced] = resource.id
            old.add(replaced)
    plan.steps.extend(_leftovers(plan, chosen, is_pruning=is_pruning))
    if is_pruning:
        plan.superseded.extend(
            each for each in state.superseded if chosen is None or (TOOLS.name, each.id) in chosen
        )
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


def later_fields(resource: Resource) -> set[str]:
    """The fields that name what is written after it, if any: a creation may have to go without them."""
    order = KINDS.index(resource.kind)
    return {
        str(found.path[0])
        for found in references.found_in(resource.document)
        if found.kind and KINDS.index(found.kind) >= order
    }


def is_function(item: Mapping[str, Any]) -> bool:
    """Whether it is a tool that is never changed, only replaced."""
    return item.get("type") == "function"


def _names(tree: Tree, state: State, account: Account, variables: Mapping[str, str]) -> tuple[Names, Names]:
    used = tree.variables() | state.variables.keys() | {references.ADDRESS}
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
    waiting = [
        each for each in plan.tree if each.key not in plan.now.ids and each.kind.name in plan.account.items
    ]
    # What names something that is found later is only known to be the same the second time.
    for fits in (_is_whole, _is_whole, _is_begun):
        waiting = [each for each in waiting if not _take(plan, each, fits)]
    for resource in waiting:
        alike = _unowned(plan, resource)
        if alike and _has_own_name(resource) and (chosen is None or resource.key in chosen):
            name = trees.called(resource.kind, resource.document)
            ids = ", ".join(item["id"] for item in alike)
            what = (
                f"Vapi has {len(alike)} named {name} ({ids}), none of them this; rename or delete them there"
            )
            yield plan.tree.problem(resource, ("name",), what)


def _unowned(plan: Plan, resource: Resource) -> list[Item]:
    """What Vapi has of the same kind and name, or likewise without one, and nothing here is known to be."""
    owned = {*plan.state.ids().values(), *plan.now.ids.values(), *(old.uuid for old in plan.state.superseded)}
    name = trees.called(resource.kind, resource.document)
    items = plan.account.of(resource.kind).items()
    return [item for id_, item in items if trees.called(resource.kind, item) == name and id_ not in owned]


def _take(plan: Plan, resource: Resource, fits: Callable[[Plan, Resource, Item], bool]) -> bool:
    """Whether one was found, which is the resource from now on; the oldest if several fit."""
    alike = _unowned(plan, resource)
    fitting = [item for item in alike if fits(plan, resource, item)]
    if not fitting and len(alike) == 1 and _has_own_name(resource):
        fitting = alike
    if fitting:
        plan.now.ids[resource.key] = plan.then.ids[resource.key] = fitting[-1]["id"]
    return bool(fitting)


def _is_whole(plan: Plan, resource: Resource, item: Item) -> bool:
    return plan.is_like(resource.document, item)


def _is_begun(plan: Plan, resource: Resource, item: Item) -> bool:
    """Whether a push created it and did not live to add what had to wait."""
    later = later_fields(resource)
    document = {key: value for key, value in resource.document.items() if key not in later}
    return bool(later) and not later & item.keys() and plan.is_like(document, item)


def _has_own_name(resource: Resource) -> bool:
    """Whether a name tells it from all others; function tools share theirs with those before them."""
    named = trees.called(resource.kind, resource.document) is not None
    return named and not is_function(resource.document)


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
    item = plan.account.of(resource.kind).get(plan.now.ids.get(resource.key, ""))
    if item is None:
        note = "it is not at Vapi any more" if resource.key in plan.state.entries else ""
        return Step(Action.CREATE, resource.kind, resource.id, resource, note=note)

    changes = plan.changes(resource, item, plan.entry(resource.key, item))
    step = Step(Action.STOP, resource.kind, resource.id, resource, item, changes)
    settled = settle(plan.prefer, resource, changes)
    if settled is None:
        return step
    document, writing = settled
    if not writing:
        is_known = _is_known(plan, resource, item) or (changes and plan.entry(resource.key, item))
        return replace(step, action=Action.LEAVE if is_known else Action.ADOPT)
    if not (is_function(resource.document) or _is_other_type(resource, item)):
        return replace(step, action=Action.UPDATE)
    if resource.kind is not TOOLS:
        what = "its type can't be changed at Vapi; give the new one a name and a file of its own"
        plan.problems.append(plan.tree.problem(resource, ("type",), what))
    made = [each for each in _unowned(plan, resource) if plan.is_like(document, each)]
    return replace(step, action=Action.REPLACE, successor=made[-1] if made else None)


def _is_known(plan: Plan, resource: Resource, item: Item) -> bool:
    """Whether the state has both as they are; not so when the same was edited here and there."""
    entry = plan.entry(resource.key, item)
    today = entry_of(resource.document, plan.now.to_file(item), item["id"])
    return entry is not None and (entry.pushed, entry.different) == (today.pushed, today.different)


def _is_other_type(resource: Resource, item: Item) -> bool:
    """Whether it changes what no PATCH can change."""
    document = resource.document
    return any(each in document and document[each] != item.get(each) for each in resource.kind.unpatched)


def _relinked(plan: Plan, resource: Resource, old: set[str]) -> Step | None:
    """The step of what nobody asked to push, but which names by an old id what was asked for."""
    item = plan.account.of(resource.kind).get(plan.now.ids.get(resource.key, ""))
    if item is None or not any(leaves.mentions(item, uuid) for uuid in old):
        return None
    changes = [
        each
        for each in plan.changes(resource, item, plan.entry(resource.key, item))
        if each.by is By.LINK and any(leaves.mentions(each.remote, uuid) for uuid in old)
    ]
    return Step(Action.LINK, resource.kind, resource.id, resource, item, changes) if changes else None


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
