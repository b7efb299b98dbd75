"""What stops a push before its first write, and what a plan says that a push would do."""

import pytest

from gitops.plan import Action
from gitops.tree import TreeWrong
from tests.gitops.engine import TREE, Desk

LOOKUP = TREE["tools/lookup.yml"]
GREETER = TREE["assistants/greeter.md"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"assistants/greeter.md": GREETER.replace("[lookup, hang_up]", "[lookup, hangup]")},
            "assistants/greeter.md:8: refers to tools/hangup, and there is no such file",
        ),
        (
            {"squads/desk.yml": TREE["squads/desk.yml"].replace("assistantId: booker", "assistantId: boker")},
            "squads/desk.yml:9: refers to assistants/boker, and there is no such file",
        ),
        (
            {"assistants/second.md": GREETER.replace("Hello.", "Hi.")},
            "assistants/second.md:2: has the same name as assistants/greeter: Greeter",
        ),
        (
            {"tools/second.yml": LOOKUP.replace("Finds", "Seeks")},
            "tools/second.yml:3: has the same name as tools/lookup: lookup",
        ),
        (
            {"tools/lookup.yml": LOOKUP.replace("frontdesk-hmac", "frontdesk-hmc")},
            "tools/lookup.yml:9: the account has no credential named frontdesk-hmc; make it at Vapi first",
        ),
        (
            {"tools/lookup.yml": LOOKUP.replace("BACKEND_URL", "FRONTEND_URL")},
            "tools/lookup.yml:7: ${FRONTEND_URL} has no value; set FRONTEND_URL in the environment",
        ),
        (
            {"tools/lookup.yml": LOOKUP.replace("${BACKEND_URL}", "https://api.example")},
            "tools/lookup.yml:7: holds the value of ${BACKEND_URL} itself",
        ),
        ({"tools/lookup.yml": "type: [function"}, "tools/lookup.yml:"),
        ({"assistants/nameless.md": "---\nfirstMessage: Hello.\n---\n\nHello.\n"}, "assistants/nameless.md:"),
    ],
    ids=[
        "unknown tool",
        "unknown member",
        "name",
        "function name",
        "credential",
        "variable",
        "literal value",
        "no YAML",
        "no name",
    ],
)
def test_what_is_wrong_is_said_with_its_place_before_anything_is_written(
    mine: Desk, files: dict[str, str], said: str
) -> None:
    mine.write(files)
    with pytest.raises(TreeWrong) as wrong:
        mine.push()
    assert any(str(problem).startswith(said) for problem in wrong.value.problems), str(wrong.value)
    assert mine.at_vapi.writes() == []
    assert not (mine.root / ".vapi-state.test.json").exists()


def test_everything_that_is_wrong_is_said_at_once(mine: Desk) -> None:
    mine.edit("assistants/greeter.md", "[lookup, hang_up]", "[one, two]")
    mine.edit("tools/lookup.yml", "frontdesk-hmac", "other")
    assert len(mine.plan().problems) == 3


def test_two_of_one_name_at_vapi_of_which_none_is_ours_have_to_be_told_apart_by_a_person(mine: Desk) -> None:
    for greeting in ("Hi.", "Good day."):
        mine.at_vapi.create("assistant", {"name": "Greeter", "firstMessage": greeting})
    mine.at_vapi.forget()
    with pytest.raises(TreeWrong, match=r"assistants/greeter.md:2: Vapi has 2 named Greeter"):
        mine.push()
    assert mine.at_vapi.writes() == []
    # Who pushes something else is not held up.
    assert mine.push("assistants/booker").is_well


def test_of_two_of_one_name_the_one_that_is_the_same_is_ours(pushed: Desk) -> None:
    ours = pushed.id("assistants/booker")
    pushed.at_vapi.create("assistant", {"name": "Booker", "firstMessage": "Good day."})
    (pushed.root / ".vapi-state.test.json").unlink()
    assert pushed.push().is_well
    assert pushed.id("assistants/booker") == ours


def test_a_plan_writes_nothing_and_says_who_made_each_field_differ(pushed: Desk) -> None:
    before = (pushed.root / ".vapi-state.test.json").read_bytes()
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    pushed.edit("assistants/booker.md", "You book.", "You book visits.")
    pushed.change_at_vapi("structuredOutputs/outcome", {"description": "Whatever."})
    pushed.change_at_vapi("assistants/greeter", {"firstMessage": "Good day."})
    pushed.edit("assistants/greeter.md", "Hello.", "Good evening.")
    pushed.write({"tools/new.yml": "type: endCall\nfunction: {name: new}\n", "squads/desk.yml": None})

    plan = pushed.plan()
    assert {step.name: str(step.action) for step in plan.steps} == {
        "tools/hang_up": "leave",
        "tools/lookup": "replace",
        "tools/new": "create",
        "structuredOutputs/outcome": "drifted",
        "assistants/booker": "update",
        "assistants/greeter": "drifted",
        "squads/desk": "kept",
    }
    assert {f"{s.name} {c.name}": str(c.by) for s in plan.steps for c in s.changes} == {
        "tools/lookup function.description": "here",
        "structuredOutputs/outcome description": "there",
        "assistants/booker model.messages": "here",
        "assistants/booker model.toolIds": "link",
        "assistants/greeter firstMessage": "both",
        "assistants/greeter model.toolIds": "link",
    }
    assert pushed.at_vapi.writes() == []
    assert (pushed.root / ".vapi-state.test.json").read_bytes() == before


def test_what_vapi_adds_by_itself_is_no_drift_and_no_reason_to_replace(pushed: Desk) -> None:
    # Vapi says `type: ai` of an output whose file has no type, and `async: false` of a tool.
    assert pushed.item("structuredOutputs/outcome")["type"] == "ai"
    pushed.edit("structuredOutputs/outcome.yml", "What came", "All that came")
    [step] = [step for step in pushed.plan().steps if step.is_work]
    assert step.action is Action.UPDATE


def test_an_output_of_another_type_has_to_be_another_output(pushed: Desk) -> None:
    pushed.edit("structuredOutputs/outcome.yml", "name: outcome", "name: outcome\ntype: regex\nregex: yes")
    with pytest.raises(TreeWrong, match=r"structuredOutputs/outcome.yml:2: its type can't be changed"):
        pushed.push()


def test_a_tool_of_another_type_takes_the_place_of_the_old_one(pushed: Desk) -> None:
    old = pushed.id("tools/hang_up")
    pushed.write({"tools/hang_up.yml": "type: dtmf\n"})
    assert pushed.push().is_well
    assert pushed.item("tools/hang_up")["type"] == "dtmf"
    assert pushed.id("tools/hang_up") in pushed.item("assistants/greeter")["model"]["toolIds"]
    pushed.push(prune=True)
    assert old not in {item["id"] for item in pushed.at_vapi.all("tool")}
