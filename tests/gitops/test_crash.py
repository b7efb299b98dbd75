"""A push that dies at any of its requests: the next one finishes, and nothing is there twice."""

from pathlib import Path

import pytest

from tests.gitops.engine import (
    BACK_TO_GREETER,
    SECOND_OUTPUT,
    TREE,
    Desk,
    desk,
    dies,
    emptied,
)
from tests.vapi_account import VapiAccount

FORWARD = {"structuredOutputs/mood.yml": SECOND_OUTPUT, "tools/back.yml": BACK_TO_GREETER}


@pytest.mark.parametrize("after_write", [False, True])
def test_a_first_push_may_die_at_any_request(served: VapiAccount, tmp_path: Path, after_write: bool) -> None:
    dies_at = 0
    for dies_at in range(100):
        mine = desk(tmp_path / str(dies_at), emptied(served), more=FORWARD.items())
        mine.in_flight = 1
        if not dies(mine, dies_at, after_write):
            break
        finishes(mine)
        assert mine.counted() == {"tools": 3, "structuredOutputs": 2, "assistants": 2, "squads": 1}
    assert dies_at > 15


@pytest.mark.parametrize("after_write", [False, True])
def test_a_push_that_replaces_edits_and_prunes_may_die_at_any_request(
    at_vapi: VapiAccount, tmp_path: Path, after_write: bool
) -> None:
    mine = desk(tmp_path, at_vapi, more=FORWARD.items())
    mine.push()
    dies_at = 0
    for dies_at in range(100):
        now, before = ("mood", "feel") if dies_at % 2 else ("feel", "mood")
        mine.write({
            "tools/lookup.yml": TREE["tools/lookup.yml"].replace("Finds", f"In {dies_at} s, finds"),
            "tools/back.yml": BACK_TO_GREETER + f"defaultResult: {dies_at} back\n",
            "assistants/booker.md": TREE["assistants/booker.md"].replace("You", f"In {dies_at} s you"),
            f"structuredOutputs/{before}.yml": None,
            f"structuredOutputs/{now}.yml": SECOND_OUTPUT.replace("mood", now),
        })  # fmt: skip
        if not dies(mine, dies_at, after_write, prune=True):
            break
        finishes(mine, prune=True)
        held = mine.counted()
        assert held.pop("tools") in (3, 4)  # with the function tool before this one, or without
        assert held == {"structuredOutputs": 2, "assistants": 2, "squads": 1}
        assert mine.item("tools/back")["defaultResult"] == f"{dies_at} back"
    assert dies_at > 20
    assert mine.push(prune=True).is_well
    assert mine.counted()["tools"] == 3


def finishes(mine: Desk, *, prune: bool = False) -> None:
    """The next push ends well, after which there is nothing to do."""
    finished = mine.push(prune=prune)
    assert finished.is_well, finished.outcomes
    assert mine.plan().is_empty
    assert mine.differing() == []
