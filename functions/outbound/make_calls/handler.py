"""Lambda that makes the calls whose time has come, clinic by clinic."""

import time
from contextlib import closing
from typing import Any

from frontdesk import secrets
from frontdesk.logs import logger
from frontdesk.outbound import calling
from frontdesk.settings import settings
from frontdesk.vapi.api import Vapi

_LONGEST_S = 8.0
"""For one answer of Vapi."""


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many calls were made, and how many clinics must wait for the next run."""
    until = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    # One try a request: a run that comes a minute later is the patience there is.
    vapi = Vapi(settings().vapi_api_url, secrets.vapi_private_key(), attempts=1, longest_s=_LONGEST_S)
    with closing(vapi):
        made, failed = calling.make_all(vapi, until=until)
    told = {"calls": made, "failed": failed}
    logger.info("calls made", extra=told)
    return told
