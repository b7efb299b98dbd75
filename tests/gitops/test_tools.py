"""The tools as models are shown them; other programs rely on these names and arguments."""

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel

from frontdesk.arguments import Heard
from gitops import tools, tree

SHOWN = {
    "search_patient_by_phone": "phone dateOfBirth?",
    "search_patient": "name firstName? dateOfBirth?",
    "get_patient": "demographicId?",
    "get_clinic_info": "",
    "get_providers": "specialty?",
    "find_earliest_appointment": (
        "startDate? endDate? timeOfDay? providerId? providerName? excludeDates? appointmentType?"
    ),
    "check_appointments": "startDate endDate demographicId? providerId? findAvailable?",
    "create_appointment": "demographicId? providerId startTime appointmentType reason isVirtual? textMe?",
    "update_appointment": "appointmentId newStartTime newProviderId? demographicId? textMe?",
    "cancel_appointment": "appointmentId reason? textMe?",
    "confirm_appointment": "appointmentId",
    "stop_calling": "",
    "register_new_patient": (
        "firstName lastName dateOfBirth gender phone address city postalCode healthCardType"
        " email? province? healthCardNumber?"
    ),
    "add_to_waitlist": "firstName lastName phone notes?",
    "log_call_metadata": "callOutcome demographicId? appointmentId?",
    "transfer_call": "reason notes?",
    "forget_me": "fromNowOn?",
    "search_knowledge": "question",
}
"""Beside the language of the call, which every one of them asks for."""
FILLERS = {
    "search_patient_by_phone": ("Let me pull up your file.", "我查一下您的资料。"),
    "find_earliest_appointment": ("Let me check what's available.", "我看一下有哪些时间。"),
    "check_appointments": ("Let me look that up.", "我查一下您的预约。"),
    "search_knowledge": ("Let me look that up.", "我查一下。"),
}
SLOW = {
    "find_earliest_appointment": "还在查，请您稍等。",
    "search_knowledge": "还在查，请您稍等。",
    "create_appointment": "还在办，请您稍等。",
    "register_new_patient": "还在办，请您稍等。",
}
SILENCE = ("", "")


def said(tool: tools.AnyTool, kind: str, **sent: str) -> list[str]:
    """What Vapi would choose from at that moment of a call of the tool with those arguments."""
    return [
        message["content"]
        for message in tools.definition(tool)["messages"]
        if message["type"] == f"request-{kind}"
        and all(
            (sent.get(one["param"]) == one["value"]) is {"eq": True, "neq": False}[one["operator"]]
            for one in message.get("conditions", [])
        )
    ]


def test_the_model_is_shown_these_tools_and_no_others() -> None:
    assert {tool.name for tool in tools.catalogue()} == set(SHOWN)


@pytest.mark.parametrize("tool", tools.catalogue(), ids=lambda tool: tool.name)
class TestEachTool:
    def test_takes_these_arguments_and_nothing_else(self, tool: tools.AnyTool) -> None:
        shown = tools.parameters(tool)
        assert [name if name in shown["required"] else f"{name}?" for name in shown["properties"]] == [
            "language",
            *SHOWN[tool.name].split(),
        ]
        assert shown["properties"]["language"]["enum"] == ["en", "zh"]

    def test_describes_itself_shortly_enough_for_a_model_to_choose(self, tool: tools.AnyTool) -> None:
        assert 40 < len(tool.description) < 1000

    def test_keeps_what_vapi_says_within_vapis_limits(self, tool: tools.AnyTool) -> None:
        messages = tools.definition(tool)["messages"]
        assert all(len(message["content"]) <= 1000 for message in messages)
        assert {m["type"] for m in messages} == {
            "request-start",
            "request-response-delayed",
            "request-failed",
        }, "of a type that isn't there Vapi says a stock line"

    @pytest.mark.parametrize("sent", [{"language": "en"}, {"language": "english"}, {}])
    def test_says_one_filler_and_what_went_wrong_in_english(
        self, tool: tools.AnyTool, sent: dict[str, str]
    ) -> None:
        assert said(tool, "start", **sent) == [FILLERS.get(tool.name, SILENCE)[0]]
        assert said(tool, "response-delayed", **sent) == [
            "Still looking that up." if tool.name in SLOW else ""
        ]
        assert said(tool, "failed", **sent) == ["I'm sorry, I wasn't able to check that."]

    def test_says_one_filler_and_what_went_wrong_in_chinese(self, tool: tools.AnyTool) -> None:
        assert said(tool, "start", language="zh") == [FILLERS.get(tool.name, SILENCE)[1]]
        assert said(tool, "response-delayed", language="zh") == [SLOW.get(tool.name, "")]
        [failed] = said(tool, "failed", language="zh")
        assert re.fullmatch(r"[一-鿿]+，[一-鿿]+。", failed)

    def test_gives_up_before_vapi_does(self, tool: tools.AnyTool) -> None:
        assert 0.75 * tool.deadline_s < tool.deadline_s < tool.timeout_s < 20

    def test_understands_its_own_example(self, tool: tools.AnyTool) -> None:
        tool.ready()
        read = tool.arguments.model_validate(tool.example, context=Heard(today=date(2026, 3, 1)))
        assert {to_camel(name) for name in read.model_fields_set} == set(tool.example)


def test_every_generated_file_is_fresh() -> None:
    assert list(tools.stale()) == []


def test_the_assistants_that_use_a_tool_are_those_linked_to_it(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "assistants").mkdir()
    for name, linked in {"router": "[get_clinic_info]", "booking-zh": "[find, get_clinic_info]"}.items():
        front = f"---\nname: {name}\nmodel:\n  provider: openai\n  toolIds: {linked}\n---\nAnswer find.\n"
        (tmp_path / "assistants" / f"{name}.md").write_text(front, encoding="utf-8")

    assert tools.used_by(tree.load(tmp_path)) == {
        "get_clinic_info": ["booking-zh", "router"],
        "find": ["booking-zh"],
    }
