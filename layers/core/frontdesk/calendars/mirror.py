"""What blocks in a provider's own calendar, as rows: exchanged in one moment, so that nobody sees half of it.

A row lasts a day at most, and a longer event is several: whoever asks for a day reads that day's rows and no
more. Our own events aren't here, for their visits block already; another clinic's at the same mailbox are.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.calendars.tokens import SQL
from frontdesk.calendars.vendors import Days, Event, Span
from frontdesk.db.transaction import Transaction
from frontdesk.tool import clean

LONGEST: Final = timedelta(days=1)


class Place(NamedTuple):
    """Whose rows."""

    org_id: UUID
    calendar_id: int
    zone: ZoneInfo
    """In which its whole days begin and end."""
    keeps_titles: bool


def is_ours(event: Event, org_id: UUID) -> bool:
    """Whether this very clinic made it: one mailbox may be at several."""
    return event.mark is not None and event.mark.org_id == str(org_id)


def apply(db: Transaction, place: Place, events: Iterable[Event], *, window: Span, whole: bool) -> None:
    """Puts these events in place of what was known of them; of everything, where it was read whole.

    What now lies over a visit that stands is told the clinic, once; the visit stays where it is.
    """
    known = [one for one in events if not is_ours(one, place.org_id)]
    # A stranger's invitation says what it likes, and is in the calendar unasked.
    rows = [(one.id, *piece, clean(one.title)) for one in known for piece in pieces(one, place.zone, window)]
    ids, starts, ends, titles = [list(column) for column in zip(*rows, strict=True)] or ([], [], [], [])
    of = {"calendar_id": place.calendar_id, "event_ids": None if whole else [one.id for one in known]}
    db.run(SQL["drop_busy"], **of)
    db.run(
        SQL["add_busy"],
        calendar_id=place.calendar_id,
        ids=ids,
        starts=starts,
        ends=ends,
        titles=titles if place.keeps_titles else [None] * len(ids),
    )
    db.run(SQL["note_conflicts"], **of)


def pieces(event: Event, zone: ZoneInfo, window: Span) -> Iterator[Span]:
    """When it blocks, in stretches of a day at most; none where it doesn't, or out of the window.

    They begin where the event does, whatever the window, so that a later one finds the same.
    """
    if event.is_gone or not event.blocks or event.when is None:
        return
    when = span(event.when, zone)
    if when.end <= window.start:
        return
    start = when.start + max(0, (window.start - when.start) // LONGEST) * LONGEST
    while start < min(when.end, window.end):
        yield Span(start, min(start + LONGEST, when.end))
        start += LONGEST


def span(when: Span | Days, zone: ZoneInfo) -> Span:
    """Whole days as that zone's clocks have them, 23 or 25 hours where they are changed."""
    if isinstance(when, Days):
        return Span(zones.midnight(when.first, zone), zones.midnight(when.until, zone))
    return when
