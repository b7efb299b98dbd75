"""Lambda that measures how things stand in the database, over all clinics and in numbers alone."""

import time
from typing import Any, Final

from frontdesk import measures, traces
from frontdesk.db.claims import directory_transaction
from frontdesk.measures import Figures

_FIGURES: Final = "SELECT f.* FROM directory.figures() f"


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """The figures. Raises what Postgres did: then the minute has none, which is an alarm too."""
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    with traces.work(request_id=context.aws_request_id), directory_transaction(ends) as db:
        found = db.one(Figures, _FIGURES)
    if found is None:
        raise LookupError("a question without a condition has one row")
    measures.stands(found)
    return found._asdict()
