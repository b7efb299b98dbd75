"""Lambda that puts away what is over, clinic by clinic."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from frontdesk import rounds
from frontdesk.logs import logger
from frontdesk.scheduling import sweep


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many clinics were swept, what was put away, and how many clinics must wait for the next run."""
    swept, failed = rounds.of_clinics(context, partial(sweep.clinics, now=datetime.now(UTC)), sweep.sweep)
    told = {
        "clinics": len(swept),
        "holds": sum(one.holds for one in swept),
        "requests": sum(one.requests for one in swept),
        "kept": sum(one.kept for one in swept),
        "failed": failed,
    }
    logger.info("swept", extra=told)
    return told
