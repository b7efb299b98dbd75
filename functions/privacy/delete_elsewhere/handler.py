"""Lambda that has Vapi and S3 delete what the database has let go of, clinic by clinic."""

import time
from contextlib import closing
from typing import Any, Final

from frontdesk import rounds, secrets
from frontdesk.logs import logger
from frontdesk.privacy import deletions, sealing
from frontdesk.settings import settings
from frontdesk.vapi.api import Vapi

_LEFT_S: Final = 10.0
"""For what is under way when the time is over."""


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How much was deleted, how much was refused, and at how many clinics it broke off."""
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _LEFT_S
    with closing(
        Vapi(settings().vapi_api_url, secrets.vapi_private_key(), attempts=1, longest_s=_LEFT_S / 2)
    ) as vapi:
        done, failed = rounds.of_ids(
            sealing.clinics, lambda org_id: deletions.perform(org_id, vapi, ends=ends), ends=ends
        )
    told = {
        "deleted": sum(one.deleted for one in done),
        "refused": sum(one.failed for one in done),
        "failed": failed,
    }
    logger.info("deleted elsewhere", extra=told)
    return told
