"""Lambda that finds what fell behind at Vapi, whatever the reason, and sends it through the queue again."""

from contextlib import closing
from typing import Any

from frontdesk.agents import delivery, reconciling
from frontdesk.logs import logger


def handler(event: object, context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """What was found and done."""
    try:
        with closing(reconciling.client()) as vapi:
            told = reconciling.reconcile(vapi)._asdict()
    finally:
        sent = delivery.catch_up()  # whatever Vapi is like now: the queue has its own patience
    told |= {"sent": sent}
    logger.info("reconciled", extra=told)
    return told
