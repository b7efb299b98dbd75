"""Lambda that sends every connection whose time has come to the queue, a little apart."""

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
    queue.send_apart(found, within_s=_SPREAD_S)
    logger.info("calendars dispatched", extra={"connections": len(found)})
    return {"connections": len(found)}
