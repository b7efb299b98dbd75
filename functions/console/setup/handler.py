"""Lambda behind `/console/setup`: one line from a name to a desk that answers, and a call to hear it."""

from datetime import datetime
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from frontdesk.call import between_calls
from frontdesk.calls import rehearsing
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.console.words import _, clock
from frontdesk.members.problems import not_taken
from frontdesk.scheduling import desks, diary
from frontdesk.speech import times
from frontdesk.speech.language import Language
from functions.agents.reading.handler import everybody as agents
from functions.agents.saving.handler import save
from functions.calendars.connections.handler import choose, connect
from functions.calendars.connections.handler import listing as calendars
from functions.console.setup.script import SCRIPT
from functions.console.setup.steps import PATH, progress
from functions.console.setup.trigger import TRIGGER
from functions.knowledge.documents.handler import add as add_document
from functions.knowledge.documents.handler import listing as documents
from functions.organizations.phone_numbers.handler import attach
from functions.organizations.phone_numbers.handler import listing as numbers
from functions.organizations.settings.handler import change as change_clinic
from functions.organizations.settings.handler import read as read_clinic
from functions.providers.appointment_types.handler import add as add_kind
from functions.providers.appointment_types.handler import change as change_kind
from functions.providers.appointment_types.handler import listing as kinds
from functions.providers.staff.handler import add as add_provider
from functions.providers.staff.handler import change as change_provider
from functions.providers.staff.handler import everybody as staff
from functions.providers.staff.handler import hours as hours_of
from functions.providers.staff.handler import replace as replace_hours

_ZONES: Final = (
    *(f"America/{city}" for city in ("St_Johns", "Halifax", "Toronto", "Winnipeg", "Regina", "Edmonton")),
    *("America/Vancouver", "America/Whitehorse", "America/Yellowknife"),
    *(f"America/{city}" for city in ("New_York", "Chicago", "Denver", "Phoenix", "Los_Angeles", "Anchorage")),
    "Pacific/Honolulu",
)
"""Canada's from east to west, then those of its neighbour."""
_SHIFTS: Final = (("09:00", "12:00"), ("13:00", "17:00"))
_WORKDAYS: Final = range(1, 6)


@shows(f"GET {PATH}")
def overview(visit: Visit) -> Page:
    """Where the clinic is in the line."""
    return Page("setup.html", {"progress": progress(visit, "organization")})


@shows(f"GET {PATH}/organization")
def organization(visit: Visit) -> Page:
    """Its name, place, zone and languages."""
    clinic = visit.ask(read_clinic)
    now = between_calls(visit.db).now
    zones = dict.fromkeys((*_ZONES, clinic.time_zone))
    return Page(
        "setup_organization.html",
        {
            "progress": progress(visit, "organization"),
            "organization": clinic,
            "zones": [(name, _zone(name, now, visit.language)) for name in zones],
        },
    )


@shows(f"POST {PATH}/organization", least="admin", again=organization)
def organization_saved(visit: Visit) -> Away:
    """On to the providers."""
    form = visit.form
    changes = {
        "name": form.one("name"),
        "nameZh": form.one("nameZh") or None,
        "address": form.one("address"),
        "timeZone": form.one("timeZone"),
        "languages": _languages(visit),
    }
    visit.ask(change_clinic, {}, changes, seen=visit.form.version())
    return Away(f"{PATH}/providers", "saved")


@shows(f"GET {PATH}/providers")
def providers(visit: Visit) -> Page:
    """Who sees patients and when, as callers hear it; and a form for the first, or for one more."""
    call = between_calls(visit.db)
    desk = desks.of_clinic(call)
    idle = next((one for one in desk.providers.values() if not desk.shifts[one.id]), None)
    return Page(
        "setup_providers.html",
        {
            "progress": progress(visit, "providers"),
            "providers": [one for one in desk.providers.values() if desk.shifts[one.id]],
            "week": "" if call.clinic.emr else times.say_week(diary.week(call, desk), visit.language),
            "idle": idle,
            "kind": next(iter(desk.types), None),
            "clinic_languages": ",".join(call.clinic.languages),
            "weekdays": [(day, times.say_weekday(day - 1, visit.language)) for day in range(1, 8)],
            "shifts": _SHIFTS,
            "workdays": _WORKDAYS,
        },
    )


@shows(f"POST {PATH}/providers", least="admin", again=providers)
def provider_saved(visit: Visit) -> Away:
    """The provider with their week, and how long the clinic's first kind of visit takes."""
    form = visit.form
    fields = {
        "name": form.one("name"),
        "nameZh": form.one("nameZh") or None,
        "specialty": form.one("specialty"),
        "languages": _languages(visit),
    }
    if known := form.one("provider"):
        provider_id = visit.ask(change_provider, {"id": known}, fields).id
    else:
        provider_id = visit.ask(add_provider, {}, fields).id
    weekly = _weekly(visit)
    if not weekly:
        raise not_taken(("weekly", _("Tick at least one day, and say from when to when.")))
    dates = visit.ask(hours_of, {"id": provider_id}).model_dump(mode="json", by_alias=True)["dates"]
    visit.ask(replace_hours, {"id": provider_id}, {"weekly": weekly, "dates": dates})
    _keep_duration(visit)
    return Away(f"{PATH}/calendar", "saved")


def _calendars(visit: Visit, consent: tuple[str, str] | None = None) -> Page:
    everybody = [one for one in visit.ask(staff).providers if one.is_active]
    return Page(
        "setup_calendar.html",
        {
            "progress": progress(visit, "calendar"),
            "connections": visit.ask(calendars).connections,
            "whose": [(str(one.id), one.name) for one in everybody],
            "consent": consent,
        },
    )


@shows(f"GET {PATH}/calendar")
def calendar(visit: Visit) -> Page:
    """Mailboxes that are connected, and whose which calendar is."""
    return _calendars(visit)


@shows(f"POST {PATH}/calendar/{{vendor}}", least="admin", again=calendar)
def calendar_begun(visit: Visit) -> Page:
    """The same page with the vendor's address: a form may not lead to another origin, a link may."""
    return _calendars(visit, (visit.path["vendor"], visit.ask(connect, visit.path).url))


@shows(f"POST {PATH}/calendar/connections/{{id}}", least="admin", again=calendar)
def calendar_chosen(visit: Visit) -> Away:
    """Whose the calendars of one mailbox are."""
    chosen = [
        {"id": int(name[2:]), "providerId": visit.form.number(name)}
        for name in visit.form
        if name.startswith("c-") and name[2:].isdecimal()
    ]
    visit.ask(choose, visit.path, {"calendars": chosen})
    return Away(f"{PATH}/documents", "saved")


@shows(f"GET {PATH}/documents")
def texts(visit: Visit) -> Page:
    """What callers are answered from."""
    return Page(
        "setup_documents.html",
        {"progress": progress(visit, "documents"), "documents": visit.ask(documents).documents},
    )


@shows(f"POST {PATH}/documents", least="admin", again=texts)
def text_added(visit: Visit) -> Away:
    """On to the agent; the text is read meanwhile."""
    text = visit.form.one("text")
    if not text:
        raise not_taken(("text", _("Write a few lines, or skip this for now.")))
    visit.ask(add_document, {}, {"name": visit.form.one("name"), "text": text})
    return Away(f"{PATH}/agent", "added")


@shows(f"GET {PATH}/agent")
def agent(visit: Visit) -> Page:
    """The clinic's agents, or a form for the first."""
    clinic = between_calls(visit.db).clinic
    return Page(
        "setup_agent.html",
        {
            "progress": progress(visit, "agent"),
            "agents": visit.ask(agents).agents,
            # Of the form: sent twice it makes one agent.
            "new_id": visit.form.one("agent") or str(uuid4()),
            "clinic_languages": ",".join(clinic.languages),
        },
    )


@shows(f"POST {PATH}/agent", least="admin", again=agent)
def agent_saved(visit: Visit) -> Away:
    """On to the number; Vapi follows within seconds."""
    form = visit.form
    fields = {"name": form.one("name"), "template": form.one("template"), "languages": _languages(visit)}
    visit.ask(save, {"agent_id": form.one("agent")}, fields)
    return Away(f"{PATH}/number", "agent")


@shows(f"GET {PATH}/number")
def number(visit: Visit) -> Page:
    """The clinic's numbers, if it has any yet."""
    values = {"progress": progress(visit, "number"), "numbers": visit.ask(numbers).phone_numbers}
    return Page("setup_number.html", values)


@shows(f"POST {PATH}/number", least="admin", again=number)
def number_attached(visit: Visit) -> Away:
    """On to the rehearsal; or what Vapi said, if the number isn't answered yet."""
    attached = visit.ask(attach, {"e164": visit.form.one("e164")})
    if attached.status != "attached":
        return Away(f"{PATH}/number")
    if visit.ask(read_clinic).phone_number is None:
        visit.ask(change_clinic, {}, {"phoneNumber": attached.e164})
    return Away(f"{PATH}/rehearsal", "saved")


@shows(f"GET {PATH}/rehearsal")
def rehearsal(visit: Visit) -> Page:
    """The call up to a step, played anew each time, for nothing of it is kept."""
    asked = visit.query.get("step", "")
    step = min(int(asked), len(SCRIPT)) if asked.isdecimal() and len(asked) < 3 else 0
    clinic = between_calls(visit.db).clinic
    by_name: dict[str, Language] = {str(one): one for one in clinic.languages}
    language = by_name.get(visit.query.get("caller", ""), clinic.languages[0])
    turns: list[rehearsing.Turn] = []
    if step and not clinic.emr:
        turns = rehearsing.play(visit.db, SCRIPT[:step], language, deadline=visit.deadline)
    is_refused = bool(turns) and turns[-1].outcome != "done"
    return Page(
        "setup_rehearsal.html",
        {
            "progress": progress(visit, "rehearsal"),
            "turns": turns,
            "caller": language,
            "step": step,
            "steps": len(SCRIPT),
            "is_refused": is_refused,
            "is_over": is_refused or len(turns) == len(SCRIPT),
        },
    )


def _zone(name: str, now: datetime, language: Language) -> str:
    """As "Vancouver · 2:30 PM": people know what time it is, not what their zone is called."""
    city = name.rpartition("/")[2].replace("_", " ")
    return f"{city} · {clock(now.astimezone(ZoneInfo(name)), language)}"


def _languages(visit: Visit) -> list[str]:
    return visit.form.one("languages").split(",")


def _weekly(visit: Visit) -> list[dict[str, Any]]:
    """The shifts of the ticked days; one with half its times is left for the endpoint to refuse.

    Raises `Problem` (422) for a day that is ticked and has none: it would be a day off, and nobody said so.
    """
    form = visit.form
    weekly: list[dict[str, Any]] = [
        {"weekday": day, "starts": starts, "ends": ends}
        for day in range(1, 8)
        if str(day) in form.many("day")
        for shift in range(1, len(_SHIFTS) + 1)
        for starts, ends in [(form.one(f"starts-{day}-{shift}"), form.one(f"ends-{day}-{shift}"))]
        if starts or ends
    ]
    if len({shift["weekday"] for shift in weekly}) < len(set(form.many("day"))):
        raise not_taken(("weekly", _("Say from when to when for each day that is ticked.")))
    return weekly


def _keep_duration(visit: Visit) -> None:
    """Of the clinic's first kind of visit, which is there since it signed up unless somebody took it away."""
    minutes = visit.form.number("durationMin")
    first = next((one for one in visit.ask(kinds).appointment_types if one.is_active), None)
    if first is None:
        named = {"name": "General consultation", "nameZh": "普通门诊"}
        visit.ask(add_kind, {}, {**named, "durationMin": minutes})
    elif first.duration_min != minutes:
        visit.ask(change_kind, {"id": first.id}, {"durationMin": minutes})


handler = console(
    TRIGGER,
    overview,
    organization,
    organization_saved,
    providers,
    provider_saved,
    calendar,
    calendar_begun,
    calendar_chosen,
    texts,
    text_added,
    agent,
    agent_saved,
    number,
    number_attached,
    rehearsal,
)
