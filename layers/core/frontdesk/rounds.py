"""A round of clinics, as schedules make it: each in its turn, and one's trouble is not the others'."""

import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.logs import described, logger
from frontdesk.settings import settings

T = TypeVar("T")


def of_clinics(
    context: Any, clinics: Callable[[Transaction], list[UUID]], work: Callable[[Transaction], T]
) -> tuple[list[T], int]:
    """What came of the work at each clinic, and at how many it failed, which the log has by its code.

    Args:
        context: Lambda's, which knows how long there is.
        clinics: asks the directory whose turn it is, under nobody's claims.
        work: done in a transaction of each clinic's own.
    """
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    with directory_transaction(_deadline(ends)) as db:
        visited = clinics(db)
    done: list[T] = []
    for org_id in visited:
        try:
            with clinic_transaction(org_id, _deadline(ends), source="schedule") as db:
                one = work(db)
        except Exception as failed:  # noqa: BLE001 - the next clinic has its turn, whatever this one has
            logger.error("a clinic's turn failed", extra={"org_id": str(org_id), **described(failed)})
        else:
            done.append(one)
    return done, len(visited) - len(done)


def _deadline(ends: float) -> float:
    """One clinic's share of the time: what a tool call has, so that a stuck one leaves some for the rest."""
    return min(ends, time.monotonic() + settings().deadline_s)
