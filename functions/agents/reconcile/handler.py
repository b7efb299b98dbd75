"""Lambda that finds what fell behind at Vapi, whatever the reason, and sends it through the queue again."""

from typing import Any

from frontdesk.agents import delivery, reconciling
from frontdesk.logs import logger


def handler(event: object, context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """What was found and done."""
    found = reconciling.reconcile(delivery.client())
    told = found._asdict() | {"sent": delivery.catch_up()}
    logger.info("reconciled", extra=told)
    return told
