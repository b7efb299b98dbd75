"""Lambda that asks clinics' EMRs, for tools (`emr.asking`) and for operators (`frontdesk emr`)."""

import time
from typing import Any, Final

from frontdesk.emr import asked

_MARGIN_S: Final = 2.0
"""Of a run, to say what came of it in."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What came of a tool's question, or of an operator's `{"verb", "org_id", …}`."""
    if "verb" not in event:
        return asked.answer(event)
    from frontdesk.emr import connecting  # no tool waits for it

    return connecting.answered(
        event, time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
    )
