"""EventBridge Scheduler on this machine: a process that calls each scheduled function at its rate.

One run at a time, like a worker. A tick that passes during a run is left out, not made up for.
"""

import heapq
import sys
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import uuid4

from local import child
from local.function import Function, loading


def event(function: str, *, at: datetime) -> dict[str, Any]:
    """What Scheduler sends where a schedule has no input of its own; see `events/scheduler.json`."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "local",
        "resources": [f"arn:aws:scheduler:local:000000000000:schedule/default/{function}"],
        "detail": "{}",
    }


def keep(config: Mapping[str, Any]) -> NoReturn:
    """Calls the functions of `{"timers": [...], "environment": {...}, "rie": {...} or None}`, without end."""
    load = loading(config)
    timers: list[Mapping[str, Any]] = config["timers"]
    functions = [Function(timer, config["environment"], load) for timer in timers]
    due = [(time.monotonic() + timer["every_s"], place) for place, timer in enumerate(timers)]
    heapq.heapify(due)
    while True:
        at, place = heapq.heappop(due)
        time.sleep(max(0.0, at - time.monotonic()))
        try:
            functions[place](event(timers[place]["function"], at=datetime.now(UTC)))
        except Exception:  # noqa: BLE001 - Lambda's own edge: the error is printed, and the next run comes
            traceback.print_exc()
        heapq.heappush(due, (max(at + timers[place]["every_s"], time.monotonic()), place))


if __name__ == "__main__":
    sys.exit(child.work(keep))
