"""One clinic with a calendar at either vendor, as its visits and its owner have it; and a sync of it."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from frontdesk import zones
from frontdesk.calendars import pulling, pushing, tokens
from frontdesk.calendars.google import mark_of
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import Throttled, VendorName
from frontdesk.call import Call, between_calls
from frontdesk.db.claims import clinic_transaction
from frontdesk.errors import Declined, ProviderFailed
from frontdesk.scheduling import appointments, desks
from frontdesk.scheduling.refusals import Wanted
from frontdesk.tool import ToolArguments
from local import demo
from tests.calendars.consenting import Connecting
from tests.calendars.microsoft import Microsoft
from tests.clinic import Clinic
from tests.google_calendar import GoogleAccount

MAPLE: Final = UUID(demo.MAPLE)
ZONE: Final = zones.zone("America/Vancouver")
WEI: Final = 100


class Shown(NamedTuple):
    """One of our events, as its owner sees it."""

    id: str
    appointment_id: int
    start: datetime
    end: datetime
    title: str


def monday() -> date:
    """A week from now at the earliest, so that everything is still to come."""
    today = datetime.now(ZONE).date()
    return today + timedelta(days=14 - today.weekday())


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days after that Monday, by the clinic's clock; in UTC."""
    wall = datetime.combine(monday() + timedelta(days=day), datetime.min.time()).replace(
        hour=hour, minute=minute
    )
    return zones.instant(wall, ZONE)


@dataclass
class Synced:
    """Maple Clinic, Dr. Chen's calendar, and both sides of it."""

    connecting: Connecting
    vendor: VendorName
    account: GoogleAccount
    outlook: Microsoft
    connection_id: int
    calendar_id: int

    @property
    def clinic(self) -> Clinic:
        return self.connecting.clinic

    def turn(self) -> Turn:
        org_id = UUID(self.clinic.org_id)
        return Turn(org_id, self.connection_id, tokens.vendor(self.vendor), time.monotonic() + 60)

    # ---------------------------------------------------------------- our side

    @contextmanager
    def call(self) -> Generator[Call[ToolArguments]]:
        """The desk, between calls, in a transaction."""
        with clinic_transaction(MAPLE, time.monotonic() + 20) as db:
            call = between_calls(db)
            call.deadline = (
                time.monotonic() + 1
            )  # too little to look into a calendar: what is unknown is offered
            yield call

    @cached_property
    def patient_id(self) -> int:
        """John Doe's."""
        return self.clinic.all("SELECT id FROM patients WHERE first_name = 'John'")[0][0]

    def book(self, start: datetime, *, provider: int = WEI, kind: str = "Follow-up") -> int:
        """A visit through the domain; its id."""
        with self.call() as call:
            call.id = f"call-{uuid4()}"  # else it were all one caller, who may book ten a day
            desk = desks.of_clinic(call)
            wanted = Wanted(start, next(one for one in desk.types if one.name == kind), desk)
            visit = appointments.book(
                call,
                wanted,
                patient_id=self.patient_id,
                provider_id=provider,
                reason="a private matter",
                is_virtual=False,
            )
        return visit.id

    def move(self, visit: int, start: datetime, *, provider: int | None = None) -> None:
        with self.call() as call:
            found = appointments.of_patient(call, self.patient_id, visit)
            appointments.move(call, found, start, provider_id=provider)

    def cancel(self, visit: int) -> None:
        with self.call() as call:
            appointments.cancel(call, appointments.of_patient(call, self.patient_id, visit), reason=None)

    def let_pass(self, visit: int, status: str) -> None:
        """It was two hours ago, and its event says so."""
        start, end = "now() - interval '2 hours'", "now() - interval '1 hour'"
        self.clinic.do(
            f"UPDATE calendar_events SET starts_at = {start}, ends_at = {end} WHERE appointment_id = %s",
            visit,
        )
        when = f"tstzrange({start}, {end})"
        self.clinic.do(
            f"UPDATE appointments SET visit = {when}, occupied = {when}, status = %s WHERE id = %s",
            status,
            visit,
        )

    def visits(self, provider: int = WEI) -> dict[int, tuple[datetime, datetime]]:
        """Those that stand."""
        rows = self.clinic.all(
            "SELECT id, lower(visit), upper(visit) FROM appointments"
            " WHERE provider_id = %s AND status IN ('booked', 'arrived', 'fulfilled')",
            provider,
        )
        return {id_: (start.astimezone(UTC), end.astimezone(UTC)) for id_, start, end in rows}

    def rows(self) -> list[tuple[int, int, str | None, bool]]:
        """Visit, generation, event, whether due."""
        return self.clinic.all(
            "SELECT appointment_id, generation, event_id, due_since IS NOT NULL"
            " FROM calendar_events ORDER BY 1"
        )

    def rules(self, **rules: object) -> None:
        """The clinic's."""
        for name, value in rules.items():
            self.clinic.do(f"UPDATE organizations SET {name} = %s", value)

    def notices(self, kind: str = "calendar_edited") -> list[tuple[int, str]]:
        """Visit, and what came of it."""
        rows = self.clinic.all(
            "SELECT appointment_id, of FROM notifications WHERE kind = %s ORDER BY id", kind
        )
        return [(visit, of.split()[0]) for visit, of in rows]

    # ---------------------------------------------------------------- their side

    def shown(self) -> list[Shown]:
        """Our events in the owner's calendar, all of them."""
        found: list[Shown] = []
        if self.vendor == "google":
            for one in self.account.events():
                if mark := mark_of(one["id"]):
                    edges = [datetime.fromisoformat(one[edge]["dateTime"]) for edge in ("start", "end")]
                    start, end = (edge.astimezone(UTC) for edge in edges)
                    found.append(Shown(one["id"], mark.appointment_id, start, end, one["summary"]))
        else:
            for one in self.outlook.events():
                if ours := one.get("transactionId"):
                    start, end = (
                        datetime.fromisoformat(one[edge]["dateTime"]).replace(tzinfo=UTC)
                        for edge in ("start", "end")
                    )
                    visit = int(ours.split(":")[2])
                    found.append(Shown(one["id"], visit, start, end, one["subject"]))
        return sorted(found, key=lambda one: (one.appointment_id, one.id))

    def drag(self, event: str, start: datetime, minutes: int = 15) -> None:
        """The owner moves one."""
        edges = {"start": start, "end": start + timedelta(minutes=minutes)}
        if self.vendor == "google":
            texts: dict[str, Any] = {
                edge: {"dateTime": f"{when:%Y-%m-%dT%H:%M:%S}Z", "timeZone": "UTC"}
                for edge, when in edges.items()
            }
            self.account.change(event, **texts)
        else:
            texts = {
                edge: {"dateTime": f"{when:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
                for edge, when in edges.items()
            }
            self.outlook.does("change", id=event, event=texts)

    def rename(self, event: str, title: str) -> None:
        self.changes(event, **{"summary" if self.vendor == "google" else "subject": title})

    def changes(self, event: str, **more: Any) -> None:
        """In the vendor's own words."""
        if self.vendor == "google":
            self.account.change(event, **more)
        else:
            self.outlook.does("change", id=event, event=more)

    def remove(self, event: str) -> None:
        if self.vendor == "google":
            self.account.remove(event)
        else:
            self.outlook.does("delete", id=event)

    def faults(self, *faults: dict[str, Any]) -> None:
        if self.vendor == "google":
            self.account.faults(*faults)
        else:
            self.outlook.faults(*faults)

    def asked(self) -> list[dict[str, Any]]:
        """What the vendor was asked since the last time."""
        if self.vendor == "google":
            return self.account.requests()
        found = self.outlook.requests()
        self.outlook.forget()
        return found

    def writes(self) -> list[str]:
        """Which of that changed an event."""
        return [one["method"] for one in self.asked() if one["method"] != "GET" and "/events" in one["path"]]

    def puts(self, start: datetime, minutes: int = 60, **more: Any) -> str:
        """The owner's own event; its id."""
        end = start + timedelta(minutes=minutes)
        if self.vendor == "google":
            edges = [{"dateTime": f"{when:%Y-%m-%dT%H:%M:%S}Z", "timeZone": "UTC"} for when in (start, end)]
            return self.account.put(*edges, **more)["id"]
        texts = [f"{when:%Y-%m-%dT%H:%M:%S}" for when in (start, end)]
        return self.outlook.put(*texts, **more)["id"]

    def busy(self) -> list[tuple[datetime, datetime]]:
        """What is known to block in the calendar, what touches as one."""
        rows = self.clinic.all(
            "SELECT lower(one), upper(one) FROM (SELECT unnest(range_agg(tstzrange(starts_at, ends_at)))"
            " AS one FROM calendar_busy WHERE calendar_id = %s) ranges ORDER BY 1",
            self.calendar_id,
        )
        return [(start.astimezone(UTC), end.astimezone(UTC)) for start, end in rows]

    # ---------------------------------------------------------------- a sync

    def push(self) -> None:
        """One push; what the vendor failed at stays due, as a round would have it."""
        try:
            pushing.push(self.turn())
        except Throttled:
            raise
        except ProviderFailed:
            pass

    def pull(self, *, whole: bool = False) -> None:
        """The real pull; of everything, if told so."""
        if whole:
            self.clinic.do(
                "UPDATE calendars SET position = NULL, window_from = NULL, window_until = NULL WHERE id = %s",
                self.calendar_id,
            )
        pulling.pull(self.turn())

    @property
    def position(self) -> str | None:
        """From where the next pull goes on."""
        return self.clinic.all("SELECT position FROM calendars WHERE id = %s", self.calendar_id)[0][0]

    def settle(self, most: int = 8) -> int:
        """Rounds until nothing is due and a round writes nothing; how many it took."""
        for rounds in range(1, most + 1):
            self.asked()
            self.push()
            self.pull()
            if not self.writes() and not any(is_due for *_, is_due in self.rows()):
                return rounds
        raise AssertionError(f"never quiet: {self.rows()}")

    def assert_agrees(self) -> None:
        """Exactly one event of each visit that stands, at its time, and no other of ours."""
        shown = [(one.appointment_id, one.start, one.end) for one in self.shown()]
        stand = [(visit, *when) for visit, when in sorted(self.visits().items())]
        assert shown == stand, (set(shown) ^ set(stand), self.rows())
        assert [row[0] for row in self.rows()] == sorted(self.visits())


def declined(step: Any, *values: Any, **named: Any) -> bool:
    """Whether the desk said no."""
    try:
        step(*values, **named)
    except Declined:
        return True
    return False
