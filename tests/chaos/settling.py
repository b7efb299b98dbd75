"""What a test of a queue's function needs of its case, and how time brings it to its end."""

from typing import Any, Protocol

import pytest

from local import demo
from tests.chaos.lives import TRIES, Mortal, assert_well
from tests.conftest import Database


class Case(Protocol):
    """One consumer: something for it to do, and how one sees that it was done, once."""

    def begin(self) -> dict[str, Any]:
        """Something new to do; the message that says so."""
        ...

    def change(self) -> dict[str, Any]:
        """The same thing is changed; the message that says so."""
        ...

    def heal(self) -> list[dict[str, Any]]:
        """Time passes: leases run out, schedules run; the messages that these send."""
        ...

    def check(self) -> None:
        """Fails unless it is all done, once."""
        ...


def settle(process: Mortal, folder: str, case: Case, message: dict[str, Any], database: Database) -> None:
    """The message comes again, and what schedules send, until all is done; then nothing is wrong."""
    for _ in range(TRIES):
        waiting = [message, *case.heal()]
        if all(process.live(folder, one)[0].is_done for one in waiting):
            break
    else:
        pytest.fail("the message was tried too often")
    case.check()
    assert_well(database, demo.MAPLE, demo.HARBOUR, demo.WILLOW)
