"""Callers at the same moment, each a Lambda of its own: a process with its own connection to Postgres."""

import json
import multiprocessing
import os
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from typing import Any

from frontdesk.db import connection
from frontdesk.settings import settings
from tests.clinic import Clinic

_PATIENCE_S = 60
_DEADLINE_S = 30

_start: Barrier


@dataclass(frozen=True)
class Ask:
    """One tool call of one call."""

    tool: str
    arguments: dict[str, Any]
    call: str
    caller: str | None = None
    id: str | None = None


def booking(
    patient: int, phone: str, start: str, *, call: str | None = None, id: str | None = None, **changes: Any
) -> Ask:
    """A visit with Dr. Chen at that time, asked for from the patient's own telephone."""
    arguments = {
        "demographicId": patient,
        "providerId": "100",
        "startTime": start,
        "appointmentType": "General consultation",
        "reason": "a cough",
        "language": "en",
    }
    return Ask("create_appointment", {**arguments, **changes}, call or f"call-of-{patient}", phone, id)


def moving(
    clinic: Clinic,
    patient: int,
    phone: str,
    visit: int,
    start: str,
    provider: int,
    *,
    call: str | None = None,
) -> Ask:
    """A move, in a call that has proven the patient."""
    call = call or f"call-of-{patient}"
    clinic.ask(
        "search_patient_by_phone", call=call, caller=phone, phone="0000000000", dateOfBirth="1970-05-05"
    )
    arguments = {"appointmentId": visit, "newStartTime": start, "newProviderId": str(provider)}
    return Ask("update_appointment", arguments, call, phone)


def results(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everybody's answer; an error fails the test."""
    assert [item["error"] for item in items if "error" in item] == []
    return [json.loads(item["result"]) for item in items]


def statuses(answers: list[dict[str, Any]]) -> list[str]:
    """What became of them, sorted."""
    return sorted(answer["status"] for answer in answers)


class Callers:
    """So many of them, waiting for the word."""

    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool, self.count = pool, count

    def at_once(self, clinic: Clinic, app_url: str, asked: Sequence[Ask]) -> list[dict[str, Any]]:
        """Each one's item of `results`, in the order of `asked`; all are sent in the same instant."""
        return [answer.result(_PATIENCE_S) for answer in self.off(clinic, app_url, asked)]

    def off(self, clinic: Clinic, app_url: str, asked: Sequence[Ask]) -> list[Future[dict[str, Any]]]:
        """The same, as the answers to come."""
        assert len(asked) <= self.count
        # Named here: what counts ids in a process of its own would count the same ones.
        named = [replace(one, id=one.id or f"tool-call-{number}") for number, one in enumerate(asked)]
        answers = [self._pool.submit(_call, clinic, app_url, one) for one in named]
        for _ in range(self.count - len(asked)):
            self._pool.submit(_wait)
        return answers


@contextmanager
def waiting(count: int) -> Generator[Callers]:
    """The processes; they end with the block."""
    # A fork of pytest itself would inherit its threads; a fresh interpreter each would take a second each.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            __name__,
            # Each process runs the main script's imports again: pytest's, where no xdist has started it.
            "pytest",
            *(
                f"functions.tools.{tool}.handler"
                for tool in (
                    "create_appointment",
                    "update_appointment",
                    "find_earliest_appointment",
                    "get_clinic_info",
                )
            ),
        ]
    )
    pool = ProcessPoolExecutor(
        count, mp_context=context, initializer=_sit_down, initargs=(context.Barrier(count),)
    )
    with pool:
        yield Callers(pool, count)


def _sit_down(start: Barrier) -> None:
    global _start
    _start = start


def _call(clinic: Clinic, app_url: str, asked: Ask) -> dict[str, Any]:
    if os.environ.get("FRONTDESK_DATABASE_URL") != app_url:
        os.environ["FRONTDESK_DATABASE_URL"] = app_url
        os.environ["FRONTDESK_VAPI_HMAC_SECRETS"] = '["a-live-secret"]'
        # So many on two cores: what is shown here is who gets what, not how fast.
        os.environ["FRONTDESK_DEADLINE_S"] = str(_DEADLINE_S)
        settings.cache_clear()
    connection.drop()
    clinic.ask("get_clinic_info", call=f"warming-up-{os.getpid()}")
    _wait()
    item = clinic.asked(
        asked.tool,
        asked.arguments,
        call=asked.call,
        caller=asked.caller,
        id=asked.id,
        seconds=_DEADLINE_S + 1,
    )
    connection.drop()
    return item


def _wait() -> None:
    _start.wait(_PATIENCE_S)
