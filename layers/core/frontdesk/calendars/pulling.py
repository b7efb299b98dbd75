"""Inward: what changed in a connection's calendars becomes time that is taken.

A calendar is read whole once a day, and whenever the vendor has lost the thread; in between only changes are.
The position from which the next pull goes on is kept last: a pull that is cut off is done again, and nothing
in it minds being done twice.
"""

import time
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from frontdesk import zones
from frontdesk.calendars import edits, mirror, ours
from frontdesk.calendars.tokens import SQL
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import Event, Forbidden, Page, Span, Throttled, TokenDead, Withdrawn
from frontdesk.db.claims import clinic_transaction
from frontdesk.errors import DatabaseFailed, DeadlineExceeded, ProviderFailed
from frontdesk.logs import described, logger

BEHIND: Final = timedelta(days=2)
"""Today, whatever the zone, and what began yesterday."""
AHEAD: Final = timedelta(days=30)
"""Beyond the clinic's horizon, so that it stays inside until the next reading of everything."""
_WHOLE_EVERY: Final = timedelta(hours=20)
_SPREAD: Final = timedelta(hours=1)
"""Longer for one of eight calendars each, or all that were connected in one hour would be read in one."""


_FAILURES: Final = 3
"""After which it is the vendor that fails, and not what one calendar holds."""


class _Calendar(NamedTuple):
    id: int
    vendor_id: str
    time_zone: str
    """Its own, or else the clinic's."""
    position: str | None
    window_from: datetime | None
    window_until: datetime | None
    read_whole_at: datetime | None
    epoch: int
    horizon_days: int
    keeps_titles: bool
    now: datetime
    """By the database's clock: a function's own may be wrong."""

    @property
    def window(self) -> Span:
        """What a reading of everything is to cover."""
        now = zones.utc(self.now)
        return Span(now - BEHIND, now + timedelta(days=self.horizon_days) + AHEAD)

    @property
    def goes_on(self) -> bool:
        """Whether changes are enough."""
        if self.position is None or self.window_until is None or self.read_whole_at is None:
            return False
        horizon = self.now + timedelta(days=self.horizon_days + 1)
        return (
            self.now < self.read_whole_at + _WHOLE_EVERY + self.id % 8 * _SPREAD
            and horizon < self.window_until
        )


def pull(turn: Turn) -> None:
    """Reads what changed in each calendar that is somebody's; one that can't be read stops no other.

    Raises what `Turn.ask` does; the vendor's failure at one calendar after the others were read.
    """
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        found = db.all(_Calendar, SQL["calendars_to_pull"], connection_id=turn.connection_id)
    failures: list[ProviderFailed] = []
    for one in found:
        try:
            _pull(turn, one)
        except (Withdrawn, Forbidden) as failed:
            ours.fail(turn, one.id, failed)
        except (Throttled, DatabaseFailed, DeadlineExceeded):
            raise
        except ProviderFailed as failed:
            logger.warning("a calendar could not be read", extra=_about(turn, one) | described(failed))
            failures.append(failed)
            if len(failures) == _FAILURES:
                break
    if failures:
        raise failures[0]


def _pull(turn: Turn, one: _Calendar) -> None:
    if one.goes_on and one.position and one.window_from and one.window_until:
        window = Span(zones.utc(one.window_from), zones.utc(one.window_until))
        try:
            events, position = _read(turn, one, window, one.position)
        except TokenDead:
            logger.info("a calendar is read whole", extra=_about(turn, one))
        else:
            _keep(turn, one, events, position, window, whole=False)
            return
    try:
        events, position = _read(turn, one, one.window, None)
    except TokenDead:
        try:  # in the middle of its pages
            events, position = _read(turn, one, one.window, None)
        except TokenDead:
            raise ProviderFailed("a calendar can't be read to its end") from None
    _keep(turn, one, events, position, one.window, whole=True)


def _read(turn: Turn, one: _Calendar, window: Span, position: str | None) -> tuple[list[Event], str]:
    """All pages: the last word on each event, and from where to go on. Raises `TokenDead`."""
    events: dict[str, Event] = {}
    page: str | None = None
    while True:
        got = turn.ask(lambda access, page=page: _page(turn, access, one, window, position, page))
        events |= {event.id: event for event in got.events}
        if got.token is not None:
            return list(events.values()), got.token
        page = got.next_page
        if time.monotonic() > turn.deadline:
            raise DeadlineExceeded("a calendar has more pages than there is time")


def _page(
    turn: Turn, access: str, one: _Calendar, window: Span, position: str | None, page: str | None
) -> Page:
    return turn.vendor.changes(access, one.vendor_id, window=window, token=position, page=page)


def _keep(
    turn: Turn, one: _Calendar, events: list[Event], position: str, window: Span, *, whole: bool
) -> None:
    place = mirror.Place(turn.org_id, one.id, zones.zone(one.time_zone), one.keeps_titles)
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        if db.value(SQL["lock_calendar"], id=one.id, position=one.position, epoch=one.epoch) is None:
            return  # nobody's or another's now, to be read in another way, or read on from there by somebody
        mirror.apply(db, place, events, window=window, whole=whole)
        db.run(SQL["keep_pulled"], id=one.id, pulled_at=one.now)
    changed = [event for event in events if mirror.is_ours(event, turn.org_id)]
    # A deletion may tell nothing but an id, of which only our row knows that it is ours.
    changed += [event for event in events if event.is_gone and event.mark is None]
    edits.heard(turn, one.id, changed, whole=whole, window=window)
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        db.run(
            SQL["keep_position"],
            id=one.id,
            before=one.position,
            epoch=one.epoch,
            position=position,
            window_from=window.start,
            window_until=window.end,
            pulled_at=one.now,
            whole=whole,
        )


def _about(turn: Turn, one: _Calendar) -> dict[str, object]:
    return {"org_id": str(turn.org_id), "calendar_id": one.id}
