"""The clinic that is measured: 5,000 patients, four doctors, half a year of diary, every second time taken.

All invented. Telephone numbers are 555-01xx, kept free for examples, in fifty area codes.
"""

import json
import random
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import psycopg

from frontdesk import zones

ORG_ID: Final = "00000000-0000-4000-8000-0000000000be"
NUMBER: Final = "+16045550190"
TYPE: Final = "General consultation"
ZONE: Final = zones.zone("America/Vancouver")
CALLS: Final = "bench-"
"""What the ids of all measured calls begin with."""

_PROVIDERS: Final = range(900, 904)
"""A family doctor has some 1,250 patients."""
_VISIT: Final = timedelta(minutes=30)
_SHIFTS: Final = ((time(9), time(12)), (time(13), time(17)))
_DAYS: Final = range(-60, 170)
"""From today; the clinic books 180 days ahead."""
AREA_CODES: Final = (
    *(204, 226, 236, 249, 250, 289, 306, 343, 365, 403, 416, 418, 431, 437, 438, 450, 506, 514, 519),
    *(579, 581, 587, 604, 613, 639, 647, 672, 705, 709, 778, 780, 782, 807, 819, 825, 867, 873, 902),
    *(905, 206, 212, 213, 214, 215, 216, 217, 218, 224, 225, 228),
)


@dataclass(frozen=True)
class Patient:
    """Somebody who calls."""

    id: int
    number: str
    birth_date: date


@dataclass(frozen=True)
class Clinic:
    """What was put into the database."""

    patients: list[Patient]
    free: list[tuple[int, str]]
    """Free starts of the days to come, shuffled: the provider's id and the local wall time."""


def seed(owner_url: str) -> Clinic:
    """Puts the clinic there, the same each time but for the day it is counted from."""
    chance = random.Random(5000)
    taken, free = _diary(chance)
    with own(owner_url) as connection:
        connection.execute(
            "INSERT INTO organizations (id, name, phone_number, time_zone, languages)"
            " VALUES (%s, 'Bench Clinic', %s, 'America/Vancouver', '{en,zh}')",
            [ORG_ID, NUMBER],
        )
        connection.execute("INSERT INTO phone_numbers (e164, org_id) VALUES (%s, %s)", [NUMBER, ORG_ID])
        rows = connection.execute(
            "INSERT INTO appointment_types (org_id, name, duration_min) VALUES (%s, %s, 30) RETURNING id",
            [ORG_ID, TYPE],
        ).fetchall()
        _staff(connection)
        patients = _patients(connection)
        who = [chance.choice(patients).id for _ in taken]
        connection.execute(
            "INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)"
            " SELECT %s, provider, patient, %s, 'booked', visit, visit"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS made (provider, patient, t),"
            " tstzrange(t, t + '30 min') AS visit",
            [ORG_ID, rows[0][0], [p for p, _ in taken], who, [start for _, start in taken]],
        )
    forget(owner_url)
    return Clinic(patients, free)


def forget(owner_url: str) -> None:
    """Takes out what measured calls left, so that every measurement begins with the same clinic."""
    with own(owner_url) as connection:
        connection.execute("DELETE FROM appointments WHERE call_id LIKE %s", [f"{CALLS}%"])
        connection.execute("DELETE FROM calls WHERE id LIKE %s", [f"{CALLS}%"])
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE patients, appointments, calls, tool_calls")


@contextmanager
def own(owner_url: str) -> Generator[psycopg.Connection]:
    """The owner's connection, under the clinic's claims."""
    with psycopg.connect(owner_url) as connection:
        claims = json.dumps({"app_metadata": {"org_id": ORG_ID}})
        connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
        yield connection


def _staff(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO providers (org_id, id, name, languages)"
        " SELECT %s, id, 'Dr. Number ' || id, '{en}' FROM unnest(%s::bigint[]) AS id",
        [ORG_ID, list(_PROVIDERS)],
    )
    connection.cursor().executemany(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends) VALUES (%s, %s, %s, %s, %s)",
        [(ORG_ID, p, weekday, *shift) for p in _PROVIDERS for weekday in range(1, 6) for shift in _SHIFTS],
    )


def _patients(connection: psycopg.Connection) -> list[Patient]:
    numbers = [f"+1{area}55501{line:02}" for line in range(100) for area in AREA_CODES]
    births = [date(1940, 1, 1) + timedelta(days=5 * n) for n in range(len(numbers))]
    rows = connection.execute(
        "INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone)"
        " SELECT %s, 'First' || n, 'Last' || n, birth_date, 'U', phone"
        " FROM unnest(%s::text[], %s::date[]) WITH ORDINALITY AS made (phone, birth_date, n)"
        " RETURNING id, phone, birth_date",
        [ORG_ID, numbers, births],
    )
    return [Patient(*row) for row in rows]


def _diary(chance: random.Random) -> tuple[list[tuple[int, datetime]], list[tuple[int, str]]]:
    """What is taken, and what is free from tomorrow on; together all that could be booked."""
    taken: list[tuple[int, datetime]] = []
    free: list[tuple[int, str]] = []
    today = datetime.now(ZONE).date()
    for provider in _PROVIDERS:
        for ahead in _DAYS:
            day = today + timedelta(days=ahead)
            for wall in _starts(day):
                if chance.random() < 0.5:
                    taken.append((provider, zones.instant(wall, ZONE)))
                elif ahead > 0:
                    free.append((provider, wall.isoformat()))
    chance.shuffle(free)
    return taken, free


def _starts(day: date) -> Iterator[datetime]:
    if day.isoweekday() > 5:
        return
    for starts, ends in _SHIFTS:
        wall = datetime.combine(day, starts)
        while wall < datetime.combine(day, ends):
            yield wall
            wall += _VISIT
