"""Fields: names that Vapi doesn't know, which it refuses."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final, cast

from frontdesk.vapi.kinds import (
    ASSISTANTS,
    OPAQUE,
    OUTPUTS,
    PERSONALITIES,
    SCENARIOS,
    SIMULATIONS,
    SQUADS,
    SUITES,
    TOOLS,
)
from gitops.documents import Document, Path
from gitops.lint.conversations import Conversations
from gitops.lint.registry import Found, Severity, rule
from gitops.lint.rules.limits import shown
from gitops.tree import Resource


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ASSISTANT: Final = _words("""
    analysisPlan artifactPlan backgroundDenoisingEnabled backgroundSound backgroundSpeechDenoisingPlan
    clientMessages compliancePlan credentialIds credentials endCallFunctionEnabled endCallMessage
    endCallPhrases firstMessage firstMessageInterruptionsEnabled firstMessageMode forwardingPhoneNumber
    hooks keypadInputPlan maxDurationSeconds messagePlan metadata model modelOutputInMessagesEnabled
    monitorPlan name observabilityPlan server serverMessages serverUrl serverUrlSecret
    silenceTimeoutSeconds startSpeakingPlan stopSpeakingPlan transcriber transportConfigurations voice
    voicemailDetection voicemailMessage
    """)
"""With those that Vapi still takes although its document shows them no more."""
_OVERRIDES: Final = _ASSISTANT | {"variableValues", "tools:append"}
_MESSAGE: Final = _words(
    "blocking conditions content contents endCallAfterSpokenEnabled role timingMilliseconds type"
)
_ENDS: Final[dict[str, frozenset[str]]] = {
    "assistant": _ASSISTANT,
    "assistantOverrides": _OVERRIDES,
    "membersOverrides": _OVERRIDES,
    "squadOverrides": _OVERRIDES,
    "members[]": _words("assistant assistantDestinations assistantId assistantOverrides assistantVersion"),
    "model": _words("""
        emotionRecognitionEnabled fallbackModels headers knowledgeBase maxTokens messages
        metadataSendMode model numFastTurns promptCacheKey promptCacheRetention provider
        realtimeConfig reasoningEffort temperature thinking timeoutSeconds toolIds toolRefs
        toolStrictCompatibilityMode tools url wordLevelConfidenceEnabled
        """),
    "function": _words("description name parameters strict"),
    "server": _words(
        "backoffPlan credentialId encryptedPaths headers secret staticIpAddressesEnabled timeoutSeconds url"
    ),
    "backoffPlan": _words("baseDelaySeconds excludedStatusCodes maxRetries type"),
    "startSpeakingPlan": _words("""
        customEndpointingRules smartEndpointingEnabled smartEndpointingPlan
        transcriptionEndpointingPlan waitSeconds
        """),
    "transcriptionEndpointingPlan": _words("onNoPunctuationSeconds onNumberSeconds onPunctuationSeconds"),
    "stopSpeakingPlan": _words(
        "acknowledgementPhrases backoffSeconds interruptionPhrases numWords voiceSeconds"
    ),
    "chunkPlan": _words("enabled formatPlan minCharacters punctuationBoundaries"),
    "compliancePlan": _words("""
        forceStoreOnHipaaEnabled hipaaEnabled pciEnabled recordingConsentPlan securityFilterPlan
        """),
    "artifactPlan": _words("""
        fullMessageHistoryEnabled loggingEnabled loggingPath loggingUseCustomStorageEnabled
        pcapEnabled pcapS3PathPrefix pcapUseCustomStorageEnabled recordingEnabled recordingFormat
        recordingPath recordingUseCustomStorageEnabled scorecardIds scorecards structuredOutputIds
        structuredOutputs transcriptPlan videoRecordingEnabled
        """),
    "monitorPlan": _words(
        "controlAuthenticationEnabled controlEnabled listenAuthenticationEnabled listenEnabled monitorIds"
    ),
    "contextEngineeringPlan": frozenset({"maxMessages", "type"}),
    "messages[].conditions[]": frozenset({"operator", "param", "value"}),
    "destinations[]": _words("""
        assistant assistantId assistantName assistantOverrides callerId contextEngineeringPlan
        description entryAssistantName extension message number numberE164CheckEnabled server
        sipHeaders sipUri squad squadId squadOverrides transferMode transferPlan type
        variableExtractionPlan
        """),
    "evaluations[]": _words("comparator path required structuredOutput structuredOutputId value"),
    "toolMocks[]": _words("enabled result toolName"),
    "tools[].messages[]": _MESSAGE,
    "tools:append[].messages[]": _MESSAGE,
}
"""By the end of the path; what isn't listed is not looked into."""
_WHOLE: Final[dict[str, frozenset[str]]] = {
    ASSISTANTS.name: _ASSISTANT,
    SQUADS.name: frozenset({"members", "membersOverrides", "name"}),
    TOOLS.name: frozenset(),
    OUTPUTS.name: _words(
        "assistantIds compliancePlan conditions description model name regex schema type workflowIds"
    ),
    PERSONALITIES.name: frozenset({"assistant", "name", "path"}),
    SCENARIOS.name: _words("evaluations hooks instructions name path targetOverrides toolMocks"),
    SIMULATIONS.name: _words("name path personalityId scenarioId"),
    SUITES.name: _words("name path simulationIds slackWebhookUrl targetAssignments"),
}
"""Of whole files; tools of a type have fields of their own, so theirs are not listed."""


@rule(Severity.WARNING)
def unknown_field(conversations: Conversations) -> Iterator[Found]:
    """A field that Vapi's API document doesn't have at this place, most likely misspelt; Vapi refuses those.

    Only the blocks that an answering service needs are looked into; not those of a transcriber's or voice's
    provider. A warning, for Vapi knows fields that its document doesn't show.

    Do: Spell the field as docs.vapi.ai has it, or take it out.

    Example:
        startSpeakingPlan: {waitSecond: 0.6}
    """
    for resource in conversations.tree:
        for path, block in _blocks(resource.document):
            known = _known(resource, path)
            for name in block if known else ():
                if name not in known:
                    near = get_close_matches(name, known, 1)
                    hint = f"; did you mean {near[0]}?" if near else ""
                    yield Found(resource, (*path, name), f"Vapi knows no {name} here{hint}")


def _known(resource: Resource, path: Path) -> frozenset[str]:
    """The fields that may stand in a block; empty where we don't know."""
    if not path:
        return _WHOLE[resource.kind.name]
    if resource.kind is TOOLS and len(path) == 2 and path[0] == "messages":
        return _MESSAGE
    end = f".{shown(path)}"
    return next((names for row, names in _ENDS.items() if end.endswith(f".{row}")), frozenset[str]())


def _blocks(value: Any, path: Path = ()) -> Iterator[tuple[Path, Document]]:
    """Every mapping and where it stands, but for what is somebody's own."""
    if isinstance(value, dict):
        yield path, (block := cast("Document", value))
        for name, each in block.items():
            if name not in OPAQUE:
                yield from _blocks(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[Any]", value)):
            yield from _blocks(each, (*path, index))
