"""An OSCAR of a test's own: the stand-in, with its clinic's people at hand, and our client of it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from frontdesk.emr.oscar import Oscar
from frontdesk.emr.oscar_server import Access, Code, Flavour, Server
from frontdesk.zones import zone
from local import oscar
from local.oscar_clinic import Clinic
from tests.emr.contract import DAY, DAY_OFF, HOLIDAY
from tests.served import served

USER, PASSWORD = "frontdesk", "a-password"
CLIENT = ("a-client", "a-client-secret")
ZONE = "America/Vancouver"
PROVIDER = "101"
NOW = datetime(2027, 2, 1, 17, tzinfo=UTC)
WRITES = (
    "ScheduleService/addAppointment",
    "ScheduleService/updateAppointment",
    "DemographicService/addDemographic",
    "services/demographics",
)


def template(**hours: str) -> str:
    """A day's code of 96 quarters: `template(at09="22", at10="11")` begins there."""
    quarters = ["_"] * 96
    for clock, letters in hours.items():
        start = int(clock.removeprefix("at")) * 4
        quarters[start : start + len(letters)] = letters
    return "".join(quarters)


@dataclass
class OscarWorld:
    """`tests.emr.contract.World`, and what only an OSCAR has."""

    url: str
    http: httpx.Client
    server: Server
    clients: list[Oscar]
    app: "_Any"
    provider_id: str = PROVIDER
    zone: ZoneInfo = field(default_factory=lambda: zone(ZONE))

    def __post_init__(self) -> None:
        self.emr = self.another()

    def another(self, **other: Any) -> Oscar:
        made = Oscar(replace(self.server, **other), now=lambda: NOW)
        self.clients.append(made)
        return made

    def told(self, method: str, path: str, body: Any = None) -> Any:
        """By the door for tests."""
        answer = self.http.request(method, f"{self.url}/_{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def options(self, **options: Any) -> None:
        self.told("PUT", "options", options)

    def faults(self, *faults: dict[str, Any]) -> None:
        self.told("PUT", "faults", list(faults))

    def fault(self, path: str, **fault: Any) -> dict[str, Any]:
        """One that strikes what is posted there."""
        return {"method": "POST", "path": f"/{self.server.flavour}/ws/{path}"} | fault

    def meanwhile(self, operation: str, act: Callable[[Clinic], None]) -> None:
        """What somebody does there just before that operation is next carried out."""
        self.app.meanwhile.append((operation, act))

    def asked(self) -> list[str]:
        """What was asked since the last time: operations, or paths."""
        return [one["path"].rpartition("/")[2] for one in self.told("DELETE", "requests")]

    def rows(self) -> list[dict[str, Any]]:
        """All columns of all appointments."""
        return self.told("GET", "visits")

    def row(self, visit_id: str) -> dict[str, Any]:
        return next(one for one in self.rows() if str(one["id"]) == visit_id)

    def days(self, code: str, *days: date, name: str = "P:regular", owner: str = "Public") -> None:
        """The provider works so on these days."""
        body = {"provider": owner, "name": name, "code": code, "of": PROVIDER, "days": list(map(str, days))}
        self.told("PUT", "template", body)

    def type_in(self, **columns: Any) -> str:
        """Staff type a visit in, or change one; its start is wall time."""
        return str(self.told("POST", "visit", {"providerNo": PROVIDER} | columns)["id"])

    # World

    def chart(
        self,
        last_name: str,
        first_name: str,
        born: date,
        *,
        phones: Sequence[str],
        is_active: bool = True,
        **more: Any,
    ) -> str:
        phone, phone2 = (*phones, "", "")[:2]
        columns = {"lastName": last_name.upper(), "firstName": first_name.upper(), "sex": "F", "phone": phone}
        columns |= {"phone2": phone2, "patientStatus": "AC" if is_active else "DE"}
        columns |= {"yearOfBirth": f"{born:%Y}", "monthOfBirth": f"{born:%m}", "dateOfBirth": f"{born:%d}"}
        return str(self.told("POST", "chart", columns | more)["id"])

    def staff_book(self, start: datetime, minutes: int, *, patient_id: str | None = None) -> str:
        wall = start.astimezone(self.zone).replace(tzinfo=None)
        columns: dict[str, Any] = {
            "notes": "",
            "reason": "Seen before",
            "location": "Room 2",
            "remarks": "ask for a card",
        }
        if self.server.flavour == "juno":
            columns["isVirtual"] = True
        return self.type_in(
            start=wall.isoformat(), minutes=minutes, demographicNo=int(patient_id or 0), **columns
        )

    def staff_move(self, visit_id: str, start: datetime) -> None:
        wall = start.astimezone(self.zone).replace(tzinfo=None)
        self.type_in(id=int(visit_id), start=wall.isoformat(), minutes=30)

    def staff_cancel(self, visit_id: str) -> None:
        kept = self.row(visit_id)
        length = datetime.fromisoformat(kept["end"]) - datetime.fromisoformat(kept["start"])
        minutes = length // timedelta(minutes=1) + 1
        self.type_in(id=int(visit_id), status="C", minutes=minutes, providerNo=kept["providerNo"])

    def stored(self, visit_id: str) -> dict[str, Any]:
        own = {"updateDateTime", "lastUpdateUser"}
        row = {name: value for name, value in self.row(visit_id).items() if name not in own}
        row["end"] = row["end"][:16]  # to the minute, which is as much as people see
        return {name: value for name, value in row.items() if value is not None}

    def standing(self) -> int:
        return sum(not (row.get("status") or "").startswith("C") for row in self.rows())

    def lose_answer(self) -> None:
        self.faults(*(self.fault(path, when="after", reset=True, times=1) for path in WRITES))

    def be_down(self) -> None:
        self.faults({"status": 502})

    def be_slow(self, seconds: float) -> None:
        self.faults({"latency_s": seconds})


class _Any:
    """An app in front of one app after another, for to start a server takes 0.2 s."""

    inner: Any = None

    def __init__(self) -> None:
        self.meanwhile: list[tuple[str, Callable[[Clinic], None]]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        first = [message]

        async def again() -> Any:
            return first.pop() if first else await receive()

        for number, (operation, act) in enumerate(self.meanwhile):
            if f":{operation}>".encode() in message.get("body", b""):
                del self.meanwhile[number]
                act(self.inner.clinic)
                break
        await self.inner(scope, again, send)


@dataclass(frozen=True)
class Place:
    """Where one OSCAR after another is served."""

    url: str
    http: httpx.Client
    app: _Any
    clients: list[Oscar] = field(default_factory=list[Oscar])

    def close(self) -> None:
        """Hangs up for all of our side."""
        while self.clients:
            self.clients.pop().close()

    def world(self, flavour: Flavour = "oscar19", **options: Any) -> OscarWorld:
        """A new clinic: one doctor, who works from 9 to 12 in visits of 30 minutes."""
        self.close()
        self.app.meanwhile.clear()
        # An address for each, for a contract is read once in a process.
        config = {
            "flavour": flavour,
            "context": f"/{flavour}",
            "user": USER,
            "password": PASSWORD,
            "client": CLIENT,
        }
        self.app.inner = oscar.make(config)
        access = self.http.post(f"{self.url}/_approve").json()
        server = Server(
            base_url=f"{self.url}/{flavour}",
            flavour=flavour,
            time_zone=ZONE,
            user=USER,
            password=PASSWORD,
            codes=(Code("2"), Code("1"), Code("P"), Code("W"), Code("s")),
            access=Access(*CLIENT, access["token"], access["secret"]),
        )
        made = OscarWorld(self.url, self.http, server, self.clients, self.app)
        made.options(**options)
        made.told(
            "PUT",
            "provider",
            {"providerNo": PROVIDER, "firstName": "Wei", "lastName": "Chen", "title": "Dr."},
        )
        regular = template(at09="2" * 12, at12="VVVV")
        made.days(regular, *(DAY + timedelta(days=ahead) for ahead in range(3)), HOLIDAY)
        made.days(template(at09="VVVV"), DAY_OFF, name="P:off")
        made.told("PUT", "holiday", {"day": str(HOLIDAY)})
        return made


@contextmanager
def place() -> Generator[Place]:
    """Served until the block ends."""
    app = _Any()
    with served(app) as url, httpx.Client() as http:
        made = Place(url, http, app)
        yield made
        made.close()
