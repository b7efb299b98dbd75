"""Where EMRs are served."""

from collections.abc import Generator
from dataclasses import fields
from pathlib import Path

import pytest

from tests.clinic import Clinic
from tests.emr.asks import AskedWorld, Asks, asked_by, connect
from tests.emr.oscars import OscarWorld, Place, place
from tests.emr.tls import behind


@pytest.fixture(scope="session")
def oscar_at() -> Generator[Place]:
    """Where OSCAR is."""
    with place() as made:
        yield made


@pytest.fixture
def oscar(oscar_at: Place) -> OscarWorld:
    """A clinic on OSCAR 19 whose server runs in UTC, as containers do."""
    return oscar_at.world()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Generator[Asks]:
    """The function that asks EMRs, where a tool finds it."""
    with asked_by(monkeypatch) as made:
        yield made


@pytest.fixture
def asked_world(oscar: OscarWorld, clinic: Clinic, asked: Asks) -> AskedWorld:
    """A clinic on OSCAR 19, as its tools have it."""
    connect(clinic, oscar.server)
    return AskedWorld(**{one.name: getattr(oscar, one.name) for one in fields(oscar)})


@pytest.fixture
def behind_tls(tmp_path: Path) -> Generator[tuple[str, str]]:
    """A server that answers 404 to all, and its certificate."""
    with behind(tmp_path) as made:
        yield made
