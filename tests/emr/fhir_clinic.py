"""A clinic on a FHIR server, for the contract: its people are written past our own client.

The server is anybody's that speaks R4; between it and us stands a door that counts, checks and spoils.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fhir.resources.R4B import get_fhir_model_class

from frontdesk.emr.emr import Emr
from frontdesk.emr.fhir import Fhir
from frontdesk.emr.fhir_login import Key
from frontdesk.emr.fhir_server import Server, Strategy
from frontdesk.zones import at
from local.asgi import body_of
from tests.emr.contract import DAY, DAY_OFF, HOLIDAY

ZONE: Final = ZoneInfo("America/Vancouver")
CLIENT: Final = "frontdesk-1"
STAFF: Final = {"authorization": "Bearer staff", "x-staff": "1"}
SCOPES: Final = ("system/*.cruds",)
"""Of all: some servers hold a bundle against each kind there is."""
PROVIDER: Final = "dr-chen"

Item = dict[str, Any]


@cache
def key(name: str, kind: str = "EC") -> Key:
    """One of ours; made once a run."""
    private = (
        rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP384R1())
    )
    return Key(name, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def staff_client(url: str) -> httpx.Client:
    """How the clinic's own people ask, past the door's count."""
    return httpx.Client(base_url=f"{url}/fhir", headers=STAFF, timeout=30, verify=False)


@dataclass
class Door:
    """In front of a server: what came, and what is done to it. Staff come by another way (`x-staff`)."""

    inner: Any = None
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Method, and path with its query."""
    wrong: list[str] = field(default_factory=list[str])
    """What we sent that isn't valid R4."""
    lost: int = 0
    """So many of the next writes are done, and their answers lost."""
    refuse: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """A part of a path, and the status of the next request to it."""
    is_down: bool = False
    slow_s: float = 0

    def begin(self, inner: Any) -> None:
        """For another test: nothing came, all is well."""
        self.inner = inner
        self.requests, self.wrong, self.refuse = [], [], []
        self.lost, self.is_down, self.slow_s = 0, False, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or any(name == b"x-staff" for name, _ in scope["headers"]):
            await self.inner(scope, receive, send)
            return
        body = await body_of(receive)
        path, method = scope["path"], scope["method"]
        query = scope["query_string"].decode()
        self.requests.append((method, f"{path}?{query}" if query else path))
        headers = dict(scope["headers"])
        if b"fhir+json" in headers.get(b"content-type", b""):
            self._check(body)
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        if self.is_down:
            await _answer(send, 502, b"<html><h1>Bad gateway: Jane Roe</h1></html>")
            return
        for one in self.refuse:
            if one[0] in path:
                self.refuse.remove(one)
                await _answer(send, one[1], b"<html>no</html>")
                return

        first = True

        async def again() -> Any:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        is_write = method in ("PUT", "PATCH") or (
            method == "POST" and not path.endswith(("_search", "$find", "token"))
        )
        if is_write and self.lost > 0:
            self.lost -= 1

            async def nowhere(message: Any) -> None: ...

            await self.inner(scope, again, nowhere)
            await _answer(send, 504, b"<html>gateway timeout</html>")
            return
        await self.inner(scope, again, send)

    def _check(self, body: bytes) -> None:
        found = json.loads(body)
        try:
            get_fhir_model_class(found["resourceType"]).model_validate(found)
        except ValueError as error:
            self.wrong.append(str(error))


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/html"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass
class FhirClinic:
    """The contract's `World`."""

    url: str
    door: Door
    staff: httpx.Client
    server: Server
    keys: tuple[Key, ...]
    zone: ZoneInfo = ZONE
    provider_id: str = PROVIDER

    def __post_init__(self) -> None:
        self._made: list[Fhir] = []
        self.emr: Emr = self.another()

    def another(self) -> Fhir:
        made = Fhir(self.server, self.keys)
        self._made.append(made)
        return made

    def close(self) -> None:
        for one in self._made:
            one.close()

    # staff

    def put(self, one: Item) -> Item:
        """As it is, under its own id."""
        answer = self.staff.put(f"/{one['resourceType']}/{one['id']}", json=one)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, one: Item) -> Item:
        answer = self.staff.post(f"/{one['resourceType']}", json=one)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str) -> Item:
        answer = self.staff.get(f"/{path}")
        assert answer.is_success, answer.text
        return answer.json()

    def all(self, kind: str) -> list[Item]:
        found = self.get(f"{kind}?_count=1000")
        return [one["resource"] for one in found.get("entry", [])]

    def open(self) -> None:
        """The provider, and their slots of the contract's days."""
        name = [{"family": "Chen", "given": ["Wei"], "prefix": ["Dr."]}]
        entries: list[Item] = [
            {"resourceType": "Practitioner", "id": PROVIDER, "active": True, "name": name},
            {"resourceType": "Practitioner", "id": "dr-left", "active": False, "name": name},
        ]
        for one, specialty in ((PROVIDER, "Family medicine"), ("dr-left", "Surgery")):
            entries.append(
                {
                    "resourceType": "PractitionerRole",
                    "id": f"role-{one}",
                    "active": True,
                    "practitioner": {"reference": f"Practitioner/{one}"},
                    "specialty": [{"text": specialty}],
                }
            )
        entries.append(
            {
                "resourceType": "Schedule",
                "id": "s-1",
                "active": True,
                "actor": [{"reference": f"PractitionerRole/role-{PROVIDER}"}],
            }
        )
        entries += [
            self.slot(f"{day}-{half}", nine(day) + timedelta(minutes=30 * half), 30)
            for day in (DAY + timedelta(days=days) for days in range(3))
            for half in range(6)
        ]
        entries += [
            self.slot(f"{day}-off", nine(day), 180, status="busy-unavailable") for day in (DAY_OFF, HOLIDAY)
        ]
        parts = [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in entries
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": parts}
        answer = self.staff.post("", json=bundle)
        assert answer.is_success, answer.text

    def slot(self, key: str, start: datetime, minutes: int, *, status: str = "free") -> Item:
        return {
            "resourceType": "Slot",
            "id": f"slot-{key}",
            "schedule": {"reference": "Schedule/s-1"},
            "status": status,
            "serviceType": [{"coding": [{"code": "GP"}]}],
            "start": _text(start),
            "end": _text(start + timedelta(minutes=minutes)),
        }

    def chart(
        self, last_name: str, first_name: str, born: date, *, phones: Sequence[str], is_active: bool = True
    ) -> str:
        one: Item = {
            "resourceType": "Patient",
            "active": is_active,
            "name": [{"use": "official", "family": last_name, "given": [first_name]}],
            "birthDate": born.isoformat(),
            "telecom": [{"system": "phone", "value": phone} for phone in phones if phone],
        }
        return self.post({name: value for name, value in one.items() if value != []})["id"]

    def staff_book(self, start: datetime, minutes: int, *, patient_id: str | None = None) -> str:
        end = start + timedelta(minutes=minutes)
        people = [f"Practitioner/{PROVIDER}", *([f"Patient/{patient_id}"] if patient_id else [])]
        return self.post(
            {
                "resourceType": "Appointment",
                "status": "booked",
                "start": _text(start),
                "end": _text(end),
                "slot": [{"reference": f"Slot/{one['id']}"} for one in self._touch(start, end, "busy")],
                "comment": "brings papers",
                "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in people],
            }
        )["id"]

    def staff_move(self, visit_id: str, start: datetime) -> None:
        one = self.get(f"Appointment/{visit_id}")
        length = datetime.fromisoformat(one["end"]) - datetime.fromisoformat(one["start"])
        self._free(one)
        slots = self._touch(start, start + length, "busy")
        refs = [{"reference": f"Slot/{each['id']}"} for each in slots]
        self.put(one | {"start": _text(start), "end": _text(start + length), "slot": refs})

    def staff_cancel(self, visit_id: str) -> None:
        one = self.get(f"Appointment/{visit_id}")
        self._free(one)
        self.put(one | {"status": "cancelled"})

    def delete(self, visit_id: str) -> None:
        assert self.staff.delete(f"/Appointment/{visit_id}").is_success

    def _touch(self, start: datetime, end: datetime, status: str) -> list[Item]:
        found: list[Item] = []
        for one in self.all("Slot"):
            begins, ends = datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])
            if begins < end and start < ends:
                found.append(self.put(one | {"status": status}))
        return found

    def _free(self, one: Item) -> None:
        for each in one.get("slot", []):
            self.put(self.get(each["reference"]) | {"status": "free"})

    def expire(self) -> None:
        """All access tokens are over."""
        assert self.staff.post(f"{self.url}/_expire").is_success

    def option(self, **options: Any) -> None:
        """`local.fhir.OPTIONS`."""
        answer = self.staff.put(f"{self.url}/_options", json=options)
        assert answer.is_success

    # what stands

    def stored(self, visit_id: str) -> Item:
        one = self.get(f"Appointment/{visit_id}")
        return {name: value for name, value in one.items() if name not in ("meta", "cancelationReason")}

    def standing(self) -> int:
        return sum(one["status"] != "cancelled" for one in self.all("Appointment"))

    def slot_status(self, start: datetime) -> str:
        [one] = [each for each in self.all("Slot") if datetime.fromisoformat(each["start"]) == start]
        return one["status"]

    # faults

    def lose_answer(self) -> None:
        self.door.lost = 1

    def be_down(self) -> None:
        self.door.is_down = True

    def be_slow(self, seconds: float) -> None:
        self.door.slow_s = seconds


def nine(day: date) -> datetime:
    """In the morning."""
    return at(day, clock(9), ZONE)


def described(base: str, strategy: Strategy = "transaction", *, key_id: str = "k-1") -> Server:
    """A server's description."""
    return Server(base=base, client_id=CLIENT, key_id=key_id, strategy=strategy, zone=ZONE, scopes=SCOPES)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
