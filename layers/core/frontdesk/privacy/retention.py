"""What calls leave behind goes when the clinic's retention is over; a month of audit when everybody's is.

Nothing of a clinic goes while its legal hold stands.
"""

import time
from datetime import datetime
from typing import Final, NamedTuple

from frontdesk.db.transaction import Transaction
from frontdesk.privacy import sealing
from frontdesk.privacy.sealing import SQL

_MOST: Final = 200
"""Rows of one statement: calls have a few hundred others each hanging on them."""
_DROPS: Final = (
    *("drop_notifications", "drop_outbound", "drop_communications"),
    *("forget_numbers_of_visits", "forget_numbers_of_patients"),
)
_LONGEST_S: Final = 1.5
"""Of one clinic's turn; the next run goes on."""


class Kept(NamedTuple):
    """What became of one clinic."""

    calls: int
    others: int
    """Originals, memories, notices, calls of ours, communications, numbers that caps were counted by."""
    closed: bool
    """Whether its seals now say that older entries may go."""


def keep(db: Transaction) -> Kept:
    """Deletes what is over, as far as this turn's time reaches."""
    before: datetime | None = db.value(SQL["kept_until"])
    if before is None:
        return Kept(0, 0, closed=False)
    began, calls, others = time.monotonic(), 0, 0
    while time.monotonic() - began < _LONGEST_S:
        gone = db.run(SQL["drop_calls"], before=before, most=_MOST)
        also = db.value(SQL["drop_originals"], most=_MOST) + sum(
            db.run(SQL[query], before=before, most=_MOST) for query in _DROPS
        )
        calls, others = calls + gone, others + also
        if not gone and not also:
            break
    others += db.run(SQL["drop_memories"])
    cutoff: datetime | None = db.value(SQL["cutoff"])
    return Kept(calls, others, closed=cutoff is not None and sealing.close(db, cutoff))


class _Months(NamedTuple):
    make_months: str
    dropped: list[str] | None


def tend_months(db: Transaction) -> list[str]:
    """Makes the log's months to come, and drops those that no clinic needs; the names of these."""
    months = db.one(_Months, SQL["tend_months"])
    return months.dropped or [] if months else []
