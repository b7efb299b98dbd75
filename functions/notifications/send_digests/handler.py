"""Lambda that mails each clinic what nobody has read, from its own hour on, once a day."""

from collections import Counter
from typing import Any

from frontdesk import rounds
from frontdesk.logs import logger
from frontdesk.notifications import digests


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many digests came to what, and at how many clinics it failed."""
    done, failed = rounds.of_clinics(context, digests.clinics, digests.send)
    told = {**Counter(one for one in done if one), "clinics_failed": failed}
    logger.info("digests sent", extra=told)
    return told
