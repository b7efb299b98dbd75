"""Brings clinics whose assistants are of old to the platform's tools: an operator's work, and repeatable.

What is done stands at Vapi and in our database, and nowhere else, so a run that was cut off is just run
again. One assistant's trouble is not the others'.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from frontdesk.agents import linking, registration, registry, syncing
from frontdesk.agents.choices import DEFAULT_MODEL, VOICES
from frontdesk.agents.definitions import SQL, Definition, name_of
from frontdesk.agents.linking import RETIRED, AssistantGone
from frontdesk.agents.registry import Tools, soon
from frontdesk.agents.status import Organization
from frontdesk.agents.syncing import SHARED_SQUAD, Saved
from frontdesk.db.claims import clinic_transaction
from frontdesk.errors import ProviderFailed
from frontdesk.vapi.api import Item, Vapi
from frontdesk.vapi.kinds import ASSISTANTS, SQUADS, TOOLS

_TO_COME: Final = "to be registered: "


class Ended(StrEnum):
    """What became of an assistant, or of all of a clinic's."""

    MIGRATED = "migrated"
    """In a dry run: it would be."""
    RIGHT = "already right"
    SKIPPED = "skipped"
    FAILED = "failed"


class Assistant(NamedTuple):
    """One id that answers for a clinic."""

    vapi_id: str
    ended: Ended
    note: str = ""
    """Why, or what a person has to see to."""


class Clinic(NamedTuple):
    """What a clinic came to."""

    organization: Organization
    assistants: list[Assistant]
    note: str = ""
    """Why the clinic failed, where that was no assistant's doing."""

    @property
    def ended(self) -> Ended:
        """The worst that happened to it; skipped where it has no assistant of its own."""
        ends = {each.ended for each in self.assistants}
        if self.note or Ended.FAILED in ends:
            return Ended.FAILED
        return next((end for end in (Ended.MIGRATED, Ended.RIGHT) if end in ends), Ended.SKIPPED)


class Account(NamedTuple):
    """The platform's account as a run found it, with its tools registered, or as they would be."""

    assistants: dict[str, Item]
    squads: dict[str, Item]
    tools: Tools
    tool_ids: list[str]
    """What every assistant is to be linked to; of a tool that a dry run only would register, a stand-in."""
    copies: set[str]
    """Ids of tools that are ours, or of old and take the place of ours."""
    to_register: list[Definition]
    """What was registered or taken over; in a dry run, what would be."""


class _Known(NamedTuple):
    vapi_id: str
    agent_id: UUID | None


def begin(vapi: Vapi, *, apply: bool) -> Account:
    """Looks at the account, and registers what is missing in it, once for all clinics.

    Raises `Busy` when somebody else registers at the moment, `CannotHeal` and `VapiFailed`.
    """
    with syncing.explained():
        assistants, squads, there = vapi.items(ASSISTANTS), vapi.items(SQUADS), vapi.items(TOOLS)
        ids = {each["id"] for each in there}
        tools = registry.read()
        gone = [each.vapi_tool_id for each in tools.live.values() if each.vapi_tool_id not in ids]
        to_register = [
            each
            for each in tools.wanted
            if each in tools.missing or tools.live[each.tool_name].vapi_tool_id in gone
        ]
        if apply:
            registry.supersede_gone(gone)
            tools, _ = registration.sync_tools(vapi)
            tool_ids = tools.ids
        else:
            tool_ids = _as_if_registered(tools, to_register)
    named_so = {each["id"] for each in there if linking.is_ours(name_of(each), tools.known_as)}
    return Account(
        assistants={each["id"]: each for each in assistants},
        squads={each["id"]: each for each in squads},
        tools=tools,
        tool_ids=tool_ids,
        copies=registry.ever_ours() | named_so,
        to_register=to_register,
    )


def migrate(
    vapi: Vapi, account: Account, organizations: Iterable[Organization], *, apply: bool
) -> Iterator[Clinic]:
    """Each clinic as it is done; without `apply`, what would be."""
    for organization in organizations:
        done: list[Assistant] = []
        try:
            with clinic_transaction(organization.id, soon()) as db:
                known = db.all(_Known, SQL["assistants_of_old"])
            done += [_migrated(vapi, account, organization.id, each, apply=apply) for each in known]
            if apply and _has_own(done):
                with clinic_transaction(organization.id, soon()) as db:
                    db.run(SQL["linked"], tool_ids=account.tool_ids)
                    db.run(SQL["unlinked"], tool_ids=account.tool_ids)
            yield Clinic(organization, done)
        except ProviderFailed as error:
            yield Clinic(organization, done, note=str(error))


def _as_if_registered(tools: Tools, to_register: Iterable[Definition]) -> list[str]:
    """The ids there would be; made up for those that aren't there yet."""
    ids = {name: live.vapi_tool_id for name, live in tools.live.items() if name in tools.names}
    ids |= {each.tool_name: _TO_COME + each.tool_name for each in to_register}
    return [ids[name] for name in sorted(ids)]


def _has_own(done: Collection[Assistant]) -> bool:
    """Whether the clinic has assistants, all of which are linked as they should be."""
    ends = {each.ended for each in done}
    return Ended.FAILED not in ends and not ends <= {Ended.SKIPPED}


def _migrated(vapi: Vapi, account: Account, org_id: UUID, known: _Known, *, apply: bool) -> Assistant:
    id_ = known.vapi_id
    there = account.assistants.get(id_)
    if there is None:
        squad = "a squad; `frontdesk vapi push` links its assistants"
        return Assistant(id_, Ended.SKIPPED, squad if id_ in account.squads else "not at Vapi any more")
    if id_ in _shared(account):
        return Assistant(id_, Ended.SKIPPED, "of the shared squad, which `frontdesk vapi push` links")
    links = {"ours": account.copies, "names": account.tools.known_as}
    model = linking.linked(there, account.tool_ids, **links)
    note = _left(model)
    if model == there.get("model", {}):
        if apply and known.agent_id is None:
            _adopt(org_id, there, account.tools)
        return Assistant(id_, Ended.RIGHT, note)
    if not apply:
        return Assistant(id_, Ended.MIGRATED, note)
    try:
        # A whole model is read and written back: not while a save of the same agent is on its way.
        alone = syncing.holding(Saved(org_id=org_id, agent_id=known.agent_id)) if known.agent_id else None
        with alone or nullcontext(), syncing.explained():
            has_written = linking.link_tools_to_assistant(vapi, id_, account.tool_ids, **links)
    except AssistantGone:
        return Assistant(id_, Ended.SKIPPED, "not at Vapi any more")
    except ProviderFailed as error:
        return Assistant(id_, Ended.FAILED, str(error))
    if known.agent_id is None:
        _adopt(org_id, there, account.tools)
    return Assistant(id_, Ended.MIGRATED if has_written else Ended.RIGHT, note)


def _adopt(org_id: UUID, assistant: Item, tools: Tools) -> None:
    """Makes it an agent of the clinic, so that it is moved with all others when a definition changes."""
    values = {
        "agent_id": uuid5(NAMESPACE_URL, f"frontdesk:assistant:{assistant['id']}"),
        "assistant_id": assistant["id"],
        "name": assistant.get("name") or "Front desk",
        "voice": next(iter(VOICES)),
        "model": DEFAULT_MODEL,
        "tools": tools.fingerprint,
    }
    with clinic_transaction(org_id, soon()) as db:
        db.run(SQL["adopt"], **values)


def _shared(account: Account) -> set[str]:
    """Assistants of the squad that all clinics share: each has the tools of its role, not all."""
    return {
        member["assistantId"]
        for squad in account.squads.values()
        if squad.get("name") == SHARED_SQUAD
        for member in squad.get("members", [])
        if "assistantId" in member
    }


def _left(model: Mapping[str, Any]) -> str:
    """What no migration does for it: its prompt, and its tools that were never ours, are the clinic's own."""
    words = json.dumps(model.get("messages", []))
    notes = [
        f"its prompt still names {old}: let it say {' and '.join(new)}"
        for old, new in RETIRED.items()
        if old in words
    ]
    inline: list[dict[str, Any]] = [*(model.get("tools") or []), *(model.get("functions") or [])]
    if inline:
        notes.append("keeps inline tools of its own: " + ", ".join(str(name_of(each)) for each in inline))
    return "; ".join(notes)
