"""Lambda that sends every clinic whose EMR is to be read to the queue, a little apart."""

import random
import time
from typing import Any

from frontdesk import queue
from frontdesk.db.claims import directory_transaction
from frontdesk.emr import due
from frontdesk.logs import logger

_SPREAD_S = 20


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many."""
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    with directory_transaction(ends) as db:
        found = due.emrs(db)
    # EMRs of one host aren't all asked in one second.
    spread_s = min(_SPREAD_S, len(found) // 10)
    queue.send(found, [random.randint(0, spread_s) for _ in found])  # noqa: S311 - no secret
    logger.info("EMRs dispatched", extra={"clinics": len(found)})
    return {"clinics": len(found)}
