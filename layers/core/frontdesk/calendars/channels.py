"""Where vendors hint to us that something changed: opened, kept open past their half life, stopped.

Google has a channel of each calendar and lengthens none, so a new one takes over from the old; Microsoft has
one of the mailbox. Who gets no hint is pulled all the same: nothing here ends a round but a vendor that asks
us to wait.
"""

import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from frontdesk.calendars import due
from frontdesk.calendars.due import SQL
from frontdesk.calendars.hints import hash_of
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import Channel, EventGone, Forbidden, Throttled, Withdrawn
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.errors import FrontdeskError, ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.settings import settings

LASTING: Final = timedelta(days=7)
"""Asked for; how long it is, the vendor says."""
AGAIN: Final = timedelta(hours=1)
"""After a refusal: a calendar that can't be watched, an address that the vendor doesn't reach."""
_ENOUGH_S: Final = 30
"""Left, so that the vendor is asked: Microsoft calls our address twice before it answers."""


class Kept(NamedTuple):
    """A channel as we have it."""

    id: str
    calendar_id: int | None
    """None: of the mailbox, or of a calendar that is no longer there."""
    resource_id: str
    expires_at: datetime
    is_due: bool
    """Half its life is over, or the vendor asked for it."""
    is_over: bool

    @property
    def channel(self) -> Channel:
        """As its vendor names it."""
        return Channel(self.id, self.resource_id, self.expires_at)


class _Watched(NamedTuple):
    id: int
    vendor_id: str
    is_put_off: bool


def of(db: Transaction, connection_id: int) -> list[Kept]:
    """A connection's channels; of each calendar the newest first."""
    return db.all(Kept, SQL["channels"], id=connection_id)


def keep(turn: Turn) -> None:
    """Opens, renews and stops the connection's channels; in most rounds there is nothing to do.

    Raises `Throttled`, and what `tokens.access` does.
    """
    if turn.deadline - time.monotonic() < _ENOUGH_S:
        return  # the next round is soon enough
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        channels = of(db, turn.connection_id)
        watched = db.all(_Watched, SQL["watched"], id=turn.connection_id)
    by_target: dict[int | None, list[_Watched]] = {}
    for one in watched:
        by_target.setdefault(one.id if turn.vendor.name == "google" else None, []).append(one)
    _end(turn, [one for one in channels if one.is_over or one.calendar_id not in by_target])
    for target, calendars in by_target.items():
        own = [one for one in channels if one.calendar_id == target and not one.is_over]
        if not own:
            _open(turn, target, calendars, is_first=True)
        elif own[0].is_due:
            _renew(turn, own[0], calendars)
            _end(turn, own[1:])
        else:
            _end(turn, own[1:])  # which somebody meant to stop, and died


def stop(turn: Turn, channels: Sequence[Kept], *, until: float) -> None:
    """Ends them at the vendor as well as may be until then; raises nothing of the vendor's.

    Of one that isn't stopped, hints go on coming until it lapses, and nobody knows it.
    """
    for one in channels:
        if one.is_over or time.monotonic() > until:
            continue
        try:
            turn.ask(lambda access, one=one: turn.vendor.stop(access, one.channel))
        except FrontdeskError as failed:
            _log(turn, "a channel could not be stopped", failed)
            return  # the others would fare no better


def _end(turn: Turn, channels: Sequence[Kept]) -> None:
    """Stops and forgets them."""
    if channels:
        stop(turn, channels, until=turn.deadline - _ENOUGH_S)
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            for one in channels:
                db.run(SQL["forget_channel"], channel_id=one.id)


def _renew(turn: Turn, old: Kept, calendars: Sequence[_Watched]) -> None:
    until = datetime.now(UTC) + LASTING
    try:
        renewed = turn.ask(lambda access: turn.vendor.renew(access, old.channel, until=until))
    except EventGone:
        _end(turn, [old._replace(is_over=True)])  # it lapsed unheard
        _open(turn, old.calendar_id, calendars, is_first=True)
        return
    except Throttled:
        raise
    except (Forbidden, ProviderFailed) as failed:
        _log(turn, "a channel could not be renewed", failed)  # the next round tries it again
        return
    if renewed is None:
        # Both are heard for a moment, rather than neither.
        if _open(turn, old.calendar_id, calendars, is_first=False):
            _end(turn, [old])
        return
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        db.run(SQL["lengthen_channel"], channel_id=old.id, expires_at=renewed.expires_at)


def _open(turn: Turn, target: int | None, calendars: Sequence[_Watched], *, is_first: bool) -> bool:
    """Whether there is a new channel; `is_first` if no other was heard until now."""
    address = f"{settings().public_url}/calendars/{turn.vendor.name}/hints"
    is_public = address.startswith("https:") or settings().stage == "local"
    if not is_public or all(one.is_put_off for one in calendars):
        return False
    secret, until = secrets.token_urlsafe(32), datetime.now(UTC) + LASTING
    try:
        channel = turn.ask(
            lambda access: turn.vendor.watch(
                access, calendars[0].vendor_id, address=address, secret=secret, until=until
            )
        )
    except Throttled:
        raise
    except (Forbidden, Withdrawn, ProviderFailed) as refused:
        _log(turn, "a calendar could not be watched", refused)
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            db.run(SQL["put_off_watching"], ids=[one.id for one in calendars], by=AGAIN)
        return False
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        db.run(
            SQL["keep_channel"],
            channel_id=channel.id,
            connection_id=turn.connection_id,
            calendar_id=target,
            vendor=turn.vendor.name,
            resource_id=channel.resource_id,
            secret_hash=hash_of(secret),
            expires_at=channel.expires_at,
        )
        if is_first:
            # What changed between this round's pull and now, nobody hinted at: once more round.
            due.want(db, turn.connection_id)
    return True


def _log(turn: Turn, what: str, failed: FrontdeskError) -> None:
    about = {"org_id": str(turn.org_id), "connection_id": turn.connection_id}
    logger.warning(what, extra={**about, **described(failed)})
