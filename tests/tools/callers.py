"""Callers at the same moment, each a Lambda of its own: a process with its own connection to Postgres."""

import multiprocessing
import os
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from typing import Any

from frontdesk.db import connection
from frontdesk.settings import settings
from tests.clinic import Clinic

MOST = 16
_PATIENCE_S = 60

_start: Barrier


@dataclass(frozen=True)
class Ask:
    """One tool call of one call."""

    tool: str
    arguments: dict[str, Any]
    call: str
    caller: str | None = None
    id: str | None = None


class Callers:
    """Sixteen of them, waiting for the word."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def at_once(self, clinic: Clinic, app_url: str, asked: Sequence[Ask]) -> list[dict[str, Any]]:
        """Each one's item of `results`, in the order of `asked`; all are sent in the same instant."""
        assert len(asked) <= MOST
        # Named here: what counts ids in a process of its own would count the same ones.
        named = [replace(one, id=one.id or f"tool-call-{number}") for number, one in enumerate(asked)]
        everybody = [*named, *([None] * (MOST - len(asked)))]
        answers = self._pool.map(_call, [clinic] * MOST, [app_url] * MOST, everybody, timeout=_PATIENCE_S)
        return [answer for answer in answers if answer is not None]


@contextmanager
def waiting() -> Generator[Callers]:
    """The processes; they end with the block."""
    # A fork of pytest itself would inherit its threads; a fresh interpreter each would take a second each.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            __name__,
            *(
                f"functions.tools.{tool}.handler"
                for tool in ("create_appointment", "update_appointment", "find_earliest_appointment")
            ),
        ]
    )
    pool = ProcessPoolExecutor(
        MOST, mp_context=context, initializer=_sit_down, initargs=(context.Barrier(MOST),)
    )
    with pool:
        yield Callers(pool)


def _sit_down(start: Barrier) -> None:
    global _start
    _start = start


def _call(clinic: Clinic, app_url: str, asked: Ask | None) -> dict[str, Any] | None:
    if os.environ.get("FRONTDESK_DATABASE_URL") != app_url:
        os.environ["FRONTDESK_DATABASE_URL"] = app_url
        os.environ["FRONTDESK_VAPI_HMAC_SECRETS"] = '["a-live-secret"]'
        settings.cache_clear()
    connection.drop()
    if asked is not None:
        clinic.ask("get_clinic_info", call=f"warming-up-{os.getpid()}")
    _start.wait(_PATIENCE_S)
    if asked is None:
        return None
    item = clinic.asked(asked.tool, asked.arguments, call=asked.call, caller=asked.caller, id=asked.id)
    connection.drop()
    return item
