"""The breaker of a clinic's EMR: one that doesn't answer is left alone for a while, and callers hear so.

Its state stands in the database, for the environments that ask come and go and share nothing else. Closed, it
costs nothing but being read with the connection.
"""

import random
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.emr.emr import Away, NotAllowed, Refused
from frontdesk.errors import ProviderFailed

SQL: Final = queries.beside(__file__)

MOST_FAILURES: Final = 3
"""In a row; then it opens."""
FIRST_REST: Final = timedelta(seconds=10)
LONGEST_REST: Final = timedelta(minutes=5)
_DOUBLINGS: Final = 5
"""Until the longest rest."""
TRY: Final = timedelta(seconds=15)
"""How long the one that tries has, until another one may."""


class _State(NamedTuple):
    failures: int
    retry_at: datetime | None
    may_try: bool


def enter(db: Transaction) -> int:
    """How often it has failed in a row so far; raises `Away` unless it may be asked.

    Open and rested, one request of all processes may try; the others wait for what comes of it.
    """
    state = db.one(_State, SQL["breaker"])
    if state is None:
        raise NotAllowed("the clinic has no EMR")
    if state.retry_at is not None and not (state.may_try and db.value(SQL["try_again"], longest=TRY)):
        raise Away("it hasn't answered for a while")
    return state.failures


def leave(org_id: UUID, before: int, failed: Exception | None, ends: float) -> None:
    """Writes down how it went; `before` is what `enter` said. Nothing is written where nothing changes."""
    # Whatever it answers, even a no, it does answer.
    if not isinstance(failed, ProviderFailed) or isinstance(failed, NotAllowed | Refused):
        if before:
            with clinic_transaction(org_id, ends) as db:
                db.run(SQL["answered"])
        return
    rest = min(FIRST_REST * 2 ** min(max(0, before + 1 - MOST_FAILURES), _DOUBLINGS), LONGEST_REST)
    rest *= random.uniform(0.8, 1.2)  # noqa: S311 - no secret: so that clinics of one host don't try as one
    with clinic_transaction(org_id, ends) as db:
        db.run(SQL["unanswered"], most=MOST_FAILURES, rest=rest, failures_before=before)
