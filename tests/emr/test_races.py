"""Two processes of ours and one EMR: of 32 callers who want one time, one gets it."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import pytest

from tests.conftest import Database
from tests.emr.desks import Desk, door_of_fhir, fhir_desk, oscar_desk
from tests.emr.oscars import Place

CALLERS = 32
TOLD = (
    "FRONTDESK_DATABASE_URL",
    "FRONTDESK_STAGE",
    "FRONTDESK_VAPI_HMAC_SECRETS",
    "FRONTDESK_VAPI_SHARED_SECRETS",
)


@pytest.fixture(params=["oscar", "fhir"])
def desk(request: pytest.FixtureRequest, database: Database, oscar_at: Place) -> Iterator[Desk]:
    with ExitStack() as ends:
        if request.param == "oscar":
            yield ends.enter_context(oscar_desk(database, oscar_at))
        else:
            door = ends.enter_context(door_of_fhir())
            yield ends.enter_context(fhir_desk(database, door))


def test_of_32_callers_over_two_processes_one_gets_the_time(desk: Desk) -> None:
    callers = [f"+16045550{number}" for number in range(100, 100 + CALLERS)]
    for nth, caller in enumerate(callers):
        desk.staff.chart(f"Racer{nth}", "Jane", date(1988, 5, 6), phones=(caller,))
    desk.read()
    processes = [_started(desk, callers[half::2]) for half in range(2)]
    try:
        for one in processes:
            assert _heard(one) == "ready"
        for one in processes:
            _tell(one, "go")
        answers = [answer for one in processes for answer in json.loads(_heard(one))["answers"]]
    finally:
        for one in processes:
            one.kill()
            one.communicate()

    told = Counter(answer.get("status") for answer in answers)
    assert told == {"BOOKED": 1, "NOT_BOOKED": CALLERS - 1}
    assert desk.staff.standing() == ["09:00"]
    assert desk.line.all("SELECT count(*) FROM appointments WHERE status IN ('booked', 'pending')") == [(1,)]
    desk.read()
    assert desk.line.all("SELECT count(*) FROM emr_visits WHERE status = 'booked'") == [(1,)]


def _started(desk: Desk, callers: list[str]) -> "subprocess.Popen[str]":
    one = subprocess.Popen(
        [sys.executable, "-m", "tests.emr.racers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    told: dict[str, Any] = {
        "environment": {name: os.environ[name] for name in TOLD},
        "secrets": desk.secrets,
        "owner_url": desk.line.owner_url,
        "org_id": desk.line.org_id,
        "number": desk.line.number,
        "start": f"{desk.day}T09:00:00",
        "callers": callers,
    }
    _tell(one, json.dumps(told))
    return one


def _tell(one: "subprocess.Popen[str]", line: str) -> None:
    assert one.stdin is not None
    one.stdin.write(f"{line}\n")
    one.stdin.flush()


def _heard(one: "subprocess.Popen[str]") -> str:
    assert one.stdout is not None
    return one.stdout.readline().strip()
