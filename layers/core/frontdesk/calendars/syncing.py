"""One connection brought up to date, both ways: first what we changed, then what its owner did.

One function at a time syncs a connection, by a lease in its row, and four a mailbox, which may be at several
clinics. Who comes while another is at it leaves word, and that one goes round once more: nothing is lost, and
a thousand hints are one round. A vendor's trouble is no message's trouble: it is written down with the time
of the next try, and what is due stays due.
"""

import time
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.calendars import channels, pulling, pushing
from frontdesk.calendars.tokens import SQL, NotConnected, ReconnectNeeded, vendor
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import Throttled, VendorName
from frontdesk.db.claims import clinic_transaction
from frontdesk.errors import FrontdeskError
from frontdesk.logs import described, logger

EVERY_S: Final = 600
"""Between two syncs that nobody asked for, a tenth more or less."""
TIMEOUT_S: Final = 120
LEASE: Final = timedelta(seconds=TIMEOUT_S + 10)
MOST_A_MAILBOX: Final = 4
"""Microsoft answers so many requests of one app at once (throttling limits, in the facts)."""
_LONGEST_S: Final = 3600
"""Between two tries at a vendor that fails."""
_ENOUGH_S: Final = 20
"""Left, so that another round is begun."""


class _Mailbox(NamedTuple):
    vendor: VendorName
    account: str
    synced_at: datetime | None
    locked: str


class _Taken(NamedTuple):
    syncing_until: datetime


class _Ended(NamedTuple):
    is_wanted: bool


def sync(org_id: UUID, connection_id: int, deadline: float, *, found_at: datetime | None = None) -> None:
    """Goes round as often as somebody asks meanwhile; whoever finds another at it leaves word and is done.

    `found_at` is when it was found to be due: once a sync has begun since, there is nothing left to do.
    """
    while True:
        with clinic_transaction(org_id, deadline, source="schedule") as db:
            mailbox = db.one(_Mailbox, SQL["lock_mailbox"], id=connection_id)
            if mailbox is None:
                return  # disconnected
            if found_at and mailbox.synced_at and mailbox.synced_at >= found_at:
                return
            asked = {"id": connection_id, "lease": LEASE, "most": MOST_A_MAILBOX}
            taken = db.one(_Taken, SQL["take_turn"], **asked)
            if taken is None:
                db.run(SQL["want"], id=connection_id)
                return
        turn = Turn(org_id, connection_id, vendor(mailbox.vendor), deadline)
        try:
            failure, after_s = _round(turn)
        except Exception as bug:  # would be met again at once
            _end(turn, taken, type(bug).__name__, 0)
            raise
        is_wanted = _end(turn, taken, failure, after_s)
        if failure or not is_wanted or time.monotonic() + _ENOUGH_S > deadline:
            return  # who asked meanwhile is found by the next dispatch


def _end(turn: Turn, taken: _Taken, failure: str | None, after_s: float) -> bool:
    """Gives the turn back; whether somebody asked meanwhile."""
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        ended = db.one(
            _Ended,
            SQL["end_turn"],
            id=turn.connection_id,
            syncing_until=taken.syncing_until,
            failure=failure,
            after_s=after_s,
            every_s=EVERY_S,
            longest_s=_LONGEST_S,
        )
    return ended is not None and ended.is_wanted


def _round(turn: Turn) -> tuple[str | None, float]:
    """Why it failed, by a name, and how long the vendor asks us to wait; None and 0 if it didn't.

    What can't be written doesn't keep us from reading, or callers would be offered less and less.
    """
    try:
        try:
            pushing.push(turn)
        finally:
            pulling.pull(turn)
        channels.keep(turn)
    except (NotConnected, ReconnectNeeded):
        return None, 0  # the clinic knows, and the vendor isn't asked any more
    except FrontdeskError as failed:
        about = {"org_id": str(turn.org_id), "connection_id": turn.connection_id, **described(failed)}
        logger.warning("a calendar could not be synced", extra=about)
        return type(failed).__name__, failed.after_s or 0 if isinstance(failed, Throttled) else 0
    return None, 0
