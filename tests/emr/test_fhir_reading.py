"""A FHIR server is read as OSCAR is."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from frontdesk.emr.fhir_login import jwks
from local import fhir
from tests.clinic import Clinic
from tests.emr.contract import DAY
from tests.emr.fhir_clinic import CLIENT, Door, FhirClinic, described, key, nine, staff_client
from tests.emr.test_syncing import Desk
from tests.served import served


@pytest.fixture
def world() -> Iterator[FhirClinic]:
    door, keys = Door(), (key("k-1"),)
    door.begin(fhir.make({"strategy": "transaction", "clients": {CLIENT: jwks(keys)}, "staff": "staff"}))
    with served(door) as url:
        made = FhirClinic(url, door, staff_client(url), described(f"{url}/fhir"), keys)
        made.open()
        yield made
        made.close()
        made.staff.close()


def test_a_fhir_server_is_read_too(clinic: Clinic, world: FhirClinic) -> None:
    clinic.do("UPDATE organizations SET emr = 'fhir', horizon_days = 70 WHERE id = %s", clinic.org_id)
    clinic.do("INSERT INTO emr_connections (org_id, server) VALUES (%s, '{}')", clinic.org_id)
    desk = Desk(clinic, world.emr)
    jane = world.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133", "604-555-0134"])
    world.chart("Doe", "Jack", date(1920, 1, 1), phones=["604-555-0133"], is_active=False)
    booked = world.staff_book(nine(DAY), 30, patient_id=jane)
    gone = world.staff_book(nine(DAY + timedelta(days=1)), 30, patient_id=jane)
    now = nine(DAY) - timedelta(days=1)
    world.option(page=1)

    desk.read(now=now)

    assert [one for one, *_ in desk.visits() if not one.startswith("Slot-")] == [booked, gone]
    opened = clinic.all("SELECT starts_at, ends_at, code FROM emr_openings ORDER BY 1")
    nights = (nine(DAY + timedelta(days=ahead)) for ahead in range(3))
    assert opened == [(start, start + timedelta(hours=3), "GP") for start in nights]
    index = clinic.all("SELECT phone, emr_id FROM emr_phones ORDER BY 1")
    assert index == [("+16045550133", jane), ("+16045550134", jane)]
    assert clinic.all("SELECT name FROM emr_providers e JOIN providers p ON p.id = e.provider_id") == [
        ("Dr. Wei Chen",)
    ]

    world.staff_move(booked, nine(DAY + timedelta(days=2)))
    world.delete(gone)
    desk.read(now=now)

    left = [(one, start) for one, start, _ in desk.visits() if not one.startswith("Slot-")]
    assert left == [(booked, nine(DAY + timedelta(days=2)))]
    assert clinic.all("SELECT sync_failure FROM emr_connections") == [(None,)]
