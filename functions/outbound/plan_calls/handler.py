"""Lambda that writes down whom to call about what has come up, clinic by clinic."""

from typing import Any

from frontdesk import rounds
from frontdesk.logs import logger
from frontdesk.outbound import items


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many clinics call people, how many calls are new, and how many clinics must wait."""
    planned, failed = rounds.of_clinics(context, items.clinics, items.add_due)
    told = {"clinics": len(planned), "calls": sum(planned), "failed": failed}
    logger.info("calls planned", extra=told)
    return told
