"""The examples of docs/booking.md: what one says of a clinic is made so, and what comes of it is asked.

An example is phrases, such as `hours 9:00-12:00` and `booked 9:30`. Without any, Dr. Chen works from 9 to 11
every day in Vancouver, visits take 30 minutes, starts lie 30 minutes apart, and at noon somebody asks for
tomorrow, which is Tuesday 24 November 2026.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

import psycopg

from frontdesk import zones
from frontdesk.call import Call, between_calls
from frontdesk.db.connection import Connection
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined
from frontdesk.scheduling import desks, eligibility, fairness, finder, offers, slots
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.openings import Openings
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from frontdesk.scheduling.wishes import Wish
from frontdesk.speech.preferences import preference_heard
from frontdesk.speech.when import Days, Preference
from local import demo

_DAY: Final = timedelta(days=1)
_CHEN, _SHARMA = 100, 101
_TYPE: Final = "General consultation"
_CLINICS: Final = {
    "notice": "notice_min",
    "horizon": "horizon_days",
    "every": "slot_interval_min",
    "offset": "slot_offset_min",
    "cleanup": "cleanup_min",
}
_TYPES: Final = {
    "visit": "duration_min",
    "buffer before": "buffer_before_min",
    "buffer after": "buffer_after_min",
}
_TAKE: Final = """
    INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, held_until, pending_until,
        visit, occupied)
    SELECT auth.org_id(), %s, p.id, t.id, %s, %s, %s, tstzrange(%s, %s), tstzrange(%s, %s)
    FROM patients p, appointment_types t
    WHERE p.first_name = 'John' AND t.name = 'General consultation'
        AND p.org_id = auth.org_id() AND t.org_id = auth.org_id()"""


def outcome(connection: Connection, phrases: Iterable[str], expected: str) -> str:
    """What comes of it, in the form that is expected: starts, a provider, offers, or a sentence in quotes.

    `connection` is a superuser's; what is asked is asked as `frontdesk_app`, and everything undone.
    """
    connection.execute(b"BEGIN")
    try:
        claims = json.dumps({"app_metadata": {"org_id": demo.MAPLE}})
        connection.execute(b"SELECT set_config('request.jwt.claims', %s, true)", [claims])
        return _Example(connection, phrases).asked(expected)
    finally:
        connection.execute(b"ROLLBACK")


class _Example:
    """A clinic in the middle of a transaction, and what somebody asks of it."""

    def __init__(self, connection: Connection, phrases: Iterable[str]) -> None:
        self._connection = connection
        self._zone = zones.zone("America/Vancouver")
        self._day = date(2026, 11, 24)
        self._now: datetime | None = None
        self._taken: list[tuple[str, str]] = []
        self._preference = Preference()
        self._is_virtual = self._is_john = False
        self._do("DELETE FROM working_hours WHERE org_id = auth.org_id()")
        self._works(_CHEN, ["9:00-11:00"])
        self._clinic("slot_interval_min", 30)
        for phrase in phrases:
            self._make_so(phrase)
        self._clinic("time_zone", self._zone.key)

    def _make_so(self, phrase: str) -> None:
        match phrase.split():
            case ["in", "person", "only"]:
                self._type("modes", ["in_person"])
            case ["new", "patients", "only"]:
                self._type("is_for_new_patients", True)
            case ["by", "video"]:
                self._is_virtual = True
            case ["in", *city]:
                self._zone = zones.zone(f"America/{'_'.join(city)}")
            case ["on", day, month, year]:
                self._day = datetime.strptime(f"{day} {month} {year} +0000", "%d %B %Y %z").date()
            case ["at", clock]:
                self._now = self._at(clock)
            case ["asked", days, "days", "before"]:
                self._now = self._at("12:00") - int(days) * _DAY
            case ["hours", *listed]:
                self._works(_CHEN, listed)
            case ["Dr.", "Sharma", "too"]:
                self._works(_SHARMA, ["9:00-11:00"])
            case ["this", "date", "none"]:
                self._insert("date_hours", provider_id=_CHEN, day=self._day)
            case ["this", "date", span]:
                starts, ends = span.split("-")
                self._insert("date_hours", provider_id=_CHEN, day=self._day, starts=starts, ends=ends)
            case ["holiday"]:
                self._insert("holidays", day=self._day, name="A holiday")
            case ["time", "off", span]:
                starts, ends = map(self._at, span.split("-"))
                self._insert("time_off", provider_id=_CHEN, starts_at=starts, ends_at=ends)
            case ["own", "calendar", span, *ago]:
                self._has(*map(self._at, span.split("-")), known=timedelta(hours=1 if ago else 0))
            case ["buffers", "inside", "hours"]:
                self._clinic("buffers_inside_hours", True)
            case ["packed"]:
                self._clinic("packed", True)
            case ["at", "most", most, "a", period]:
                self._insert("caps", provider_id=_CHEN, type_id=self._type_id(), period=period, most=most)
            case ["clinic", "at", "most", most, "a", period]:
                self._insert("caps", period=period, most=most)
            case ["Dr.", "Chen", "takes", minutes]:
                self._insert(
                    "provider_types", provider_id=_CHEN, type_id=self._type_id(), duration_min=minutes
                )
            case ["Dr.", "Chen", "doesn't"]:
                self._insert("provider_types", provider_id=_CHEN, type_id=self._type_id(), is_offered=False)
            case [("booked" | "pending" | "held" | "cancelled" | "lapsed" | "expired") as status, clock]:
                self._taken.append((status, clock))
            case ["John,", "seen", "by", "Dr.", "Sharma"]:
                self._is_john = True
                seen = Range(self._at("9:00") - 7 * _DAY, self._at("9:30") - 7 * _DAY)
                self._do(_TAKE, _SHARMA, "fulfilled", None, None, *seen, *seen)
            case [*name, amount] if amount.isdecimal() and " ".join(name) in _CLINICS:
                self._clinic(_CLINICS[" ".join(name)], amount)
            case [*name, amount] if amount.isdecimal() and " ".join(name) in _TYPES:
                self._type(_TYPES[" ".join(name)], amount)
            case _ if phrase[0] == "“":
                self._preference = preference_heard(phrase[1:-1], today=self._day - _DAY)
            case _:
                raise AssertionError(f"no example can say {phrase!r}")

    def asked(self, expected: str) -> str:
        self._do("SET LOCAL ROLE frontdesk_app")
        call = between_calls(Transaction(self._connection))
        call.now = (self._now or self._at("12:00") - _DAY).astimezone(self._zone)
        if self._is_john:
            call.proven_patient_id = call.db.value("SELECT id FROM patients WHERE first_name = 'John'")
        desk = desks.of_clinic(call)
        kind = next(kind for kind in desk.types if kind.name == _TYPE)
        for status, clock in self._taken:
            self._take(call, desk.rules(call.clinic, kind, _CHEN), status, self._at(clock))
        last = self._day + _DAY if expected.startswith("offers ") else self._day
        wish = finder.wish(
            call, start=Days(self._day, self._day), end=Days(last, last), preference=self._preference
        )
        if expected.startswith("“"):
            return f"“{self._said(call, desk, kind, wish)}”"
        openings = Openings(call, desk, kind, [one for one in desk.providers if desk.shifts[one]], wish)
        if expected.startswith("Dr. "):
            found = [opening] if (opening := openings.first()) else []
            [start] = fairness.shared_out(call, found, openings)
            return desk.providers[start.provider_id].name
        if expected.startswith("offers "):
            chosen = [one.start for one in offers.choice(openings.first, self._zone)]
            return "offers " + ", ".join(f"{at.astimezone(self._zone):%A} {self._clock(at)}" for at in chosen)
        return " ".join(self._clock(at) for at, _ in openings.starts()) or "none"

    def _said(self, call: Call[Any], desk: Desk, kind: AppointmentType, wish: Wish) -> str:
        try:
            eligibility.check_mode(call, kind, is_virtual=self._is_virtual)
            found = finder.earliest(call, desk, [desk.providers[_CHEN]], kind, wish)
        except Declined as declined:
            return declined.say or declined.fact
        return offers.said_one(call, desk, found.first)

    def _take(self, call: Call[Any], rules: Rules, status: str, start: datetime) -> None:
        """A visit with Dr. Chen, or a hold; an expired or lapsed one ends as the question is asked."""
        known = {"expired": "held", "lapsed": "pending"}.get(status, status)
        until = call.now if known != status else call.now + _DAY
        self._do(
            _TAKE,
            *(_CHEN, known, until if known == "held" else None, until if known == "pending" else None),
            *(start, start + rules.duration, *slots.occupied(start, rules)),
        )

    def _works(self, provider_id: int, listed: Iterable[str]) -> None:
        self._do("DELETE FROM working_hours WHERE provider_id = %s", provider_id)
        for stretch in listed:
            span, _, place = stretch.rstrip(",").partition("@")
            starts, ends = span.split("-")
            row = {"provider_id": provider_id, "starts": starts, "ends": ends}
            if place:
                row["location_id"] = ord(place[0])
                self._insert("locations", id=ord(place[0]), name=place)
            for weekday in range(1, 8):
                self._insert("working_hours", weekday=weekday, **row)

    def _has(self, start: datetime, end: datetime, *, known: timedelta) -> None:
        """Dr. Chen, in a calendar of their own, which was pulled so long before the question."""
        mailbox = {"vendor": "google", "account": "wei@example.com", "connected_by": "an-owner"}
        self._insert("calendar_connections", **mailbox)
        self._do(
            "INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable,"
            " provider_id, pulled_at)"
            " SELECT org_id, id, 'c', 'Wei', true, true, %s, %s FROM calendar_connections"
            " WHERE org_id = auth.org_id()",
            *(_CHEN, (self._now or self._at("12:00") - _DAY) - known),
        )
        self._do(
            "INSERT INTO calendar_busy (org_id, calendar_id, event_id, starts_at, ends_at)"
            " SELECT org_id, id, 'e', %s, %s FROM calendars WHERE org_id = auth.org_id()",
            *(start, end),
        )

    def _clinic(self, column: str, value: object) -> None:
        self._do(f"UPDATE organizations SET {column} = %s WHERE id = auth.org_id()", value)

    def _type(self, column: str, value: object) -> None:
        self._do(
            f"UPDATE appointment_types SET {column} = %s WHERE name = %s AND org_id = auth.org_id()",
            value,
            _TYPE,
        )

    def _type_id(self) -> int:
        found = self._do("SELECT id FROM appointment_types WHERE name = %s AND org_id = auth.org_id()", _TYPE)
        return found.fetchall()[0][0]

    def _insert(self, table: str, **row: object) -> None:
        places = ", ".join(["%s"] * len(row))
        self._do(
            f"INSERT INTO {table} (org_id, {', '.join(row)}) VALUES (auth.org_id(), {places})", *row.values()
        )

    def _do(self, statement: str, *values: object) -> psycopg.Cursor[Any]:
        return self._connection.execute(statement.encode(), values)

    def _at(self, clock: str) -> datetime:
        return zones.instant(datetime.strptime(f"{self._day} {clock}", "%Y-%m-%d %H:%M"), self._zone)  # noqa: DTZ007

    def _clock(self, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        return f"{local.hour}:{local.minute:02}{'²' if local.fold else ''}"
