"""What OSCAR's stand-in holds: charts, appointments, templates; and the habits of its data that hurt.

Dates and times of day are stored without a zone, as staff type them. A write overwrites every field, with
nothing where nothing was sent. Ends lose a second on their way into the database.
"""

import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from local.oscar_wsdl import Flavour

Row = dict[str, Any]
LENGTHS: Final = {
    "providerNo": 6, "name": 50, "notes": 255, "reason": 80, "location": 30, "resources": 255, "type": 50,
    "style": 10, "billing": 10, "status": 2, "remarks": 50, "urgency": 30,
}  # fmt: skip
"""Of an appointment's columns."""
_OWN: Final = ("id", "createDateTime", "updateDateTime", "creator", "lastUpdateUser")
"""What the server writes by itself."""
STATUSES: Final = {
    "t": "To Do", "T": "Daysheet Printed", "H": "Here", "P": "Picked", "E": "Empty Room", "B": "Billed",
    "N": "No Show", "C": "Cancelled", "a": "Customized 1", "b": "Virtual",
}  # fmt: skip
CODES: Final = (
    {"id": 1, "code": "1", "description": "15 Minute Appointment", "duration": "15", "bookinglimit": 1},
    {"id": 2, "code": "2", "description": "30 Minute Appointment", "duration": "30", "bookinglimit": 1},
    {"id": 3, "code": "C", "description": "Chart Audit/Phone", "duration": "15", "bookinglimit": 1},
    {"id": 4, "code": "C", "description": "On Call Clinic", "duration": "15", "confirm": "Onc"},
    {"id": 5, "code": "P", "description": "Phone Appointment", "duration": "", "bookinglimit": 2},
    {"id": 6, "code": "s", "description": "Same Day 15", "duration": "15", "confirm": "Day"},
    {"id": 7, "code": "W", "description": "Same Week", "duration": "15", "confirm": "Wk"},
    {"id": 8, "code": "V", "description": "Vacation", "duration": "", "bookinglimit": 0},
)


class TooLong(Exception):
    """A database in its strict mode refuses a text that doesn't fit."""


class Clinic:
    """One server's database."""

    def __init__(self, flavour: Flavour) -> None:
        self.flavour: Flavour = flavour
        self.server_zone = ZoneInfo("UTC")
        self.providers: dict[str, Row] = {
            "-1": {"providerNo": "-1", "lastName": "system", "firstName": "system", "providerType": "doctor"},
            "999998": {"lastName": "oscardoc", "firstName": "doctor", "providerType": "doctor"},
            "7": {"lastName": "Desk", "firstName": "Front", "providerType": "receptionist"},
        }
        for number, one in self.providers.items():
            one |= {"providerNo": number, "status": "1"}
        self.charts: dict[int, Row] = {}
        self.appointments: dict[int, Row] = {}
        self.archive: list[Row] = []
        self.templates: dict[tuple[str, str], str] = {}
        """Time codes by provider (or `Public`) and name."""
        self.days: dict[tuple[str, date], str] = {}
        """The name of a template, by provider and day."""
        self.holidays: set[date] = set()
        self.codes: list[Row] = [{"bookinglimit": 1, "confirm": "N", "color": "white"} | one for one in CODES]
        self.types: list[Row] = [{"id": 1, "name": "Office visit", "duration": 30}]
        self.statuses = dict(STATUSES)
        self.clock = datetime.now

    def keep(self, file: Path) -> None:
        """Writes all of it down."""
        held = {name: value for name, value in vars(self).items() if name != "clock"}
        file.write_bytes(pickle.dumps(held))

    def remember(self, file: Path) -> None:
        """As it was when it was written down."""
        vars(self).update(pickle.loads(file.read_bytes()))  # noqa: S301 - our own, in the stack's directory

    # ------------------------------------------------------------------ times

    def told(self, wall: datetime, *, use_gmt: bool = False) -> datetime:
        """A stored wall time as it is read: in the server's zone, which may not be the clinic's."""
        aware = wall.replace(tzinfo=self.server_zone)
        return aware.astimezone(UTC) if use_gmt else aware

    def stored(self, moment: datetime) -> datetime:
        """What a moment that was sent becomes; one without an offset is the server's own wall time."""
        return moment.astimezone(self.server_zone).replace(tzinfo=None) if moment.tzinfo else moment

    # ------------------------------------------------------------------ appointments

    def add(self, sent: Row, creator: str) -> int:
        """A new one; whether somebody has the time isn't looked at."""
        number = max(self.appointments, default=100) + 1
        now = self.clock().replace(microsecond=0)
        row = self._copied(sent, {"id": number, "createDateTime": now, "creator": creator})
        self.appointments[number] = row | {"updateDateTime": now, "lastUpdateUser": None}
        return number

    def update(self, sent: Row, user: str) -> None:
        """All of it, with nothing where nothing was sent; the old row goes to the archive."""
        old = self.appointments[sent["id"]]
        self.archive.append(dict(old))
        own = {name: old.get(name) for name in _OWN}
        row = self._copied(sent, own | {"start": old["start"], "end": old["end"]})
        # A flavour that stamps who: the login's provider.
        user_ = own["lastUpdateUser"] if self.flavour == "oscar19" else user
        row |= {"updateDateTime": self.clock().replace(microsecond=0), "lastUpdateUser": user_}
        self.appointments[sent["id"]] = row

    def _copied(self, sent: Row, own: Row) -> Row:
        row = {name: value for name, value in sent.items() if name not in _OWN and not name.endswith("Time")}
        for name, most in LENGTHS.items():
            if len(row.get(name) or "") > most:
                raise TooLong(name)
        row |= own
        if start := sent.get("appointmentStartDateTime"):
            row["start"] = self.stored(start)
        if end := sent.get("appointmentEndDateTime"):
            # A millisecond less, so that visits don't touch; the column then drops the rest of the second.
            row["end"] = (self.stored(end) - timedelta(milliseconds=1)).replace(microsecond=0)
        return row

    def type_in(self, row: Row) -> int:
        """What staff do on the screen: `start`, and `minutes` or `end`; the end is a minute less."""
        number = row.get("id") or max(self.appointments, default=100) + 1
        start = row["start"]
        now = self.clock().replace(microsecond=0)
        kept = self.appointments.get(number, {"createDateTime": now, "creator": "desk", "programId": 0})
        kept = {"demographicNo": 0, "status": "t"} | kept
        end = start + timedelta(minutes=row.pop("minutes", 15) - 1)
        self.appointments[number] = kept | {"end": end, "updateDateTime": now} | row | {"id": number}
        return number

    def shown(self, row: Row, *, use_gmt: bool) -> Row:
        """As it is read over the wire."""
        shown = {name: value for name, value in row.items() if name not in ("start", "end")}
        for name in ("createDateTime", "updateDateTime"):
            shown[name] = row.get(name) and self.told(row[name], use_gmt=use_gmt)
        shown["appointmentStartDateTime"] = self.told(row["start"], use_gmt=use_gmt)
        shown["appointmentEndDateTime"] = self.told(row["end"], use_gmt=use_gmt)
        return {"isVirtual": False} | shown if self.flavour == "juno" else shown

    def of_day_range(self, provider: str, first: datetime, last: datetime) -> Iterator[Row]:
        """All statuses, by the date's column alone, in no order that anybody promised."""
        for row in reversed(self.appointments.values()):
            if row["providerNo"] == provider and first.date() <= row["start"].date() < last.date():
                yield row

    def of_provider(self, provider: str, day: datetime) -> list[Row]:
        """Without status exactly `C`, and without those that have none."""
        rows = self.of_day_range(provider, day, day + timedelta(days=1))
        return sorted((row for row in rows if row.get("status") not in (None, "C")), key=_start)

    def of_patient(self, chart: int, start: int, most: int) -> list[Row]:
        """Newest first."""
        rows = [row for row in self.appointments.values() if row.get("demographicNo") == chart]
        return sorted(rows, key=_start, reverse=True)[start : start + most]

    # ------------------------------------------------------------------ schedule

    def day(self, provider: str, day: date) -> Row | None:
        """Slots of the day's template, also on a holiday; None where the provider has no such day.

        Their times are elapsed minutes from the server's midnight, as Java's calendar adds them: on the two
        days on which its clocks change they are an hour off what the screen shows.
        """
        name = self.days.get((provider, day))
        if name is None:
            return None
        code = self.templates.get((provider, name)) or self.templates.get(("Public", name))
        if code is None:
            return {"holiday": day in self.holidays}
        minutes = 1440 // len(code)
        midnight = datetime.combine(day, time(), self.server_zone).astimezone(UTC)
        slots = [
            {
                "date": (midnight + timedelta(minutes=minutes * at)).astimezone(self.server_zone),
                "scheduleCode": ord(letter),
            }
            for at, letter in enumerate(code)
            if letter != "_"
        ]
        return {"holiday": day in self.holidays, "timeSlotDurationMin": minutes, "timeSlots": slots}

    # ------------------------------------------------------------------ charts

    def add_chart(self, sent: Row) -> int:
        """A new one, active, with its names in capitals."""
        number = max(self.charts, default=1000) + 1
        chart = {"patientStatus": "AC", "headRecord": number, "phone": "", "phone2": ""} | sent
        self.charts[number] = chart | {"demographicNo": number}
        return number

    def shown_chart(self, chart: Row, *, is_one: bool) -> Row:
        """As it is read; a cell phone stands elsewhere, and only what is read singly has it, if at all."""
        shown = dict(chart)
        shown["displayName"] = f"{chart.get('lastName')}, {chart.get('firstName')}"
        if self.flavour == "oscar19" or not is_one:
            shown.pop("cellPhone", None)
        return shown

    def by_name(self, text: str) -> list[Row]:
        """Whose names begin so; the empty text is everybody's beginning."""
        last, _, first = (part.strip().casefold() for part in text.partition(","))
        return [
            chart
            for chart in self.charts.values()
            if str(chart["lastName"]).casefold().startswith(last)
            and str(chart["firstName"]).casefold().startswith(first)
        ]

    def by_attributes(self, wanted: Row) -> list[Row]:
        """All criteria together; of most of them any part."""
        exactly = {"sex", "province", "yearOfBirth", "monthOfBirth", "dateOfBirth"}

        def has(chart: Row, name: str, text: str) -> bool:
            if name == "phone":
                return any(text in (chart.get(one) or "") for one in ("phone", "phone2"))
            value = (chart.get(name) or "").casefold()
            return value == text.casefold() if name in exactly else text.casefold() in value

        return [
            chart
            for chart in reversed(self.charts.values())
            if all(has(chart, name, text) for name, text in wanted.items())
        ]


def _start(row: Row) -> datetime:
    return row["start"]
