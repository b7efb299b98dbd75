"""Makes Vapi what the plan says: each resource as soon as those it names are there, many at a time.

Whatever ends a push, the state knows all that was done and the next push finishes: a write is recorded
as soon as it is answered, and one whose answer was lost is looked for before it is asked again.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Any, Final

from frontdesk.vapi import leaves
from frontdesk.vapi.api import AnswerLost, Item, Vapi, VapiFailed
from frontdesk.vapi.kinds import KINDS, SERVER_MADE, Kind
from gitops import comparison, references, removal
from gitops import plan as plans
from gitops import tree as trees
from gitops.comparison import DRIFT, Change
from gitops.documents import Document
from gitops.plan import Action, Plan, Step
from gitops.references import Key, NotFound
from gitops.state import Entry, Superseded, entry_of

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
    _made: dict[str, Step] = field(default_factory=dict[str, Step])
    """By id, what this run created."""
    _doubtful: set[Kind] = field(default_factory=set[Kind])
    """Kinds of which a creation was asked twice, because the first seemed not to have happened."""
    _unfinished: list[Step] = field(default_factory=list[Step])
    """Written without the fields that name what comes later."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _nameless: threading.Lock = field(default_factory=threading.Lock)
    """Held while one without a name is created: of two alike, nobody could tell whose answer was lost."""

    def run(self) -> Generator[Outcome]:
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
        due = [step for step in self.plan.steps if _is_due(step)]
        yield from self._together(due, self._do, _order(due))
        yield from self._together(self._unfinished, self._finish)
        yield from self._twins()
        yield from self._removals()

    def _together(
        self,
        steps: list[Step],
        do: Callable[[Step], list[str]],
        needs: Mapping[Key, set[Key]] = MappingProxyType({}),
    ) -> Iterator[Outcome]:
        """Does each as soon as what it needs has ended; an interruption lets those under way end."""
        if not steps:
            return
        by_key = {step.key: step for step in steps}
        order = TopologicalSorter({key: needs.get(key, ()) for key in by_key})
        order.prepare()
        under_way: dict[Future[Outcome], Key] = {}
        pool = ThreadPoolExecutor(min(len(steps), self.vapi.gate.most))
        try:
            while order.is_active():
                for key in order.get_ready():
                    under_way[pool.submit(self._timed, by_key[key], do)] = key
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    order.done(under_way.pop(done))
                    yield done.result()
        except BaseException:
            self.vapi.stop()
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
            case Action.LEAVE:
                return _kept(step.changes)
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
        item, written, notes = self._begun(step, _file_of(step).document)
        self.plan.state.record(step.key, self._entry(step, item, written))
        return notes

    def _replace(self, step: Step) -> list[str]:
        """The old tool stays until nothing links it: who is being answered now began with it."""
        document, _, notes = self._settled(step, step.changes)
        item, written, more = self._begun(step, document)
        entry = self._entry(step, item, written)
        if self.plan.entry(step.key, _item_of(step)):
            self.plan.state.supersede(step.key, entry)
        else:
            self.plan.state.record(step.key, entry)
        return notes + more

    def _begun(self, step: Step, document: Document) -> tuple[Item, Document, list[str]]:
        """Creates it, without what names something that isn't there yet: that is left to the end.

        Returns the item, what was written of the document, and notes.
        """
        ready, later = self._sendable(document)
        if step.successor:
            item, notes = step.successor, ["it had been made by a push that was interrupted"]
        else:
            item, notes = self._made_one(step, ready)
        with self._lock:
            # A new mapping, for others may be reading the old one.
            self.plan.now.ids = {**self.plan.now.ids, step.key: item["id"]}
            if later:
                self._unfinished.append(replace(step, item=item))
        return item, ready, notes + self._objections(ready, item)

    def _made_one(self, step: Step, document: Document) -> tuple[Item, list[str]]:
        """Creates it once, whatever happens to the answer."""
        body = self.plan.now.to_wire(document)
        notes: list[str] = []
        with nullcontext() if trees.called(step.kind, document) else self._nameless:
            for _ in range(_CREATIONS):
                try:
                    item = self.vapi.create(step.kind, body)
                except AnswerLost as error:
                    found = self._lost(step.kind, document)
                    notes = [f"{error}; " + ("it had been made" if found else "it had not been made")]
                    if found is None:
                        self._doubtful.add(step.kind)
                        continue
                    item = found
                self._made[item["id"]] = step
                return item, notes
        raise VapiFailed(f"the answer was lost {_CREATIONS} times: {notes[-1]}")

    def _lost(self, kind: Kind, document: Document) -> Item | None:
        """The one that an unanswered creation made: of that name and content, and nobody's until now."""
        name = trees.called(kind, document)
        known = self.plan.account.of(kind)
        for item in self.vapi.items(kind):
            is_new = item["id"] not in self._made and item["id"] not in known
            if is_new and trees.called(kind, item) == name and self.plan.is_like(document, item):
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
        self._check_needs(step)
        return self._update(replace(step, changes=self._changes(step, _item_of(step))), is_last=True)

    # --- Changing

    def _adopt(self, step: Step) -> list[str]:
        item = _item_of(step)
        document, _, notes = self._settled(step, step.changes)
        self.plan.state.record(step.key, self._entry(step, item, document))
        return notes

    def _update(self, step: Step, *, is_last: bool = False) -> list[str]:
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
        document, changes, said = self._settled(step, changes, fresh)
        notes += said
        body = comparison.patch(document, changes, never=step.kind.unpatched, always=step.kind.repeated)
        ready, later = (body, set[str]()) if is_last else self._sendable(body)
        written = {key: value for key, value in document.items() if key not in later}
        if later:
            with self._lock:
                self._unfinished.append(replace(step, item=fresh))
        if not ready:
            self.plan.state.record(step.key, self._entry(step, fresh, written))
            return notes if later else [*notes, "it is already so"]
        answer = self.vapi.patch(step.kind, item["id"], self.plan.now.to_wire(ready))
        self.plan.state.record(step.key, self._entry(step, answer, written))
        after = self.vapi.get(step.kind, item["id"])
        if after is None or (meanwhile := _differences(answer, after)):
            raise NotAsSent(f"somebody else wrote at the same time, and changed {meanwhile or 'all of it'}")
        return notes + self._dropped(fresh, answer, changes) + self._objections(ready, answer)

    def _changes(self, step: Step, item: Item) -> list[Change]:
        found = self.plan.changes(_file_of(step), item, self.plan.entry(step.key, item))
        return [each for each in found if each.by is comparison.By.LINK] if _is_link(step) else found

    def _settled(
        self, step: Step, changes: list[Change], item: Item | None = None
    ) -> tuple[Document, list[Change], list[str]]:
        """What to write, what that changes at Vapi, and what is to be said of drift; raises `NotAsSent`."""
        if _is_link(step):
            return self.plan.then.to_file(item or _item_of(step)), changes, []
        settled = plans.settle(self.plan.prefer, _file_of(step), changes)
        if settled is None:
            raise NotAsSent(_told(changes))
        document, writing = settled
        return document, writing, _overwritten(writing) or _kept(changes)

    def _entry(self, step: Step, answer: Item, written: Document) -> Entry:
        """What to remember: the file as it is, but for the leaves that were not written as it has them."""
        file = _file_of(step).document
        ours, theirs = leaves.flat(file), leaves.flat(written)
        prints, others = leaves.fingerprints(ours), leaves.fingerprints(theirs)
        return entry_of(
            file,
            self.plan.now.to_file(answer),
            answer["id"],
            unsettled=[path for path in ours.keys() | theirs.keys() if prints.get(path) != others.get(path)],
            before=self.plan.entry(step.key, answer),
        )

    def _dropped(self, before: Item, after: Item, changes: Iterable[Change]) -> list[str]:
        """What nobody's file spoke of and went because the whole of a nested object had to be written."""
        spoken = {change.path for change in changes}
        left = leaves.flat(self.plan.now.to_file(after))
        return [
            f"removed {leaves.path_text(path)}, of which the file says nothing;"
            f" it was {comparison.brief(value)}"
            for path, value in leaves.flat(self.plan.now.to_file(before)).items()
            if path not in left and path not in spoken
        ]

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
        made = [step.kind for step in self._made.values()]
        last = [kind for kind in KINDS if kind in made][-1:]
        for kind in {*last, *self._doubtful}:
            try:
                items = self.vapi.items(kind)
            except VapiFailed as error:
                yield Outcome(kind.folder, Action.CREATE, Ended.FAILED, [str(error)])
                continue
            ours = [(self._made[item["id"]], item) for item in items if item["id"] in self._made]
            known = self._made.keys() | self.plan.account.of(kind).keys()
            for other in items:
                for step, item in ours:
                    if other["id"] not in known and _is_twin(kind, other, item):
                        note = (
                            f"somebody else made one of that name at the same time: {other['id']}; delete one"
                        )
                        yield Outcome(step.name, Action.CREATE, Ended.STOPPED, [note])

    # --- Deleting

    def _removals(self) -> Iterator[Outcome]:
        """After another look: what was just updated needs them no more, what failed still does."""
        deletions = [step for step in self.plan.steps if step.action is Action.DELETE]
        if not deletions and not self.plan.superseded:
            return
        try:
            going = removal.Going(self.vapi, self.plan.state, [step.key for step in deletions])
        except VapiFailed as error:
            yield Outcome("deletions", Action.DELETE, Ended.FAILED, [str(error)])
            return
        for step in deletions:
            yield self._timed(step, lambda each: going.remove(each.key) or [])
        for old in self.plan.superseded:
            yield self._retired(going, old)

    def _retired(self, going: removal.Going, old: Superseded) -> Outcome:
        name = f"tools/{old.id}, the one of {old.at}"
        try:
            reason = going.retire(old)
        except VapiFailed as error:
            return Outcome(name, Action.DELETE, Ended.FAILED, [str(error)])
        ended = Ended.WAITING if reason else Ended.DONE
        return Outcome(name, Action.DELETE, ended, [reason] if reason else [])


class _Needed(VapiFailed):
    pass


def _is_due(step: Step) -> bool:
    """Whether its turn is before the deletions, and there is something to do or to say."""
    return step.action is not Action.DELETE and (
        step.is_work or (step.action is Action.LEAVE and bool(step.changes))
    )


def _order(steps: list[Step]) -> dict[Key, set[Key]]:
    """What each has to wait for: those it names, of kinds written before its own, so never in a circle."""
    place = {kind.name: number for number, kind in enumerate(KINDS)}
    keys = {step.key for step in steps}
    return {
        step.key: {key for key in _file_of(step).depends_on & keys if place[key[0]] < place[step.kind.name]}
        for step in steps
    }


def _is_link(step: Step) -> bool:
    return step.action is Action.LINK


def _file_of(step: Step) -> trees.Resource:
    assert step.resource is not None  # noqa: S101 - only deletions have none
    return step.resource


def _item_of(step: Step) -> Item:
    assert step.item is not None  # noqa: S101 - only creations have none
    return step.item


def _is_twin(kind: Kind, one: Item, other: Item) -> bool:
    name = trees.called(kind, one)
    return name == trees.called(kind, other) and (name is not None or not _differences(one, other))


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


def _kept(changes: Iterable[Change]) -> list[str]:
    drifted = [change for change in changes if change.by in DRIFT]
    return [f"left {each.name} as it is at Vapi: {comparison.brief(each.remote)}" for each in drifted]
