"""Makes Vapi what the plan says: one order after the other, everything within an order at the same time.

Whatever ends a push, the state knows all that was done and the next push finishes: a write is recorded
as soon as it is answered, and one whose answer was lost is looked for before it is asked again.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Final

from gitops import comparison, leaves, references, removal
from gitops import plan as plans
from gitops import tree as trees
from gitops.comparison import DRIFT, Change
from gitops.documents import Document
from gitops.kinds import KINDS, SERVER_MADE, TOOLS, Kind
from gitops.plan import Action, Plan, Step
from gitops.references import Key, NotFound
from gitops.state import Entry, Superseded, met
from gitops.vapi import AnswerLost, Item, Vapi, VapiFailed

_CREATIONS: Final = 3
"""How often a creation is tried whose answer gets lost and which then isn't there."""


class Ended(StrEnum):
    """How a step ended."""

    DONE = "done"
    STOPPED = "stopped"
    """Drift: left as it is at Vapi, and to be looked at."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """It needs something that failed."""
    WAITING = "waiting"
    """An old tool that is still needed."""


@dataclass(frozen=True)
class Outcome:
    """What became of one step."""

    name: str
    action: Action
    ended: Ended
    notes: list[str] = field(default_factory=list[str])
    took_ms: float = 0

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look at it."""
        return self.ended in (Ended.DONE, Ended.WAITING)


class NotAsSent(Exception):
    """Drift that was seen only when the turn came; says where."""


@dataclass
class Push:
    """One run."""

    vapi: Vapi
    plan: Plan
    _failed: set[Key] = field(default_factory=set[Key])
    _made: dict[str, str] = field(default_factory=dict[str, str])
    """Names by id, of what this run created."""
    _unfinished: list[Step] = field(default_factory=list[Step])
    """Created without the fields that name what came later."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> Iterator[Outcome]:
        """Every step that was work, as it ends. Nothing is written while the plan has problems."""
        if self.plan.problems:
            raise trees.TreeWrong(self.plan.problems)
        is_well = True
        for outcome in self._outcomes():
            is_well = is_well and outcome.is_well
            yield outcome
        if is_well:
            self.plan.state.record_account(self.plan.now.credentials, self.plan.now.variables)

    def _outcomes(self) -> Iterator[Outcome]:
        writing = [step for step in self.plan.steps if step.action is not Action.DELETE]
        for kind in KINDS:
            yield from self._together([step for step in writing if step.kind is kind and step.is_work])
        yield from self._together(self._unfinished, finishing=True)
        yield from self._twins()
        for step in self.plan.steps:
            if step.action is Action.DELETE:
                yield self._timed(step, partial(removal.remove, self.vapi, self.plan))
        for old in self.plan.superseded:
            yield self._retired(old)

    def _together(self, steps: list[Step], *, finishing: bool = False) -> Iterator[Outcome]:
        """Does steps at the same time; an interruption lets those under way end, and begins no more."""
        if not steps:
            return
        do = self._finish if finishing else self._do
        pool = ThreadPoolExecutor(min(len(steps), self.vapi.gate.width))
        try:
            under_way: list[Future[Outcome]] = [pool.submit(self._timed, step, do) for step in steps]
            for done in as_completed(under_way):
                yield done.result()
        except BaseException:
            self.vapi.is_stopping.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _timed(self, step: Step, do: Callable[[Step], list[str]]) -> Outcome:
        began = time.perf_counter()
        try:
            notes = do(step)
            ended = Ended.DONE
        except NotAsSent as drift:
            ended, notes = Ended.STOPPED, [str(drift)]
        except (VapiFailed, NotFound) as error:
            with self._lock:
                self._failed.add(step.key)
            needed = isinstance(error, _Needed)
            ended, notes = Ended.SKIPPED if needed else Ended.FAILED, [str(error)]
        return Outcome(step.name, step.action, ended, notes, round((time.perf_counter() - began) * 1000, 1))

    def _do(self, step: Step) -> list[str]:
        """Notes for people about what was done."""
        self._check_needs(step)
        match step.action:
            case Action.CREATE:
                return self._create(step)
            case Action.REPLACE:
                return self._replace(step)
            case Action.ADOPT:
                return self._adopt(step)
            case Action.STOP:
                raise NotAsSent(_told(step.changes))
            case _:
                return self._update(step)

    def _check_needs(self, step: Step) -> None:
        needs = step.resource.depends_on if step.resource else set[Key]()
        for kind, id_ in sorted(needs & self._failed):
            raise _Needed(f"it needs {kind}/{id_}, which failed")

    # --- Creating

    def _create(self, step: Step) -> list[str]:
        resource = _file_of(step)
        document, later = self._sendable(resource.document)
        item, notes = self._made_one(step, document)
        with self._lock:
            self.plan.now.ids[step.key] = item["id"]
            if later:
                self._unfinished.append(step)
        self.plan.state.record(step.key, self._entry(step, document, item))
        return notes + ([] if later else self._objections(document, item))

    def _replace(self, step: Step) -> list[str]:
        """The old tool stays until nothing links it: who is being answered now began with it."""
        document, changes = self._settled(step, step.changes)
        item, notes = self._made_one(step, document)
        with self._lock:
            self.plan.now.ids[step.key] = item["id"]
        entry = self._entry(step, document, item)
        if step.key in self.plan.state.entries:
            self.plan.state.supersede(step.key, entry)
        else:
            self.plan.state.record(step.key, entry)
        return notes + _overwritten(changes)

    def _made_one(self, step: Step, document: Document) -> tuple[Item, list[str]]:
        """Creates it once, whatever happens to the answer."""
        body = self.plan.now.to_wire(document)
        notes: list[str] = []
        for _ in range(_CREATIONS):
            try:
                item = self.vapi.create(step.kind, body)
            except AnswerLost as error:
                found = self._lost(step.kind, document)
                notes = [f"{error}; " + ("it had been made" if found else "it had not been made")]
                if found is None:
                    continue
                item = found
            with self._lock:
                self._made[item["id"]] = step.name
            return item, notes
        raise VapiFailed(f"the answer was lost {_CREATIONS} times: {notes[-1]}")

    def _lost(self, kind: Kind, document: Document) -> Item | None:
        """The one that an unanswered creation made: of that name and content, and nobody's until now."""
        with self._lock:
            owned = set(self.plan.state.ids().values()) | self._made.keys()
        name = trees.called(kind, document)
        for item in self.vapi.items(kind):
            is_new = item["id"] not in owned and item["id"] not in self.plan.account.of(kind)
            if is_new and trees.called(kind, item) == name:
                seen = self.plan.now.to_file(item)
                if not comparison.compare(document, seen, seen, None):
                    return item
        return None

    def _sendable(self, document: Document) -> tuple[Document, set[str]]:
        """The document without the fields that name what is yet to be made, and the names of those."""
        later = {
            str(found.path[0])
            for found in references.found_in(document)
            if found.kind
            and not references.is_uuid(found.name)
            and (found.kind.name, found.name) not in self.plan.now.ids
        }
        return {key: value for key, value in document.items() if key not in later}, later

    def _finish(self, step: Step) -> list[str]:
        """Writes the fields that had to wait."""
        resource = _file_of(step)
        self._check_needs(step)
        uuid = self.plan.now.ids[step.key]
        written = self.plan.state.entries[step.key]
        body = {
            key: self.plan.now.to_wire({key: value})[key]
            for key, value in resource.document.items()
            if not any(path[0] == key for path in written.pushed)
        }
        item = self.vapi.patch(step.kind, uuid, body)
        self.plan.state.record(step.key, self._entry(step, resource.document, item))
        return self._objections(resource.document, item)

    # --- Changing

    def _adopt(self, step: Step) -> list[str]:
        resource, item = _file_of(step), _item_of(step)
        self.plan.state.record(step.key, met(resource.document, self.plan.now.to_file(item), item["id"]))
        return []

    def _update(self, step: Step) -> list[str]:
        """Reads, writes and reads again: Vapi has no ETag, so this is how two pushes notice each other."""
        item = _item_of(step)
        fresh = self.vapi.get(step.kind, item["id"])
        if fresh is None:
            raise VapiFailed("somebody deleted it at Vapi since this push began; push again to make it anew")
        notes: list[str] = []
        changes = step.changes
        if meanwhile := _differences(item, fresh):
            notes.append(f"somebody changed {meanwhile} since this push began")
            changes = self._changes(step, fresh)
        document, changes = self._settled(step, changes, fresh)
        body = comparison.patch(document, changes, never=step.kind.unpatched, always=step.kind.repeated)
        if not body:
            return [*notes, "it is already so"]
        answer = self.vapi.patch(step.kind, item["id"], self.plan.now.to_wire(body))
        self.plan.state.record(step.key, self._entry(step, document, answer))
        after = self.vapi.get(step.kind, item["id"])
        if after is None or (meanwhile := _differences(answer, after)):
            raise NotAsSent(f"somebody else wrote at the same time, and changed {meanwhile or 'all of it'}")
        return notes + _overwritten(changes) + self._objections(body, answer)

    def _changes(self, step: Step, item: Item) -> list[Change]:
        entry = self.plan.state.entries.get(step.key)
        found = self.plan.changes(_file_of(step), item, entry)
        return [each for each in found if each.by is comparison.By.LINK] if _is_link(step) else found

    def _settled(
        self, step: Step, changes: list[Change], item: Item | None = None
    ) -> tuple[Document, list[Change]]:
        if _is_link(step):
            return self.plan.then.to_file(item or _item_of(step)), changes
        settled = plans.settle(self.plan.prefer, _file_of(step), changes)
        if settled is None:
            raise NotAsSent(_told(changes))
        return settled

    def _entry(self, step: Step, written: Document, answer: Item) -> Entry:
        """What to remember: the file as it is, but for the leaves that were not written as it has them."""
        file = _file_of(step).document
        ours, theirs = leaves.fingerprints(leaves.flat(file)), leaves.fingerprints(leaves.flat(written))
        return met(
            file,
            self.plan.now.to_file(answer),
            answer["id"],
            unsettled=[path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)],
            before=self.plan.state.entries.get(step.key),
        )

    def _objections(self, sent: Mapping[str, Any], answer: Item) -> list[str]:
        """Where Vapi made something else of what it was sent, at once."""
        held = leaves.flat(self.plan.now.to_file(answer))
        return [
            f"Vapi holds {leaves.path_text(path)} otherwise than it was sent"
            for path, value in leaves.flat(sent).items()
            if value is not None
            and leaves.fingerprint(held.get(path, leaves.ABSENT)) != leaves.fingerprint(value)
        ]

    # --- Looking back

    def _twins(self) -> Iterator[Outcome]:
        """What somebody made under the same name while this ran; looked for where the last was made."""
        kind = next((kind for kind in reversed(KINDS) if self._made_of(kind)), None)
        if kind is None or kind is TOOLS:
            return
        made = self._made_of(kind)
        known = made.keys() | set(self.plan.state.ids().values()) | self.plan.account.of(kind).keys()
        try:
            items = self.vapi.items(kind)
        except VapiFailed as error:
            yield Outcome(f"{kind.folder}", Action.CREATE, Ended.FAILED, [str(error)])
            return
        names = {trees.called(kind, item): item["id"] for item in items if item["id"] in made}
        for item in items:
            ours = names.get(trees.called(kind, item))
            if ours and item["id"] not in known:
                note = f"somebody else made one of the same name at the same time ({item['id']}); delete one"
                yield Outcome(made[ours], Action.CREATE, Ended.STOPPED, [note])

    def _retired(self, old: Superseded) -> Outcome:
        name = f"tools/{old.id}, the one of {old.at}"
        try:
            reason = removal.retire(self.vapi, self.plan.state, old)
        except VapiFailed as error:
            return Outcome(name, Action.DELETE, Ended.FAILED, [str(error)])
        return Outcome(
            name, Action.DELETE, Ended.WAITING if reason else Ended.DONE, [reason] if reason else []
        )

    def _made_of(self, kind: Kind) -> dict[str, str]:
        return {id_: name for id_, name in self._made.items() if name.startswith(f"{kind.folder}/")}


class _Needed(VapiFailed):
    pass


def _is_link(step: Step) -> bool:
    return step.action is Action.LINK


def _file_of(step: Step) -> trees.Resource:
    assert step.resource is not None  # noqa: S101 - only deletions have none
    return step.resource


def _item_of(step: Step) -> Item:
    assert step.item is not None  # noqa: S101 - only creations have none
    return step.item


def _differences(before: Item, after: Item) -> str:
    """The top-level fields that differ; empty if none does."""
    keys = (before.keys() | after.keys()) - SERVER_MADE
    return ", ".join(sorted(key for key in keys if before.get(key) != after.get(key)))


def _told(changes: Iterable[Change]) -> str:
    drifted = [change for change in changes if change.by in DRIFT]
    names = ", ".join(change.name for change in drifted)
    if any(change.by is comparison.By.UNKNOWN for change in drifted):
        return f"Vapi has it otherwise, and there is no record of a last push: {names}"
    return f"edited at Vapi since the last push: {names}"


def _overwritten(changes: Iterable[Change]) -> list[str]:
    drifted = [change for change in changes if change.by in DRIFT]
    return [f"overwrote {each.name}, which was {comparison.brief(each.remote)} at Vapi" for each in drifted]
