"""The invented clinic that a stage is called at after each deploy: nobody's, with a number nobody can dial.

It is a clinic like any other, behind the same walls, and has what the script `booking` asks for. It calls
nobody, mails nobody, and no member can sign in to it.
"""

import json
from datetime import date, time
from typing import Final

import psycopg

from frontdesk.patients import names

ID: Final = "00000000-0000-4000-8000-00000000aa01"
NUMBER: Final = "+16045550100"
"""Of those that are kept for fiction."""
_CLINIC: Final = {
    "id": ID,
    "name": "Maple Clinic",
    "name_zh": "枫叶诊所",
    "phone_number": NUMBER,
    "address": "100 Example Street, Vancouver",
    "time_zone": "America/Vancouver",
    "languages": ["en", "zh"],
}
_FIRST_NAME: Final = "John"
_LAST_NAME: Final = "Doe"
_BIRTH_DATE: Final = date(1990, 1, 15)
_PHONE: Final = "+16045550123"
_SHIFTS: Final = ((time(9), time(12)), (time(13), time(17)))
_WORKDAYS: Final = range(1, 6)


def furnish(owner_url: str) -> bool:
    """Puts the clinic there, as the schema's owner under the clinic's claims; False: it was there already."""
    claims = json.dumps({"app_metadata": {"org_id": ID}})
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
        if connection.execute("SELECT FROM organizations WHERE id = %s", [ID]).fetchone() is not None:
            return False
        connection.execute(
            "INSERT INTO organizations (id, name, name_zh, phone_number, address, time_zone, languages)"
            " VALUES (%(id)s, %(name)s, %(name_zh)s, %(phone_number)s, %(address)s, %(time_zone)s,"
            " %(languages)s)",
            _CLINIC,
        )
        connection.execute("INSERT INTO phone_numbers (e164, org_id) VALUES (%s, %s)", [NUMBER, ID])
        connection.execute(
            "INSERT INTO appointment_types (org_id, name, name_zh, duration_min)"
            " VALUES (%s, 'General consultation', '普通门诊', 30)",
            [ID],
        )
        _employ(connection)
        _register(connection)
    return True


def _employ(connection: psycopg.Connection) -> None:
    row = connection.execute(
        "INSERT INTO providers (org_id, name, specialty, languages)"
        " VALUES (%s, 'Dr. Wei Chen', 'family medicine', '{en,zh}') RETURNING id",
        [ID],
    ).fetchone()
    connection.cursor().executemany(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends) VALUES (%s, %s, %s, %s, %s)",
        [(ID, row and row[0], weekday, *shift) for weekday in _WORKDAYS for shift in _SHIFTS],
    )


def _register(connection: psycopg.Connection) -> None:
    row = connection.execute(
        "INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone, language)"
        " VALUES (%s, %s, %s, %s, 'M', %s, 'en') RETURNING id",
        [ID, _FIRST_NAME, _LAST_NAME, _BIRTH_DATE, _PHONE],
    ).fetchone()
    keys = names.index_keys(_FIRST_NAME, _LAST_NAME)
    connection.cursor().executemany(
        "INSERT INTO patient_name_keys (org_id, key, patient_id) VALUES (%s, %s, %s)",
        [(ID, key, row and row[0]) for key in sorted(keys)],
    )
