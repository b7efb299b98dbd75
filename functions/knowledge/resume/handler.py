"""Lambda that takes up documents at which nobody works any more, clinic by clinic."""

from functools import partial
from typing import Any

from frontdesk import queue, rounds
from frontdesk.knowledge import resuming
from frontdesk.logs import logger


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many were sent to the queue again, how many given up, and at how many clinics it failed."""
    still_since = resuming.still_since()
    found, failed = rounds.of_clinics(
        context,
        partial(resuming.clinics, still_since=still_since),
        partial(resuming.resume, still_since=still_since),
    )
    queue.send([resuming.message(place) for one in found for place in one.resumed])
    told = {
        "resumed": sum(len(one.resumed) for one in found),
        "given_up": sum(one.given_up for one in found),
        "failed": failed,
    }
    logger.info("documents taken up again", extra=told)
    return told
