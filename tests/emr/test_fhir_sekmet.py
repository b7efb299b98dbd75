"""The client against a FHIR server that nobody here wrote: its login, its transactions, its 412."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest
from sekmet.config import Settings  # pyright: ignore[reportMissingTypeStubs]
from sekmet.main import create_app  # pyright: ignore[reportMissingTypeStubs]

from frontdesk.emr.emr import Conflict, NotAllowed
from frontdesk.emr.fhir import Fhir
from frontdesk.emr.fhir_login import jwks
from tests.emr.contract import Contract, draft, soon
from tests.emr.fhir_clinic import CLIENT, SCOPES, Door, FhirClinic, described, key, nine, staff_client
from tests.served import served

_KEYS: Final = (key("k-1"), key("k-0"))


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, Door]]:
    door = Door()
    with served(door) as url:
        yield url, door


@pytest.fixture(scope="module")
def sekmet(door: tuple[str, Door], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Started once: it takes seconds."""
    url, _ = door
    settings = Settings.model_validate(
        {
            "base_url": f"{url}/fhir",
            "data_dir": str(tmp_path_factory.mktemp("sekmet")),
            "simulator": {"enabled": False},
            "log_inbound": False,
            "server_auth": {
                "types": ["smart", "bearer"],
                "tokens": ["staff"],
                "smart_clients": [
                    {"client_id": CLIENT, "jwks": jwks(_KEYS), "scopes": " ".join(SCOPES)},
                ],
            },
        }
    )
    app = create_app(settings)
    yield app
    app.state.ctx.store.conn.close()


@pytest.fixture
def world(door: tuple[str, Door], sekmet: Any) -> Iterator[FhirClinic]:
    url, way = door
    store = sekmet.state.ctx.store
    with store.lock:
        for table in ("resources", "versions", "idx"):
            store.conn.execute(f"DELETE FROM {table}")
        store.conn.commit()
    way.begin(sekmet)
    with staff_client(url) as staff:
        world = FhirClinic(url, way, staff, described(f"{url}/fhir"), _KEYS)
        world.open()
        yield world
        world.close()
    assert way.wrong == []


class TestSekmet(Contract):
    """All that any EMR does, by transactions with `If-Match`."""


def test_of_32_who_book_one_slot_one_gets_it_and_one_visit_stands(world: FhirClinic) -> None:
    jane = world.chart("Roe", "Jane", date(1988, 5, 6), phones=[])
    callers = [world.another() for _ in range(8)]

    def book(number: int) -> bool:
        try:
            wanted = draft(world, jane, "10:00", marker=f"v-{number}")
            callers[number % 8].book(wanted, 1, deadline=soon(60))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(book, range(32)))

    assert sum(got) == 1
    assert world.standing() == 1


def test_a_key_is_changed_while_the_old_one_is_still_known(world: FhirClinic) -> None:
    """A server that has read both takes either."""
    for key_id in ("k-1", "k-0"):
        one = Fhir(replace(world.server, key_id=key_id), _KEYS)
        assert one.providers(deadline=soon())
        one.close()


def test_a_key_that_the_server_does_not_know_is_refused(world: FhirClinic) -> None:
    one = Fhir(replace(world.server, key_id="k-9"), [key("k-9")])
    with pytest.raises(NotAllowed, match="invalid_client"):
        one.providers(deadline=soon())
    one.close()


def test_lists_of_several_pages_are_read_to_their_end(world: FhirClinic) -> None:
    start = nine(date(2027, 3, 1))
    parts = [
        {"resource": one, "request": {"method": "PUT", "url": f"Slot/{one['id']}"}}
        for number in range(205)
        for one in [world.slot(f"more-{number}", start + timedelta(minutes=number), 1)]
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": parts}
    assert world.staff.post("", json=bundle).is_success

    there = world.emr.openings(world.provider_id, date(2027, 3, 1), date(2027, 3, 1), deadline=soon())

    assert len(there) == 205
    assert sum("/fhir/Slot" in path for _, path in world.door.requests) == 2
