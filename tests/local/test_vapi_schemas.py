"""What the stand-in takes, against Vapi's own API document where that lies beside the repository."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from local import vapi_schemas
from local.vapi_schemas import closed

DOCUMENT = Path(
    os.environ.get("VAPI_OPENAPI_FILE")
    or Path(__file__).parents[2].with_name("shared") / "facts" / "vapi-openapi.json"
)

SAME = {
    "CreateAssistantDTO": "CreateAssistantDto",
    "AssistantOverrides": "AssistantOverrides",
    "CreateSquadDTO": "CreateSquadDto",
    "SquadMemberDTO": "SquadMemberDto",
    "CreateFunctionToolDTO": "CreateToolsRequest_Function",
    "CreateHandoffToolDTO": "CreateToolsRequest_Handoff",
    "CreateEndCallToolDTO": "CreateToolsRequest_EndCall",
    "CreateTransferCallToolDTO": "CreateToolsRequest_TransferCall",
    "CreateApiRequestToolDTO": "CreateToolsRequest_ApiRequest",
    "CreateStructuredOutputDTO": "CreateStructuredOutputDto",
    "CreatePersonalityDTO": "CreatePersonalityDto",
    "CreateScenarioDTO": "CreateScenarioDto",
    "CreateSimulationDTO": "Simulation",
    "CreateSimulationSuiteDTO": "SimulationSuite",
    "CreateCallDTO": "Call",
    "OpenAIFunction": "OpenAiFunction",
    "OpenAIModel": "CreateAssistantDtoModel_Openai",
    "Server": "Server",
    "SonioxTranscriber": "CreateAssistantDtoTranscriber_Soniox",
    "DeepgramTranscriber": "CreateAssistantDtoTranscriber_Deepgram",
    "ElevenLabsVoice": "CreateAssistantDtoVoice_11Labs",
    "AzureVoice": "CreateAssistantDtoVoice_Azure",
    "HandoffDestinationAssistant": "HandoffDestinationAssistant",
    "ToolMessageStart": "CreateFunctionToolDtoMessagesItem_RequestStart",
    "ToolMessageDelayed": "CreateFunctionToolDtoMessagesItem_RequestResponseDelayed",
    "StartSpeakingPlan": "StartSpeakingPlan",
    "StopSpeakingPlan": "StopSpeakingPlan",
    "ArtifactPlan": "ArtifactPlan",
    "AnalysisPlan": "AnalysisPlan",
    "CompliancePlan": "CompliancePlan",
    "MonitorPlan": "MonitorPlan",
}
"""The document's name, and the SDK's."""

NOT_OURS = {"CreateCallDTO": {"workflow", "workflowId", "workflowOverrides"}}
"""Left out on purpose: we have no workflows."""

BEYOND = {
    "CreateCallDTO": {"squadVersion"},
    "CreateScenarioDTO": {"latencyExpectations"},
    "OpenAIModel": {"reasoner", "serviceTier", "speaker"},
    "SonioxTranscriber": {"confidenceThreshold", "endpointLatencyAdjustmentLevel", "endpointSensitivity"},
}
"""What only the SDK has; it is newer than the document of 2026-08-18 here and there."""


@pytest.mark.skipif(not DOCUMENT.exists(), reason=f"Vapi's API document does not lie at {DOCUMENT}")
@pytest.mark.parametrize("theirs", SAME)
def test_the_same_properties_as_in_the_api_document(theirs: str) -> None:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))["components"]["schemas"]
    definition: dict[str, Any] = vapi_schemas.schema()["$defs"][SAME[theirs]]
    undocumented = {field for extras in vapi_schemas.EXTRAS.values() for field in extras}

    expected = _properties(theirs, document) - NOT_OURS.get(theirs, set())
    ours = set(definition["properties"])

    assert expected <= ours
    assert ours - expected - undocumented == BEYOND.get(theirs, set())


def _properties(name: str, document: dict[str, Any]) -> set[str]:
    schema = document[name]
    parts: list[str] = [part["$ref"].rpartition("/")[2] for part in schema.get("allOf", []) if "$ref" in part]
    return set(schema.get("properties", {})).union(*(_properties(part, document) for part in parts))


def test_of_a_union_only_the_branch_that_is_meant_is_looked_at() -> None:
    definitions = {
        name: {
            "type": "object",
            "properties": {"kind": {"const": name}, "size": {"type": "number"}},
            "additionalProperties": True,
        }
        for name in ("cup", "jug")
    }
    root = {"anyOf": [{"$ref": "#/$defs/cup"}, {"$ref": "#/$defs/jug"}, {"type": "null"}]}

    made = closed(definitions, {"vessel": root})

    vessel = made["properties"]["vessel"]
    assert vessel["properties"] == {"kind": {"enum": ["cup", "jug"]}}
    assert [branch["then"] for branch in vessel["allOf"]] == [
        {"$ref": "#/$defs/cup"},
        {"$ref": "#/$defs/jug"},
    ]
    assert made["$defs"]["cup"]["additionalProperties"] is False
