"""Lambda that deletes what no clinic keeps any longer, and tends the audit log's months."""

import time
from typing import Any, Final

import psycopg

from frontdesk import rounds
from frontdesk.db.claims import directory_transaction
from frontdesk.logs import described, logger
from frontdesk.privacy import retention, sealing

_PATIENCE_S: Final = 10.0


def handler(event: object, context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """How many clinics were looked at, what went, and how many clinics must wait for the next run."""
    # First: entries must find their month whatever becomes of the rest.
    dropped = _tended()
    kept, failed = rounds.of_clinics(context, sealing.clinics, retention.keep)
    told = {
        "clinics": len(kept),
        "calls": sum(one.calls for one in kept),
        "others": sum(one.others for one in kept),
        "closed": sum(one.closed for one in kept),
        "months": dropped,
        "failed": failed,
    }
    logger.info("retention kept", extra=told)
    return told


def _tended() -> list[str]:
    try:
        with directory_transaction(time.monotonic() + _PATIENCE_S) as db:
            return retention.tend_months(db)
    except psycopg.errors.LockNotAvailable as busy:
        # Somebody reads the log at length; the next run is in time, for months are made far ahead.
        logger.warning("the audit log's months must wait", extra=described(busy))
        return []
