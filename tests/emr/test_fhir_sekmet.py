"""The client against a FHIR server that nobody here wrote: its login, its transactions, its 412."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sekmet.config import Settings
from sekmet.main import create_app

from frontdesk.emr.fhir_login import jwks
from tests.emr.contract import Contract
from tests.emr.fhir_clinic import CLIENT, SCOPES, STAFF, Door, FhirClinic, described, key
from tests.served import served


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, Door]]:
    door = Door()
    with served(door) as url:
        yield url, door


@pytest.fixture
def world(door: tuple[str, Door], tmp_path: Path) -> Iterator[FhirClinic]:
    url, way = door
    keys = (key("k-1"), key("k-0"))
    settings = Settings.model_validate(
        {
            "base_url": f"{url}/fhir",
            "data_dir": str(tmp_path),
            "simulator": {"enabled": False},
            "log_inbound": False,
            "server_auth": {
                "types": ["smart", "bearer"],
                "tokens": ["staff"],
                "smart_clients": [
                    {"client_id": CLIENT, "jwks": jwks(keys), "scopes": " ".join(SCOPES)},
                ],
            },
        }
    )
    way.begin(create_app(settings))
    with httpx.Client(base_url=f"{url}/fhir", headers=STAFF, timeout=30) as staff:
        world = FhirClinic(url, way, staff, described(f"{url}/fhir"), keys)
        world.open()
        yield world
        world.close()
    way.inner.state.ctx.store.conn.close()
    assert way.wrong == []


class TestSekmet(Contract): ...
