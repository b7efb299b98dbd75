"""Lambda that closes calls whose report never came, clinic by clinic."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from frontdesk import rounds
from frontdesk.calls import closing
from frontdesk.logs import logger


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many clinics were visited, what was closed, and how many clinics must wait for the next run."""
    closed, failed = rounds.of_clinics(
        context, partial(closing.clinics, now=datetime.now(UTC)), closing.close
    )
    told = {
        "clinics": len(closed),
        "lost": sum(one.lost for one in closed),
        "checked": sum(one.checked for one in closed),
        "failed": failed,
    }
    logger.info("calls closed", extra=told)
    return told
