"""One process of ours with callers who all want the same time; `python -m tests.emr.racers`, told by stdin.

The first line is what it works with; it writes `ready` when all are proven, and books at the next line:

    {"environment": {...}, "secrets": {...}, "owner_url", "org_id", "number", "start",
     "callers": ["+1...", ...]}
    {"answers": [{"status": "BOOKED", ...}, ...]}
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any, TextIO

import pytest

from frontdesk.db import connection
from tests.clinic import Clinic
from tests.emr.desks import asking_emrs


def race(told: dict[str, Any], ours: TextIO) -> list[dict[str, Any]]:
    """What each caller's booking came to; `ours` is told when all are proven."""
    callers: list[str] = told["callers"]
    together, one_at_a_time = Barrier(len(callers) + 1), Lock()

    def book(caller: str) -> dict[str, Any]:
        line = Clinic(told["owner_url"], told["org_id"], told["number"], caller, call=f"call-{caller}")
        try:
            with one_at_a_time:
                found = line.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1988-05-06")
            together.wait(60)  # all are proven
            together.wait(60)  # and may book
            wanted = {
                "demographicId": found["id"],
                "startTime": told["start"],
                "appointmentType": "General consultation",
                "reason": "sore throat",
            }
            return line.asked("create_appointment", wanted)
        finally:
            connection.drop()

    with ThreadPoolExecutor(len(callers)) as pool:
        booked = [pool.submit(book, one) for one in callers]
        together.wait(60)
        print("ready", file=ours, flush=True)
        sys.stdin.readline()
        together.wait(60)
        return [json.loads(one.result().get("result", "{}")) for one in booked]


def main() -> None:
    """Races once."""
    told = json.loads(sys.stdin.readline())
    os.environ.update(told["environment"])
    ours = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is logged is not the parent's to read
    with pytest.MonkeyPatch.context() as patched, asking_emrs(patched, told["secrets"]):
        answers = race(told, ours)
    print(json.dumps({"answers": answers}), file=ours, flush=True)


if __name__ == "__main__":
    main()
