"""From a saved agent to one that answers with its tools: what a queue does after every save.

No order of events is assumed, and none need come only once: whoever comes holds the agent's lease, reads the
current row, does what that row still lacks, and writes down what it did. No transaction is open while Vapi is
awaited. What can't be done now is raised, and the queue comes back; nothing here waits.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from pydantic import BaseModel

from frontdesk.agents import assistants, linking, registration, registry
from frontdesk.agents.agent import Agent
from frontdesk.agents.definitions import SQL
from frontdesk.agents.linking import AssistantGone
from frontdesk.agents.registration import CredentialMissing
from frontdesk.agents.registry import Busy, Tools, soon
from frontdesk.db.claims import clinic_transaction
from frontdesk.notifications import notices
from frontdesk.settings import settings
from frontdesk.vapi import leaves
from frontdesk.vapi.api import AnswerLost, Item, Refused, Vapi, VapiFailed, instant
from frontdesk.vapi.kinds import ASSISTANTS, CREDENTIAL, SQUADS
from frontdesk.vapi.squads import SHARED_SQUAD

LEASE_S: Final = 60
"""Longer than the function that holds it may run: who was killed is waited for that long."""
_HEALED_BY_A_RETRY: Final = frozenset({404, 408, 409, 423, 425})
_LONGEST_REASON: Final = 500
CLOCKS_APART: Final = timedelta(minutes=5)
"""At most, those of our database and of Vapi."""


class Saved(BaseModel):
    """The event `AgentSaved`: an agent that may be behind. By ids alone; what it is stands in its row."""

    org_id: UUID
    agent_id: UUID


class Vanished(LookupError):
    """The agent's clinic was deleted while its assistant was made; that is deleted too."""


class CannotHeal(VapiFailed):
    """Vapi says no, and would say so again: a person must change something."""


class _Lease(NamedTuple):
    holder: UUID
    synced_tools: str
    creating_since: datetime | None
    is_deleted: bool


class Held(NamedTuple):
    """An agent's current row, which nobody else acts on at the moment."""

    agent: Agent
    holder: UUID
    synced_tools: str
    creating_since: datetime | None
    """Since then an assistant was asked for, and nobody wrote down whether it was made."""
    is_deleted: bool


class Synced(NamedTuple):
    """What a sync came to."""

    has_moved: bool
    """A tool was replaced by another, so everybody who is linked to it must be moved."""
    writes: int
    """Of assistants at Vapi."""
    saved_at: datetime | None = None
    """When what is at Vapi now was saved; None when nothing was that it lacked."""


def sync_agent(vapi: Vapi, saved: Saved, *, on_moved: Callable[[], object] = lambda: None) -> Synced:
    """Brings one agent to Vapi, or takes it away; what is done already is not done again.

    Raises:
        Busy: another one is at this agent, or at the platform's tools.
        CannotHeal: no retry will help.
        VapiFailed: a retry may.
        ProviderFailed: likewise, of the database.
    """
    nothing = Synced(has_moved=False, writes=0)
    with holding(saved) as held, explained():
        if held is None:
            return nothing
        try:
            return _synced(vapi, held, on_moved)
        except Vanished:
            return nothing


def _synced(vapi: Vapi, held: Held, on_moved: Callable[[], object]) -> Synced:
    agent = held.agent
    if held.is_deleted:
        return Synced(has_moved=False, writes=_remove(vapi, held))
    failed: VapiFailed | None = None
    try:
        tools, has_moved = registration.sync_tools(vapi, on_moved)
    except VapiFailed as error:
        tools, has_moved, failed = registry.read(), False, error
        if tools.names - tools.live.keys():
            raise
        # Every tool is there, if not as it was deployed last: that keeps nobody from what they saved.
    is_behind = agent.synced_version < agent.version or held.synced_tools != tools.fingerprint
    writes = 0
    if is_behind or agent.sync_error is not None:
        writes = sync_all_tools_for_assistant(vapi, held, tools)
    if failed:
        raise failed
    return Synced(has_moved, writes, agent.updated_at if agent.synced_version < agent.version else None)


def sync_all_tools_for_assistant(vapi: Vapi, held: Held, tools: Tools) -> int:
    """Makes what the agent's template needs, linked to all tools, and records it; how often it wrote."""
    agent, writes = held.agent, 0
    is_as_saved = agent.synced_version == agent.version
    if agent.template == "squad":
        # None of its own: the shared one, which a push links, is told the clinic's words at each call.
        if not any(each.get("name") == SHARED_SQUAD for each in vapi.items(SQUADS)):
            raise CannotHeal(
                "the squad that all clinics share is not at Vapi; push it: `frontdesk vapi push`"
            )
    elif agent.vapi_assistant_id and is_as_saved:
        try:
            writes += linking.link_tools_to_assistant(
                *(vapi, agent.vapi_assistant_id, tools.ids), ours=registry.ever_ours(), names=tools.known_as
            )
        except AssistantGone:
            writes += _write(vapi, held, tools)
    else:
        writes += _write(vapi, held, tools)
    with clinic_transaction(agent.org_id, soon()) as db:
        values = {"agent_id": agent.id, "holder": held.holder}
        if db.run(SQL["settle"], **values, version=agent.version, tools=tools.fingerprint):
            db.run(SQL["linked"], tool_ids=tools.ids)
            db.run(SQL["unlinked"], tool_ids=tools.ids)
    return writes


def degrade(saved: Saved, reason: str) -> bool:
    """Says, for the clinic to see, why an agent isn't what it was saved as; whether that is news.

    Not of an agent that another has brought to Vapi meanwhile.
    """
    tools = registry.read().fingerprint
    with clinic_transaction(saved.org_id, soon()) as db:
        values = {"agent_id": saved.agent_id, "reason": reason[:_LONGEST_REASON], "tools": tools}
        is_news = db.run(SQL["degrade"], **values) > 0
        if is_news:
            notices.note_degraded(db, saved.agent_id)
        return is_news


@contextmanager
def holding(saved: Saved) -> Generator[Held | None]:
    """The agent, held; None when there is none any more. Raises `Busy` when somebody else holds it."""
    with clinic_transaction(saved.org_id, soon()) as db:
        asked = {"agent_id": saved.agent_id, "holder": uuid4()}
        lease = db.one(_Lease, SQL["lease"], **asked, seconds=LEASE_S)
        agent = db.one(Agent, SQL["leased_agent"], agent_id=saved.agent_id)
    if agent is None:
        yield None
        return
    if lease is None:
        raise Busy("somebody else syncs this agent at the moment")
    try:
        yield Held(agent, *lease)
    finally:
        with clinic_transaction(saved.org_id, soon()) as db:
            db.run(SQL["release"], **asked)


def _write(vapi: Vapi, held: Held, tools: Tools) -> int:
    """Makes the assistant, or makes it what was saved; how often Vapi was written to."""
    there = _assistant(vapi, held)
    model: dict[str, Any] = {}
    if there:
        model = linking.linked(there, tools.ids, ours=registry.ever_ours(), names=tools.known_as)
    body = assistants.body(
        *(held.agent, model, model.get("toolIds", tools.ids)),
        server_url=settings().public_url,
        credential_id=_credential(vapi),
    )
    if there is None:
        _create(vapi, held, body)
        return 1
    _made(vapi, held, there)
    changed = {key: value for key, value in body.items() if not leaves.holds(there, {key: value})}
    if changed:
        # Half a `model` would wipe the prompt, so it goes whole, with what Vapi holds besides.
        vapi.patch(ASSISTANTS, there["id"], changed)
    return bool(changed)


def _assistant(vapi: Vapi, held: Held) -> Item | None:
    """The agent's assistant at Vapi, also one that was made and not written down."""
    if held.agent.vapi_assistant_id and (there := vapi.get(ASSISTANTS, held.agent.vapi_assistant_id)):
        return there
    return _lost(vapi, held.agent, held.creating_since) if held.creating_since else None


def _lost(vapi: Vapi, agent: Agent, since: datetime) -> Item | None:
    """One that was made since then: an account has thousands, and a list of all takes its time."""
    listed = vapi.items(ASSISTANTS, created_after=instant(since - CLOCKS_APART))
    return next((each for each in listed if assistants.owner_of(each) == str(agent.id)), None)


def _create(vapi: Vapi, held: Held, body: dict[str, Any]) -> None:
    """Asks for it once, and writes that down before and after."""
    with clinic_transaction(held.agent.org_id, soon()) as db:
        since = db.value(SQL["creating"], agent_id=held.agent.id, holder=held.holder)
    if since is None:
        raise Busy("the lease was over before the assistant was asked for")
    try:
        made = vapi.create(ASSISTANTS, body)
    except AnswerLost:
        found = _lost(vapi, held.agent, since)
        if found is None:
            raise
        made = found
    _made(vapi, held, made)


def _made(vapi: Vapi, held: Held, item: Item) -> None:
    """Writes down whose assistant it is; where the clinic is gone meanwhile, so is the assistant."""
    if item["id"] == held.agent.vapi_assistant_id:
        return
    with clinic_transaction(held.agent.org_id, soon()) as db:
        is_kept = db.run(SQL["made"], agent_id=held.agent.id, assistant_id=item["id"]) > 0
        if is_kept:
            db.run(SQL["answers_here"], assistant_id=item["id"])
            if held.agent.vapi_assistant_id:
                db.run(SQL["answers_no_more"], assistant_id=held.agent.vapi_assistant_id)
    if not is_kept:
        vapi.delete(ASSISTANTS, item["id"])
        raise Vanished


def _remove(vapi: Vapi, held: Held) -> int:
    """Takes away the assistant, and then the row; never a tool, for those are everybody's."""
    there = _assistant(vapi, held)
    if there:
        vapi.delete(ASSISTANTS, there["id"])
    with clinic_transaction(held.agent.org_id, soon()) as db:
        if held.agent.vapi_assistant_id:
            db.run(SQL["answers_no_more"], assistant_id=held.agent.vapi_assistant_id)
        db.run(SQL["remove"], agent_id=held.agent.id)
        db.run(SQL["unlink_the_last"])
    return int(there is not None)


_credentials: dict[str, str] = {}
"""The id of our credential, by account, for as long as this process lives or until Vapi doubts it."""


def _credential(vapi: Vapi) -> str:
    if vapi.host not in _credentials:
        found = vapi.credentials().get(CREDENTIAL)
        if found is None:
            raise CannotHeal(f"the Vapi account must have exactly one credential named {CREDENTIAL}")
        _credentials[vapi.host] = found
    return _credentials[vapi.host]


@contextmanager
def explained() -> Generator[None]:
    """Tells what a retry can heal from what it can't."""
    try:
        yield
    except CredentialMissing as error:
        raise CannotHeal(str(error)) from error
    except Refused as error:
        said = str(error)
        if error.status in (401, 403):
            raise CannotHeal(
                f"{said}. VAPI_PRIVATE_KEY must be a private key of the account; a public one may not write"
            ) from error
        if error.status == 400:
            # Somebody deleted a tool at Vapi, or made the credential anew: the next try finds others.
            is_other = any(id_ in said for id_ in _credentials.values())
            _credentials.clear()
            if registry.supersede_gone(each for each in registry.read().ids if each in said) or is_other:
                raise VapiFailed(said) from error
        if error.status in _HEALED_BY_A_RETRY:
            raise VapiFailed(said) from error
        raise CannotHeal(said) from error
