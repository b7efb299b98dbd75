"""Which tools each clinic is linked to, how far its agents have come, what the platform still has to do."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.agents import agent as agents
from frontdesk.agents import reconciling, registry
from frontdesk.agents.definitions import SQL, Definition
from frontdesk.agents.registry import soon
from frontdesk.agents.wire import AgentState, ShownTool, ToolsStatus
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.tool import Wire

SHORT: Final = 12
"""Digits of a hash that are shown."""


class WaitingTool(Wire):
    """A tool that has a successor, or that no release has any more, and is still at Vapi."""

    tool_name: str
    vapi_tool_id: str
    unlinked_at: str | None
    why: str


class PlatformStatus(Wire):
    """What all clinics share."""

    registered: int
    """Tools of today's definitions, at Vapi."""
    to_register: list[str]
    """Names of those that the next sync of any agent registers."""
    superseded: list[WaitingTool]
    agents_behind: int
    """Of all clinics: not yet what was saved, or not yet linked to the tools of today."""


class Organization(NamedTuple):
    id: UUID
    name: str


class _Linked(NamedTuple):
    tool_name: str
    vapi_tool_id: str
    definition_hash: str
    linked_at: datetime


class _Id(NamedTuple):
    org_id: UUID


def of_clinic(db: Transaction, wanted: list[Definition]) -> ToolsStatus:
    """The clinic whose claims the transaction has; `wanted` is what the platform's tools are today."""
    [organization] = db.all(Organization, SQL["organization"])
    linked = {row.tool_name: row for row in db.all(_Linked, SQL["org_tools"])}
    today = {each.tool_name: each.hash for each in wanted}
    return ToolsStatus(
        organization_id=str(organization.id),
        organization=organization.name,
        tools=[
            _shown(name, linked.get(name), today.get(name)) for name in sorted(linked.keys() | today.keys())
        ],
        agents=[
            AgentState(
                id=str(each.id),
                name=each.name,
                template=each.template,
                sync=each.sync,
                sync_error=each.sync_error,
                version=each.version,
                synced_version=each.synced_version,
                synced_at=each.synced_at and each.synced_at.isoformat(),
                assistant_id=each.vapi_assistant_id,
            )
            for each in agents.all_of(db)
        ],
    )


def of_platform() -> PlatformStatus:
    """Raises `DatabaseFailed`."""
    tools = registry.read()
    to_register = [each.tool_name for each in tools.missing]
    return PlatformStatus(
        registered=len(tools.wanted) - len(to_register),
        to_register=to_register,
        superseded=[
            WaitingTool(
                tool_name=each.tool_name,
                vapi_tool_id=each.vapi_tool_id,
                unlinked_at=each.unlinked_at and each.unlinked_at.isoformat(),
                why="calls that began before nothing linked it may still be running"
                if each.unlinked_at
                else "an assistant or a clinic's record still links it, or nobody has looked since",
            )
            for each in registry.superseded()
        ],
        agents_behind=len(reconciling.agents_behind()),
    )


def organizations() -> list[Organization]:
    """Every clinic, each read under its own claims; in order of name."""
    with directory_transaction(soon()) as db:
        ids = [row.org_id for row in db.all(_Id, SQL["organizations"])]
    found: list[Organization] = []
    for org_id in ids:
        with clinic_transaction(org_id, soon()) as db:
            found += db.all(Organization, SQL["organization"])
    return sorted(found, key=lambda each: (each.name, each.id))


def _shown(name: str, linked: _Linked | None, today: str | None) -> ShownTool:
    if linked is None:
        return ShownTool(
            tool_name=name, state="missing", vapi_tool_id=None, definition_hash=None, linked_at=None
        )
    return ShownTool(
        tool_name=name,
        state="current" if linked.definition_hash == today else "outdated",
        vapi_tool_id=linked.vapi_tool_id,
        definition_hash=linked.definition_hash[:SHORT],
        linked_at=linked.linked_at.isoformat(),
    )
