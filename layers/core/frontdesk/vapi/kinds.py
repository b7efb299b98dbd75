"""What Vapi holds, kind by kind: where its files lie, where its API is, in which order it is written.

A kind is one row here; nothing else lists them. API paths and shapes: docs.vapi.ai, read 2026-11-22.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """One kind of resource."""

    name: str
    """As the state file has it."""
    folder: str
    """Under the tree."""
    path: str
    """Of the REST API."""
    is_paged: bool = False
    """Lists come as `{results, metadata}`; else as an array."""
    unpatched: frozenset[str] = frozenset()
    """Fields that can't be changed, which a PATCH must not even repeat."""
    repeated: frozenset[str] = frozenset()
    """Fields that every PATCH must hold."""
    patch_query: str = ""
    write_timeout_s: float = 15.0

    def __str__(self) -> str:
        return self.folder


TOOLS: Final = Kind("tools", "tools", "/tool", unpatched=frozenset({"type"}))
OUTPUTS: Final = Kind(
    "structuredOutputs",
    "structuredOutputs",
    "/structured-output",
    is_paged=True,
    unpatched=frozenset({"type"}),
    patch_query="?schemaOverride=true",
)
ASSISTANTS: Final = Kind("assistants", "assistants", "/assistant")
SQUADS: Final = Kind("squads", "squads", "/squad", repeated=frozenset({"members"}), write_timeout_s=45.0)
PERSONALITIES: Final = Kind(
    "personalities", "simulations/personalities", "/eval/simulation/personality", is_paged=True
)
SCENARIOS: Final = Kind("scenarios", "simulations/scenarios", "/eval/simulation/scenario", is_paged=True)
SIMULATIONS: Final = Kind("simulations", "simulations/tests", "/eval/simulation", is_paged=True)
SUITES: Final = Kind("simulationSuites", "simulations/suites", "/eval/simulation/suite", is_paged=True)

NUMBERS: Final = Kind("phoneNumbers", "phone-numbers", "/phone-number")
"""No files are made of them, but they say who answers."""

CALLS: Final = Kind("calls", "calls", "/call")
"""Likewise: they are only taken away."""

SERVING: Final = (TOOLS, OUTPUTS, ASSISTANTS, SQUADS)
"""What a call runs on, and what every verb is about unless it is told otherwise."""
REHEARSING: Final = (PERSONALITIES, SCENARIOS, SIMULATIONS, SUITES)
"""What calls are tried out with; Vapi calls this part of its API alpha."""
KINDS: Final = SERVING + REHEARSING
"""In the order of writing: each refers to those before it."""

REFERENCES: Final = {
    "toolId": TOOLS,
    "toolIds": TOOLS,
    "structuredOutputId": OUTPUTS,
    "structuredOutputIds": OUTPUTS,
    "assistantId": ASSISTANTS,
    "assistantIds": ASSISTANTS,
    "squadId": SQUADS,
    "personalityId": PERSONALITIES,
    "scenarioId": SCENARIOS,
    "simulationId": SIMULATIONS,
    "simulationIds": SIMULATIONS,
}
"""Fields that name another resource, wherever they stand."""
CREDENTIAL: Final = "frontdesk-hmac"
"""The name of the credential by which Vapi signs what it sends to us; its id is each account's own."""
CREDENTIALS: Final = frozenset({"credentialId", "credentialIds"})
"""Fields that name a credential of the account."""
OPAQUE: Final = frozenset({"parameters", "schema", "variableValues", "metadata"})
"""Fields whose inside is a schema or somebody's own values: nothing in there is a reference."""

SERVER_MADE: Final = frozenset(
    {
        "id",
        "orgId",
        "createdAt",
        "updatedAt",
        "latestVersion",
        "isServerUrlSecretSet",
        "analyticsMetadata",
        "isDeleted",
        "workflowIds",
    }
)
"""What Vapi adds to a resource and takes from nobody."""


def of_name(name: str) -> Kind | None:
    """The kind of that name or folder."""
    return next((kind for kind in KINDS if name in (kind.name, kind.folder)), None)
