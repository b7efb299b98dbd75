"""OSCAR, as clinics run it, behind `emr.Emr`: SOAP, and REST for what SOAP lacks.

Nothing there keeps two from booking one time, a write isn't refused when it comes twice, and an update
overwrites whatever somebody else wrote meanwhile. So each write of ours is looked at afterwards, and of two
who took one time the one with the higher id gives it back.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NoReturn, TypeVar

from frontdesk.emr import oscar_charts as charts
from frontdesk.emr import oscar_times as times
from frontdesk.emr import oscar_visits as visits
from frontdesk.emr.emr import (
    Capabilities,
    Charts,
    Conflict,
    Draft,
    EmrName,
    Gone,
    NewPatient,
    NoAnswer,
    NotAllowed,
    Opening,
    Patient,
    Provider,
    Refused,
    Unsupported,
    Visit,
)
from frontdesk.emr.oscar_http import Http
from frontdesk.emr.oscar_rest import Rest
from frontdesk.emr.oscar_server import STATUSES, Server
from frontdesk.emr.oscar_soap import Soap
from frontdesk.errors import DeadlineExceeded, ProviderFailed

_PAGE: Final = 100
"""Charts: each costs the server a row of its audit log."""
_SINGLY: Final = 25
_PAGES: Final = 5
_VISITS: Final = 50
_SYSTEMS: Final = frozenset({"-1", "999998"})
"""Provider numbers of OSCAR's own accounts."""
_NAMES: Final = {"oscar19": "OSCAR 19", "openo": "Open-O", "juno": "Juno"}


Row = dict[str, Any]
_Found = TypeVar("_Found")


def _now() -> datetime:
    return datetime.now(UTC)


class Shifted(NotAllowed):
    """OSCAR wrote a visit at another time than it was told; it is taken back."""


class Oscar:
    """One clinic's OSCAR. Keep it: it has the connections, and the token of the login."""

    name: EmrName = "oscar"

    def __init__(self, server: Server, *, now: Callable[[], datetime] = _now) -> None:
        self._http = http = Http(server)
        self._server, self._now = server, now
        self._soap, self._rest = Soap(server, http), Rest(server, http)
        self._codes: list[Row] | None = None

    def close(self) -> None:
        """Hangs up."""
        self._http.close()

    # ------------------------------------------------------------------ patients

    def by_phone(self, number: str, *, deadline: float) -> list[Patient]:
        """See `Emr`. A cell phone that OSCAR keeps apart from the chart is not searched by it."""
        last_four = number[-4:]
        if not (last_four.isdecimal() and len(last_four) == 4):
            return []
        return [one for one in self._charts(arg7=last_four, deadline=deadline) if number in one.phones]

    def by_name(self, last: str, first: str, *, birth_date: date | None, deadline: float) -> list[Patient]:
        """See `Emr`."""
        last, first = last.replace(",", " ").strip(), first.replace(",", " ").strip()
        if not last and not first and birth_date is None:  # everybody's beginning
            return []
        if birth_date is None:
            text = f"{last},{first}" if first else last
            rows = self._listed("Demographic", "searchDemographicByName", text, 0, 50, deadline=deadline)
            found = [charts.patient(row) for row in rows]
        else:
            # An empty text would leave out who has none there.
            names = {"arg1": first, "arg2": last}
            told: dict[str, Any] = {name: text for name, text in names.items() if text}
            found = self._charts(**told, arg4=times.midnight(birth_date), deadline=deadline)
        return [
            one
            for one in found
            if charts.begins_so(one, last, first) and birth_date in (None, one.birth_date)
        ][:50]

    def patient(self, patient_id: str, *, deadline: float) -> Patient:
        """See `Emr`."""
        row = self._asked("Demographic", "getDemographic", _number(patient_id), deadline=deadline)
        if row is None:
            raise Gone("no such chart")
        return charts.patient(row)

    def everybody(self, position: str | None, *, deadline: float) -> Charts:
        """See `Emr`. Not in any order that OSCAR promises, so a chart may come twice.

        A search leaves out the cell phone, so where a chart read by itself has it, each is read.
        """
        first = int(position or 0)
        asked = "", first, _PAGE if self._server.flavour == "oscar19" else _SINGLY
        rows = self._listed("Demographic", "searchDemographicByName", *asked, deadline=deadline)
        found = {one.id: one for one in map(charts.patient, rows)}
        if self._server.flavour != "oscar19":
            lacking = [str(row["demographicNo"]) for row in rows if not row.get("cellPhone")]
            for number in lacking:
                if found[number].is_active:
                    with suppress(Gone):
                        found[number] = self.patient(number, deadline=deadline)
        following = first + len(rows) if rows else None
        return Charts(tuple(found.values()), None if following is None else str(following))

    def register(self, new: NewPatient, *, deadline: float) -> Patient:
        """See `Emr`. Without a card, who has the name, the birth date and the phone is the same person."""
        if there := self._already(new, deadline):
            return there
        try:
            number = self._register(new, deadline)
        except NoAnswer as lost:
            if there := _sought(lambda: self._already(new, deadline)):
                return there
            raise lost from None
        made = _sought(lambda: self.patient(number, deadline=deadline) if number else None)
        made = made or _sought(lambda: self._already(new, deadline))
        if made is None:
            raise NoAnswer("OSCAR took a registration, and shows no chart of it")
        return made

    def _register(self, new: NewPatient, deadline: float) -> str | None:
        if self._server.flavour != "juno":
            return self._rest.register(new, deadline=deadline)
        chart = charts.columns(new) | charts.address(new)
        chart |= {
            "yearOfBirth": f"{new.birth_date:%Y}",
            "monthOfBirth": f"{new.birth_date:%m}",
            "dateOfBirth": f"{new.birth_date:%d}",
        }
        number = self._asked("Demographic", "addDemographic", chart, deadline=deadline, is_write=True)
        return str(number)

    def _already(self, new: NewPatient, deadline: float) -> Patient | None:
        if new.health_card and new.health_card.number:
            found = self._charts(arg0=new.health_card.number, deadline=deadline)
        else:
            told = new.last_name, new.first_name
            found = self.by_name(*told, birth_date=new.birth_date, deadline=deadline)
        return charts.same_person(found, new)

    def _charts(self, *, deadline: float, **criteria: Any) -> list[Patient]:
        """By all criteria together, page by page; no order, so a chart may come twice."""
        found: dict[str, Patient] = {}
        for page in range(_PAGES):
            criteria |= {"arg10": page * _PAGE, "arg11": _PAGE}
            asked = "Demographic", "searchDemographicsByAttributes"
            rows: list[Row] = self._soap.asked(*asked, deadline=deadline, **criteria) or []
            found |= {one.id: one for one in map(charts.patient, rows)}
            if len(rows) < _PAGE:
                break
        return list(found.values())

    # ------------------------------------------------------------------ the diary

    def providers(self, *, deadline: float) -> list[Provider]:
        """See `Emr`. OSCAR's list has its own accounts, secretaries and other programs too."""
        rows = self._listed("Provider", "getProviders2", deadline=deadline)
        wanted = self._server.provider_ids
        return [
            Provider(
                id=row["providerNo"],
                name=" ".join(filter(None, (row["title"], row["firstName"], row["lastName"]))),
                specialty=row["specialty"] or "",
                is_active=row["status"] == "1",
            )
            for row in rows
            if (
                row["providerNo"] in wanted
                if wanted is not None
                else row["providerType"] == "doctor" and row["providerNo"] not in _SYSTEMS
            )
        ]

    def openings(self, provider_id: str, first: date, last: date, *, deadline: float) -> list[Opening]:
        """See `Emr`. One request for each day: OSCAR has no other way."""
        codes = self._codes
        if codes is None:
            codes = self._codes = self._listed("Schedule", "getScheduleTemplateCodes", deadline=deadline)
        zone, found = self._server.zone, list[Opening]()
        today = self._now().astimezone(zone).date()
        for day in (first + timedelta(days=at) for at in range((last - first).days + 1)):
            asked = provider_id, times.midnight(day)
            schedule = self._asked("Schedule", "getDayWorkSchedule", *asked, deadline=deadline)
            if schedule:
                found += times.openings(day, schedule, self._server.codes, codes, zone, today=today)
        return found

    def visits(self, provider_id: str, first: date, last: date, *, deadline: float) -> list[Visit]:
        """See `Emr`."""
        return [self._visit(row) for row in self._rows(provider_id, first, last, deadline)]

    def visits_of(self, patient_id: str, since: datetime, *, deadline: float) -> list[Visit]:
        """See `Emr`."""
        found: list[Visit] = []
        number, at = _number(patient_id), 0
        while True:
            asked = number, at, _VISITS, False
            rows = self._listed("Schedule", "getAppointmentsForPatient2", *asked, deadline=deadline)
            page = [self._visit(row) for row in rows]
            found += [one for one in page if one.start >= since]
            if len(page) < _VISITS or page[-1].start < since:
                return sorted(found, key=lambda one: (one.start, int(one.id)))
            at += _VISITS

    def visit(self, visit_id: str, *, deadline: float) -> Visit:
        """See `Emr`."""
        return self._visit(self._row(visit_id, deadline))

    # ------------------------------------------------------------------ booking

    def book(self, draft: Draft, most: int, *, deadline: float) -> Visit:
        """See `Emr`. At most four requests: the day, the new visit, the day again, its taking back."""
        rows = self._day_of(draft, deadline)
        if self._marked(rows, draft):
            return self._settled(rows, draft, most, deadline)
        if visits.is_full(map(self._visit, rows), draft.start, draft.end, most):
            raise Conflict("somebody has that time")
        lost, number = None, None
        try:
            row = visits.new_row(draft, self._server)
            number = self._asked("Schedule", "addAppointment", row, deadline=deadline, is_write=True)
        except (NoAnswer, Refused) as error:
            lost = error
        try:
            rows = self._day_of(draft, deadline)
            if self._marked(rows, draft):
                return self._settled(rows, draft, most, deadline, is_new=True)
            if number is not None:
                self._shifted(str(number), deadline)
        except (NoAnswer, Shifted):
            raise
        except (ProviderFailed, Gone) as error:
            raise NoAnswer("whether the visit stands could not be looked at") from error
        raise lost or ProviderFailed("OSCAR took a visit, and shows none")

    def _settled(
        self,
        rows: Sequence[Row],
        draft: Draft,
        most: int,
        deadline: float,
        *,
        is_new: bool = False,
    ) -> Visit:
        """Ours of that day, if it may stand: whoever has a lower id came first."""
        marked = self._marked(rows, draft)
        ours = [row for row in marked if self._visit(row).status != "cancelled"]
        if not ours:
            raise Conflict("it was taken back, or cancelled there")
        first, *extra = sorted(ours, key=_id)
        for row in extra:  # two of one marker: an answer was late, not lost
            self._cancel(row, deadline)
        mine = self._visit(first)
        if is_new and (mine.start, mine.end) != (draft.start, draft.end):
            self._shifted(mine.id, deadline)
        earlier = [self._visit(row) for row in rows if _id(row) < _id(first)]
        if visits.is_full(earlier, mine.start, mine.end, most):
            self._cancel(first, deadline)
            raise Conflict("somebody else took that time first")
        return mine

    def _shifted(self, visit_id: str, deadline: float) -> NoReturn:
        """Takes back what the server wrote at another time than it was told; no later try heals that."""
        self._cancel(self._row(visit_id, deadline), deadline)
        raise Shifted("OSCAR wrote another time than it was given; its server's zone has to be looked at")

    def move(self, visit: Visit, draft: Draft, most: int, *, deadline: float) -> Visit:
        """See `Emr`. Who moves gives way to everybody, for a lower id says nothing of who came first here."""
        row = self._row(visit.id, deadline)
        now = self._visit(row)
        if now.status == "cancelled":
            raise Conflict("it was cancelled meanwhile")
        there = draft.provider_id, draft.start, draft.end
        lost = None
        if (now.provider_id, now.start, now.end) != there:
            if visits.changed_since(visit, now):
                raise Conflict("it was changed meanwhile")
            self._refuse_full(self._day_of(draft, deadline), visit.id, draft, most)
            to = visits.at(*there, self._server) | visits.marked(row, draft.marker)
            try:
                self._update(row, deadline, **to)
            except (NoAnswer, Refused) as error:
                lost = error
        try:
            rows = self._day_of(draft, deadline)
            found = [one for one in map(self._visit, rows) if one.id == visit.id]
            if not found or (found[0].provider_id, found[0].start, found[0].end) != there:
                raise lost or ProviderFailed("OSCAR took a new time, and shows another")
            try:
                self._refuse_full(rows, visit.id, draft, most)
            except Conflict:
                back = visits.at(visit.provider_id, visit.start, visit.end, self._server)
                self._update(row, deadline, **back)
                raise
        except (NoAnswer, Refused):
            raise
        except ProviderFailed as error:
            raise NoAnswer("where the visit stands could not be looked at") from error
        return found[0]

    def _refuse_full(self, rows: Sequence[Row], visit_id: str, draft: Draft, most: int) -> None:
        others = [one for one in map(self._visit, rows) if one.id != visit_id]
        if visits.is_full(others, draft.start, draft.end, most):
            raise Conflict("somebody has that time")

    def cancel(self, visit: Visit, *, deadline: float) -> None:
        """See `Emr`."""
        row = self._row(visit.id, deadline)
        now = self._visit(row)
        if now.status == "cancelled":
            return
        if visits.changed_since(visit, now):
            raise Conflict("it was changed meanwhile")
        try:
            self._cancel(row, deadline)
        except NoAnswer as lost:
            again = _sought(lambda: self.visit(visit.id, deadline=deadline))
            if again is None or again.status != "cancelled":
                raise lost from None

    # ------------------------------------------------------------------ connecting

    def capabilities(self, *, deadline: float) -> Capabilities:
        """See `Emr`."""
        warnings: list[str] = []
        self._warn_of_clock(warnings, deadline)
        providers = self.providers(deadline=deadline)
        if not providers:
            warnings.append("none of its providers sees patients, by their type or by the clinic's list")
        codes = self._listed("Schedule", "getScheduleTemplateCodes", deadline=deadline)
        letters = [chr(one["code"]) for one in codes if one["code"] is not None]
        for code in self._server.codes:
            if letters.count(code.letter) != 1:
                how = "not defined" if code.letter not in letters else "defined more than once"
                warnings.append(f"the bookable code {code.letter!r} is {how}")
        self.by_name("A", "", birth_date=None, deadline=deadline)
        can = set(_METHODS)
        try:
            statuses = self._rest.statuses(deadline=deadline)
            known = STATUSES | dict(self._server.statuses)
            warnings += [
                f"the status {code!r} is taken for booked"
                for code in sorted(statuses)
                if code[:1] not in known
            ]
        except (Unsupported, NotAllowed) as error:
            if self._server.flavour != "juno":
                can.discard("register")
            warnings.append(f"REST can't be used: {error}")
        return Capabilities(_NAMES[self._server.flavour], frozenset(can), tuple(warnings))

    def _warn_of_clock(self, warnings: list[str], deadline: float) -> None:
        try:
            offset_ms = self._asked("SystemInfo", "getServerTimeGmtOffset", deadline=deadline)
        except DeadlineExceeded:
            raise
        except ProviderFailed:  # some answer this to their own machine alone
            return
        offset = self._now().astimezone(self._server.zone).utcoffset() or timedelta()
        if timedelta(milliseconds=offset_ms) != offset:
            warnings.append("the server's clock is in another zone than the clinic; times are read as typed")

    # ------------------------------------------------------------------ rows

    def _asked(
        self, service: str, operation: str, *told: Any, deadline: float, is_write: bool = False
    ) -> Any:
        return self._soap.asked(service, operation, *told, deadline=deadline, is_write=is_write)

    def _listed(self, service: str, operation: str, *told: Any, deadline: float) -> list[Row]:
        return self._asked(service, operation, *told, deadline=deadline) or []

    def _rows(self, provider_id: str, first: date, last: date, deadline: float) -> list[Row]:
        """All of those days, cancelled ones too.

        Not by `getAppointmentsForProvider2`, which hides who has no status, and shows some cancelled ones.
        """
        days = times.midnight(first), times.midnight(last + timedelta(days=1))
        asked = *days, provider_id, False
        return self._listed("Schedule", "getAppointmentsForDateRangeAndProvider2", *asked, deadline=deadline)

    def _day_of(self, draft: Draft, deadline: float) -> list[Row]:
        day = times.wall(draft.start, self._server.zone).date()
        return self._rows(draft.provider_id, day, day, deadline)

    def _row(self, visit_id: str, deadline: float) -> Row:
        row = self._asked("Schedule", "getAppointment2", _number(visit_id), False, deadline=deadline)
        if row is None:
            raise Gone("no such visit")
        return row

    def _visit(self, row: Row) -> Visit:
        return visits.visit(row, self._server)

    def _marked(self, rows: Sequence[Row], draft: Draft) -> list[Row]:
        return [row for row in rows if self._visit(row).marker == draft.marker]

    def _update(self, row: Row, deadline: float, **changed: Any) -> None:
        sent = visits.whole(row, self._server, **changed)
        self._asked("Schedule", "updateAppointment", sent, deadline=deadline, is_write=True)

    def _cancel(self, row: Row, deadline: float) -> None:
        self._update(row, deadline, status="C")


_METHODS: Final = (
    "by_phone", "by_name", "patient", "everybody", "register", "providers", "openings", "visits", "visits_of",
    "visit", "book", "move", "cancel",
)  # fmt: skip


def _sought(look: Callable[[], _Found | None]) -> _Found | None:
    """What is found after a write whose answer is lost; None when the looking failed as well."""
    try:
        return look()
    except (ProviderFailed, Gone):
        return None


def _id(row: Row) -> int:
    return row["id"]


def _number(text: str) -> int:
    """OSCAR's ids are numbers; raises `Gone` for what can't be one."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Gone("OSCAR's ids are numbers")
    return int(text)
