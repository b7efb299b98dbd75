"""Lambda that connects, checks, approves and lets go of clinics' EMRs, at an operator's word."""

import time
from typing import Any, Final

from frontdesk.emr import connecting

_MARGIN_S: Final = 2.0
"""Of a run, to say what came of it in."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What came of a `{"verb", "org_id", …}`."""
    return connecting.answered(
        event, time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
    )
