"""Agents and tools as a clinic's people send and see them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from frontdesk.agents import choices
from frontdesk.agents.choices import Sync, Template
from frontdesk.calls.wire import TransferReason
from frontdesk.endpoint import Body, Parameters, Versioned
from frontdesk.speech.language import Language
from frontdesk.tool import Wire

if TYPE_CHECKING:
    from frontdesk.agents.agent import Agent

_WAY_OUT: Final = (
    "Calls go on with what was there before. It is tried again every 15 minutes; to try at once, save the"
    " agent again."
)


def _printable(text: str) -> str:
    if not all(each.isprintable() or each in "\n\t" for each in text):
        raise ValueError("holds characters that can be neither written nor spoken")
    return text.strip()


Text = Annotated[str, AfterValidator(_printable)]


def _voice(id_: str) -> str:
    if id_ not in choices.VOICES:
        raise ValueError(f"there is no such voice; there are {', '.join(choices.VOICES)}")
    return id_


def _model(id_: str) -> str:
    if id_ not in choices.MODELS:
        raise ValueError(f"there is no such model; there are {', '.join(choices.MODELS)}")
    return id_


class Named(Parameters):
    """Which agent; the id is chosen by whoever makes it, so that a repeat makes no second one."""

    agent_id: Annotated[UUID, Field(alias="agent_id")]


class AgentBody(Body):
    """All of an agent that a clinic decides."""

    name: Annotated[Text, Field(min_length=1, max_length=40)]
    template: Template = "squad"
    """`squad`: the assistants that all clinics share. `assistant`: one of its own. Never changed later."""
    languages: Annotated[list[Language], Field(min_length=1, max_length=2, default=["en", "zh"])]
    """The first is spoken first."""
    voice: Annotated[str, AfterValidator(_voice)] = "sarah"
    greeting: Annotated[Text, Field(max_length=choices.LONGEST_GREETING)] = ""
    """What is said first in English; empty: the usual words, with the clinic's name."""
    greeting_zh: Annotated[Text, Field(max_length=choices.LONGEST_GREETING)] = ""
    instructions: Annotated[Text, Field(max_length=choices.LONGEST_INSTRUCTIONS)] = ""
    """What this clinic adds to the first prompt."""
    transfer_reasons: list[TransferReason] | None = None
    """For what a call is handed to a person; null: for all reasons there are."""
    model: Annotated[str, AfterValidator(_model)] = choices.DEFAULT_MODEL
    temperature: Annotated[Decimal, Field(ge=0, le=choices.HOTTEST, decimal_places=1)] = Decimal("0.3")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if len(set(self.languages)) < len(self.languages):
            raise ValueError("a language is named twice")
        spoken = choices.VOICES[self.voice].languages
        if missing := [each for each in self.languages if each not in spoken]:
            raise PydanticCustomError(
                "voice_speaks_not",
                "the voice {voice} doesn't speak {languages}",
                {"voice": self.voice, "languages": ", ".join(missing)},
            )
        return self


class ChangedField(Wire):
    """One field of an agent that a save changed."""

    field: str
    before: str
    """As text; several with commas between; `all` for reasons to transfer that aren't limited."""
    after: str


class ShownAgent(Versioned):
    """An agent, and how far its last save has come."""

    id: str
    name: str
    template: Template
    languages: list[str]
    voice: str
    greeting: str
    greeting_zh: str
    instructions: str
    transfer_reasons: list[str] | None
    model: str
    temperature: float
    synced_version: int
    """The version that calls hear."""
    synced_at: str | None
    """RFC 3339, UTC."""
    sync: Sync
    sync_error: str | None
    """Why it is degraded."""
    sync_help: str | None
    """What to do then."""
    assistant_id: str | None
    """Of its assistant at Vapi, which one of the template `squad` has none of."""
    changed: list[ChangedField]
    """What the last save changed."""


def changed(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[ChangedField]:
    """The fields of `was` that are others in `now`, both by the same names."""
    return [
        ChangedField(field=to_camel(name), before=_words(was[name]), after=_words(now[name]))
        for name in was
        if was[name] != now[name]
    ]


def _words(value: str | float | list[str] | None) -> str:
    return ", ".join(value) if isinstance(value, list) else "all" if value is None else str(value)


def shown(agent: "Agent") -> ShownAgent:
    """The agent for its clinic."""
    return ShownAgent(
        id=str(agent.id),
        name=agent.name,
        template=agent.template,
        languages=agent.languages,
        voice=agent.voice,
        greeting=agent.greeting,
        greeting_zh=agent.greeting_zh,
        instructions=agent.instructions,
        transfer_reasons=agent.transfer_reasons,
        model=agent.model,
        temperature=float(agent.temperature),
        version=agent.version,
        synced_version=agent.synced_version,
        synced_at=agent.synced_at and agent.synced_at.isoformat(),
        sync=agent.sync,
        sync_error=agent.sync_error,
        sync_help=_WAY_OUT if agent.sync == "degraded" else None,
        assistant_id=agent.vapi_assistant_id,
        changed=changed(agent.before or {}, agent._asdict() | {"temperature": float(agent.temperature)}),
    )


class Voice(Wire):
    """How an agent may sound."""

    id: str
    name: str
    languages: list[Language]
    sample: dict[Language, str]
    """A sentence in each language, to hear the voice by."""


class Choices(Wire):
    """What an agent may be made of."""

    voices: list[Voice]
    models: list[str]
    transfer_reasons: list[str]
    hottest: float
    """The highest `temperature`."""


class ShownTool(Wire):
    """A tool of today's, or one that is linked still."""

    tool_name: str
    state: Literal["current", "outdated", "missing"]
    """`current`: linked, by today's definition. `outdated`: by another, or there is none any more."""
    vapi_tool_id: str | None
    """Null, as what follows, where it isn't linked."""
    definition_hash: str | None
    """The first 12 digits of what is linked."""
    linked_at: str | None
    """RFC 3339, UTC."""


class AgentState(Wire):
    """How far an agent's last save has come."""

    id: str
    name: str
    template: Template
    sync: Sync
    sync_error: str | None
    version: int
    synced_version: int
    synced_at: str | None
    assistant_id: str | None
    """At Vapi."""


class ToolsStatus(Wire):
    """One clinic's."""

    organization_id: str
    organization: str
    """Its name."""
    tools: list[ShownTool]
    """By name."""
    agents: list[AgentState]
    """The oldest first."""
