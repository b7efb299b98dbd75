"""Whatever was edited, pushed, pulled and interrupted before: a last push makes Vapi what the files say."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops.comparison import Prefer
from tests.gitops.engine import SECOND_OUTPUT, TREE, Desk, desk, dies, emptied
from tests.vapi_account import VapiAccount

pytestmark = pytest.mark.slow

Act = Callable[[Desk], object]

FILES = ("tools/lookup.yml", "structuredOutputs/outcome.yml", "assistants/greeter.md", "assistants/booker.md")
AT_VAPI: dict[str, Callable[[int], dict[str, Any]]] = {
    "tools/lookup": lambda value: {"function": {"description": f"Finds the caller {value}."}},
    "structuredOutputs/outcome": lambda value: {"description": f"What came of the call {value}."},
    "assistants/greeter": lambda value: {"firstMessage": f"Hello {value}.", "voice": {"provider": "azure"}},
    "assistants/booker": lambda value: {"model": {"temperature": value}},
}


@dataclass
class EditFile:
    file: str
    value: int

    def __call__(self, mine: Desk) -> None:
        text = TREE[self.file]
        for ending in ("caller.", "call.", "Hello.", "book."):
            text = text.replace(ending, f"{ending[:-1]} {self.value}.")
        mine.write({self.file: text})


@dataclass
class EditAtVapi:
    name: str
    value: int

    def __call__(self, mine: Desk) -> None:
        folder, id_ = self.name.split("/")
        if (folder, id_) in mine.read()[1].entries:
            mine.change_at_vapi(self.name, AT_VAPI[self.name](self.value))


@dataclass
class Pushes:
    prefer: Prefer
    prune: bool

    def __call__(self, mine: Desk) -> None:
        mine.push(prefer=self.prefer, prune=self.prune)


@dataclass
class Crashes:
    """An interrupted push, and the next one."""

    dies_at: int
    after_write: bool
    prefer: Prefer

    def __call__(self, mine: Desk) -> None:
        dies(mine, self.dies_at, self.after_write, prefer=self.prefer)
        mine.push(prefer=self.prefer)


def delete_at_vapi(mine: Desk) -> None:
    entry = mine.read()[1].entries.get(("tools", "hang_up"))
    if entry:
        mine.at_vapi.http.delete(f"/tool/{entry.uuid}")


def add_or_remove(mine: Desk) -> None:
    is_there = (mine.root / "structuredOutputs/mood.yml").exists()
    mine.write({"structuredOutputs/mood.yml": None if is_there else SECOND_OUTPUT})


PREFER = st.sampled_from(Prefer)
ACTS = st.one_of(
    st.builds(EditFile, st.sampled_from(FILES), st.integers(0, 2)),
    st.builds(EditAtVapi, st.sampled_from(sorted(AT_VAPI)), st.integers(0, 2)),
    st.builds(Pushes, PREFER, st.booleans()),
    st.builds(Crashes, st.integers(5, 20), st.booleans(), PREFER),
    st.sampled_from((delete_at_vapi, add_or_remove, Desk.pull)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=10))
def test_a_last_push_makes_vapi_what_the_files_say_whatever_came_before(
    served: VapiAccount, acts: list[Act]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        mine = desk(Path(folder), emptied(served))
        mine.in_flight = 1
        for act in acts:
            act(mine)

        assert mine.push(prefer=Prefer.FILE, prune=True).is_well
        last = mine.push(prune=True)
        assert last.is_well
        assert mine.plan().is_empty
        assert mine.differing() == []
        outputs = len(list((mine.root / "structuredOutputs").iterdir()))
        assert mine.counted() == {"tools": 2, "structuredOutputs": outputs, "assistants": 2, "squads": 1}
