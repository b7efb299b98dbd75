"""Lambda that puts away what is over, clinic by clinic; one clinic's trouble is not the others'."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.logs import described, logger
from frontdesk.scheduling import sweep
from frontdesk.settings import settings


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many clinics were swept, what was put away, and how many clinics must wait for the next run."""
    now, ends = datetime.now(UTC), time.monotonic() + context.get_remaining_time_in_millis() / 1000
    with directory_transaction(_deadline(ends)) as db:
        clinics = sweep.clinics(db, now)
    swept = [one for org_id in clinics if (one := _swept(org_id, ends)) is not None]
    told = {
        "clinics": len(swept),
        "holds": sum(one.holds for one in swept),
        "requests": sum(one.requests for one in swept),
        "kept": sum(one.kept for one in swept),
        "failed": len(clinics) - len(swept),
    }
    logger.info("swept", extra=told)
    return told


def _swept(org_id: UUID, ends: float) -> sweep.Swept | None:
    """What was put away; None where it failed, which the log has by its code."""
    try:
        with clinic_transaction(org_id, _deadline(ends)) as db:
            return sweep.sweep(db)
    except Exception as failed:  # noqa: BLE001 - the next clinic is to be swept, whatever this one has
        logger.error("a clinic could not be swept", extra={"org_id": str(org_id), **described(failed)})
        return None


def _deadline(ends: float) -> float:
    """One clinic's share of the time: what a tool call has, so that a stuck one leaves some for the rest."""
    return min(ends, time.monotonic() + settings().deadline_s)
