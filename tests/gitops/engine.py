"""A small good tree in a folder, an account to push it to, and requests that go wrong on order."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from frontdesk.vapi.api import IN_FLIGHT, Item, Vapi
from frontdesk.vapi.kinds import KINDS, SERVING, of_name
from gitops import account, plan, pull, state
from gitops import tree as trees
from gitops.comparison import Prefer
from gitops.plan import Plan
from gitops.push import Outcome, Push
from gitops.references import Names
from gitops.state import State
from gitops.tree import Tree
from tests.vapi_account import VapiAccount

TREE: Final[Mapping[str, str]] = {
    "tools/lookup.yml": """\
type: function
function:
  name: lookup
  description: Finds the caller.
  parameters: {type: object, properties: {phone: {type: string}}}
server:
  url: ${BACKEND_URL}/lookup
  timeoutSeconds: 20
  credentialId: frontdesk-hmac
""",
    "tools/hang_up.yml": """\
type: endCall
messages:
  - {type: request-start, content: "", blocking: false}
""",
    "structuredOutputs/outcome.yml": """\
name: outcome
description: What came of the call.
schema: {type: object, properties: {booked: {type: boolean}}}
""",
    "assistants/greeter.md": """\
---
name: Greeter
firstMessage: Hello.
model:
  provider: openai
  model: gpt-4o
  temperature: 0.3
  toolIds: [lookup, hang_up]
artifactPlan:
  structuredOutputIds: [outcome]
---

You greet callers.
""",
    "assistants/booker.md": """\
---
name: Booker
model:
  provider: openai
  model: gpt-4o
  temperature: 0.3
  toolIds: [lookup]
---

You book.
""",
    "squads/desk.yml": """\
name: Desk
members:
  - assistantId: greeter
    assistantOverrides:
      tools:append:
        - type: handoff
          destinations:
            - {type: assistant, assistantName: Booker}
  - assistantId: booker
""",
}
"""Every kind that a call runs on; a tool with a name and one without; 6 resources."""

SECOND_OUTPUT: Final = "name: mood\nschema: {type: string}\nassistantIds: [greeter]\n"
"""A structured output that points forward: what it names is written after it."""
BACK_TO_GREETER: Final = """\
type: handoff
destinations:
  - {type: assistant, assistantId: greeter}
"""
"""A tool that points forward, and has no name to be found by."""

VARIABLES: Final = {"BACKEND_URL": "https://api.example"}


def wire() -> httpx.BaseTransport:
    """Straight to Vapi; without certificates, whose reading takes longer than a push to loopback."""
    return httpx.HTTPTransport(verify=False)


class Crash(BaseException):
    """The end of the process."""


@dataclass
class Desk:
    """One tree, and one account that it is pushed to: what the person at the terminal has."""

    root: Path
    at_vapi: VapiAccount
    variables: dict[str, str] = field(default_factory=lambda: dict(VARIABLES))
    transport: httpx.BaseTransport | None = None
    """What every request of the next connections goes through, if not straight to Vapi."""
    in_flight: int = IN_FLIGHT
    longest_s: float = 45.0

    def write(self, files: Mapping[str, str | None]) -> None:
        """Makes files under the tree; None removes one."""
        for name, text in files.items():
            file = self.root / name
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Changes text in a file, which must be in it."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        self.write({name: text.replace(old, new)})

    def read(self) -> tuple[Tree, State]:
        """The files, and what the state file says."""
        return trees.load(self.root), state.load(self.root, "test")

    def connect(self) -> Vapi:
        """The engine's own way to the account."""
        return Vapi(
            self.at_vapi.url,
            self.at_vapi.key,
            in_flight=self.in_flight,
            longest_s=self.longest_s,
            transport=self.transport or wire(),
        )

    def plan(
        self, *words: str, prefer: Prefer = Prefer.NOBODY, prune: bool = False, vapi: Vapi | None = None
    ) -> Plan:
        """What a push would do."""
        tree, held = self.read()
        mine = vapi or self.connect()
        try:
            kinds = plan.kinds_for(tree, held, words)
            seen = account.look(mine, kinds, held.credentials)
            return plan.make(tree, held, seen, self.variables, words=words, prefer=prefer, is_pruning=prune)
        finally:
            if vapi is None:
                mine.close()

    def push(self, *words: str, prefer: Prefer = Prefer.NOBODY, prune: bool = False) -> "Pushed":
        """A whole push; raises what it raises."""
        vapi = self.connect()
        try:
            made = self.plan(*words, prefer=prefer, prune=prune, vapi=vapi)
            return Pushed(list(Push(vapi, made).run()), vapi.counts.requests, vapi.counts.writes)
        finally:
            vapi.close()

    def pull(self, *words: str) -> list[pull.News]:
        """A whole pull."""
        tree, held = self.read()
        vapi = self.connect()
        try:
            seen = account.look(vapi, plan.kinds_for(tree, held, words), held.credentials)
            return list(pull.pull(tree, held, seen, self.variables, words))
        finally:
            vapi.close()

    def id(self, name: str) -> str:
        """Vapi's id of a resource, e.g. of `tools/lookup`, as the state has it."""
        folder, _, id_ = name.rpartition("/")
        kind = of_name(folder)
        assert kind is not None
        return self.read()[1].entries[kind.name, id_].uuid

    def item(self, name: str) -> Item:
        """A resource as Vapi has it."""
        kind = of_name(name.rpartition("/")[0])
        assert kind is not None
        return self.at_vapi.http.get(f"{kind.path}/{self.id(name)}").raise_for_status().json()

    def change_at_vapi(self, name: str, change: dict[str, Any]) -> None:
        """Somebody edits it in the dashboard."""
        kind = of_name(name.rpartition("/")[0])
        assert kind is not None
        self.at_vapi.edit(kind.path[1:], self.id(name), change)

    def differing(self) -> list[str]:
        """Resources of which Vapi does not hold everything that the file says, field by field."""
        tree, held = self.read()
        credentials = {item["name"]: item["id"] for item in self.at_vapi.all("credential")}
        names = Names(held.ids(), credentials, self.variables)
        items = {item["id"]: item for kind in SERVING for item in self.at_vapi.all(kind.path[1:])}
        return [
            each.name
            for each in tree
            if each.kind in SERVING
            and not _holds(items.get(names.ids.get(each.key, "")), names.to_wire(each.document))
        ]

    def counted(self) -> dict[str, int]:
        """How many of each kind are at Vapi."""
        return {kind.folder: len(self.at_vapi.all(kind.path[1:])) for kind in SERVING}


@dataclass(frozen=True)
class Pushed:
    """What a push came to."""

    outcomes: list[Outcome]
    requests: int
    writes: int

    @property
    def is_well(self) -> bool:
        """Whether the command would exit with 0."""
        return all(outcome.is_well for outcome in self.outcomes)

    def ended(self, name: str) -> str:
        """How that resource's step ended, e.g. `done`."""
        return next(one.ended for one in self.outcomes if one.name == name)

    def notes(self, name: str = "") -> str:
        """What was said of a resource, or of all."""
        return "\n".join(note for one in self.outcomes if name in ("", one.name) for note in one.notes)

    def names(self) -> list[str]:
        """What was worked on, in order of name."""
        return sorted(one.name for one in self.outcomes)


@dataclass
class Dying(httpx.BaseTransport):
    """The way to Vapi of a process that dies at its n-th request, counted from 0.

    A dead process writes nothing more: `bury` makes the state file what it was in that instant.
    """

    dies_at: int
    after_write: bool
    """Whether Vapi still did what was asked; the answer is lost either way."""
    state_file: Path
    count: int = 0
    method: str | None = None
    """Of the request at which it died; None while it lives."""
    left: bytes | None = None
    inner: httpx.BaseTransport = field(default_factory=wire)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Passes it on while the process lives."""
        with self._lock:
            if self.method:
                raise Crash
            mine, self.count = self.count, self.count + 1
            if mine == self.dies_at:
                if self.after_write:
                    self.inner.handle_request(request).close()
                self.left = self.state_file.read_bytes() if self.state_file.exists() else None
                self.method = request.method
                raise Crash
        return self.inner.handle_request(request)

    def bury(self) -> None:
        """The state file becomes what the dead process left."""
        if self.left is None:
            self.state_file.unlink(missing_ok=True)
        else:
            self.state_file.write_bytes(self.left)

    def close(self) -> None:
        """Gives the connections back."""
        self.inner.close()


def dies(
    mine: Desk, dies_at: int, after_write: bool, *, prefer: Prefer = Prefer.NOBODY, prune: bool = False
) -> str | None:
    """Begins a push that dies at its n-th request; the method of that, or None if there was none."""
    dying = Dying(dies_at, after_write, mine.root / ".vapi-state.test.json")
    mine.transport = dying
    try:
        mine.push(prefer=prefer, prune=prune)
    except Crash:
        dying.bury()
    mine.transport = None
    return dying.method


@dataclass
class Meanwhile(httpx.BaseTransport):
    """Does something else in the middle of a push: once, right before the first request that fits."""

    fits: Callable[[httpx.Request], bool]
    do: Callable[[], object]
    is_done: bool = False
    inner: httpx.BaseTransport = field(default_factory=wire)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Passes it on."""
        if not self.is_done and self.fits(request):
            self.is_done = True
            self.do()
        return self.inner.handle_request(request)

    def close(self) -> None:
        """Gives the connections back."""
        self.inner.close()


def _holds(item: Any, said: Any) -> bool:
    """Whether everything that is said is in the item."""
    if isinstance(item, dict) and isinstance(said, dict):
        return all(_holds(item.get(key), value) for key, value in said.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType, reportUnknownArgumentType]
    return item == said


def emptied(at_vapi: VapiAccount) -> VapiAccount:
    """The account as it was new: starting another one takes a hundred times longer."""
    at_vapi.faults()
    at_vapi.freeze_clock(None)
    for kind in reversed(KINDS):
        for item in at_vapi.all(kind.path[1:]):
            if item["orgId"]:
                at_vapi.http.delete(f"{kind.path}/{item['id']}").raise_for_status()
    at_vapi.forget()
    return at_vapi


def desk(root: Path, at_vapi: VapiAccount, *, more: Iterable[tuple[str, str]] = ()) -> Desk:
    """The small tree in a folder, nothing pushed yet."""
    made = Desk(root, at_vapi)
    made.write({**TREE, **dict(more)})
    return made
