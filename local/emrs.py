"""The demo clinics' EMRs on this machine: OSCAR's stand-in and a FHIR server's, each in a process of its own.

What is in them is put there as staff would, in days counted from today. Our login to each lies in the
stack's Secrets Manager, as it would in AWS's.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from frontdesk import zones
from frontdesk.emr.fhir_login import Key, jwks
from local import demo
from local.aws import ask
from local.child import Child, address, listen

Item = dict[str, Any]

STAFF: Final = "staff"
"""What the clinic's own people say to the FHIR server."""
_CLIENT: Final = "frontdesk"
_KEY: Final = "demo-1"
_USER: Final = "frontdesk"
_WEEKS: Final = {"oscar": 12, "fhir": 5}
"""Of open days from today on."""
_TIMEOUT_S: Final = 20

_Chart = tuple[str, str, date, str, str, bool]
"""Last and first name, birth date, gender, telephone, whether they live."""
_CHARTS: Final[dict[str, tuple[_Chart, ...]]] = {
    "oscar": (
        ("Webb", "Nora", date(1984, 6, 18), "F", "902-555-0123", True),
        ("陈", "建国", date(1966, 10, 9), "M", "(902) 555-0124", True),
        # A mother and her son on one telephone.
        ("Grant", "Ellen", date(1981, 2, 7), "F", "902 555 0125", True),
        ("Grant", "Toby", date(2014, 8, 30), "M", "902 555 0125", True),
        ("Hale", "Martin", date(1939, 12, 1), "M", "902-555-0126", False),
    ),
    "fhir": (
        ("Frost", "Daniel", date(1975, 9, 4), "M", "867-555-0123", True),
        ("李", "晓雯", date(1992, 3, 15), "F", "867-555-0124", True),
        ("Moreau", "Claire", date(1988, 11, 21), "F", "867-555-0125", True),
        ("Moreau", "Lea", date(2016, 4, 2), "F", "867-555-0125", True),
        ("Stone", "Agnes", date(1941, 7, 27), "F", "867-555-0126", False),
    ),
}
_BOOKED: Final = ((1, 0, time(9)), (1, 2, time(10)), (2, 1, time(13, 30)))
"""By staff: the weekday from today on, whose chart, when; with the clinic's first provider."""


class Emrs:
    """Both stand-ins; with a directory they keep what they hold for the next start."""

    def __init__(
        self, directory: Path | None, secret: Callable[[str], str], log: IO[bytes] | None = None
    ) -> None:
        self._oscar, self._fhir = listen(), listen()
        self._password, client = secret("oscar-password"), [_CLIENT, secret("oscar-client-secret")]
        self._client = client
        self._key = Key(_KEY, _made_key())
        kept = {one: str(directory / f"{one}.kept") if directory else None for one in ("oscar", "fhir")}
        oscar = {"flavour": "oscar19", "user": _USER, "password": self._password, "client": client}
        fhir = {"strategy": "transaction", "clients": {_CLIENT: jwks([self._key])}, "staff": STAFF}
        self._children = [
            Child("local.oscar", self._oscar, oscar | {"file": kept["oscar"]}, log=log),
            Child("local.fhir", self._fhir, fhir | {"file": kept["fhir"]}, log=log),
        ]

    @property
    def urls(self) -> dict[str, str]:
        """Where they are, by kind."""
        return {"oscar": address(self._oscar), "fhir": address(self._fhir)}

    @property
    def servers(self) -> dict[str, Item]:
        """Their descriptions, by kind: `emr_connections.server`."""
        codes = [{"letter": letter, "minutes": None} for letter in "12"]
        oscar = {"base_url": f"{self.urls['oscar']}/oscar", "flavour": "oscar19", "codes": codes}
        fhir = {"base": f"{self.urls['fhir']}/fhir", "client_id": _CLIENT, "key_id": _KEY}
        return {"oscar": oscar, "fhir": fhir | {"strategy": "transaction"}}

    def wait_until_ready(self) -> None:
        """Returns when both answer, with charts and open days in them."""
        for one in self._children:
            one.wait_until_ready()
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as http:
            _fill_oscar(http, self.urls["oscar"])
            _fill_fhir(http, f"{self.urls['fhir']}/fhir")

    def let_in(self, aws_url: str) -> None:
        """Puts our logins into Secrets Manager; asks the stand-ins, so both have to answer."""
        approved = httpx.post(f"{self.urls['oscar']}/_approve", timeout=_TIMEOUT_S, trust_env=False).json()
        access = {
            "client_key": self._client[0],
            "client_secret": self._client[1],
            "token": approved["token"],
            "token_secret": approved["secret"],
        }
        login = {"user": _USER, "password": self._password, "access": access}
        for name, held in (
            (f"frontdesk/local/emr/{demo.WILLOW}", login),
            ("frontdesk/local/fhir-keys", [self._key._asdict()]),
        ):
            made = {"Name": name, "SecretString": json.dumps(held), "ClientRequestToken": "0" * 32}
            ask(aws_url, "secretsmanager.CreateSecret", made)

    def stop(self) -> None:
        """Ends both."""
        for one in self._children:
            one.stop()
        self._oscar.close()
        self._fhir.close()


def visits(url: str, emr: str, zone: ZoneInfo) -> list[dict[str, str]]:
    """All that stands in the diary, by the clinic's clock: `{start, end, patient, provider, status}`."""
    with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as http:
        if emr == "oscar":
            rows = http.get(f"{url}/_visits").raise_for_status().json()
            return [
                {
                    "start": one["start"].replace(" ", "T"),
                    "patient": str(one["demographicNo"]),
                    "provider": str(one["providerNo"]),
                    "status": "cancelled" if (one.get("status") or "").startswith("C") else "booked",
                }
                for one in rows
            ]
        found = _staff(http, f"{url}/fhir", "Appointment?_count=1000")
        return [
            {"start": zones.wall_text(datetime.fromisoformat(one["start"]), zone), "status": one["status"]}
            | {
                kind.lower(): key
                for kind, _, key in (who["actor"]["reference"].partition("/") for who in one["participant"])
            }
            for one in (entry["resource"] for entry in found.get("entry", []))
        ]


def _made_key() -> str:
    private = ec.generate_private_key(ec.SECP384R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _weekdays(zone: ZoneInfo, weeks: int) -> list[date]:
    """From today on."""
    today = zones.today(datetime.now(UTC), zone)
    days = (today + timedelta(days=ahead) for ahead in range(7 * weeks))
    return [day for day in days if day.weekday() < 5]


def _staff_visits(days: list[date]) -> Iterable[tuple[int, datetime]]:
    """Whose chart, and when on the clinic's clock."""
    for ahead, chart, at in _BOOKED:
        yield chart, datetime.combine(days[ahead], at)


def _fill_oscar(http: httpx.Client, url: str) -> None:
    def told(method: str, path: str, body: Any) -> Any:
        return http.request(method, f"{url}/_{path}", json=body).raise_for_status().json()

    days = _weekdays(ZoneInfo("America/Halifax"), _WEEKS["oscar"])
    # Quarters of an hour: visits of 30 minutes from 9 to 12 and from 13 to 16, of 15 minutes until 17.
    day = "_" * 36 + "2" * 12 + "_" * 4 + "2" * 12 + "1" * 4 + "_" * 28
    template = {"provider": "Public", "name": "P:week", "code": day, "days": list(map(str, days))}
    for provider_id, name, _ in demo.providers(demo.WILLOW):
        number = demo.there(provider_id, "oscar")
        _, first, last = name.split()
        told("PUT", "provider", {"providerNo": number, "firstName": first, "lastName": last, "title": "Dr."})
        told("PUT", "template", template | {"of": number})
    if http.get(f"{url}/_visits").raise_for_status().json():
        return
    charts: list[int] = []
    for last, first, born, sex, phone, lives in _CHARTS["oscar"]:
        columns = {"lastName": last.upper(), "firstName": first.upper(), "sex": sex, "phone": phone}
        columns |= {"yearOfBirth": f"{born:%Y}", "monthOfBirth": f"{born:%m}", "dateOfBirth": f"{born:%d}"}
        columns |= {"phone2": "", "patientStatus": "AC" if lives else "DE"}
        charts.append(told("POST", "chart", columns)["id"])
    for chart, start in _staff_visits(days):
        whose = {"providerNo": demo.there(400, "oscar"), "demographicNo": charts[chart]}
        told("POST", "visit", whose | {"start": start.isoformat(), "minutes": 30, "reason": "by staff"})


def _fill_fhir(http: httpx.Client, base: str) -> None:
    zone = ZoneInfo("America/Whitehorse")
    days = _weekdays(zone, _WEEKS["fhir"])
    there = {
        f"{one['resource']['resourceType']}/{one['resource']['id']}"
        for kind in ("Slot", "Appointment")
        for one in _staff(http, base, f"{kind}?_count=100000").get("entry", [])
    }
    entries: list[Item] = []
    for provider_id, name, specialty in demo.providers(demo.ASPEN):
        entries += _practice(demo.there(provider_id, "fhir"), name, specialty)
        entries += _slots(demo.there(provider_id, "fhir"), days, zone)
    if not any(one.startswith("Appointment/") for one in there):
        entries += _people()
        slots = {(one["schedule"]["reference"], one["start"]): one for one in entries if "schedule" in one}
        schedule = f"Schedule/{demo.there(500, 'fhir')}"
        for number, (chart, wall) in enumerate(_staff_visits(days)):
            slot = slots[schedule, _instant(wall, zone)]
            slot["status"] = "busy"
            entries.append(_visit(f"staff-{number}", slot, f"chart-{chart}"))
    parts = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in entries
        if f"{one['resourceType']}/{one['id']}" not in there
    ]
    _staff(http, base, "", {"resourceType": "Bundle", "type": "transaction", "entry": parts})


def _practice(key: str, name: str, specialty: str) -> list[Item]:
    prefix, first, last = name.split()
    named = [{"family": last, "given": [first], "prefix": [prefix]}]
    return [
        {"resourceType": "Practitioner", "id": key, "active": True, "name": named},
        {
            "resourceType": "PractitionerRole",
            "id": f"role-{key}",
            "active": True,
            "practitioner": {"reference": f"Practitioner/{key}"},
            "specialty": [{"text": specialty}],
        },
        {
            "resourceType": "Schedule",
            "id": key,
            "active": True,
            "actor": [{"reference": f"PractitionerRole/role-{key}"}],
        },
    ]


def _slots(key: str, days: Iterable[date], zone: ZoneInfo) -> list[Item]:
    """Of half an hour, from 9 to 12 and from 13 to 17."""
    half = timedelta(minutes=30)
    starts = [time(hour, minute) for hour in (9, 10, 11, 13, 14, 15, 16) for minute in (0, 30)]
    return [
        {
            "resourceType": "Slot",
            "id": f"{key}-{wall:%Y%m%d-%H%M}",
            "schedule": {"reference": f"Schedule/{key}"},
            "status": "free",
            "start": _instant(wall, zone),
            "end": _instant(wall + half, zone),
        }
        for day in days
        for wall in (datetime.combine(day, start) for start in starts)
    ]


def _people() -> list[Item]:
    return [
        {
            "resourceType": "Patient",
            "id": f"chart-{number}",
            "active": True,
            **({} if lives else {"deceasedBoolean": True}),
            "name": [{"use": "official", "family": last, "given": [first]}],
            "gender": "female" if gender == "F" else "male",
            "birthDate": born.isoformat(),
            "telecom": [{"system": "phone", "value": phone}],
        }
        for number, (last, first, born, gender, phone, lives) in enumerate(_CHARTS["fhir"])
    ]


def _visit(key: str, slot: Item, chart: str) -> Item:
    provider = slot["schedule"]["reference"].removeprefix("Schedule/")
    people = (f"Practitioner/{provider}", f"Patient/{chart}")
    return {
        "resourceType": "Appointment",
        "id": key,
        "status": "booked",
        "start": slot["start"],
        "end": slot["end"],
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in people],
    }


def _instant(wall: datetime, zone: ZoneInfo) -> str:
    return zones.instant(wall, zone).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _staff(http: httpx.Client, base: str, path: str, body: Item | None = None) -> Item:
    headers = {"authorization": f"Bearer {STAFF}"}
    method = "POST" if body else "GET"
    return (
        http.request(method, f"{base}/{path}".rstrip("/"), headers=headers, json=body)
        .raise_for_status()
        .json()
    )
