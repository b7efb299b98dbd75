"""Lambda that sends every connection whose time has come to the queue, a little apart."""

import random
import time
from typing import Any

from frontdesk import queue
from frontdesk.calendars import due
from frontdesk.db.claims import directory_transaction
from frontdesk.logs import logger

_SPREAD_S = 30


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many."""
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    with directory_transaction(ends) as db:
        found = due.connections(db)
    # So that those of a busy minute don't ask their vendors in one second.
    spread_s = min(_SPREAD_S, len(found) // 10)
    queue.send(found, [random.randint(0, spread_s) for _ in found])  # noqa: S311 - no secret
    logger.info("calendars dispatched", extra={"connections": len(found)})
    return {"connections": len(found)}
