"""One whole stack for all tests that only talk to it."""

from collections.abc import Iterator

import pytest

from local import stack
from local.stack import Stack

# What an answer was, and what was wanted of it, is shown where a play fails.
pytest.register_assert_rewrite("tests.local.plays")


@pytest.fixture(scope="package")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    log = tmp_path_factory.mktemp("stack") / "log"
    with log.open("wb") as output, stack.running(log=output) as running:
        yield running
