"""A round of clinics, as schedules make it: each in its turn, and one's trouble is not the others'."""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from frontdesk import measures
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

    def turn(org_id: UUID) -> T:
        with clinic_transaction(org_id, _deadline(ends), source="schedule") as db:
            return work(db)

    return of_ids(clinics, turn, ends=ends)


def of_ids(
    clinics: Callable[[Transaction], list[UUID]], work: Callable[[UUID], T], *, ends: float
) -> tuple[list[T], int]:
    """The same for work that begins its own transactions, until `ends` on the clock of `time.monotonic`.

    In no order, so that a round that is too short for all of them passes over others the next time.
    """
    with directory_transaction(_deadline(ends)) as db:
        visited = clinics(db)
    random.shuffle(visited)
    done: list[T] = []
    failed = 0
    for nth, org_id in enumerate(visited):
        if time.monotonic() >= ends:
            logger.warning("a round was too short", extra={"clinics_left": len(visited) - nth})
            break
        try:
            done.append(work(org_id))
        except Exception as error:  # noqa: BLE001 - the next clinic has its turn, whatever this one has
            logger.error("a clinic's turn failed", extra={"org_id": str(org_id), **described(error)})
            measures.failed(error)
            failed += 1
    return done, failed


def _deadline(ends: float) -> float:
    """One clinic's share of the time: what a tool call has, so that a stuck one leaves some for the rest."""
    return min(ends, time.monotonic() + settings().deadline_s)
