"""The clinics every stack begins with, and the people in them: all invented, all numbers 555-01xx."""

import json
from collections.abc import Mapping
from datetime import date, time
from typing import Any, Final

import psycopg

from frontdesk.organizations import test_clinic
from frontdesk.patients import names
from local.tokens import member_id

MAPLE: Final = test_clinic.ID
"""Has more than the clinic that a stage is called at after a deploy, and all of that."""
HARBOUR: Final = "00000000-0000-4000-8000-00000000aa02"
GARDEN: Final = "00000000-0000-4000-8000-00000000aa03"
"""Confirms each visit itself: a member answers what callers book."""
WILLOW: Final = "00000000-0000-4000-8000-00000000aa04"
"""Has its charts and its diary in OSCAR."""
ASPEN: Final = "00000000-0000-4000-8000-00000000aa05"
"""Has them on a FHIR server."""

_ORGANIZATIONS: Final[tuple[dict[str, Any], ...]] = (
    {
        "id": MAPLE,
        "name": "Maple Clinic",
        "name_zh": "枫叶诊所",
        "phone_number": test_clinic.NUMBER,
        "address": "100 Example Street, Vancouver",
        "time_zone": "America/Vancouver",
        "languages": ["en", "zh"],
    },
    {
        "id": HARBOUR,
        "name": "Harbour Clinic",
        "name_zh": None,
        "phone_number": "+14165550100",
        "address": "200 Sample Avenue, Toronto",
        "time_zone": "America/Toronto",
        "languages": ["en", "zh"],
    },
    {
        "id": GARDEN,
        "name": "Garden Clinic",
        "name_zh": None,
        "phone_number": "+12505550100",
        "address": "300 Specimen Road, Victoria",
        "time_zone": "America/Vancouver",
        "languages": ["en"],
        "booking_mode": "approval",
    },
)
_ON_EMRS: Final[tuple[dict[str, Any], ...]] = (
    {
        "id": WILLOW,
        "name": "Willow Clinic",
        "name_zh": "柳树诊所",
        "phone_number": "+19025550100",
        "address": "400 Example Road, Halifax",
        "time_zone": "America/Halifax",
        "languages": ["en", "zh"],
        "emr": "oscar",
    },
    {
        "id": ASPEN,
        "name": "Aspen Clinic",
        "name_zh": "白杨诊所",
        "phone_number": "+18675550100",
        "address": "500 Sample Street, Whitehorse",
        "time_zone": "America/Whitehorse",
        "languages": ["en", "zh"],
        "emr": "fhir",
    },
)
_PROVIDERS: Final = (
    (MAPLE, 100, "Dr. Wei Chen", "陈伟医生", "family medicine", ["en", "zh"]),
    (MAPLE, 101, "Dr. Priya Sharma", "夏尔马医生", "family medicine", ["en"]),
    (MAPLE, 102, "Dr. James O'Neil", "奥尼尔医生", "dermatology", ["en"]),
    (HARBOUR, 200, "Dr. Chen Liu", "刘晨医生", "family medicine", ["en", "zh"]),
    (HARBOUR, 201, "Dr. Maria Santos", "桑托斯医生", "pediatrics", ["en"]),
    (GARDEN, 300, "Dr. Nora Lind", None, "family medicine", ["en"]),
    (WILLOW, 400, "Dr. Hannah Brook", "何安娜医生", "family medicine", ["en", "zh"]),
    (WILLOW, 401, "Dr. Omar Haddad", None, "family medicine", ["en"]),
    (ASPEN, 500, "Dr. Li Tan", "谭丽医生", "family medicine", ["en", "zh"]),
    (ASPEN, 501, "Dr. Ruth Keller", None, "pediatrics", ["en"]),
)
_SHIFTS: Final = ((time(9), time(12)), (time(13), time(17)))
_TYPES: Final = (
    (
        "General consultation",
        "普通门诊",
        ["consultation", "general", "regular visit", "看诊", "看病", "门诊"],
        30,
        0,
    ),
    ("Follow-up", "复诊", ["follow up", "followup", "复查"], 15, 0),
    ("Physical", "体检", ["annual physical", "physical exam", "check-up", "checkup", "身体检查"], 60, 15),
)
EMR_TYPES: Final = (
    ("General consultation", ["2"], "Office visit"),
    ("Follow-up", ["1", "2"], "Follow-up"),
    ("Physical", ["2"], "Physical"),
)
"""In time of which template codes, and by what name, they stand in OSCAR."""
_Person = tuple[str, str, str | None, date, str, str, str]
"""First, last and native name, birth date, gender, telephone, language."""
_PATIENTS: Final[tuple[tuple[str, _Person], ...]] = (
    (MAPLE, ("John", "Doe", None, date(1990, 1, 15), "M", "+16045550123", "en")),
    (MAPLE, ("Meiling", "Chen", "陈美玲", date(1985, 7, 2), "F", "+16045550124", "zh")),
    # A family on one telephone.
    (MAPLE, ("Robin", "Field", None, date(1979, 11, 3), "X", "+16045550125", "en")),
    (MAPLE, ("Casey", "Field", None, date(2012, 5, 21), "F", "+16045550125", "en")),
    (HARBOUR, ("Jane", "Roe", None, date(1978, 3, 30), "F", "+14165550123", "en")),
    (GARDEN, ("Alex", "Moss", None, date(1982, 4, 9), "M", "+12505550123", "en")),
)


def seed(owner_url: str, emrs: Mapping[str, Mapping[str, Any]] | None = None) -> list[dict[str, str]]:
    """Puts the clinics there, once, as the owner under each clinic's claims.

    Returns each clinic's id, name, telephone number, time zone and EMR, if it has one; a second run changes
    nothing but where EMRs are. Clinics on EMRs are there where `emrs` has the description of theirs, by its
    kind (`emr_connections.server`).
    """
    emrs = emrs or {}
    organizations = [*_ORGANIZATIONS, *(one for one in _ON_EMRS if one["emr"] in emrs)]
    with psycopg.connect(owner_url) as connection:
        for organization in organizations:
            _claim(connection, organization["id"])
            known = connection.execute(
                "SELECT FROM organizations WHERE id = %s", [organization["id"]]
            ).fetchone()
            if known is None:
                _seed(connection, organization)
            if emr := organization.get("emr"):
                _connect(connection, organization["id"], emr, emrs[emr])
    return [
        {
            key: organization[key]
            for key in ("id", "name", "phone_number", "time_zone", "emr")
            if key in organization
        }
        for organization in organizations
    ]


def _seed(connection: psycopg.Connection, organization: dict[str, Any]) -> None:
    org_id, number = organization["id"], organization["phone_number"]
    connection.execute(
        "INSERT INTO organizations"
        " (id, name, name_zh, phone_number, address, time_zone, languages, booking_mode, emr)"
        " VALUES (%(id)s, %(name)s, %(name_zh)s, %(phone_number)s, %(address)s, %(time_zone)s,"
        " %(languages)s, %(booking_mode)s, %(emr)s)",
        {"booking_mode": "autonomous", "emr": None, **organization},
    )
    connection.execute("INSERT INTO phone_numbers (e164, org_id) VALUES (%s, %s)", [number, org_id])
    connection.execute(
        "INSERT INTO members (user_id, org_id, role) VALUES (%s, %s, 'owner')", [member_id(org_id), org_id]
    )
    _transfer_lines(connection, org_id, number)
    for owner, provider_id, name, name_zh, specialty, languages in _PROVIDERS:
        if owner == org_id:
            connection.execute(
                "INSERT INTO providers (org_id, id, name, name_zh, specialty, languages)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [org_id, provider_id, name, name_zh, specialty, languages],
            )
            if "emr" in organization:  # has its hours in its own templates
                continue
            connection.cursor().executemany(
                "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
                " VALUES (%s, %s, %s, %s, %s)",
                [(org_id, provider_id, weekday, *shift) for weekday in range(1, 6) for shift in _SHIFTS],
            )
    connection.cursor().executemany(
        "INSERT INTO appointment_types (org_id, name, name_zh, also_called, duration_min, buffer_after_min)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [(org_id, *kind) for kind in _TYPES],
    )
    for owner, person in _PATIENTS:
        if owner == org_id:
            _patient(connection, org_id, person)


def _connect(connection: psycopg.Connection, org_id: str, emr: str, server: Mapping[str, Any]) -> None:
    """Tells where the clinic's EMR is: at each start, for the stand-in's port is another."""
    connection.execute(
        "INSERT INTO emr_connections AS kept (org_id, server) VALUES (%s, %s)"
        " ON CONFLICT (org_id) DO UPDATE SET server = excluded.server, version = kept.version + 1,"
        " failures = 0, retry_at = NULL, due_at = now(), syncing_until = NULL",
        [org_id, json.dumps(server)],
    )
    for owner, provider_id, *_ in _PROVIDERS:
        if owner == org_id:
            connection.execute(
                "INSERT INTO emr_providers (org_id, provider_id, emr_id) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [org_id, provider_id, there(provider_id, emr)],
            )
    for name, codes, there_called in EMR_TYPES if emr == "oscar" else ():
        connection.execute(
            "INSERT INTO emr_types (org_id, type_id, codes, name)"
            " SELECT org_id, id, %s, %s FROM appointment_types WHERE org_id = %s AND name = %s"
            " ON CONFLICT DO NOTHING",
            [codes, there_called, org_id, name],
        )


def there(provider_id: int, emr: str) -> str:
    """A provider's id in the clinic's EMR."""
    return str(provider_id) if emr == "oscar" else f"dr-{provider_id}"


def providers(org_id: str) -> list[tuple[int, str, str]]:
    """A clinic's: id, name and specialty."""
    return [(key, name, specialty) for owner, key, name, _, specialty, _ in _PROVIDERS if owner == org_id]


def _transfer_lines(connection: psycopg.Connection, org_id: str, number: str) -> None:
    """Maple's telephone is answered day and night, at night by a service; Harbour's in opening hours."""
    desk, after_hours = number[:-2] + "90", number[:-2] + "91"
    rows = [(org_id, weekday, time(9), time(17), desk) for weekday in range(1, 6)]
    if org_id == MAPLE:
        rows.append((org_id, None, None, None, after_hours))  # pyright: ignore[reportArgumentType]
    connection.cursor().executemany(
        "INSERT INTO transfer_lines (org_id, weekday, starts, ends, number) VALUES (%s, %s, %s, %s, %s)", rows
    )


def _patient(connection: psycopg.Connection, org_id: str, person: _Person) -> None:
    row = connection.execute(
        "INSERT INTO patients"
        " (org_id, first_name, last_name, native_name, birth_date, gender, phone, language)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [org_id, *person],
    ).fetchone()
    keys = names.index_keys(*filter(None, person[:3]))
    connection.cursor().executemany(
        "INSERT INTO patient_name_keys (org_id, key, patient_id) VALUES (%s, %s, %s)",
        [(org_id, key, row and row[0]) for key in sorted(keys)],
    )


def _claim(connection: psycopg.Connection, org_id: str) -> None:
    claims = json.dumps({"app_metadata": {"org_id": org_id}})
    connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
