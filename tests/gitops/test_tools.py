"""The tools as models are shown them; other programs rely on these names and arguments."""

from datetime import date

import pytest
from pydantic.alias_generators import to_camel

from frontdesk.arguments import Heard
from gitops import tools

SHOWN = {
    "search_patient_by_phone": "phone dateOfBirth?",
    "search_patient": "name firstName? dateOfBirth?",
    "get_patient": "demographicId",
    "get_clinic_info": "",
    "get_providers": "specialty?",
    "find_earliest_appointment": (
        "startDate? endDate? timeOfDay? providerId? providerName? excludeDates? appointmentType?"
    ),
    "check_appointments": "startDate endDate demographicId? providerId? findAvailable?",
    "create_appointment": "demographicId providerId startTime appointmentType reason language isVirtual?",
    "update_appointment": "appointmentId newStartTime newProviderId? demographicId?",
    "cancel_appointment": "appointmentId reason?",
    "register_new_patient": (
        "firstName lastName dateOfBirth gender phone address city postalCode healthCardType language"
        " email? province? healthCardNumber?"
    ),
    "add_to_waitlist": "firstName lastName phone notes?",
    "log_call_metadata": "language callOutcome demographicId? appointmentId?",
    "transfer_call": "reason notes?",
}


def test_the_model_is_shown_these_tools_and_no_others() -> None:
    assert {tool.name for tool in tools.catalogue()} == set(SHOWN)


@pytest.mark.parametrize("tool", tools.catalogue(), ids=lambda tool: tool.name)
class TestEachTool:
    def test_takes_these_arguments_and_nothing_else(self, tool: tools.AnyTool) -> None:
        shown = tools.parameters(tool)
        assert [name if name in shown["required"] else f"{name}?" for name in shown["properties"]] == SHOWN[
            tool.name
        ].split()

    def test_describes_itself_shortly_enough_for_a_model_to_choose(self, tool: tools.AnyTool) -> None:
        assert 40 < len(tool.description) < 1000

    def test_keeps_what_vapi_says_within_vapis_limits(self, tool: tools.AnyTool) -> None:
        messages = tools.definition(tool)["messages"]
        assert all(len(message["content"]) <= 1000 for message in messages)
        assert messages[0]["type"] == "request-start", "without one Vapi says a stock filler"
        assert {m["type"] for m in messages} <= {
            "request-start",
            "request-response-delayed",
            "request-failed",
        }

    def test_gives_up_before_vapi_does(self, tool: tools.AnyTool) -> None:
        assert 0.75 * tool.deadline_s < tool.deadline_s < tool.timeout_s < 20

    def test_understands_its_own_example(self, tool: tools.AnyTool) -> None:
        tool.ready()
        read = tool.arguments.model_validate(tool.example, context=Heard(today=date(2026, 3, 1)))
        assert {to_camel(name) for name in read.model_fields_set} == set(tool.example)


def test_every_generated_file_is_fresh() -> None:
    assert list(tools.stale()) == []
