"""Lambda that sends every clinic whose EMR is to be read to the queue, a little apart."""

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
    queue.send_apart(found, within_s=_SPREAD_S)
    logger.info("EMRs dispatched", extra={"clinics": len(found)})
    return {"clinics": len(found)}
