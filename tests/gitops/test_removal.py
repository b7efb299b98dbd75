"""Nothing is deleted that something at Vapi still needs, and nothing that isn't ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gitops import removal
from tests.gitops.engine import Desk
from tests.vapi_account import VapiAccount

EXTRA = "name: extra\nschema: {type: string}\n"


@pytest.fixture
def with_extra(mine: Desk) -> Desk:
    """The small tree, pushed, with one more structured output that the greeter names."""
    mine.write({"structuredOutputs/extra.yml": EXTRA})
    mine.edit("assistants/greeter.md", "[outcome]", "[outcome, extra]")
    assert mine.push().is_well
    return mine


def without_extra(desk: Desk) -> None:
    desk.write({"structuredOutputs/extra.yml": None})
    desk.edit("assistants/greeter.md", "[outcome, extra]", "[outcome]")


class Calls:
    """Calls of the account."""

    def __init__(self, at_vapi: VapiAccount) -> None:
        self._at_vapi = at_vapi
        self._begun: list[str] = []

    def begin(self, assistant: str) -> str:
        body = {"assistantId": assistant, "transport": {"provider": "vapi.websocket"}}
        made = self._at_vapi.create("call", body)
        self._begun.append(made["id"])
        return made["id"]

    def end(self, call: str) -> None:
        self._at_vapi.edit("call", call, {"status": "ended", "endedAt": "2030-01-01T00:00:00.000Z"})

    def hang_up(self) -> None:
        for each in self._begun:
            self._at_vapi.http.delete(f"/call/{each}").raise_for_status()


@pytest.fixture
def calls(at_vapi: VapiAccount) -> Iterator[Calls]:
    calls = Calls(at_vapi)
    yield calls
    at_vapi.faults()
    calls.hang_up()


# --- push --prune


def test_what_has_no_file_any_more_stays_until_it_is_pruned(with_extra: Desk) -> None:
    without_extra(with_extra)
    assert with_extra.push().is_well
    assert with_extra.counted()["structuredOutputs"] == 2

    with_extra.at_vapi.forget()
    pruned = with_extra.push(prune=True)
    assert pruned.names() == ["structuredOutputs/extra"]
    assert with_extra.counted()["structuredOutputs"] == 1
    assert with_extra.push(prune=True).writes == 0


def test_deletions_come_after_updates(with_extra: Desk) -> None:
    without_extra(with_extra)
    with_extra.at_vapi.forget()
    assert with_extra.push(prune=True).is_well
    assert [one["method"] for one in with_extra.at_vapi.writes()] == ["PATCH", "DELETE"]


def test_what_an_update_that_failed_still_names_is_not_deleted(with_extra: Desk) -> None:
    without_extra(with_extra)
    with_extra.at_vapi.faults({"method": "PATCH", "path": "/assistant", "status": 400})
    kept = with_extra.push(prune=True)
    assert kept.ended("structuredOutputs/extra") == "failed"
    assert kept.notes("structuredOutputs/extra") == "Greeter at Vapi refers to it; change that first"
    assert with_extra.counted()["structuredOutputs"] == 2
    with_extra.at_vapi.faults()
    assert with_extra.push(prune=True).is_well
    assert with_extra.counted()["structuredOutputs"] == 1


def test_what_somebody_elses_assistant_names_is_not_deleted(with_extra: Desk) -> None:
    plan = {"structuredOutputIds": [with_extra.id("structuredOutputs/extra")]}
    with_extra.at_vapi.create("assistant", {"name": "Somebody else's", "artifactPlan": plan})
    without_extra(with_extra)
    kept = with_extra.push(prune=True)
    assert kept.notes("structuredOutputs/extra") == "Somebody else's at Vapi refers to it; change that first"
    assert with_extra.counted()["structuredOutputs"] == 2


def test_what_answers_a_telephone_is_not_deleted(pushed: Desk) -> None:
    number = {"provider": "vapi", "name": "Front door", "squadId": pushed.id("squads/desk")}
    made = pushed.at_vapi.create("phone-number", number)
    pushed.write({"squads/desk.yml": None})
    assert "Front door at Vapi refers to it" in pushed.push(prune=True).notes("squads/desk")
    assert pushed.counted()["squads"] == 1
    pushed.at_vapi.http.delete(f"/phone-number/{made['id']}").raise_for_status()
    assert pushed.push(prune=True).is_well
    assert pushed.counted()["squads"] == 0


def test_what_stays_keeps_what_it_needs(pushed: Desk) -> None:
    pushed.write(dict.fromkeys(("squads/desk.yml", "assistants/booker.md", "assistants/greeter.md")))
    pushed.at_vapi.faults({"method": "DELETE", "path": "/squad", "status": 400})
    kept = pushed.push(prune=True)
    assert [str(one.ended) for one in kept.outcomes] == ["failed", "failed", "failed"]
    assert pushed.counted()["assistants"] == 2
    pushed.at_vapi.faults()
    assert pushed.push(prune=True).is_well
    assert pushed.counted() == {"tools": 2, "structuredOutputs": 1, "assistants": 0, "squads": 0}


def test_nobody_elses_is_deleted(pushed: Desk) -> None:
    pushed.at_vapi.create("tool", {"type": "endCall"})
    pushed.at_vapi.create("structured-output", {"name": "theirs", "schema": {"type": "string"}})
    pushed.at_vapi.create("assistant", {"name": "theirs"})
    before = pushed.counted()
    assert pushed.push(prune=True).writes == 0
    assert pushed.counted() == before


def test_what_is_ignored_is_not_deleted(with_extra: Desk) -> None:
    without_extra(with_extra)
    with_extra.write({".vapi-ignore": "structuredOutputs/extra\n"})
    assert with_extra.push(prune=True).is_well
    assert with_extra.counted()["structuredOutputs"] == 2


def test_a_part_is_pruned_alone(with_extra: Desk) -> None:
    without_extra(with_extra)
    with_extra.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    assert with_extra.push().is_well
    assert with_extra.push("assistants", prune=True).writes == 0
    assert with_extra.push("structuredOutputs", prune=True).names() == ["structuredOutputs/extra"]
    assert with_extra.counted()["tools"] == 3


def test_what_somebody_deleted_already_is_simply_forgotten(with_extra: Desk) -> None:
    without_extra(with_extra)
    with_extra.push()
    gone = with_extra.id("structuredOutputs/extra")
    with_extra.at_vapi.http.delete(f"/structured-output/{gone}").raise_for_status()
    assert with_extra.push(prune=True).is_well
    assert with_extra.push(prune=True).outcomes == []


# --- Tools that have a successor


@pytest.fixture
def succeeded(pushed: Desk) -> Desk:
    """The small tree, whose function tool was changed and pushed."""
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    assert pushed.push().is_well
    return pushed


def test_an_old_tool_goes_once_nothing_links_it(succeeded: Desk) -> None:
    assert succeeded.counted()["tools"] == 3
    pruned = succeeded.push(prune=True)
    assert pruned.is_well
    assert succeeded.counted()["tools"] == 2
    assert succeeded.push(prune=True).outcomes == []


def test_an_old_tool_that_somebody_elses_assistant_links_stays(succeeded: Desk) -> None:
    old = old_tool(succeeded)
    theirs = {"name": "theirs", "model": {"provider": "openai", "model": "gpt-4o", "toolIds": [old]}}
    succeeded.at_vapi.create("assistant", theirs)
    kept = succeeded.push(prune=True)
    assert kept.is_well
    assert kept.notes() == "theirs still links it"
    assert old_tool(succeeded) == old


@pytest.mark.parametrize("is_running", [True, False])
def test_an_old_tool_stays_for_calls_that_began_with_it(pushed: Desk, calls: Calls, is_running: bool) -> None:
    call = calls.begin(pushed.id("assistants/greeter"))
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    assert pushed.push().is_well
    if not is_running:
        calls.end(call)
    pruned = pushed.push(prune=True)
    assert pruned.is_well
    assert pushed.counted()["tools"] == (3 if is_running else 2)
    assert ("calls that began before its successor are still running" in pruned.notes()) is is_running


def test_a_call_that_began_before_the_relinking_counts_too(pushed: Desk, calls: Calls) -> None:
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    pushed.at_vapi.faults({"method": "PATCH", "path": "/assistant", "status": 400})
    pushed.push()
    later = datetime.now(UTC) + timedelta(hours=1)
    pushed.at_vapi.freeze_clock(later.isoformat())
    calls.begin(pushed.id("assistants/greeter"))
    pushed.at_vapi.faults()
    pushed.at_vapi.freeze_clock((later + timedelta(hours=1)).isoformat())
    assert pushed.push().is_well
    pruned = pushed.push(prune=True)
    assert "still running" in pruned.notes()
    assert pushed.counted()["tools"] == 3


def test_a_call_that_began_afterwards_does_not_keep_the_old_tool(pushed: Desk, calls: Calls) -> None:
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    assert pushed.push().is_well
    pushed.at_vapi.freeze_clock((datetime.now(UTC) + timedelta(hours=1)).isoformat())
    calls.begin(pushed.id("assistants/greeter"))
    assert pushed.push(prune=True).is_well
    assert pushed.counted()["tools"] == 2


# --- delete


def deleted(desk: Desk, name: str, *, dependents: bool = False) -> None:
    """The command, answered with yes."""
    tree, held = desk.read()
    key = removal.named(tree, held, name)
    vapi = desk.connect()
    try:
        removal.delete(vapi, tree, held, [*(removal.dependents(tree, key) if dependents else []), key])
    finally:
        vapi.close()


def test_delete_refuses_while_a_file_refers_to_it(pushed: Desk) -> None:
    with pytest.raises(removal.StillNeeded, match="assistants/booker refers to it; delete that too"):
        deleted(pushed, "tools/lookup")
    assert pushed.at_vapi.writes() == []
    assert (pushed.root / "tools/lookup.yml").exists()


def test_delete_refuses_while_something_at_vapi_refers_to_it(with_extra: Desk) -> None:
    without_extra_file = with_extra.root / "assistants/greeter.md"
    text = without_extra_file.read_text()
    with_extra.edit("assistants/greeter.md", "[outcome, extra]", "[outcome]")  # and not pushed
    with_extra.at_vapi.forget()
    with pytest.raises(removal.StillNeeded, match="Greeter at Vapi refers to it"):
        deleted(with_extra, "structuredOutputs/extra")
    assert with_extra.at_vapi.writes() == []
    assert text != without_extra_file.read_text()


def test_delete_refuses_while_it_answers_a_telephone(pushed: Desk) -> None:
    made = pushed.at_vapi.create("phone-number", {"provider": "vapi", "squadId": pushed.id("squads/desk")})
    pushed.at_vapi.forget()
    with pytest.raises(removal.StillNeeded, match=f"{made['id']} at Vapi refers to it"):
        deleted(pushed, "squads/desk")
    assert pushed.at_vapi.writes() == []
    pushed.at_vapi.http.delete(f"/phone-number/{made['id']}").raise_for_status()


def test_delete_takes_the_resource_and_its_file(pushed: Desk) -> None:
    deleted(pushed, "squads/desk")
    assert not (pushed.root / "squads/desk.yml").exists()
    assert pushed.counted()["squads"] == 0
    assert pushed.plan().is_empty


def test_delete_takes_what_depends_on_it_too_when_asked(pushed: Desk) -> None:
    deleted(pushed, "tools/lookup.yml", dependents=True)
    assert pushed.counted() == {"tools": 1, "structuredOutputs": 1, "assistants": 0, "squads": 0}
    assert sorted(file.name for file in pushed.root.glob("*/*")) == ["hang_up.yml", "outcome.yml"]
    assert pushed.plan().is_empty


def test_delete_of_what_was_never_pushed_takes_the_file(mine: Desk) -> None:
    deleted(mine, "squads/desk")
    assert mine.at_vapi.writes() == []
    assert not (mine.root / "squads/desk.yml").exists()


def old_tool(desk: Desk) -> str:
    [old] = [old.uuid for old in desk.read()[1].superseded]
    assert old in {item["id"] for item in desk.at_vapi.all("tool")}
    return old
