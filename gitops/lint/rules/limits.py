"""Limits: what Vapi would refuse, or take and never use as meant.

Bounds are those of Vapi's API document (docs.vapi.ai, read 2026-11-22), as far as an answering service
needs them; a field that isn't listed here has none that we know of.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from frontdesk.vapi.kinds import (
    ASSISTANTS,
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
from gitops.lint.shapes import dig, mapping, mappings, scalars


@dataclass(frozen=True)
class _Between:
    """A number and its bounds, both allowed."""

    low: float
    high: float
    provider: str | None = None
    """Of the block that the field stands in, where the bounds are only its."""

    def wrong(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"must be a number from {self.low:g} to {self.high:g}, and is {value!r}"
        return (
            None
            if self.low <= value <= self.high
            else f"must be {self.low:g} to {self.high:g}, and is {value:g}"
        )


@dataclass(frozen=True)
class _Text:
    """A text, and how many characters it may have."""

    longest: int
    shortest: int = 0
    pattern: str | None = None

    def wrong(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"must be a text, and is {value!r}"
        if not self.shortest <= len(value) <= self.longest:
            return f"must have {self.shortest} to {self.longest} characters, and has {len(value)}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return f"may only be {self.pattern}, and is {value!r}"
        return None


class _OneOf(frozenset[str]):
    """A text out of a few."""

    def wrong(self, value: Any) -> str | None:
        if value in self:
            return None
        near = get_close_matches(str(value), self, 1)
        return f"{value!r} is none of Vapi's" + (f"; did you mean {near[0]}?" if near else "")


_Bound = _Between | _Text | _OneOf
_SECONDS_TO_STOP: Final = _Between(0, 3)
_NAME_40: Final = _Text(40, 1)
_NAME_80: Final = _Text(80, 1)
_FUNCTION_NAME: Final = _Text(64, 1, r"[a-zA-Z0-9_-]+")
_SAID: Final = _Text(1000)
_PATH: Final = _Text(255, 1, r"[a-zA-Z0-9][a-zA-Z0-9._-]*(/[a-zA-Z0-9][a-zA-Z0-9._-]*){0,2}")
_MESSAGE: Final[dict[str, _Bound]] = {
    "content": _SAID,
    "contents[].type": _OneOf({"text"}),
    "timingMilliseconds": _Between(100, 120_000),
    "role": _OneOf({"assistant", "system"}),
    "conditions[].operator": _OneOf({"eq", "neq", "gt", "gte", "lt", "lte"}),
    "conditions[].param": _Text(1000, 1),
    "conditions[].value": _SAID,
}

_ANYWHERE: Final[dict[str, _Bound]] = {
    "endCallMessage": _SAID,
    "voicemailMessage": _SAID,
    "endCallPhrases[]": _Text(140, 2),
    "firstMessageMode": _OneOf(
        {
            "assistant-speaks-first",
            "assistant-speaks-first-with-model-generated-message",
            "assistant-waits-for-user",
        }
    ),
    "maxDurationSeconds": _Between(10, 43_200),
    "silenceTimeoutSeconds": _Between(10, 3600),
    "serverMessages[]": _OneOf(
        {
            "assistant.speechStarted",
            "assistant.started",
            "call.artifact.upload",
            "call.delete.failed",
            "call.deleted",
            "chat.created",
            "chat.deleted",
            "conversation-update",
            "end-of-call-report",
            "function-call",
            "handoff-destination-request",
            "hang",
            "language-change-detected",
            "language-changed",
            "model-output",
            "phone-call-control",
            "session.created",
            "session.deleted",
            "session.updated",
            "speech-update",
            "status-update",
            "tool-calls",
            "transcript",
            'transcript[transcriptType="final"]',
            "transfer-destination-request",
            "transfer-update",
            "user-interrupted",
            "voice-input",
        }
    ),
    "model.maxTokens": _Between(50, 10_000),
    "model.temperature": _Between(0, 2),
    "model.promptCacheKey": _Text(64),
    "startSpeakingPlan.waitSeconds": _Between(0, 5),
    "transcriptionEndpointingPlan.onPunctuationSeconds": _SECONDS_TO_STOP,
    "transcriptionEndpointingPlan.onNoPunctuationSeconds": _SECONDS_TO_STOP,
    "transcriptionEndpointingPlan.onNumberSeconds": _SECONDS_TO_STOP,
    "smartEndpointingPlan.provider": _OneOf({"livekit", "vapi", "custom-endpointing-model"}),
    "customEndpointingRules[].type": _OneOf({"assistant", "customer", "both"}),
    "customEndpointingRules[].timeoutSeconds": _Between(0, 15),
    "stopSpeakingPlan.numWords": _Between(0, 10),
    "stopSpeakingPlan.voiceSeconds": _Between(0, 0.5),
    "stopSpeakingPlan.backoffSeconds": _Between(0, 10),
    "stopSpeakingPlan.acknowledgementPhrases[]": _Text(240, 1),
    "stopSpeakingPlan.interruptionPhrases[]": _Text(240, 1),
    "chunkPlan.minCharacters": _Between(1, 80),
    "chunkPlan.punctuationBoundaries[]": _OneOf([*"。，.!?;),:|،۔।॥", "||"]),
    "voice.speed": _Between(0.7, 1.2, provider="11labs"),
    "voice.stability": _Between(0, 1),
    "voice.similarityBoost": _Between(0, 1),
    "voice.style": _Between(0, 1),
    "transcriber.confidenceThreshold": _Between(0, 1),
    "transcriber.endpointing": _Between(10, 500),
    "transcriber.eotThreshold": _Between(0.5, 0.9),
    "transcriber.eotTimeoutMs": _Between(500, 10_000),
    "transcriber.maxEndpointDelayMs": _Between(500, 3000),
    "server.timeoutSeconds": _Between(1, 300),
    "backoffPlan.type": _OneOf({"fixed", "exponential"}),
    "backoffPlan.maxRetries": _Between(0, 10),
    "backoffPlan.baseDelaySeconds": _Between(0, 10),
    "summaryPlan.timeoutSeconds": _Between(1, 60),
    "structuredDataPlan.timeoutSeconds": _Between(1, 60),
    "successEvaluationPlan.timeoutSeconds": _Between(1, 60),
    "function.name": _FUNCTION_NAME,
    "function.parameters.type": _OneOf({"object"}),
    "aliases[].key": _Text(40, 1, "[a-zA-Z][a-zA-Z0-9_]*"),
    "aliases[].value": _Text(10_000),
    "contextEngineeringPlan.type": _OneOf(
        {"all", "lastNMessages", "none", "userAndAssistantMessages", "previousAssistantMessages"}
    ),
    "contextEngineeringPlan.maxMessages": _Between(0, math.inf),
    **{f"tools[].messages[].{field}": bound for field, bound in _MESSAGE.items()},
    **{f"tools:append[].messages[].{field}": bound for field, bound in _MESSAGE.items()},
    "members[].assistantOverrides.name": _NAME_40,
}
"""By the end of the path, at any depth: squads, destinations and personalities hold assistants too."""
_BY_END: Final[dict[str, list[str]]] = {}
for _row in _ANYWHERE:
    _BY_END.setdefault(_row.rpartition(".")[2], []).append(_row)

_WHOLE: Final[dict[str, dict[str, _Bound]]] = {
    ASSISTANTS.name: {"name": _NAME_40},
    OUTPUTS.name: {"name": _NAME_40, "type": _OneOf({"ai", "regex"}), "regex": _Text(1000, 1)},
    TOOLS.name: {f"messages[].{field}": bound for field, bound in _MESSAGE.items()},
    PERSONALITIES.name: {"name": _NAME_80, "assistant.name": _NAME_40, "path": _PATH},
    SCENARIOS.name: {
        "name": _NAME_80,
        "path": _PATH,
        "instructions": _Text(10_000, 1),
        "evaluations[].comparator": _OneOf({"=", "!=", ">", "<", ">=", "<="}),
    },
    SIMULATIONS.name: {"name": _NAME_80, "path": _PATH},
    SUITES.name: {"name": _NAME_80, "path": _PATH},
}
"""By the whole path, kind by kind."""

_REQUIRED: Final = {
    TOOLS.name: ("type",),
    OUTPUTS.name: ("name", "schema"),
    SQUADS.name: ("members",),
    PERSONALITIES.name: ("name", "assistant"),
    SCENARIOS.name: ("name", "instructions", "evaluations"),
    SIMULATIONS.name: ("scenarioId", "personalityId"),
    SUITES.name: ("name", "simulationIds"),
}
"""An assistant's name is asked for by the rule `file`."""
_PRIMITIVE: Final = frozenset({"string", "number", "integer", "boolean"})
_TOOL_MESSAGES: Final = _OneOf(
    {"request-start", "request-response-delayed", "request-complete", "request-failed"}
)
LONGEST_DESCRIPTION: Final = 1000


@rule()
def limit(conversations: Conversations) -> Iterator[Found]:
    """A value that Vapi's API refuses: too long, too short, out of its bounds, or none of those it knows.

    Names of assistants and structured outputs have at most 40 characters, of simulations 80; a
    function's name is `[a-zA-Z0-9_-]{1,64}`; what is spoken has at most 1,000 characters.

    Do: Bring the value within the bounds that are given.

    Example:
        maxTokens: 20
    """
    for resource in conversations.tree:
        whole = _WHOLE.get(resource.kind.name, {})
        for path, value in scalars(resource.document):
            at = shown(path)
            rows = [row for row in _BY_END.get(at.rpartition(".")[2], ()) if f".{at}".endswith(f".{row}")]
            for bound in filter(None, (whole.get(at), *(_ANYWHERE[row] for row in rows))):
                applies = value is not None and _applies(bound, resource.document, path)
                if applies and (why := bound.wrong(value)):
                    yield Found(resource, path, f"{at} {why}")


@rule()
def required(conversations: Conversations) -> Iterator[Found]:
    """A field that Vapi's API can't do without is missing or empty.

    Do: Give the field a value.

    Example:
        name: frontdesk         (a squad without `members`)
    """
    for resource in conversations.tree:
        for field in _REQUIRED.get(resource.kind.name, ()):
            if resource.document.get(field) in (None, "", [], {}):
                yield Found(resource, (), f"{field} is missing")
        if resource.document.get("type") == "function" and not dig(resource.document, "function", "name"):
            yield Found(resource, ("function",), "function.name is missing: the model calls the tool by it")


@rule()
def message_type(conversations: Conversations) -> Iterator[Found]:
    """A tool's message of a type that Vapi doesn't know. It takes it silently for `request-failed`.

    Do: Write request-start, request-response-delayed, request-complete or request-failed.

    Example:
        messages:
          - type: request-started
            content: Let me look.
    """
    for resource, path, tool in conversations.tools():
        for place, message in mappings(tool.get("messages")):
            if why := _TOOL_MESSAGES.wrong(message.get("type")):
                yield Found(resource, (*path, "messages", place, "type"), f"the message's type {why}")


@rule(Severity.WARNING)
def long_description(conversations: Conversations) -> Iterator[Found]:
    """A function's description of more than 1,000 characters: models choose worse among such tools.

    Do: Say in the description what the tool is for; leave the rest to its arguments and the prompt.

    Example:
        description: Finds the earliest free time. (and a page more)
    """
    for resource, path, tool in conversations.tools():
        said = dig(tool, "function", "description")
        if isinstance(said, str) and len(said) > LONGEST_DESCRIPTION:
            where = (*path, "function", "description")
            yield Found(resource, where, f"the description has {len(said)} characters")


@rule()
def schema_type(conversations: Conversations) -> Iterator[Found]:
    """A schema whose `type` is a list: in a structured output Vapi takes a single word only.

    Do: Write one type; leave the property out of `required` when it may be absent.

    Example:
        schema:
          type: [string, "null"]
    """
    for resource in conversations.tree.of(OUTPUTS):
        schema = mapping(resource.document.get("schema"))
        if schema and "type" not in schema:
            yield Found(resource, ("schema",), "the schema has no type")
        for path, _ in scalars(schema):
            if path[-2:] == ("type", 0) and path[-3:-2] != ("properties",):
                yield Found(resource, ("schema", *path[:-1]), "a type is a list")


@rule()
def evaluation(conversations: Conversations) -> Iterator[Found]:
    """A scenario is judged by a structured output that isn't a single text, number or truth value.

    Do: Compare with an output whose schema is a string, number, integer or boolean.

    Example:
        evaluations:
          - structuredOutputId: call_outcome     (whose schema is an object)
            comparator: "="
            value: true
    """
    for resource in conversations.tree.of(SCENARIOS):
        for place, each in mappings(resource.document.get("evaluations")):
            file = conversations.tree.resources.get((OUTPUTS.name, str(each.get("structuredOutputId"))))
            output = file.document if file else mapping(each.get("structuredOutput"))
            kind = dig(output, "schema", "type")
            if output and kind not in _PRIMITIVE:
                yield Found(resource, ("evaluations", place), f"is judged by an output of type {kind}")


def shown(path: Path) -> str:
    """`model.tools[].messages[].content`."""
    return "".join("[]" if isinstance(key, int) else f".{key}" for key in path)[1:]


def _applies(bound: _Bound, document: Document, path: Path) -> bool:
    provider = getattr(bound, "provider", None)
    return provider is None or dig(document, *path[:-1], "provider") == provider
