"""The answering half of `emr.asking`: in the one function that may ask EMRs, a question becomes a request.

    {"org_id": ..., "method": "by_phone", "arguments": {...}, "left_s": 3.8, "call_id": ...}
    {"answer": ...} or {"error": "Conflict", "why": "..."}

Arguments and answers are those of `emr.Emr`, by the annotations that it has; so nothing is written twice.
"""

import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from frontdesk import traces
from frontdesk.db.claims import clinic_transaction
from frontdesk.emr import breaker, connection, wire
from frontdesk.emr.emr import NoAnswer
from frontdesk.errors import DeadlineExceeded, FrontdeskError, ProviderFailed
from frontdesk.logs import described, logger

_WORDS_S: Final = 3.0
"""For our own last words in the database, whatever the EMR took."""
_FAIR_S: Final = 0.5
"""Who is given less and is late has not failed."""


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """What came of one question; raises nothing, for Lambda would log the text of it."""
    with traces.work(call_id=question.get("call_id")):
        return _answer(question)


def _answer(question: Mapping[str, Any]) -> dict[str, Any]:
    org_id, method = UUID(str(question["org_id"])), str(question["method"])
    try:
        given = wire.arguments(method, question["arguments"])
        return wire.answered(method, _ask(org_id, method, given, float(question["left_s"])))
    except Exception as failed:  # noqa: BLE001 - as said above
        logger.warning(
            "an EMR was asked in vain",
            extra={
                "org_id": str(org_id),
                "method": method
                if method in wire.METHODS
                else "unknown",  # a name of ours, or a word of anybody's
                **described(failed),
            },
        )
        if isinstance(failed, FrontdeskError):
            return wire.refused(failed)
        ours = f"our own fault ({type(failed).__name__})"
        return wire.refused(NoAnswer(ours) if method in wire.WRITES else ProviderFailed(ours))


def _ask(org_id: UUID, method: str, arguments: Mapping[str, Any], left_s: float) -> Any:
    ends = time.monotonic() + left_s
    with clinic_transaction(org_id, ends) as db:
        row = connection.row(db)
        before = breaker.enter(db)
    there = connection.kept(org_id, row, ends=ends)
    failed: Exception | None = None
    try:
        return getattr(there, method)(**arguments, deadline=ends)
    except Exception as error:
        failed = error
        raise
    finally:
        if not (isinstance(failed, DeadlineExceeded) and left_s < _FAIR_S):
            _note(org_id, before, failed)


def _note(org_id: UUID, before: int, failed: Exception | None) -> None:
    try:
        breaker.leave(org_id, before, failed, time.monotonic() + _WORDS_S)
    except Exception as unwritten:  # noqa: BLE001 - what the EMR said counts, whatever became of this
        logger.warning("a breaker was not told", extra={"org_id": str(org_id), **described(unwritten)})
