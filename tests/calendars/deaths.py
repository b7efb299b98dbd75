"""A function that is killed at its nth step.

A step is over with each commit, and with each answer of a vendor that nobody hears any more. Whoever is
killed before a commit, or before a vendor was asked, was as well killed after the step before it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from frontdesk.db import connection as database
from frontdesk.db.connection import Connection


class Killed(BaseException):
    """What nobody catches."""


class Death:
    """When it comes, and what was done until then."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps: list[str] = []

    @property
    def has_come(self) -> bool:
        return len(self.steps) >= self.at

    def step(self, name: str) -> None:
        self.steps.append(name)
        if len(self.steps) == self.at:
            raise Killed(name)


@contextmanager
def dying(at: int) -> Generator[Death]:
    """Whoever is within is killed at that step, if there are so many; their connection goes with them."""
    death = Death(at)
    execute, stream = Connection.execute, httpx.Client.stream

    def executed(self: Connection, query: Any, *values: Any, **more: Any) -> Any:
        if query != b"COMMIT":
            return execute(self, query, *values, **more)
        done = execute(self, query, *values, **more)
        death.step("committed")
        return done

    @contextmanager
    def streamed(self: httpx.Client, method: str, *values: Any, **more: Any) -> Generator[httpx.Response]:
        with stream(self, method, *values, **more) as answer:
            yield answer
        death.step(method)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "execute", executed)
        patch.setattr(httpx.Client, "stream", streamed)
        try:
            yield death
        except Killed:
            database.drop()
