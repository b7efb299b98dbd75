"""Lambda that sends the texts that callers agreed to, one of each clinic at a time."""

from collections import Counter
from typing import Any, Final

from frontdesk import rounds
from frontdesk.logs import logger
from frontdesk.notifications import sending

_LEFT_MS: Final = 15_000
"""Less than that, and the next run begins a round of clinics."""


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many texts came to what, and at how many clinics the last round failed."""
    told: Counter[str] = Counter()
    came: list[str] = []
    while True:
        done, failed = rounds.of_clinics(context, sending.clinics, sending.send_one)
        came = [one for one in done if one]
        told.update(came)
        if not came or context.get_remaining_time_in_millis() < _LEFT_MS:
            break
    outcome = {**told, "clinics_failed": failed}
    logger.info("texts sent", extra=outcome)
    return outcome
