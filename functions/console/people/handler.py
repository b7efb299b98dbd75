"""Lambda behind who sees patients, when and for what: providers, their weeks, time off, kinds of visits."""

from typing import Any, Final

from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Form, Page, Visit
from frontdesk.console.words import _
from frontdesk.members.problems import not_taken
from frontdesk.speech import times
from functions.console.people.trigger import TRIGGER
from functions.providers.appointment_types.handler import add as add_kind
from functions.providers.appointment_types.handler import change as change_kind
from functions.providers.appointment_types.handler import listing as kinds
from functions.providers.staff.handler import add, change, everybody, hours, replace
from functions.providers.time_off.handler import add as add_off
from functions.providers.time_off.handler import delete as delete_off
from functions.providers.time_off.handler import listing as offs

_PEOPLE: Final = "/console/settings/people"
_TYPES: Final = "/console/settings/types"
_STRETCHES: Final = 3
"""Of a day, that there are rows to type in."""


@shows("GET /console/settings/people")
def people(visit: Visit) -> Page:
    """Who there is, and when nobody is."""
    everyone = visit.ask(everybody).providers
    return Page(
        "people.html",
        {
            "people": everyone,
            "names": {one.id: one.name for one in everyone},
            "offs": visit.ask(offs).time_off,
        },
    )


@shows("POST /console/settings/people", least="admin", again=people)
def added(visit: Visit) -> Away:
    """One more; their hours come next."""
    made = visit.ask(add, {}, _provider(visit.form))
    return Away(f"{_PEOPLE}/{made.id}", "added")


@shows("GET /console/settings/people/{id}")
def one(visit: Visit) -> Page:
    """One of them, and their week."""
    found = next((each for each in visit.ask(everybody).providers if str(each.id) == visit.path["id"]), None)
    week = visit.ask(hours, {"id": visit.path["id"]})
    rows = {day: [one for one in week.weekly if one.weekday == day] for day in range(1, 8)}
    return Page(
        "provider.html",
        {
            "one": found,
            "rows": rows,
            "dates": week.dates,
            "weekdays": [(day, times.say_weekday(day - 1, visit.language)) for day in range(1, 8)],
            "stretches": max(_STRETCHES, *(len(each) + 1 for each in rows.values())),
        },
    )


@shows("POST /console/settings/people/{id}", least="admin", again=one)
def changed(visit: Visit) -> Away:
    """Their name and what they do."""
    body = _provider(visit.form) | {"isActive": visit.form.ticked("isActive")}
    visit.ask(change, {"id": visit.path["id"]}, body, seen=visit.form.version())
    return Away(f"{_PEOPLE}/{visit.path['id']}", "saved")


@shows("POST /console/settings/people/{id}/hours", least="admin", again=one)
def week_saved(visit: Visit) -> Away:
    """Their week, whole; dates of their own stay, but for those that are taken away."""
    form = visit.form
    weekly: list[dict[str, Any]] = []
    for day in range(1, 8):
        columns = [form.get(f"{name}-{day}", []) for name in ("starts", "ends", "place")]
        for starts, ends, place in zip(*columns, strict=False):
            if bool(starts) != bool(ends):
                raise not_taken(("weekly", _("Say both from when and until when, or neither.")))
            if starts:
                location_id = int(place) if place.isascii() and place.isdigit() else None
                weekly.append({"weekday": day, "starts": starts, "ends": ends, "locationId": location_id})
    known = visit.ask(hours, {"id": visit.path["id"]}).model_dump(mode="json", by_alias=True)
    gone = set(form.many("gone"))
    dates = [each for each in known["dates"] if each["day"] not in gone]
    if new := form.one("date"):
        starts, ends = form.one("dateStarts") or None, form.one("dateEnds") or None
        # One more stretch stands beside those that the date has; "nobody" stands alone, either way.
        dates = [each for each in dates if each["day"] != new or (starts and each["starts"])]
        dates.append({"day": new, "starts": starts, "ends": ends, "locationId": None})
    visit.ask(
        replace, {"id": visit.path["id"]}, {"weekly": weekly, "dates": dates}, seen=visit.form.version()
    )
    return Away(f"{_PEOPLE}/{visit.path['id']}", "saved")


@shows("POST /console/settings/time-off", least="admin", again=people)
def off_added(visit: Visit) -> Away:
    """Nobody is offered times then; visits that are there stay until somebody moves them."""
    form = visit.form
    body = {
        "providerId": form.number("providerId"),
        "startTime": _seconds(form.one("startTime")),
        "endTime": _seconds(form.one("endTime")),
    }
    visit.ask(add_off, {}, body)
    return Away(_PEOPLE, "added")


@shows("POST /console/settings/time-off/{id}/delete", least="admin", again=people)
def off_deleted(visit: Visit) -> Away:
    """Their times are offered again."""
    visit.ask(delete_off, visit.path)
    return Away(_PEOPLE, "removed")


@shows("GET /console/settings/types")
def types(visit: Visit) -> Page:
    """The kinds of visits there are."""
    return Page("types.html", {"kinds": visit.ask(kinds).appointment_types})


@shows("POST /console/settings/types", least="admin", again=types)
def type_added(visit: Visit) -> Away:
    """One more."""
    visit.ask(add_kind, {}, _kind(visit.form))
    return Away(_TYPES, "added")


@shows("POST /console/settings/types/{id}", least="admin", again=types)
def type_changed(visit: Visit) -> Away:
    """Visits that were booked before keep their length."""
    body = _kind(visit.form) | {"isActive": visit.form.ticked("isActive")}
    visit.ask(change_kind, visit.path, body, seen=visit.form.version())
    return Away(_TYPES, "saved")


def _provider(form: Form) -> dict[str, Any]:
    return {
        "name": form.one("name"),
        "nameZh": form.one("nameZh") or None,
        "specialty": form.one("specialty"),
        "languages": form.many("languages"),
    }


def _kind(form: Form) -> dict[str, Any]:
    return {
        "name": form.one("name"),
        "nameZh": form.one("nameZh") or None,
        "alsoCalled": [word.strip() for word in form.one("alsoCalled").split(",") if word.strip()],
        "durationMin": form.number("durationMin"),
        "bufferBeforeMin": form.number("bufferBeforeMin") or 0,
        "bufferAfterMin": form.number("bufferAfterMin") or 0,
        "modes": form.many("modes"),
        "isForNewPatients": form.ticked("isForNewPatients"),
        "instructions": form.one("instructions") or None,
        "instructionsZh": form.one("instructionsZh") or None,
    }


def _seconds(wall: str) -> str:
    """What a browser sends of a wall time, `2026-12-24T12:00`, with its seconds."""
    return f"{wall}:00" if len(wall) == len("2026-12-24T12:00") else wall


handler = console(
    TRIGGER,
    *(people, added, one, changed, week_saved, off_added, off_deleted),
    *(types, type_added, type_changed),
)
