"""Lambda behind `/console/diary`: a provider's week, and visits booked, moved and cancelled by hand."""

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from frontdesk import zones
from frontdesk.call import Call, between_calls
from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.errors import Stale
from frontdesk.members.problems import Problem
from frontdesk.providers import staff
from frontdesk.scheduling import by_hand, desks
from frontdesk.scheduling import week as weeks
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.openings import Openings
from frontdesk.scheduling.visits import Appointment
from frontdesk.scheduling.wishes import Wish
from functions.appointments.decision.handler import handler as decide
from functions.appointments.listing.handler import handler as visits
from functions.console.diary import drawing
from functions.console.diary.trigger import TRIGGER
from functions.patients.records.handler import enter, read, search

_SHOWN_TIMES: Final = 12
_LOOK: Final = timedelta(days=59)
_WEEK: Final = timedelta(days=7)


@shows("GET /console/diary")
def week(visit: Visit) -> Page:
    """The seven days of a week, of one provider."""
    call = between_calls(visit.db)
    desk = desks.of_clinic(call)
    # Who left keeps their visits until somebody moves them, so they are looked for here.
    people = {one.id: one for one in staff.everybody(visit.db) if one.is_active or one.future_visits}
    provider = _one_of(people, visit.query.get("provider", ""))
    day = _day(visit.query.get("week", "")) or call.today
    monday = day - timedelta(days=day.weekday())
    picture, listed = None, []
    if provider is not None:
        days = weeks.of_provider(call, desk, provider, day)
        picture = drawing.draw(days, call.clinic.zone, call.now)
        asked = {"from": monday, "to": monday + timedelta(days=6), "providerId": provider}
        listed = visit.ask(visits, asked).appointments
    return Page(
        "diary.html",
        {
            "people": people.values(),
            "provider": provider,
            "monday": monday,
            "earlier": monday - _WEEK,
            "later": monday + _WEEK,
            "today": call.today,
            "picture": picture,
            "visits": listed,
        },
    )


@shows("GET /console/diary/book", least="admin")
def booking(visit: Visit) -> Page:
    """Where a booking begins: who comes?"""
    return _booking(visit)


@shows("POST /console/diary/book", least="admin", again=booking)
def book(visit: Visit) -> Page | Away:
    """A step of it: who was found, who is new, or the visit itself."""
    form = visit.form
    match form.one("step"):
        case "find":
            return _booking(visit)
        case "enter":
            names = ("firstName", "lastName", "birthDate", "phone", "gender")
            patient = visit.ask(enter, {}, {name: form.one(name) for name in names if form.one(name)})
            return Away(f"/console/diary/book?patientId={patient.id}", "added")
        case _:
            booked = by_hand.book(
                visit.db,
                patient_id=_number(visit, "patientId"),
                type_id=_number(visit, "typeId"),
                provider_id=_number(visit, "providerId"),
                wall=_wall(visit),
                reason=form.one("reason"),
            )
            return Away(_at(booked.provider_id, booked.starts_at, between_calls(visit.db)), "booked")


@shows("GET /console/diary/{id}")
def one(visit: Visit) -> Page:
    """One visit, and when else it could be."""
    found = by_hand.visit(visit.db, _id(visit))
    call = between_calls(visit.db)
    desk = desks.of_clinic(call)
    provider = _provider(desk, visit.query.get("provider", "") or str(found.provider_id)) or found.provider_id
    return Page(
        "visit.html",
        {
            "one": found,
            "place": _place(found),
            "starts": found.starts_at.astimezone(call.clinic.zone),
            "ends": found.ends_at.astimezone(call.clinic.zone),
            "patient": visit.ask(read, {"id": found.patient_id}),
            "desk": desk,
            "provider": provider,
            "times": _times(call, desk, provider, found.type_id, since=None, except_id=found.id),
            "in_emr": call.clinic.emr is not None,
        },
    )


@shows("POST /console/diary/{id}/move", least="admin", again=one)
def move(visit: Visit) -> Away:
    """The visit at another time."""
    provider = _number(visit, "providerId")
    _as_seen(visit)
    moved = by_hand.move(visit.db, _id(visit), _wall(visit), provider_id=provider)
    return Away(_at(moved.provider_id, moved.starts_at, between_calls(visit.db)), "moved")


@shows("POST /console/diary/{id}/cancel", least="admin", again=one)
def cancel(visit: Visit) -> Away:
    """The time is free again."""
    found = _as_seen(visit)
    by_hand.cancel(visit.db, found.id, reason=visit.form.one("reason") or None)
    return Away(_at(found.provider_id, found.starts_at, between_calls(visit.db)), "cancelled")


@shows("POST /console/diary/{id}/{decision}", least="admin", again=one)
def decided(visit: Visit) -> Away:
    """What became of it: came, didn't come, was seen; or a request's answer."""
    visit.ask(decide, visit.path)
    return Away(f"/console/diary/{_id(visit)}", "saved")


def _as_seen(visit: Visit) -> Appointment:
    """The visit; raises `Stale` where somebody has moved it since the page was made."""
    found = by_hand.visit(visit.db, _id(visit))
    if visit.form.one("seen") not in ("", _place(found)):
        raise Stale
    return found


def _place(one: Appointment) -> str:
    return f"{one.starts_at.isoformat()} {one.provider_id}"


def _booking(visit: Visit) -> Page:
    form = visit.form
    call = between_calls(visit.db)
    desk = desks.of_clinic(call)
    asked = {name: form.one(name) or None for name in ("name", "phone", "birthDate")}
    is_search = form.one("step") == "find" and any(asked.values())

    def said(name: str) -> str:
        return form.one(name) or visit.query.get(name, "")

    patient_id = said("patientId")
    patient = visit.ask(read, {"id": patient_id}) if patient_id else None
    provider = _provider(desk, said("providerId"))
    kind = next((one for one in desk.types if str(one.id) == said("typeId")), next(iter(desk.types), None))
    since = _day(said("since"))
    times: list[datetime] = []
    if patient and provider and kind:
        times = _times(call, desk, provider, kind.id, since=since)
    return Page(
        "book.html",
        {
            "desk": desk,
            "searched": is_search,
            "found": visit.ask(search, asked).patients if is_search else [],
            "patient": patient,
            "provider": provider,
            "kind": kind,
            "since": since or call.today,
            "today": call.today,
            "times": times,
            "in_emr": call.clinic.emr is not None,
        },
    )


def _times(
    call: Call[Any],
    desk: Desk,
    provider: int,
    type_id: int,
    *,
    since: date | None,
    except_id: int | None = None,
) -> list[datetime]:
    """The next free starts, on the clinic's clock; nothing is held."""
    kind = next((each for each in desk.types if each.id == type_id), None)
    if kind is None or call.clinic.emr:
        return []
    first = max(since or call.today, call.today)
    openings = Openings(call, desk, kind, [provider], Wish(first, first + _LOOK, (), ()), except_id=except_id)
    return [start.astimezone(call.clinic.zone) for start, _ in islice(openings.starts(), _SHOWN_TIMES)]


def _provider(desk: Desk, text: str) -> int | None:
    return _one_of(desk.providers, text)


def _one_of(ids: Collection[int], text: str) -> int | None:
    """The one that is asked for, or the first."""
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    return wanted if wanted in ids else next(iter(ids), None)


def _day(text: str) -> date | None:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if date(1970, 1, 1) <= day < date(2100, 1, 1) else None
    return None


def _number(visit: Visit, name: str) -> int:
    found = visit.form.number(name)
    if not isinstance(found, int):
        raise Problem(422, "Choose one of those that are offered.", errors=[])
    return found


def _id(visit: Visit) -> int:
    text = visit.path["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(404, "There is nothing of that id or name.")
    return int(text)


def _wall(visit: Visit) -> datetime:
    """The time that was chosen of those that were offered, or that was typed."""
    text = visit.form.one("otherTime") or visit.form.one("startTime")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Problem(422, "Choose a time, or type one.", errors=[]) from None


def _at(provider: int, moment: datetime, call: Call[Any]) -> str:
    return f"/console/diary?provider={provider}&week={zones.today(moment, call.clinic.zone)}"


handler = console(TRIGGER, week, booking, book, one, move, cancel, decided)
