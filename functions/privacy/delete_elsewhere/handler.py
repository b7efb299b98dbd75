"""Lambda that has Vapi and S3 delete what the database has let go of, clinic by clinic."""

import random
import time
from contextlib import closing
from typing import Any, Final

from frontdesk import secrets
from frontdesk.db.claims import directory_transaction
from frontdesk.logs import described, logger
from frontdesk.privacy import deletions, sealing
from frontdesk.settings import settings
from frontdesk.vapi.api import Vapi

_LEFT_S: Final = 10.0
"""For what is under way when the time is over."""


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How much was deleted, how much was refused, and at how many clinics it broke off."""
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _LEFT_S
    with directory_transaction(time.monotonic() + settings().deadline_s) as db:
        clinics = sealing.clinics(db)
    # While Vapi is away a run gets no further than a few: each time others.
    random.shuffle(clinics)
    told = {"deleted": 0, "refused": 0, "failed": 0}
    with closing(
        Vapi(settings().vapi_api_url, secrets.vapi_private_key(), attempts=1, longest_s=_LEFT_S / 2)
    ) as vapi:
        for org_id in clinics:
            if time.monotonic() > ends:
                break
            try:
                done = deletions.perform(org_id, vapi, ends=ends)
            except Exception as failed:  # noqa: BLE001 - the next clinic has its turn, whatever this one has
                logger.error("a clinic's turn failed", extra={"org_id": str(org_id), **described(failed)})
                told["failed"] += 1
            else:
                told["deleted"] += done.deleted
                told["refused"] += done.failed
    logger.info("deleted elsewhere", extra=told)
    return told
