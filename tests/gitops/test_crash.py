"""A push that dies at any of its requests: the next one finishes, and nothing is there twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.engine import BACK_TO_GREETER, SECOND_OUTPUT, TREE, Desk, desk, dies, emptied
from tests.vapi_account import VapiAccount

pytestmark = pytest.mark.slow

FORWARD = {"structuredOutputs/mood.yml": SECOND_OUTPUT, "tools/back.yml": BACK_TO_GREETER}


def test_a_first_push_may_die_at_any_request(served: VapiAccount, tmp_path: Path) -> None:
    writes = 0
    methods: list[str] = []
    for number, (dies_at, after_write) in enumerate(deaths(methods)):
        mine = desk(tmp_path / str(number), emptied(served), more=FORWARD.items())
        mine.in_flight = 1
        method = dies(mine, dies_at, after_write)
        if method is None:
            break
        methods.append(method)
        finishes(mine)
        assert mine.counted() == {"tools": 3, "structuredOutputs": 2, "assistants": 2, "squads": 1}
        writes += after_write
    assert writes == 8 + 2  # every creation, and two whose rest comes later


def test_a_push_that_replaces_edits_and_prunes_may_die_at_any_request(
    at_vapi: VapiAccount, tmp_path: Path
) -> None:
    mine = desk(tmp_path, at_vapi, more=FORWARD.items())
    mine.push()
    mine.in_flight = 1
    writes = 0
    methods: list[str] = []
    for number, (dies_at, after_write) in enumerate(deaths(methods)):
        now, before = ("mood", "feel") if number % 2 else ("feel", "mood")
        mine.write({
            "tools/lookup.yml": TREE["tools/lookup.yml"].replace("Finds", f"In {number} s, finds"),
            "tools/back.yml": BACK_TO_GREETER + f"defaultResult: {number} back\n",
            "assistants/booker.md": TREE["assistants/booker.md"].replace("You", f"In {number} s you"),
            f"structuredOutputs/{before}.yml": None,
            f"structuredOutputs/{now}.yml": SECOND_OUTPUT.replace("mood", now),
        })  # fmt: skip
        method = dies(mine, dies_at, after_write, prune=True)
        if method is None:
            break
        methods.append(method)
        finishes(mine, prune=True)
        held = mine.counted()
        assert held.pop("tools") in (3, 4)  # with the function tool before this one, or without
        assert held == {"structuredOutputs": 2, "assistants": 2, "squads": 1}
        writes += after_write
    assert writes >= 6  # two creations, three updates and a deletion, or more
    assert mine.push(prune=True).is_well
    assert mine.counted()["tools"] == 3


def deaths(methods: list[str]) -> Iterator[tuple[int, bool]]:
    """Before each request is done; and after, but for those that only read: to them it is the same.

    `methods` grows by that of the request at which the push died.
    """
    for dies_at in range(1000):
        yield dies_at, False
        if methods[-1] != "GET":
            yield dies_at, True


def finishes(mine: Desk, *, prune: bool = False) -> None:
    """The next push ends well, after which there is nothing to do."""
    finished = mine.push(prune=prune)
    assert finished.is_well, finished.outcomes
    assert mine.plan().is_empty
    assert mine.differing() == []
