"""Looks at all of Vapi now and then: what is gone, what drifted, what is over; the queue heals it.

It writes to Vapi only to register a tool that a deploy changed, and to remove one that nobody can need any
more. Agents that must be written are marked as behind, and come to the queue with all others that are.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from frontdesk import secrets
from frontdesk.agents import assistants, registration, registry
from frontdesk.agents.definitions import SQL
from frontdesk.agents.registry import Busy, Superseded, Tools, soon
from frontdesk.agents.syncing import CLOCKS_APART, LEASE_S, Saved
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.settings import settings
from frontdesk.vapi import leaves
from frontdesk.vapi.api import LONGEST_CALL, Item, Vapi, instant
from frontdesk.vapi.kinds import ASSISTANTS, NUMBERS, SQUADS, TOOLS
from frontdesk.vapi.squads import SHARED_SQUAD

_STRAGGLERS: Final = timedelta(seconds=2 * LEASE_S)
_LONGEST_S: Final = 10.0
"""For one answer of Vapi."""


class Found(NamedTuple):
    """How many of each."""

    tools_gone: int
    """Deleted at Vapi; the next sync makes others."""
    tools_retired: int
    """Deleted by us, for nobody needs them."""
    tools_waiting: int
    """That have a successor, and are needed still."""
    tools_twice: int
    """Of one name, more than we know of: somebody else's, or a lost one. Reported."""
    assistants_drifted: int
    """Gone, or linked to other tools than we linked them to."""
    assistants_nobodys: int
    """Ours by their mark, of an agent that isn't here. Only told: another platform may share the account."""
    assistants_twice: int
    """Of an agent that has another one. Deleted."""


class _Behind(NamedTuple):
    org_id: UUID
    agent_id: UUID


class _AtVapi(NamedTuple):
    org_id: UUID
    agent_id: UUID
    vapi_assistant_id: str


def client() -> Vapi:
    """The platform's account, for a run that has no queue to come back by: it asks again by itself."""
    return Vapi(settings().vapi_api_url, secrets.vapi_private_key(), attempts=3, longest_s=_LONGEST_S)


def reconcile(vapi: Vapi) -> Found:
    """Compares; raises `VapiFailed` when Vapi can't be read, and the next run tries again."""
    there, listed = vapi.items(TOOLS), vapi.items(ASSISTANTS)
    ids = {each["id"] for each in there}
    tools = registry.read()
    gone = [each.vapi_tool_id for each in tools.live.values() if each.vapi_tool_id not in ids]
    if registry.supersede_gone(gone) or tools.missing or tools.dropped:
        tools = _registered(vapi)
    with directory_transaction(soon()) as db:
        ours = db.all(_AtVapi, SQL["agents_at_vapi"])
    drifted = _mark_drifted(listed, ours, tools)
    twins = _take_twins_away(vapi, listed, ours)
    there_too = vapi.items(SQUADS)
    _note_squad(there_too)
    retired, waiting = _retire(vapi, [*listed, *there_too, *vapi.items(NUMBERS)], ids)
    return Found(
        tools_gone=len(gone),
        tools_retired=retired,
        tools_waiting=waiting,
        tools_twice=_twice(there, tools),
        assistants_drifted=drifted,
        assistants_nobodys=_nobodys(listed, ours) - twins,
        assistants_twice=twins,
    )


def _registered(vapi: Vapi) -> Tools:
    """What there is once those that a deploy changed are registered: else they'd wait for somebody's save."""
    if registry.read().live:
        try:
            return registration.sync_tools(vapi)[0]
        except ProviderFailed as failed:
            logger.warning("tools are not as deployed", extra=described(failed))
    return registry.read()


def _note_squad(listed: list[Item]) -> None:
    """Writes down which squad calls are answered by, or that there is none any more."""
    found = next((each["id"] for each in listed if each.get("name") == SHARED_SQUAD), None)
    with directory_transaction(soon()) as db:
        if found:
            db.run(SQL["squad_seen"], name=SHARED_SQUAD, vapi_id=found)
        else:
            db.run(SQL["squad_gone"], name=SHARED_SQUAD)


def _mark_drifted(listed: list[Item], ours: list[_AtVapi], tools: Tools) -> int:
    """Agents that our records call well and whose assistants aren't; they count as behind from now on."""
    held = {each["id"]: set(_linked(each)) for each in listed}
    known, wanted = registry.ever_ours(), set(tools.ids)
    behind = {each.agent_id for each in agents_behind()}
    drifted = [
        each
        for each in ours
        if each.agent_id not in behind
        and (each.vapi_assistant_id not in held or held[each.vapi_assistant_id] & known != wanted)
    ]
    for each in drifted:
        with clinic_transaction(each.org_id, soon()) as db:
            db.run(SQL["behind"], agent_id=each.agent_id)
    return len(drifted)


def agents_behind() -> list[Saved]:
    """Those of any clinic that are not what they were saved as, or not linked to the tools of today."""
    tools = registry.read()
    with directory_transaction(soon()) as db:
        return [
            Saved(org_id=each.org_id, agent_id=each.agent_id)
            for each in db.all(_Behind, SQL["agents_behind"], tools=tools.fingerprint)
        ]


def _retire(vapi: Vapi, mentioning: list[Item], ids: set[str]) -> tuple[int, int]:
    """Removes the tools that have a successor and that nothing needs; how many went, and how many wait.

    Needed is what anything of the account names, by whatever field; what a clinic's record names; and what a
    call may have that began before the last of them was moved. One that is gone already is only forgotten.
    """
    waiting = registry.superseded()
    if not waiting:
        return 0, 0
    registry.note_links(
        old.vapi_tool_id
        for old in waiting
        if any(leaves.mentions(each, old.vapi_tool_id) for each in mentioning)
    )
    retired = 0
    try:
        with registry.leased():  # a release that is taken back may make one of them live again
            for old in registry.superseded():
                # Who read the old tools before they were superseded may link one for as long as its lease.
                is_free = old.unlinked_at and old.unlinked_at < datetime.now(UTC) - _STRAGGLERS
                if is_free and _is_retired(vapi, old, ids):
                    retired += 1
    except Busy:
        logger.info("tools are being registered; the next run retires the old ones")
    return retired, len(waiting) - retired


def _is_retired(vapi: Vapi, old: Superseded, ids: set[str]) -> bool:
    """Whether it could be removed; what fails waits for the next run, and holds up nothing else."""
    try:
        if old.vapi_tool_id in ids:
            if old.unlinked_at and _is_in_a_call(vapi, old.unlinked_at):
                return False
            vapi.delete(TOOLS, old.vapi_tool_id)
        registry.forget(old.vapi_tool_id)
    except (ProviderFailed, psycopg.Error) as failed:
        logger.warning("a tool could not be retired", extra={"tool": old.tool_name, **described(failed)})
        return False
    logger.info("tool retired", extra={"tool": old.tool_name, "vapi_tool_id": old.vapi_tool_id})
    return True


def _is_in_a_call(vapi: Vapi, unlinked_at: datetime) -> bool:
    """Whether a call is running that may have begun with it, by Vapi's clock, which isn't ours."""
    until = unlinked_at + CLOCKS_APART
    return bool(vapi.running_since(instant(until), instant(unlinked_at - LONGEST_CALL)))


def _linked(assistant: Item) -> list[str]:
    return assistant.get("model", {}).get("toolIds") or []


def _take_twins_away(vapi: Vapi, listed: list[Item], ours: list[_AtVapi]) -> int:
    """Removes an agent's second assistant, as of a creation that was answered twice; how many there were."""
    known = {str(each.agent_id): each for each in ours}
    twins = [
        each["id"]
        for each in listed
        if (agent := known.get(assistants.owner_of(each) or ""))
        and each["id"] != agent.vapi_assistant_id
        and each["metadata"].get("orgId") == str(agent.org_id)
    ]
    for id_ in twins:
        vapi.delete(ASSISTANTS, id_)
    return len(twins)


def _twice(there: list[Item], tools: Tools) -> int:
    """Tools at Vapi of a name of ours that are none of ours."""
    known = registry.ever_ours()
    strangers = [each for each in there if each["id"] not in known]
    return sum(each.get("function", {}).get("name") in tools.names for each in strangers)


def _nobodys(listed: list[Item], ours: list[_AtVapi]) -> int:
    known = {each.vapi_assistant_id for each in ours}
    return sum(assistants.owner_of(each) is not None and each["id"] not in known for each in listed)
