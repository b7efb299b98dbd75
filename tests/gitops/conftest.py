"""One account for all tests of a file, empty at the start of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from tests.gitops.engine import Desk, desk, emptied
from tests.vapi_account import VapiAccount, vapi_account


@pytest.fixture(scope="module")
def served() -> Iterator[VapiAccount]:
    """An account that tells, as Vapi does, what was not sent but holds."""
    with vapi_account(defaults=True) as account:
        yield account


@pytest.fixture
def at_vapi(served: VapiAccount) -> VapiAccount:
    return emptied(served)


@pytest.fixture
def mine(tmp_path: Path, at_vapi: VapiAccount) -> Desk:
    """The small tree, not pushed yet."""
    return desk(tmp_path, at_vapi)


@pytest.fixture
def pushed(mine: Desk) -> Desk:
    """The small tree, pushed once."""
    assert mine.push().is_well
    mine.at_vapi.forget()
    return mine


@pytest.fixture
def without_pauses() -> Iterator[None]:
    """Attempts follow each other at once; what Vapi asks to wait is waited."""
    with stamina.set_testing(True, attempts=6):
        yield
