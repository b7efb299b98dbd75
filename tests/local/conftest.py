"""One whole stack for all tests that only talk to it."""

from collections.abc import Iterator

import pytest

from local import stack
from local.stack import Stack


@pytest.fixture(scope="package")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    log = tmp_path_factory.mktemp("stack") / "log"
    with log.open("wb") as output, stack.running(log=output) as running:
        yield running
