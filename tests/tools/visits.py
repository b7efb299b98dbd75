"""What the tools' tests say again and again: a day to book on, whatever today is, and a visit on it.

The demo clinics work Monday to Friday, 9 to 12 and 13 to 17.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from frontdesk import zones
from frontdesk.patients import names
from tests.clinic import Clinic

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(1, 8)
KINDS = {"General consultation": (30, 0), "Follow-up": (15, 0), "Physical": (60, 15)}
"""Minutes of the visit, and kept free after it."""


def day(weekday: int = MONDAY, *, weeks: int = 3) -> date:
    """A weekday (ISO) of a week to come, far enough that no clock decides the test."""
    today = datetime.now(UTC).date()
    return today + timedelta(7 * weeks + weekday - today.isoweekday())


def at(clock: str, on: date | None = None) -> str:
    """A wall time as the tools send it, on that Monday to come if no day is said."""
    return f"{(on or day()).isoformat()}T{clock}:00"


def instant(clinic: Clinic, wall: str) -> datetime:
    """When the clinic's clocks show it."""
    zone = clinic.all("SELECT time_zone FROM organizations WHERE id = %s", clinic.org_id)[0][0]
    return zones.instant(datetime.fromisoformat(wall), zones.zone(zone))


def create(clinic: Clinic, start: str, *, call: str | None = None, **changes: Any) -> dict[str, Any]:
    """Asks for a visit with Dr. Chen at that time; for the proven caller, unless another is named."""
    asked = {
        "providerId": "100",
        "startTime": start,
        "appointmentType": "General consultation",
        "reason": "sore throat",
        "language": "en",
    }
    return clinic.ask("create_appointment", call=call, **{**asked, **changes})


def insert(
    clinic: Clinic,
    start: str,
    *,
    patient: int,
    provider: int = 100,
    kind: str = "General consultation",
    status: str = "booked",
) -> int:
    """A visit that the clinic entered itself; its id."""
    with clinic.rows() as connection:
        return put(connection, clinic, start, patient=patient, provider=provider, kind=kind, status=status)


def put(
    connection: psycopg.Connection,
    clinic: Clinic,
    start: str,
    *,
    patient: int,
    provider: int = 100,
    kind: str = "General consultation",
    status: str = "booked",
) -> int:
    """The same, in a transaction that is somebody's."""
    minutes, after = KINDS[kind]
    begins = instant(clinic, start)
    row = connection.execute(
        b"""INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)
        SELECT t.org_id, %s, %s, t.id, %s, tstzrange(%s, %s), tstzrange(%s, %s)
        FROM appointment_types t WHERE t.name = %s RETURNING id""",
        [
            provider,
            patient,
            status,
            begins,
            begins + timedelta(minutes=minutes),
            begins,
            begins + timedelta(minutes=minutes + after),
            kind,
        ],
    ).fetchone()
    assert row is not None
    return row[0]


def patient(
    clinic: Clinic, first_name: str, last_name: str, *, born: str = "1970-05-05", phone: str = "+16045550177"
) -> int:
    """A person the clinic has on file; their id."""
    with clinic.rows() as connection:
        row = connection.execute(
            b"INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone)"
            b" VALUES (%s, %s, %s, %s, 'U', %s) RETURNING id",
            [clinic.org_id, first_name, last_name, born, phone],
        ).fetchone()
        assert row is not None
        connection.cursor().executemany(
            b"INSERT INTO patient_name_keys (org_id, key, patient_id) VALUES (%s, %s, %s)",
            [(clinic.org_id, key, row[0]) for key in sorted(names.index_keys(first_name, last_name))],
        )
    return row[0]


def id_of(clinic: Clinic, first_name: str) -> int:
    """The id of a demo patient."""
    return clinic.all("SELECT id FROM patients WHERE first_name = %s", first_name)[0][0]


def standing(clinic: Clinic) -> list[tuple[int, str]]:
    """Every visit that is booked: its provider and its start on the clinic's clocks."""
    zone = clinic.all("SELECT time_zone FROM organizations WHERE id = %s", clinic.org_id)[0][0]
    rows = clinic.all(
        "SELECT provider_id, visit_start FROM appointments WHERE status = 'booked' ORDER BY 2, 1"
    )
    return [(provider, zones.wall_text(start, zones.zone(zone))) for provider, start in rows]


def holds(clinic: Clinic) -> list[tuple[str, int, str]]:
    """Every hold: its call, its provider and its start on the clinic's clocks."""
    zone = clinic.all("SELECT time_zone FROM organizations WHERE id = %s", clinic.org_id)[0][0]
    rows = clinic.all(
        "SELECT call_id, provider_id, visit_start FROM appointments WHERE status = 'held' ORDER BY call_id"
    )
    return [(call, provider, zones.wall_text(start, zones.zone(zone))) for call, provider, start in rows]
