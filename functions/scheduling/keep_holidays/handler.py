"""Lambda that writes down the public holidays to come, clinic by clinic."""

from typing import Any

from frontdesk import rounds
from frontdesk.logs import logger
from frontdesk.scheduling import holidays


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many clinics keep holidays, how many days are new to them, and how many clinics must wait."""
    kept, failed = rounds.of_clinics(context, holidays.clinics, holidays.keep)
    told = {"clinics": len(kept), "days": sum(kept), "failed": failed}
    logger.info("holidays kept", extra=told)
    return told
