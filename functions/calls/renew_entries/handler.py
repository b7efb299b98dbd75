"""Lambda that has every clinic's copies made anew, for an event may have been lost."""

import time
from typing import Any

from frontdesk import queue
from frontdesk.calls import entries
from frontdesk.calls.entries import ClinicChanged
from frontdesk.logs import logger
from frontdesk.settings import settings


def handler(event: object, context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """How many clinics were sent to the queue."""
    clinics = entries.every_clinic(time.monotonic() + settings().deadline_s)
    queue.send([ClinicChanged(org_id=org_id) for org_id in clinics])
    logger.info("copies are made anew", extra={"clinics": len(clinics)})
    return {"clinics": len(clinics)}
