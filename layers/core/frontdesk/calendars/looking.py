"""A look into providers' own calendars, now, for what is about to be offered, where what we know is old.

Somebody is on the line: so little is asked, within the tool's deadline, and no transaction is open meanwhile.
No answer, and an answer that isn't sure, is not "free": it is unknown, and the clinic's rule decides.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import psycopg

from frontdesk import zones
from frontdesk.calendars import tokens
from frontdesk.calendars.tokens import SQL
from frontdesk.calendars.vendors import Days, Span, Vendor
from frontdesk.call import Call
from frontdesk.errors import FrontdeskError
from frontdesk.logs import described, logger
from frontdesk.scheduling.desks import Calendar, Desk
from frontdesk.scheduling.ranges import Range, merge, subtract

_TURNS: Final = 3
"""What is offered instead of what turned out to be taken has to be looked at too, but not for ever."""
_AT_ONCE: Final = 4
"""Microsoft answers so many requests of one app about one mailbox."""
_MARGIN_S: Final = 1.5
"""Left to book and to answer in."""
_DAY: Final = timedelta(days=1)

_Key = tuple[int, date]
"""A provider and a local day."""


class _Own(NamedTuple):
    calendar_id: int
    starts_at: datetime
    ends_at: datetime


def look(call: Call[Any], desk: Desk, wanted: Callable[[], Iterable[tuple[int, Range]]]) -> None:
    """Writes into `call.seen` what blocks on the days of what is wanted, or that it couldn't be seen.

    `wanted` is asked again with what was found, for then it may be something else. Commits; afterwards the
    call's own lock is had again and nothing else.
    """
    ends = call.deadline - _MARGIN_S
    silent = {one.connection_id for one in desk.calendars.values() if not one.may_be_asked}
    call.trusts_calendars = True
    try:
        for turn in range(_TURNS + 1):
            days = {
                (provider_id, day)
                for provider_id, occupied in wanted()
                for day in _days(occupied, call.clinic.zone)
            }
            stale = desk.stale(call, {provider_id for provider_id, _ in days})
            new = sorted(one for one in days - call.seen.keys() if one[0] in stale)
            if not new:
                return
            call.seen |= dict.fromkeys(new)
            if turn == _TURNS:
                return  # what else there may be, nobody has seen
            asked = [key for key in new if desk.calendars[key[0]].connection_id not in silent]
            if asked:
                found = _looked(call, desk, asked, ends)
                call.seen |= found
                # Who didn't answer once isn't asked again while the caller waits.
                silent |= {desk.calendars[key[0]].connection_id for key in asked if key not in found}
    finally:
        call.trusts_calendars = False


def _looked(call: Call[Any], desk: Desk, keys: list[_Key], ends: float) -> dict[_Key, list[Range]]:
    """What blocks on those days, of which that is sure."""
    zone = call.clinic.zone
    spans = {key: Span(zones.midnight(key[1], zone), zones.midnight(key[1] + _DAY, zone)) for key in keys}
    own = call.db.all(
        _Own,
        SQL["own_events"],
        calendar_ids=[desk.calendars[provider_id].id for provider_id, _ in keys],
        since=min(span.start for span in spans.values()),
        until=max(span.end for span in spans.values()),
    )
    with call.db.released():
        answers = _answers(call, desk, spans, ends)
    call.db.run(SQL["wait_for_call"], call_id=call.id)
    found: dict[_Key, list[Range]] = {}
    for key, answer in answers.items():
        calendar = desk.calendars[key[0]]
        there = zones.zone(calendar.time_zone) if calendar.time_zone else zone
        busy = sorted(filter(None, (_range(one, there) for one in answer)))
        # Our own visits stand in the diary, so their events don't count: one may be about to move.
        ours = [Range(one.starts_at, one.ends_at) for one in own if one.calendar_id == calendar.id]
        found[key] = list(subtract(merge(busy), ours))
    return found


def _answers(
    call: Call[Any], desk: Desk, spans: Mapping[_Key, Span], ends: float
) -> dict[_Key, list[Span | Days]]:
    """What blocks, of those that have said so in time."""
    access: dict[int, str | None] = {}
    for provider_id, _ in spans:
        calendar = desk.calendars[provider_id]
        if calendar.connection_id not in access:
            access[calendar.connection_id] = _access(call, calendar, ends)
    threads = ThreadPoolExecutor(_AT_ONCE)
    asked: dict[_Key, Future[list[Span | Days] | None]] = {}
    for key, span in spans.items():
        calendar = desk.calendars[key[0]]
        if token := access[calendar.connection_id]:
            vendor = tokens.vendor(calendar.vendor, in_a_hurry=True)
            asked[key] = threads.submit(_busy, call, calendar, vendor, token, span)
    wait(asked.values(), timeout=max(0.0, ends - time.monotonic()))
    # Who hasn't answered by now gives up by itself, and nobody waits for that.
    threads.shutdown(wait=False, cancel_futures=True)
    return {
        key: answer
        for key, one in asked.items()
        if one.done() and not one.cancelled() and (answer := one.result()) is not None
    }


def _access(call: Call[Any], calendar: Calendar, ends: float) -> str | None:
    if time.monotonic() > ends:
        return None
    try:
        return tokens.access(call.clinic.org_id, calendar.connection_id, call.deadline, in_a_hurry=True)
    except (FrontdeskError, psycopg.OperationalError) as failed:  # the second of a lock that a sync has
        _note(call, calendar, failed)
        return None


def _busy(
    call: Call[Any], calendar: Calendar, vendor: Vendor, access: str, span: Span
) -> list[Span | Days] | None:
    try:
        return list(vendor.busy(access, calendar.vendor_id, span, lookup=calendar.lookup))
    except FrontdeskError as failed:
        _note(call, calendar, failed)
        return None


def _note(call: Call[Any], calendar: Calendar, failed: Exception) -> None:
    about = {"org_id": str(call.clinic.org_id), "calendar_id": calendar.id, **described(failed)}
    logger.warning("a calendar could not be looked into", extra=about)


def _range(one: Span | Days, zone: ZoneInfo) -> Range | None:
    start, end = (zones.midnight(day, zone) for day in one) if isinstance(one, Days) else one
    return Range(start, end) if start < end else None


def _days(occupied: Range, zone: ZoneInfo) -> list[date]:
    first, last = zones.today(occupied.start, zone), zones.today(occupied.end - datetime.resolution, zone)
    return [first + n * _DAY for n in range((last - first).days + 1)]
