"""Lambda behind `/console/agent`: what callers talk to, changed here, and how far Vapi has followed."""

import re
from typing import Any
from uuid import uuid4

from frontdesk.agents.wire import changed
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.errors import Unknown
from frontdesk.settings import settings
from functions.agents.listening.handler import listen
from functions.agents.reading.handler import everybody, may_be, tools
from functions.agents.saving.handler import delete, save
from functions.console.agent.trigger import TRIGGER
from functions.organizations.settings.handler import read as organization

_NUMBER = re.compile(r"\d(\.\d{1,4})?")
_ALL = "all"
"""In place of reasons to transfer a call: every one there is, also later ones."""


@shows("GET /console/agent")
def agent(visit: Visit) -> Page:
    """The clinic's first agent, or the one that is asked for; or an empty form for the first."""
    agents = visit.ask(everybody).agents
    wanted = visit.query.get("id", agents[0].id if agents else None)
    one = next((each for each in agents if each.id == wanted), None)
    # What was typed for one that somebody deleted meanwhile is kept, and would make another.
    if wanted and one is None and visit.problem is None:
        raise Unknown("There is no such agent.")
    clinic, choices = visit.ask(organization), visit.ask(may_be)
    was_saving = bool(visit.form.one("agentId"))
    return Page(
        "agent.html",
        {
            "agents": agents,
            "agent": one,
            "address": f"/console/agent?id={one.id}" if one else "/console/agent",
            # In place of what was typed, when that was not taken because of it.
            "theirs": changed(_body(visit), one.model_dump(by_alias=True)) if one and was_saving else [],
            # Chosen here, so that a form that is sent twice makes one agent.
            "agent_id": one.id if one else str(uuid4()),
            "choices": choices,
            "models": [(model, model) for model in choices.models],
            "tools": visit.ask(tools).tools,
            "lines": clinic.transfer_lines,
            "clinic_languages": clinic.languages,
        },
        # Recordings come from all of the web that is encrypted; a stand-in of Vapi has them in plain.
        connects_to=[] if settings().vapi_api_url.startswith("https:") else [settings().vapi_api_url],
    )


@shows("POST /console/agent", least="admin", again=agent)
def saved(visit: Visit) -> Away:
    """The next version; Vapi follows by itself."""
    agent_id = visit.form.one("agentId")
    visit.ask(save, {"agent_id": agent_id}, _body(visit), seen=visit.form.version())
    return Away(f"/console/agent?id={agent_id}", "agent")


@shows("POST /console/agent/{id}/delete", least="admin", again=agent)
def deleted(visit: Visit) -> Away:
    """Callers don't reach it any more."""
    visit.ask(delete, {"agent_id": visit.path["id"]}, seen=visit.form.version())
    return Away("/console/agent", "removed")


@shows("GET /console/agent/voices/{voice}")
def heard(visit: Visit) -> Away:
    """Where that voice can be heard just now."""
    return Away(visit.ask(listen, visit.path).url)


def _body(visit: Visit) -> dict[str, Any]:
    form = visit.form
    reasons, warmth = form.many("transferReasons"), form.one("temperature")
    return {
        "name": form.one("name"),
        "template": form.one("template") or "squad",
        # The one that callers are answered in stands first.
        "languages": sorted(form.many("languages"), key=lambda language: language != form.one("first")),
        "voice": form.one("voice"),
        "greeting": form.one("greeting"),
        "greetingZh": form.one("greetingZh"),
        "instructions": form.one("instructions"),
        "transferReasons": None if _ALL in reasons else reasons,
        "model": form.one("model"),
        "temperature": float(warmth) if _NUMBER.fullmatch(warmth) else warmth,
    }


handler = console(TRIGGER, agent, saved, deleted, heard)
