"""Whatever was edited, pushed, pulled and interrupted before: a last push makes Vapi what the files say."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from gitops.comparison import Prefer
from tests.gitops.engine import SECOND_OUTPUT, TREE, Desk, desk, dies, emptied
from tests.vapi_account import VapiAccount

Act = Callable[[Desk], object]

FILES = ("tools/lookup", "structuredOutputs/outcome", "assistants/greeter", "assistants/booker")
SUFFIX = {"tools": ".yml", "structuredOutputs": ".yml", "assistants": ".md"}
AT_VAPI = {
    "tools/lookup": lambda value: {"function": {"description": f"Finds the caller {value}."}},
    "structuredOutputs/outcome": lambda value: {"description": f"What came of the call {value}."},
    "assistants/greeter": lambda value: {"firstMessage": f"Hello {value}.", "voice": {"provider": "azure"}},
    "assistants/booker": lambda value: {"model": {"temperature": value}},
}


def edit_file(name: str, value: int) -> Act:
    def act(mine: Desk) -> None:
        file = mine.root / f"{name}{SUFFIX[name.split('/')[0]]}"
        text = TREE[str(file.relative_to(mine.root))]
        for old, new in (
            ("Finds the caller.", f"Finds the caller {value}."),
            ("What came of the call.", f"What came of the call {value}."),
            ("Hello.", f"Hello {value}."),
            ("You book.", f"You book {value}."),
        ):
            text = text.replace(old, new)
        file.write_text(text)

    return act


def edit_at_vapi(name: str, value: int) -> Act:
    def act(mine: Desk) -> None:
        folder, id_ = name.split("/")
        entry = mine.read()[1].entries.get((folder, id_))
        path = {"tools": "tool", "structuredOutputs": "structured-output", "assistants": "assistant"}[folder]
        if entry and mine.at_vapi.http.get(f"/{path}/{entry.uuid}").status_code == httpx.codes.OK:
            mine.change_at_vapi(name, AT_VAPI[name](value))

    return act


def delete_at_vapi(mine: Desk) -> None:
    entry = mine.read()[1].entries.get(("tools", "hang_up"))
    if entry:
        mine.at_vapi.http.delete(f"/tool/{entry.uuid}")


def add_or_remove(mine: Desk) -> None:
    is_there = (mine.root / "structuredOutputs/mood.yml").exists()
    mine.write({"structuredOutputs/mood.yml": None if is_there else SECOND_OUTPUT})


def push(prefer: Prefer, prune: bool) -> Act:
    return lambda mine: mine.push(prefer=prefer, prune=prune)


def crash(dies_at: int, after_write: bool, prefer: Prefer) -> Act:
    """An interrupted push and the next one."""

    def act(mine: Desk) -> None:
        dies(mine, dies_at, after_write, prefer=prefer)
        mine.push(prefer=prefer)

    return act


PREFER = st.sampled_from(Prefer)
ACTS = st.one_of(
    st.builds(edit_file, st.sampled_from(FILES), st.integers(0, 2)),
    st.builds(edit_at_vapi, st.sampled_from(FILES), st.integers(0, 2)),
    st.builds(push, PREFER, st.booleans()),
    st.builds(crash, st.integers(5, 20), st.booleans(), PREFER),
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
            note(getattr(act, "__qualname__", ""))
            act(mine)

        assert mine.push(prefer=Prefer.FILE, prune=True).is_well
        last = mine.push(prune=True)
        assert last.is_well
        assert mine.plan().is_empty
        assert mine.differing() == []
        outputs = len(list((mine.root / "structuredOutputs").iterdir()))
        assert mine.counted() == {"tools": 2, "structuredOutputs": outputs, "assistants": 2, "squads": 1}
