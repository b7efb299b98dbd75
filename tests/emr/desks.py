"""Clinics to call, whose diary is here, in OSCAR or on a FHIR server.

Tools ask by Lambda's Invoke API the function that asks EMRs; it, and the EMR, are in the test's process.
"""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from frontdesk import aws, zones
from frontdesk.emr import syncing
from frontdesk.emr.fhir_login import jwks
from frontdesk.patients import names
from local import demo, fhir
from tests.clinic import Clinic
from tests.conftest import Database
from tests.emr.asks import asked_by
from tests.emr.fhir_clinic import CLIENT, Door, FhirClinic, described, key, staff_client
from tests.emr.oscars import PASSWORD, PROVIDER, USER, OscarWorld, Place, template
from tests.served import served

ZONE = ZoneInfo("America/Vancouver")
CALLER = "+16045550142"
REGION = "ca-central-1"


def days() -> list[date]:
    """Three open days of the week after next: from 9 to 12 there are visits of half an hour."""
    today = zones.today(datetime.now(UTC), ZONE)
    monday = today + timedelta(days=14 - today.weekday())
    return [monday + timedelta(days=ahead) for ahead in (1, 2, 3)]


def at(day: date, wall: str) -> datetime:
    """UTC, of a time on the clinic's clock."""
    return zones.at(day, clock.fromisoformat(wall), ZONE)


class Staff(Protocol):
    """What the clinic's own people do and see, wherever their diary is."""

    def chart(
        self,
        last: str,
        first: str,
        born: date,
        *,
        phones: tuple[str, ...] = (CALLER,),
        is_active: bool = True,
    ) -> str:
        """Somebody's chart; its id there."""
        ...

    def book(self, day: date, wall: str, chart: str) -> str:
        """A visit of half an hour; its id there."""
        ...

    def standing(self) -> list[str]:
        """When visits stand in the diary, on the clinic's clock, e.g. `09:30`; ascending."""
        ...

    def charts(self) -> int:
        """How many there are."""
        ...

    def lose_all(self) -> None:
        """The EMR does the next write, and answers neither that nor anything after it."""
        ...

    def mend(self) -> None:
        """It answers again."""
        ...


@dataclass
class Desk:
    """A clinic's line, and its people."""

    line: Clinic
    staff: Staff
    world: Any = None
    """The EMR's, whose faults are to be had; None where the diary is here."""
    secrets: dict[str, Any] = field(default_factory=dict[str, Any])
    """What lies in Secrets Manager, by name."""
    day: date = field(default_factory=lambda: days()[0])

    def read(self) -> None:
        """The EMR is read, as each minute."""
        if self.world is None:
            return
        self.line.do("UPDATE emr_connections SET due_at = now(), syncing_until = NULL, synced_at = NULL")
        syncing.sync(UUID(self.line.org_id), time.monotonic() + 60)
        [[failure]] = self.line.all("SELECT sync_failure FROM emr_connections")
        assert failure is None

    def prove(self, born: str = "1988-05-06") -> int:
        """The caller, proven by their number and birth date; their id here."""
        answer = self.line.ask("search_patient_by_phone", phone="0000000000", dateOfBirth=born)
        assert answer["found"], answer
        return answer["id"]

    def find(self, **wish: Any) -> dict[str, Any]:
        """The first free time from the open day on."""
        return self.line.ask("find_earliest_appointment", **{"startDate": self.day.isoformat()} | wish)

    def book(self, patient: int, offer: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What comes of booking an offered time."""
        return self.line.ask("create_appointment", **wanted(patient, offer) | more)

    def listed(self) -> list[dict[str, Any]]:
        """The proven caller's own visits of the open days."""
        first, *_, last = days()
        found = self.line.ask("check_appointments", startDate=str(first), endDate=str(last))
        return found["appointments"]


def wanted(patient: int, offer: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a booking."""
    return {
        "demographicId": patient,
        "providerId": offer["providerId"],
        "startTime": offer["startTime"],
        "appointmentType": "General consultation",
        "reason": "sore throat",
        "language": "en",
    }


# ------------------------------------------------------------------ here


@dataclass
class OwnStaff:
    """Of Maple Clinic, with one doctor."""

    line: Clinic

    def chart(
        self,
        last: str,
        first: str,
        born: date,
        *,
        phones: tuple[str, ...] = (CALLER,),
        is_active: bool = True,
    ) -> str:
        [[patient_id]] = self.line.all(
            "INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone, erased_at)"
            " VALUES (%s, %s, %s, %s, 'F', %s, CASE WHEN NOT %s THEN now() END) RETURNING id",
            *(self.line.org_id, first, last, born, phones[0], is_active),
        )
        for one in names.index_keys(first, last):
            self.line.do(
                "INSERT INTO patient_name_keys (org_id, key, patient_id) VALUES (%s, %s, %s)",
                *(self.line.org_id, one, patient_id),
            )
        return str(patient_id)

    def book(self, day: date, wall: str, chart: str) -> str:
        start = at(day, wall)
        span = f"[{start.isoformat()},{(start + timedelta(minutes=30)).isoformat()})"
        [[made]] = self.line.all(
            "INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)"
            " SELECT org_id, 100, %s, id, 'booked', %s, %s FROM appointment_types"
            " WHERE name = 'General consultation' RETURNING id",
            *(chart, span, span),
        )
        return str(made)

    def standing(self) -> list[str]:
        rows = self.line.all(
            "SELECT visit_start FROM appointments WHERE status IN ('booked', 'pending') ORDER BY visit_start"
        )
        return [f"{start.astimezone(ZONE):%H:%M}" for (start,) in rows]

    def charts(self) -> int:
        [[number]] = self.line.all("SELECT count(*) FROM patients")
        return number

    def lose_all(self) -> None:
        raise NotImplementedError

    def mend(self) -> None:
        raise NotImplementedError


@contextmanager
def own_desk(database: Database) -> Generator[Desk]:
    """Maple, whose diary and charts are here."""
    line = Clinic(database.owner_url, caller=CALLER)
    line.do("UPDATE providers SET is_active = false WHERE id <> 100")
    yield Desk(line, OwnStaff(line))


# ------------------------------------------------------------------ in an EMR


@contextmanager
def asking_emrs(patched: pytest.MonkeyPatch, secrets: dict[str, Any]) -> Generator[None]:
    """The function that asks EMRs, where tools find it, and what lies in Secrets Manager."""
    with asked_by(patched):
        for name, held in secrets.items():
            aws.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(held))
        yield


def _line(
    database: Database, org_id: str, number: str, emr: str, server: dict[str, Any], doctor: str
) -> Clinic:
    """The demo's clinic, with one doctor; its EMR is the test's own."""
    demo.seed(database.owner_url, {emr: server})
    line = Clinic(database.owner_url, org_id=org_id, number=number, caller=CALLER, call=f"{emr}-call")
    line.do("UPDATE organizations SET time_zone = %s, horizon_days = 21", ZONE.key)
    [[first]] = line.all("SELECT min(id) FROM providers")
    line.do("DELETE FROM providers WHERE id <> %s", first)
    line.do("UPDATE emr_providers SET emr_id = %s", doctor)
    return line


@dataclass
class OscarStaff:
    """Those of a clinic on OSCAR."""

    world: OscarWorld

    def chart(
        self,
        last: str,
        first: str,
        born: date,
        *,
        phones: tuple[str, ...] = (CALLER,),
        is_active: bool = True,
    ) -> str:
        written = [f"{one[2:5]}-{one[5:8]}-{one[8:]}" for one in phones]
        return self.world.chart(last, first, born, phones=written, is_active=is_active)

    def book(self, day: date, wall: str, chart: str) -> str:
        return self.world.staff_book(at(day, wall), 30, patient_id=chart)

    def standing(self) -> list[str]:
        rows = [one for one in self.world.rows() if not (one.get("status") or "").startswith("C")]
        return sorted(one["start"][11:16] for one in rows)

    def charts(self) -> int:
        return len(self.world.app.inner.clinic.charts)

    def lose_all(self) -> None:
        self.world.faults({"status": 502, "after": 1, "when": "after"})  # the look before the write passes

    def mend(self) -> None:
        self.world.faults()


@contextmanager
def oscar_desk(database: Database, oscar_at: Place) -> Generator[Desk]:
    """Willow, on OSCAR 19."""
    world = oscar_at.world()
    world.days(template(at09="2" * 12, at12="VVVV"), *days())
    server: dict[str, Any] = {
        "base_url": world.server.base_url,
        "flavour": "oscar19",
        "codes": [{"letter": one.letter} for one in world.server.codes],
        "provider_ids": [PROVIDER],
    }
    access = world.server.access
    assert access is not None
    login = {"user": USER, "password": PASSWORD, "access": access._asdict()}
    held = {f"frontdesk/local/emr/{demo.WILLOW}": login}
    with pytest.MonkeyPatch.context() as patched, asking_emrs(patched, held):
        line = _line(database, demo.WILLOW, "+19025550100", "oscar", server, PROVIDER)
        yield Desk(line, OscarStaff(world), world, held)


@dataclass
class FhirStaff:
    """Those of a clinic on a FHIR server."""

    world: FhirClinic

    def chart(
        self,
        last: str,
        first: str,
        born: date,
        *,
        phones: tuple[str, ...] = (CALLER,),
        is_active: bool = True,
    ) -> str:
        return self.world.chart(last, first, born, phones=phones, is_active=is_active)

    def book(self, day: date, wall: str, chart: str) -> str:
        return self.world.staff_book(at(day, wall), 30, patient_id=chart)

    def standing(self) -> list[str]:
        found = (one for one in self.world.all("Appointment") if one["status"] != "cancelled")
        starts = (datetime.fromisoformat(one["start"]).astimezone(ZONE) for one in found)
        return sorted(f"{start:%H:%M}" for start in starts)

    def charts(self) -> int:
        return len(self.world.all("Patient"))

    def lose_all(self) -> None:
        self.world.door.inner = _DiesOfAWrite(self.world.door, self.world.door.inner)

    def mend(self) -> None:
        self.world.door.is_down = False


class _DiesOfAWrite:
    """A server that does one write more."""

    def __init__(self, door: Door, inner: Any) -> None:
        self._door, self._inner = door, inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_staff = any(name == b"x-staff" for name, _ in scope["headers"])
        if scope["method"] == "POST" and scope["path"].rstrip("/") == "/fhir" and not is_staff:
            self._door.is_down, self._door.inner, send = True, self._inner, _nowhere(send)
        await self._inner(scope, receive, send)


def _nowhere(send: Any) -> Any:
    async def lost(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {"type": "http.response.start", "status": 504, "headers": [(b"content-length", b"0")]}
        elif message["type"] == "http.response.body":
            message = {"type": "http.response.body", "body": b""}
        await send(message)

    return lost


@contextmanager
def fhir_desk(database: Database, door: tuple[str, Door]) -> Generator[Desk]:
    """Aspen, on a server that books by transactions."""
    url, way = door
    keys = (key("k-1"),)
    way.begin(fhir.make({"strategy": "transaction", "clients": {CLIENT: jwks(keys)}, "staff": "staff"}))
    with staff_client(url) as staff, pytest.MonkeyPatch.context() as patched:
        world = FhirClinic(url, way, staff, described(f"{url}/fhir"), keys)
        world.open()
        for day in days():
            for half in range(6):
                start = at(day, "09:00") + timedelta(minutes=30 * half)
                world.put(world.slot(f"{day}-{half}", start, 30))
        server: dict[str, Any] = {
            "base": f"{url}/fhir",
            "client_id": CLIENT,
            "key_id": "k-1",
            "strategy": "transaction",
            "scopes": world.server.scopes,
        }
        held = {"frontdesk/local/fhir-keys": [one._asdict() for one in keys]}
        with asking_emrs(patched, held):
            line = _line(database, demo.ASPEN, "+18675550100", "fhir", server, world.provider_id)
            yield Desk(line, FhirStaff(world), world, held)
        world.close()
    assert way.wrong == []


@contextmanager
def door_of_fhir() -> Generator[tuple[str, Door]]:
    """Where FHIR servers are served."""
    door = Door()
    with served(door) as url:
        yield url, door
