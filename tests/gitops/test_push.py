"""What a push does to Vapi, and what it says when something goes wrong on the way."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gitops import references
from gitops.comparison import Prefer
from gitops.push import Push
from gitops.tree import NothingNamed
from tests.gitops.engine import (
    BACK_TO_GREETER,
    SECOND_OUTPUT,
    TREE,
    Desk,
    Meanwhile,
    desk,
    wire,
)
from tests.vapi_account import VapiAccount

ONE_OF_EACH = {"tools": 2, "structuredOutputs": 1, "assistants": 2, "squads": 1}
FORWARD = {"structuredOutputs/mood.yml": SECOND_OUTPUT, "tools/back.yml": BACK_TO_GREETER}
REAL = Path(__file__).parents[2] / "resources"


# --- Only what differs


def test_the_real_tree_goes_up_once_and_then_nothing_does(tmp_path: Path, at_vapi: VapiAccount) -> None:
    mine = Desk(tmp_path, at_vapi)
    mine.write(texts(REAL))

    first = mine.push()
    assert first.is_well, first.outcomes
    assert first.requests <= len(first.outcomes) + 6
    second = mine.push()
    assert (second.outcomes, second.writes) == ([], 0)
    assert second.requests <= 6

    mine.edit("assistants/router.md", "\n---\n", "\n---\n\nBe brief.\n")
    third = mine.push()
    assert (third.names(), third.writes) == (["assistants/router"], 1)


def test_a_push_after_a_push_writes_nothing(pushed: Desk) -> None:
    again = pushed.push()
    assert (again.outcomes, again.writes, again.requests) == ([], 0, 5)


def test_an_edited_prompt_is_one_write_that_holds_the_whole_model(pushed: Desk) -> None:
    pushed.edit("assistants/greeter.md", "You greet callers.", "You greet callers warmly.")
    bodies = Recorded()
    pushed.transport = bodies
    assert pushed.push().writes == 1

    [(method, path, body)] = bodies.writes
    assert (method, path) == ("PATCH", f"/assistant/{pushed.id('assistants/greeter')}")
    assert body.keys() == {"model"}
    assert body["model"] == {
        "provider": "openai",
        "model": "gpt-4o",
        "temperature": 0.3,
        "toolIds": [pushed.id("tools/lookup"), pushed.id("tools/hang_up")],
        "messages": [{"role": "system", "content": "You greet callers warmly."}],
    }


def test_what_is_removed_from_a_file_is_gone_at_vapi(pushed: Desk) -> None:
    pushed.edit("assistants/greeter.md", "firstMessage: Hello.\n", "")
    pushed.edit("assistants/greeter.md", "  temperature: 0.3\n", "")
    bodies = Recorded()
    pushed.transport = bodies
    assert pushed.push().is_well

    [(_, _, body)] = bodies.writes
    assert body["firstMessage"] is None
    item = pushed.item("assistants/greeter")
    assert "firstMessage" not in item
    assert "temperature" not in item["model"]
    assert pushed.push().writes == 0


def test_a_patch_never_repeats_what_cannot_be_changed_and_always_holds_a_squads_members(pushed: Desk) -> None:
    pushed.edit("structuredOutputs/outcome.yml", "What came", "All that came")
    pushed.edit("squads/desk.yml", "name: Desk", "name: Front desk")
    bodies = Recorded()
    pushed.transport = bodies
    assert pushed.push().is_well
    (_, _, squad), (_, output, described) = sorted(bodies.writes, key=lambda write: write[1])
    assert output.endswith("?schemaOverride=true")
    assert described == {"description": "All that came of the call."}
    assert squad.keys() == {"name", "members"}


def test_a_type_that_a_file_stops_repeating_is_left_alone(mine: Desk) -> None:
    mine.edit("structuredOutputs/outcome.yml", "name: outcome", "name: outcome\ntype: ai")
    mine.push()
    mine.edit("structuredOutputs/outcome.yml", "type: ai\n", "")
    assert mine.push().writes == 0
    assert mine.plan().is_empty


def test_what_goes_because_a_nested_object_is_written_whole_is_said(mine: Desk) -> None:
    mine.push("assistants/booker")
    mine.change_at_vapi("assistants/booker", {"model": {"maxTokens": 300}})
    (mine.root / ".vapi-state.test.json").unlink()
    mine.push("assistants/booker")  # found again by name, with Vapi's own maxTokens
    mine.edit("assistants/booker.md", "You book.", "You book visits.")
    told = mine.push("assistants/booker").notes("assistants/booker")
    assert told == "removed model.maxTokens, of which the file says nothing; it was 300"


def test_a_squads_write_is_given_45_seconds(mine: Desk) -> None:
    bodies = Recorded()
    mine.transport = bodies
    mine.push()
    assert bodies.read_timeouts == {"/tool": 15, "/structured-output": 15, "/assistant": 15, "/squad": 45}


def test_a_new_address_is_written_where_it_stands(pushed: Desk) -> None:
    pushed.variables["BACKEND_URL"] = "https://new.example"
    moved = pushed.push()
    # The function tool is a new one, and who links it is relinked.
    assert moved.names() == ["assistants/booker", "assistants/greeter", "tools/lookup"]
    assert pushed.item("tools/lookup")["server"]["url"] == "https://new.example/lookup"
    assert pushed.push().writes == 0


# --- Answers that get lost


@pytest.mark.parametrize("kind", ["tool", "assistant", "squad"])
@pytest.mark.parametrize(
    ("fault", "is_made"),
    [
        ({"status": 502}, True),
        ({"reset": True}, True),
        ({"latency_s": 0.5}, True),
        ({"status": 502}, False),
        ({"reset": True}, False),
    ],
    ids=["502 after", "reset after", "stall after", "502 before", "reset before"],
)
def test_a_creation_whose_answer_is_lost_makes_no_twin(
    mine: Desk, kind: str, fault: dict[str, Any], is_made: bool
) -> None:
    mine.longest_s = 0.3 if "latency_s" in fault else mine.longest_s
    when = "after" if is_made else "before"
    mine.at_vapi.faults({"method": "POST", "path": f"/{kind}", "times": 1, "when": when, **fault})
    once = mine.push()
    assert once.is_well, once.outcomes
    assert once.writes == (6 if is_made else 7)
    assert ("it had been made" if is_made else "it had not been made") in once.notes()
    assert mine.counted() == ONE_OF_EACH
    assert mine.plan().is_empty


def test_a_creation_that_is_done_long_after_it_was_given_up_is_noticed(mine: Desk) -> None:
    def late(request: httpx.Request) -> bool:
        return request.method == "GET" and request.url.path == "/tool" and bool(mine.at_vapi.all("squad"))

    # The first creation seems lost, the second is answered, and only then the first one comes to be.
    mine.in_flight = 1
    mine.at_vapi.faults({"method": "POST", "path": "/tool", "after": 1, "times": 1, "status": 502})
    body = {"type": "function", "function": {"name": "lookup"}}
    mine.transport = Meanwhile(late, lambda: mine.at_vapi.create("tool", body))
    noticed = mine.push()
    assert not noticed.is_well
    assert "somebody else made one of that name at the same time" in noticed.notes("tools/lookup")


LOST = {"method": "POST", "path": "/tool", "times": 1, "status": 502}


@pytest.mark.parametrize(
    ("in_flight", "faults"),
    [
        # One after the other: the first one's answer is lost, then the third one is not even made.
        (1, [LOST | {"when": "after"}, LOST | {"after": 3}]),
        # At once: the first one's answer is lost while the others' are late.
        (8, [LOST | {"when": "after"}, {"method": "POST", "after": 1, "latency_s": 0.2, "when": "after"}]),
    ],
)
def test_creations_of_the_same_content_are_not_taken_for_each_other(
    mine: Desk, in_flight: int, faults: list[dict[str, Any]]
) -> None:
    alike = {f"tools/hang_up_{i}.yml": TREE["tools/hang_up.yml"] for i in range(4)}
    mine.write(alike)
    mine.at_vapi.faults(*faults)
    mine.in_flight = in_flight
    assert mine.push("tools").is_well
    assert mine.counted()["tools"] == 6
    assert len({entry.uuid for entry in mine.read()[1].entries.values()}) == 6
    mine.at_vapi.faults()
    assert mine.plan("tools").is_empty


def test_a_creation_that_is_lost_time_and_again_fails_alone(mine: Desk) -> None:
    mine.at_vapi.faults({"method": "POST", "path": "/structured-output", "status": 502})
    failed = mine.push()
    assert failed.ended("structuredOutputs/outcome") == "failed"
    assert failed.ended("tools/lookup") == "done"
    assert "it needs structuredOutputs/outcome" in failed.notes("assistants/greeter")
    mine.at_vapi.faults()
    assert mine.push().is_well
    assert mine.counted() == ONE_OF_EACH


# --- What fails does not stop the rest


def test_what_vapi_refuses_stops_only_what_needs_it(mine: Desk) -> None:
    mine.at_vapi.faults({"method": "POST", "path": "/tool", "status": 400, "times": 1})
    mine.in_flight = 1
    failed = mine.push()
    assert not failed.is_well
    assert {one.name: str(one.ended) for one in failed.outcomes} == {
        "tools/hang_up": "failed",
        "tools/lookup": "done",
        "structuredOutputs/outcome": "done",
        "assistants/booker": "done",
        "assistants/greeter": "skipped",
        "squads/desk": "skipped",
    }
    assert failed.notes("tools/hang_up") == "Vapi says 400: as told by /_faults"
    assert failed.notes("assistants/greeter") == "it needs tools/hang_up, which failed"
    assert failed.notes("squads/desk") == "it needs assistants/greeter, which failed"
    mine.at_vapi.faults()
    assert mine.push().names() == ["assistants/greeter", "squads/desk", "tools/hang_up"]


def test_the_state_can_be_read_after_every_single_write(mine: Desk) -> None:
    written: list[int] = []

    class Reading(httpx.BaseTransport):
        inner = wire()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            file = mine.root / ".vapi-state.test.json"
            if file.exists():
                held = json.loads(file.read_text())
                written.append(sum(len(held[kind]) for kind in ONE_OF_EACH))
            return self.inner.handle_request(request)

        def close(self) -> None:
            self.inner.close()

    mine.transport, mine.in_flight = Reading(), 1
    mine.push()
    assert written == [1, 2, 3, 4, 5, 6]  # before each creation but the first, and before the last look


def test_an_interruption_after_any_outcome_leaves_what_the_next_push_finishes(mine: Desk) -> None:
    for name in ("one", "two", "three", "four"):
        mine.write({f"structuredOutputs/{name}.yml": f"name: {name}\nschema: {{type: string}}\n"})
    mine.in_flight = 2
    for seen in range(1, 11):
        vapi = mine.connect()
        going = Push(vapi, mine.plan(vapi=vapi)).run()
        next(going)
        with pytest.raises(KeyboardInterrupt):
            going.throw(KeyboardInterrupt)
        vapi.close()
        if mine.plan().is_empty:
            break
        assert seen < 10
    assert mine.counted() == ONE_OF_EACH | {"structuredOutputs": 5}
    assert mine.differing() == []


# --- Drift


DRIFT = {"model": {"temperature": 0.9}}


def test_what_was_edited_at_vapi_is_left_until_somebody_decides(pushed: Desk) -> None:
    pushed.change_at_vapi("assistants/greeter", DRIFT)
    pushed.edit("assistants/booker.md", "You book.", "You book visits.")
    stopped = pushed.push()
    assert not stopped.is_well
    assert stopped.ended("assistants/greeter") == "stopped"
    assert stopped.notes("assistants/greeter") == "edited at Vapi since the last push: model.temperature"
    assert pushed.item("assistants/greeter")["model"]["temperature"] == 0.9
    assert pushed.item("assistants/booker")["model"]["messages"][0]["content"] == "You book visits."


def test_overwriting_says_what_it_overwrote(pushed: Desk) -> None:
    pushed.change_at_vapi(
        "assistants/greeter", DRIFT | {"voice": {"provider": "azure", "voiceId": "en-CA-ClaraNeural"}}
    )
    over = pushed.push(prefer=Prefer.FILE)
    assert over.is_well
    assert over.notes("assistants/greeter").splitlines() == [
        "overwrote model.temperature, which was 0.9 at Vapi",
        'overwrote voice.provider, which was "azure" at Vapi',
        'overwrote voice.voiceId, which was "en-CA-ClaraNeural" at Vapi',
    ]
    item = pushed.item("assistants/greeter")
    assert item["model"]["temperature"] == 0.3
    assert "voice" not in item
    assert pushed.plan().is_empty


def test_keeping_what_was_edited_at_vapi_pushes_the_rest_and_says_so_each_time(pushed: Desk) -> None:
    pushed.change_at_vapi("assistants/greeter", DRIFT)
    pushed.edit("assistants/greeter.md", "You greet callers.", "You greet callers warmly.")
    kept = pushed.push(prefer=Prefer.REMOTE)
    assert kept.is_well
    assert kept.writes == 1
    assert "left model.temperature as it is at Vapi: 0.9" in kept.notes("assistants/greeter")
    item = pushed.item("assistants/greeter")
    assert item["model"]["temperature"] == 0.9
    assert item["model"]["messages"][0]["content"] == "You greet callers warmly."

    again = pushed.push(prefer=Prefer.REMOTE)
    assert (again.writes, again.is_well) == (0, True)
    assert "left model.temperature" in again.notes("assistants/greeter")
    assert pushed.push().notes() == "edited at Vapi since the last push: model.temperature"
    assert pushed.push(prefer=Prefer.FILE).writes == 1
    assert pushed.item("assistants/greeter")["model"]["temperature"] == 0.3


def test_what_never_agreed_is_reported_again_after_it_was_kept(pushed: Desk) -> None:
    pushed.change_at_vapi("assistants/greeter", {"firstMessage": "Good day."})
    (pushed.root / ".vapi-state.test.json").unlink()
    assert "there is no record of a last push: firstMessage" in pushed.push().notes("assistants/greeter")
    kept = pushed.push(prefer=Prefer.REMOTE)
    assert 'left firstMessage as it is at Vapi: "Good day."' in kept.notes("assistants/greeter")
    assert kept.writes == 0
    assert pushed.push().ended("assistants/greeter") == "stopped"
    assert pushed.item("assistants/greeter")["firstMessage"] == "Good day."


def test_the_same_edit_here_and_there_is_no_drift_now_or_later(pushed: Desk) -> None:
    pushed.change_at_vapi("assistants/greeter", {"firstMessage": "Good day."})
    pushed.edit("assistants/greeter.md", "Hello.", "Good day.")
    same = pushed.push()
    assert (same.is_well, same.writes) == (True, 0)
    pushed.edit("assistants/greeter.md", "Good day.", "Good morning.")
    assert pushed.push().is_well
    assert pushed.item("assistants/greeter")["firstMessage"] == "Good morning."


def test_a_function_tool_edited_at_vapi_is_replaced_only_when_told_to(pushed: Desk) -> None:
    old = pushed.id("tools/lookup")
    pushed.change_at_vapi("tools/lookup", {"server": {"timeoutSeconds": 5}})
    assert pushed.push().ended("tools/lookup") == "stopped"
    assert pushed.id("tools/lookup") == old
    over = pushed.push(prefer=Prefer.FILE)
    assert "overwrote server.timeoutSeconds, which was 5 at Vapi" in over.notes("tools/lookup")
    assert pushed.item("tools/lookup")["server"]["timeoutSeconds"] == 20


# --- Two at once


def texts(root: Path) -> dict[str, str]:
    """All files of a folder."""
    return {str(file.relative_to(root)): file.read_text() for file in root.rglob("*") if file.is_file()}


def other(mine: Desk, folder: Path) -> Desk:
    """A second person with the same files and what the state was."""
    theirs = Desk(folder, mine.at_vapi)
    theirs.write(texts(mine.root))
    return theirs


def is_write(method: str, path: str) -> Callable[[httpx.Request], bool]:
    """Right before that request."""
    return lambda request: request.method == method and request.url.path.startswith(path)


@pytest.mark.parametrize("moment", ["look", "write"])
def test_the_second_of_two_pushes_stops_at_what_the_first_one_changed(
    pushed: Desk, tmp_path: Path, moment: str
) -> None:
    theirs = other(pushed, tmp_path / "theirs")
    theirs.edit("assistants/greeter.md", "Hello.", "Good morning.")
    pushed.edit("assistants/greeter.md", "Hello.", "Good evening.")
    # Before it reads again what it is about to change, or between that and the write.
    path = f"/assistant/{pushed.id('assistants/greeter')}"
    pushed.transport = Meanwhile(is_write("GET" if moment == "look" else "PATCH", path), theirs.push)
    noticed = pushed.push()
    if moment == "look":
        assert not noticed.is_well
        assert noticed.notes() == "edited at Vapi since the last push: firstMessage"
        assert pushed.item("assistants/greeter")["firstMessage"] == "Good morning."
    else:
        # Vapi has no ETag: nobody can see into that instant, but the one who was overwritten sees it after.
        assert theirs.push().notes() == "edited at Vapi since the last push: firstMessage"


def test_the_second_of_two_pushes_says_what_it_overwrote(pushed: Desk, tmp_path: Path) -> None:
    theirs = other(pushed, tmp_path / "theirs")
    theirs.edit("assistants/greeter.md", "Hello.", "Good morning.")
    pushed.edit("assistants/greeter.md", "Hello.", "Good evening.")
    pushed.transport = Meanwhile(is_write("GET", "/assistant/"), theirs.push)
    notes = pushed.push(prefer=Prefer.FILE).notes()
    assert "somebody changed firstMessage since this push began" in notes
    assert 'overwrote firstMessage, which was "Good morning." at Vapi' in notes
    assert pushed.item("assistants/greeter")["firstMessage"] == "Good evening."


def test_who_is_overwritten_right_after_the_write_is_told(pushed: Desk, tmp_path: Path) -> None:
    theirs = other(pushed, tmp_path / "theirs")
    theirs.edit("assistants/greeter.md", "Hello.", "Good morning.")
    pushed.edit("assistants/greeter.md", "Hello.", "Good evening.")
    asked: list[str] = []

    def second_look(request: httpx.Request) -> bool:
        asked.append(request.method)
        return request.method == "GET" and "PATCH" in asked

    pushed.transport = Meanwhile(second_look, lambda: theirs.push(prefer=Prefer.FILE))
    noticed = pushed.push()
    assert not noticed.is_well
    assert noticed.notes() == "somebody else wrote at the same time, and changed firstMessage"


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_the_same_content_pushed_twice_at_once_is_no_drift(pushed: Desk, tmp_path: Path, method: str) -> None:
    pushed.edit("assistants/greeter.md", "Hello.", "Good morning.")
    theirs = other(pushed, tmp_path / "theirs")
    pushed.transport = Meanwhile(is_write(method, "/assistant/"), theirs.push)
    assert pushed.push().is_well
    pushed.transport = None
    for each, text in ((pushed, "Good day."), (theirs, "Good day.")):
        assert each.plan().is_empty
        each.edit("assistants/greeter.md", "Good morning.", text)
    assert pushed.push().is_well
    assert theirs.push().is_well


@pytest.mark.parametrize("path", ["/tool", "/assistant", "/squad"])
def test_twins_made_by_two_first_pushes_at_once_are_noticed(mine: Desk, tmp_path: Path, path: str) -> None:
    theirs = desk(tmp_path / "theirs", mine.at_vapi)
    mine.transport = Meanwhile(is_write("POST", path), theirs.push)
    noticed = mine.push()
    assert not noticed.is_well
    assert "somebody else made one of that name at the same time" in noticed.notes("squads/desk")


def test_an_assistant_deleted_at_vapi_in_the_middle_of_a_push_is_said(pushed: Desk) -> None:
    path = f"/assistant/{pushed.id('assistants/booker')}"
    pushed.edit("assistants/booker.md", "You book.", "You book visits.")
    pushed.transport = Meanwhile(is_write("GET", path), lambda: pushed.at_vapi.http.delete(path))
    assert "somebody deleted it at Vapi since this push began" in pushed.push().notes("assistants/booker")


# --- A changed function tool is a new one


def test_a_changed_function_tool_is_a_new_one_and_what_links_it_is_relinked(pushed: Desk) -> None:
    old = pushed.id("tools/lookup")
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    changed = pushed.push()
    assert changed.names() == ["assistants/booker", "assistants/greeter", "tools/lookup"]
    assert changed.writes == 3
    new = pushed.id("tools/lookup")
    assert new != old
    for name in ("assistants/booker", "assistants/greeter"):
        assert new in pushed.item(name)["model"]["toolIds"]
        assert old not in pushed.item(name)["model"]["toolIds"]
    assert pushed.at_vapi.http.get(f"/tool/{old}").json()["function"]["description"] == "Finds the caller."
    assert pushed.push().writes == 0


def test_a_push_of_the_tool_alone_relinks_too_and_nothing_else(pushed: Desk) -> None:
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    pushed.edit("assistants/booker.md", "You book.", "You book visits.")
    pushed.change_at_vapi("assistants/greeter", DRIFT)
    changed = pushed.push("tools/lookup")
    assert changed.is_well
    assert changed.writes == 3
    booker, greeter = pushed.item("assistants/booker"), pushed.item("assistants/greeter")
    assert booker["model"]["toolIds"] == [pushed.id("tools/lookup")]
    assert booker["model"]["messages"][0]["content"] == "You book."
    assert greeter["model"]["toolIds"] == [pushed.id("tools/lookup"), pushed.id("tools/hang_up")]
    assert greeter["model"]["temperature"] == 0.9

    # What was left out is still to be done, and what drifted still has.
    rest = pushed.push()
    assert rest.names() == ["assistants/booker", "assistants/greeter"]
    assert rest.ended("assistants/booker") == "done"
    assert rest.notes("assistants/greeter") == "edited at Vapi since the last push: model.temperature"


def test_a_relinking_that_failed_is_finished_by_a_push_of_the_tool_alone(pushed: Desk) -> None:
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    pushed.at_vapi.faults({"method": "PATCH", "path": "/assistant", "status": 400})
    assert not pushed.push("tools/lookup").is_well
    pushed.at_vapi.faults()
    assert pushed.push("assistants/booker").names() == ["assistants/booker"]
    assert pushed.push("tools/lookup").names() == ["assistants/greeter"]
    assert pushed.push().writes == 0


# --- A part of the tree


def test_a_part_brings_what_it_needs_and_nothing_else(mine: Desk) -> None:
    part = mine.push("assistants/booker.md")
    assert part.names() == ["assistants/booker", "tools/lookup"]
    assert mine.push("squads").names() == [
        "assistants/greeter",
        "squads/desk",
        "structuredOutputs/outcome",
        "tools/hang_up",
    ]


def test_a_part_is_pushed_whatever_happened_to_the_rest_at_vapi(pushed: Desk) -> None:
    pushed.at_vapi.http.delete(f"/tool/{pushed.id('tools/hang_up')}").raise_for_status()
    pushed.edit("assistants/booker.md", "You book.", "You book visits.")
    part = pushed.push("assistants/booker")
    assert part.is_well
    assert part.names() == ["assistants/booker"]


def test_a_word_that_names_nothing_is_an_error(mine: Desk) -> None:
    with pytest.raises(NothingNamed, match="assistants/nobody"):
        mine.push("assistants/nobody")
    assert mine.at_vapi.writes() == []


SIMULATION = {
    "simulations/personalities/brisk.yml": "name: brisk\nassistant: {name: Brisk}\n",
    "simulations/scenarios/book.yml": "name: book\ninstructions: Book a visit.\nevaluations: []\n",
    "simulations/tests/book.yml": "name: book\nscenarioId: book\npersonalityId: brisk\n",
    "simulations/suites/all.yml": "name: all\nsimulationIds: [book]\n",
}


def test_simulations_are_pushed_when_they_are_named(pushed: Desk) -> None:
    pushed.write(SIMULATION)
    assert pushed.push().outcomes == []
    assert pushed.push("simulations/tests").names() == [
        "simulations/personalities/brisk",
        "simulations/scenarios/book",
        "simulations/tests/book",
    ]
    assert pushed.push("simulations").names() == ["simulations/suites/all"]
    assert pushed.push("simulations").writes == 0
    kept = pushed.push(prune=True)
    assert (kept.outcomes, kept.writes) == ([], 0)


# --- References that point forward


def test_what_names_something_written_later_is_written_in_two_steps(mine: Desk) -> None:
    mine.write(FORWARD)
    mine.edit("assistants/booker.md", "[lookup]", "[lookup, back]")
    assert mine.push().is_well
    greeter = mine.id("assistants/greeter")
    assert mine.item("structuredOutputs/mood")["assistantIds"] == [greeter]
    assert mine.item("tools/back")["destinations"] == [{"type": "assistant", "assistantId": greeter}]
    assert mine.push().writes == 0


def test_a_circle_through_something_new_closes_in_one_push(mine: Desk) -> None:
    mine.write({"tools/back.yml": BACK_TO_GREETER})
    assert mine.push().is_well
    mine.edit("tools/back.yml", "assistantId: greeter", "assistantId: closer")
    closer = TREE["assistants/booker.md"].replace("Booker", "Closer").replace("[lookup]", "[lookup, back]")
    mine.write({"assistants/closer.md": closer})
    assert mine.push().is_well
    assert mine.item("tools/back")["destinations"][0]["assistantId"] == mine.id("assistants/closer")
    assert mine.push().writes == 0


# --- What was lost


def test_a_lost_state_is_found_again_by_name(mine: Desk) -> None:
    mine.write(FORWARD)
    mine.push()
    before = {name: mine.id(name) for name in ("tools/lookup", "tools/hang_up", "tools/back", "squads/desk")}
    (mine.root / ".vapi-state.test.json").unlink()
    again = mine.push()
    assert (again.is_well, again.writes) == (True, 0)
    assert {name: mine.id(name) for name in before} == before
    assert mine.plan().is_empty


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("tools/lookup", "/tool"),
        ("tools/hang_up", "/tool"),
        ("structuredOutputs/outcome", "/structured-output"),
        ("assistants/booker", "/assistant"),
    ],
)
def test_what_was_deleted_at_vapi_is_made_anew_and_named_again(pushed: Desk, name: str, path: str) -> None:
    old = pushed.id(name)
    pushed.at_vapi.http.delete(f"{path}/{old}").raise_for_status()
    anew = pushed.push()
    assert anew.is_well, anew.outcomes
    assert pushed.id(name) != old
    held = json.dumps(
        [pushed.item(each) for each in ("assistants/greeter", "assistants/booker", "squads/desk")]
    )
    assert old not in held
    assert pushed.id(name) in held
    assert pushed.push().writes == 0


def test_names_can_be_read_while_another_thread_adds_one() -> None:
    # The engine's threads translate and learn ids at the same time.
    names = references.Names(ids={("tools", str(i)): str(i) for i in range(20_000)})
    done = threading.Event()

    def learn() -> None:
        for i in range(300):
            names.ids = {**names.ids, ("tools", f"new {i}"): "x"}
        done.set()

    learning = threading.Thread(target=learn)
    learning.start()
    while not done.is_set():
        names.to_file({"toolId": "7"})
    learning.join()


class Recorded(httpx.BaseTransport):
    """Keeps what is written, as it goes over the wire."""

    def __init__(self) -> None:
        self._inner = wire()
        self.writes: list[tuple[str, str, Any]] = []
        self.read_timeouts: dict[str, float] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            path = request.url.raw_path.decode()
            self.writes.append((request.method, path, json.loads(request.content)))
            self.read_timeouts[path] = request.extensions["timeout"]["read"]
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()
