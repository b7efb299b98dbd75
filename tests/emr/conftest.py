"""Where EMRs are served."""

from collections.abc import Generator

import pytest

from tests.emr.oscars import OscarWorld, Place, place


@pytest.fixture(scope="session")
def oscar_at() -> Generator[Place]:
    """Where OSCAR is."""
    with place() as made:
        yield made


@pytest.fixture
def oscar(oscar_at: Place) -> OscarWorld:
    """A clinic on OSCAR 19 whose server runs in UTC, as containers do."""
    return oscar_at.world()
