"""The JSON Schema of what may be sent to Vapi, made from the models of its own Python SDK.

Importing those models and asking them for their schema takes ten seconds and more, so it happens once,
in a process of its own, and the result is kept under `build/`.

What the SDK leaves open the platform refuses, so objects are closed, and enumerations too. Of a union of
objects that differ by a constant (`type`, `provider`) only the branch that is meant is looked at, so that
an error is about it.
"""

import fcntl
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, cast

from local import child
from local.directory import write_private
from local.errors import ChildFailed

Schema = dict[str, Any]

_BUILD: Final = Path(__file__).parents[1] / "build"

_OPEN: Final = {"JsonSchema", "OpenAiFunctionParameters"}
"""Definitions that the API's users fill with JSON Schema of any keyword."""

EXTRAS: Final[Mapping[str, Mapping[str, Schema]]] = {
    r"CreateAssistantDto|AssistantOverrides": {
        "silenceTimeoutSeconds": {"type": "number", "minimum": 10},
        "messagePlan": {"type": "object"},
        "backgroundDenoisingEnabled": {"type": "boolean"},
        "endCallFunctionEnabled": {"type": "boolean"},
        "forwardingPhoneNumber": {"type": "string"},
    },
    r"Server": {"secret": {"type": "string"}},
    r".*Transcriber_Deepgram|.*DeepgramTranscriber": {"eagerEotThreshold": {"type": "number"}},
}
"""Taken by the platform though neither document nor SDK show it, by definition."""

_MISTAKEN: Final[Mapping[str, Mapping[str, Schema]]] = {
    "BackoffPlan": {
        "type": {"enum": ["fixed", "exponential"]},
        "excludedStatusCodes": {"type": "array", "items": {"type": "number"}},
    },
}
"""What document and SDK call an object though its values are words and numbers, by definition."""

_NAME_40: Final = {"maxLength": 40}
_LIMITS: Final[tuple[tuple[str, str, Schema], ...]] = (
    (r"CreateAssistantDto|AssistantOverrides|CreatePhoneNumbersRequest_.*|Call", "name", _NAME_40),
    (r"CreateAssistantDtoCredentialsItem_.*", "name", _NAME_40),
    (r"CreateStructuredOutputDto", "name", {"minLength": 1, "maxLength": 40}),
    (r"CreatePersonalityDto|CreateScenarioDto|Simulation|SimulationSuite", "name", {"maxLength": 80}),
    (r"OpenAiFunction", "name", {"pattern": "^[a-zA-Z0-9_-]{1,64}$"}),
    (r"CreateAssistantDto|AssistantOverrides", "endCallMessage", {"maxLength": 1000}),
    (r"CreateAssistantDto|AssistantOverrides", "voicemailMessage", {"maxLength": 1000}),
    (r"CreateAssistantDto|AssistantOverrides", "maxDurationSeconds", {"minimum": 10, "maximum": 43200}),
    (r".*Messages?Item_Request.*|ToolMessage.*", "content", {"maxLength": 1000}),
    (r".*Messages?Item_Request.*", "timingMilliseconds", {"minimum": 100, "maximum": 120000}),
    (r".*", "maxTokens", {"minimum": 50, "maximum": 10000}),
    (r".*", "temperature", {"minimum": 0, "maximum": 2}),
    (r"Server", "timeoutSeconds", {"minimum": 1, "maximum": 300}),
)
"""What the platform bounds though the SDK doesn't say so: definition, property, bound.

Source: its API document of 2026-08-18.
"""


def schema() -> Schema:
    """Of an object whose one key is the kind of resource and whose value the body of its POST.

    Read from `build/`, and made first if it isn't there. The body is without nulls.
    """
    kept = _kept()
    if not kept.exists():
        with _alone(kept):
            if not kept.exists():
                _make(kept)
    return json.loads(kept.read_text(encoding="utf-8"))


def _kept() -> Path:
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    versions = f"{version('vapi-server-sdk')}-{version('pydantic')}"
    return _BUILD / f"vapi-schema-{versions}-{source}.json"


@contextmanager
def _alone(kept: Path) -> Generator[None]:
    """Two who want them at once: the second one waits for the first one's."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(kept: Path) -> None:
    began = time.monotonic()
    print("reading the models of Vapi's SDK, once; some ten seconds", file=sys.stderr)  # noqa: T201
    maker = child.Child("local.vapi_schemas", None, {"into": str(kept)})
    while maker.is_running:
        time.sleep(0.02)
    maker.stop()
    if not kept.exists():
        raise ChildFailed("the models of Vapi's SDK can't be read; the lines above say why")
    print(f"read in {time.monotonic() - began:.0f} s", file=sys.stderr)  # noqa: T201


def _from_the_sdk() -> Schema:
    """The slow part."""
    from pydantic import BaseModel, TypeAdapter
    from vapi.calls.types.create_call_dto_transport import CreateCallDtoTransport
    from vapi.phone_numbers.types.create_phone_numbers_request import CreatePhoneNumbersRequest
    from vapi.tools.types.create_tools_request import CreateToolsRequest
    from vapi.types.assistant_overrides import AssistantOverrides
    from vapi.types.create_assistant_dto import CreateAssistantDto
    from vapi.types.create_assistant_dto_credentials_item import CreateAssistantDtoCredentialsItem
    from vapi.types.create_customer_dto import CreateCustomerDto
    from vapi.types.create_personality_dto import CreatePersonalityDto
    from vapi.types.create_scenario_dto import CreateScenarioDto
    from vapi.types.create_squad_dto import CreateSquadDto
    from vapi.types.create_structured_output_dto import CreateStructuredOutputDto
    from vapi.types.import_twilio_phone_number_dto import ImportTwilioPhoneNumberDto
    from vapi.types.schedule_plan import SchedulePlan
    from vapi.types.simulation import Simulation
    from vapi.types.simulation_suite import SimulationSuite

    class Call(BaseModel):
        """The SDK has it as arguments of a function only."""

        assistant: CreateAssistantDto | None = None
        assistantId: str | None = None  # noqa: N815 - as on the wire
        assistantOverrides: AssistantOverrides | None = None  # noqa: N815
        assistantVersion: str | None = None  # noqa: N815
        customer: CreateCustomerDto | None = None
        customerId: str | None = None  # noqa: N815
        customers: list[CreateCustomerDto] | None = None
        name: str | None = None
        phoneNumber: ImportTwilioPhoneNumberDto | None = None  # noqa: N815
        phoneNumberId: str | None = None  # noqa: N815
        schedulePlan: SchedulePlan | None = None  # noqa: N815
        squad: CreateSquadDto | None = None
        squadId: str | None = None  # noqa: N815
        squadOverrides: AssistantOverrides | None = None  # noqa: N815
        squadVersion: str | None = None  # noqa: N815
        transport: CreateCallDtoTransport | None = None

    models: dict[str, Any] = {
        "tool": CreateToolsRequest,
        "assistant": CreateAssistantDto,
        "squad": CreateSquadDto,
        "structured-output": CreateStructuredOutputDto,
        "phone-number": CreatePhoneNumbersRequest,
        "call": Call,
        "credential": CreateAssistantDtoCredentialsItem,
        "eval/simulation": Simulation,
        "eval/simulation/personality": CreatePersonalityDto,
        "eval/simulation/scenario": CreateScenarioDto,
        "eval/simulation/suite": SimulationSuite,
    }
    roots, whole = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(model)) for kind, model in models.items()]
    )
    definitions = cast("dict[str, Schema]", whole["$defs"])
    return closed(definitions, {kind: root for (kind, _), root in roots.items()})


def closed(definitions: Mapping[str, Schema], roots: Mapping[str, Schema]) -> Schema:
    """What refuses as the platform does, from the SDK's definitions and a root for each kind."""
    made = {name: _bounded(name, _closed(schema, definitions)) for name, schema in definitions.items()}
    for name in _OPEN & made.keys():
        made[name]["additionalProperties"] = True
    for name in {"Simulation", "SimulationSuite"} & made.keys():  # the SDK has only what is answered
        for field in ("id", "orgId", "createdAt", "updatedAt"):
            del made[name]["properties"][field]
        given = {"name", "scenarioId", "personalityId", "simulationIds"}
        made[name]["required"] = [field for field in made[name]["required"] if field in given]
    kinds = {kind: _closed(root, definitions) for kind, root in roots.items()}
    return {"type": "object", "properties": kinds, "$defs": made}


def _closed(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    # A null that is sent is taken out before the check, so none is allowed for here; a branch that
    # takes anything is the SDK's way to let new values of an enumeration in.
    if branches := [one for one in schema.get("anyOf", ()) if one not in ({}, {"type": "null"})]:
        if len(branches) == 1:
            return _closed(branches[0], definitions)
        return _told_apart(branches, definitions) or {
            "anyOf": [_closed(one, definitions) for one in branches]
        }
    kept = {name: schema[name] for name in ("$ref", "type", "enum", "const", "required") if name in schema}
    if "items" in schema:
        kept["items"] = _closed(schema["items"], definitions)
    if isinstance(schema.get("additionalProperties"), dict):
        kept["additionalProperties"] = _closed(schema["additionalProperties"], definitions)
    if properties := schema.get("properties"):
        kept["properties"] = {name: _closed(inner, definitions) for name, inner in properties.items()}
        kept["additionalProperties"] = False
    return kept


def _told_apart(branches: list[Schema], definitions: Mapping[str, Schema]) -> Schema | None:
    """A union by the one property that is a constant in each branch; None where there is none such."""
    objects = [definitions[one["$ref"].rpartition("/")[2]] for one in branches if "$ref" in one]
    if len(objects) < len(branches):
        return None
    constants = [
        {name: field["const"] for name, field in one.get("properties", {}).items() if "const" in field}
        for one in objects
    ]
    for name in constants[0]:
        values = [one.get(name) for one in constants]
        if None in values:
            continue
        by_value: dict[Any, list[Schema]] = {}
        for value, branch in zip(values, branches, strict=True):
            by_value.setdefault(value, []).append(branch)
        if len(by_value) == 1:
            continue
        return {
            "type": "object",
            "required": [name],
            "properties": {name: {"enum": list(by_value)}},
            "allOf": [
                {
                    "if": {"properties": {name: {"const": value}}, "required": [name]},
                    "then": same[0] if len(same) == 1 else {"anyOf": same},
                }
                for value, same in by_value.items()
            ],
        }
    return None


def _bounded(name: str, schema: Schema) -> Schema:
    properties = schema.get("properties", {})
    for pattern, extras in EXTRAS.items():
        if re.fullmatch(pattern, name):
            properties.update({field: extra for field, extra in extras.items() if field not in properties})
    properties.update(_MISTAKEN.get(name, {}))
    for pattern, field, bound in _LIMITS:
        if field in properties and re.fullmatch(pattern, name):
            properties[field] |= bound
    return schema


def _write(into: Path) -> None:
    os.nice(10)  # a stack that starts at the same time goes first
    write_private(into, json.dumps(_from_the_sdk()))


if __name__ == "__main__":
    child.work(lambda config: _write(Path(config["into"])))
