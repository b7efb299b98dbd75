"""Lambda behind `/console/settings`: what a clinic chose, tab by tab, and what its rules do to a day."""

import json
from typing import Any, cast, get_args

from frontdesk.call import between_calls
from frontdesk.calls.wire import TransferReason
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, File, Page, Visit
from frontdesk.members.problems import Problem
from frontdesk.speech import times
from functions.console.settings import sample
from functions.console.settings.fields import TABS, Tab, shown, typed
from functions.console.settings.trigger import TRIGGER
from functions.organizations.settings.handler import change, read
from functions.privacy.audit.handler import handler as audit
from functions.providers.appointment_types.handler import listing as kinds
from functions.providers.staff.handler import everybody

_HOME = "/console/settings"
_FIRST = "clinic"


@shows("GET /console/settings")
def settings(visit: Visit) -> Page:
    """The first tab."""
    return _shown(visit, _FIRST)


@shows("GET /console/settings/{tab}")
def one(visit: Visit) -> Page:
    """One tab."""
    return _shown(visit, visit.path["tab"])


@shows("POST /console/settings/{tab}", least="admin", again=one)
def saved(visit: Visit) -> Page | Away:
    """The tab's settings from now on; or, of rules, what they would do."""
    name = visit.path["tab"]
    changes = typed(_tab(name), visit.form)
    if visit.form.one("show"):
        return _shown(visit, name, changes)
    # Only what was changed: what somebody else changed meanwhile, and this one didn't, stays as they left it.
    was = _was(visit)
    mine = {
        field: value for field, value in changes.items() if field not in was or shown(value) != was[field]
    }
    visit.ask(change, {}, mine, seen=visit.form.version())
    return Away(f"{_HOME}/{name}", "saved")


@shows("GET /console/settings/privacy")
def privacy(visit: Visit) -> Page:
    """The tab that the audit log is taken from."""
    return _shown(visit, "privacy")


@shows("POST /console/settings/audit", least="admin", again=privacy)
def exported(visit: Visit) -> File:
    """Who did what in those days, as CSV."""
    first, last = visit.form.one("from"), visit.form.one("to")
    if not (first and last):
        raise Problem(422, "Say from which day to which.", errors=[])
    return File(
        f"audit-{first}-{last}.csv",
        "text/csv; charset=utf-8",
        visit.ask(audit, {"from": first, "to": last}).text,
    )


def _shown(visit: Visit, name: str, tried: dict[str, Any] | None = None) -> Page:
    """A tab as it is saved, or with what was typed to be tried."""
    tab = _tab(name)
    clinic = visit.ask(read)
    wire = clinic.model_dump(by_alias=True)
    now = {field.name: wire[field.name] for field in tab.fields}
    is_refused = visit.problem is not None and visit.path.get("tab") == name
    rules = tried or (typed(tab, visit.form) if is_refused else now)
    every = [one for one in visit.ask(kinds).appointment_types if one.is_active]
    kind = next(iter(every), None)

    def called(one: Any) -> str:
        return (one.name_zh if visit.language == "zh" else None) or one.name

    shown_now = {each: shown(value) for each, value in now.items()}
    return Page(
        "settings.html",
        {
            "was": json.dumps(_was(visit) or shown_now),
            "tabs": {each: tab.title for each, tab in TABS.items()},
            "tab": name,
            "fields": tab.fields,
            "now": shown_now,
            "values": {each: shown(value) for each, value in rules.items()},
            "version": clinic.version,
            "sample": sample.of(rules, kind) if name == "rules" else None,
            "kind": kind,
            "called": called,
            "kinds": [(one.id, called(one)) for one in every],
            "people": [(one.id, called(one)) for one in visit.ask(everybody).providers if one.is_active],
            "reasons": [(one, one) for one in get_args(TransferReason)],
            "weekdays": [(day, times.say_weekday(day - 1, visit.language)) for day in range(1, 8)],
            "today": between_calls(visit.db).today,
        },
    )


def _was(visit: Visit) -> dict[str, Any]:
    """The values that the form was made of, as it says; nothing of one that says nothing that can be read."""
    try:
        was = json.loads(visit.form.one("was"))
    except ValueError:
        return {}
    return cast("dict[str, Any]", was) if isinstance(was, dict) else {}


def _tab(name: str) -> Tab:
    if name not in TABS:
        raise Problem(404, "There is nothing of that id or name.")
    return TABS[name]


handler = console(TRIGGER, settings, one, saved, privacy, exported)
