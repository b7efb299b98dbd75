"""Events and requests at the same instant, each in a process of its own: a Lambda and its connection."""

import importlib
import multiprocessing
import os
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from typing import Any

from frontdesk.db import connection
from frontdesk.settings import settings
from tests import member
from tests.clinic import Context
from tests.member import Answer, Member

_PATIENCE_S = 60
_DEADLINE_S = 30
FUNCTIONS = tuple(
    f"functions.members.{name}.handler" for name in ("post_confirmation", "pre_token_generation", "people")
)
Task = tuple[str, dict[str, Any]] | tuple[str, str, str]
"""A function and its event, or a token with the method and path of a request."""

_start: Barrier


class Crowd:
    """So many processes, waiting for the word."""

    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool, self.count = pool, count

    def at_once(self, app_url: str, tasks: Sequence[Task]) -> list[Any]:
        """What came of each, in their order; every process has one."""
        assert len(tasks) == self.count
        asked = [self._pool.submit(_do, app_url, task) for task in tasks]
        return [one.result(_PATIENCE_S) for one in asked]


@contextmanager
def waiting(count: int) -> Generator[Crowd]:
    """The processes; they end with the block."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "pytest", *FUNCTIONS])
    start = context.Barrier(count)
    with ProcessPoolExecutor(count, mp_context=context, initializer=_sit_down, initargs=(start,)) as pool:
        yield Crowd(pool, count)


def _sit_down(start: Barrier) -> None:
    global _start
    _start = start


def _do(app_url: str, task: Task) -> dict[str, Any] | Answer:
    os.environ["FRONTDESK_DATABASE_URL"] = app_url
    os.environ["FRONTDESK_MEMBER_SECRETS"] = f'["{member.SECRET}"]'
    # So many on two cores: what is shown here is what becomes of them, not how fast.
    os.environ["FRONTDESK_DEADLINE_S"] = str(_DEADLINE_S)
    settings.cache_clear()
    connection.drop()
    connection.connection(float("inf")).execute("SELECT 1")
    _start.wait(_PATIENCE_S)
    try:
        if len(task) == 2:
            return importlib.import_module(task[0]).handler(task[1], Context(_DEADLINE_S))
        return Member(task[0]).ask(task[1], task[2])
    finally:
        connection.drop()
