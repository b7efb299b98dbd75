"""OSCAR's times, which have no zone and whose ends are short; pure.

It stores the wall time that people type, and prints it with the offset of whatever zone its server runs in,
often UTC: the digits are right and the offset means nothing. So offsets are dropped on reading, none is ever
sent, and the clinic's zone says what instant it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.emr.emr import Opening
from frontdesk.emr.oscar_server import Code

_MINUTE: Final = timedelta(minutes=1)
_ROUND: Final = timedelta(minutes=5)


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What is sent of an instant: naive."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def midnight(day: date) -> datetime:
    """What is sent of a day: naive."""
    return datetime.combine(day, time())


def minutes_stored(start: datetime, end: datetime | None) -> int:
    """How long a visit is whose stored times these are; at least one minute, 15 where there is no end.

    Screens store an end a minute short, SOAP a second short, and some drivers round the latter up again.
    """
    if end is None:
        return 15
    length = end - start
    if length > timedelta() and length % _ROUND == timedelta():
        return length // _MINUTE
    return max(1, length // _MINUTE + 1)


def span(row: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When an appointment begins and, exclusive, ends, as instants."""
    start: datetime = row["appointmentStartDateTime"].replace(tzinfo=None)
    end = row["appointmentEndDateTime"]
    minutes = minutes_stored(start, end and end.replace(tzinfo=None))
    begins = zones.instant(start, zone)
    return begins, begins + timedelta(minutes=minutes)


def openings(
    day: date,
    schedule: Mapping[str, Any],
    codes: Iterable[Code],
    definitions: Sequence[Mapping[str, Any]],
    zone: ZoneInfo,
    *,
    today: date,
) -> list[Opening]:
    """Bookable time of one day, ascending; slots of one code that touch are one opening.

    Args:
        day: local to the clinic.
        schedule: of `getDayWorkSchedule`; a holiday's slots are none.
        codes: what callers may book.
        definitions: of `getScheduleTemplateCodes`; a letter may be there twice, then the first one counts.
        zone: the clinic's.
        today: there; some codes are for today or this week only.
    """
    if schedule["holiday"]:
        return []
    step = timedelta(minutes=schedule["timeSlotDurationMin"] or 15)
    by_letter = {chr(one["code"]): one for one in reversed(definitions) if one["code"] is not None}
    bookable = {code.letter: code for code in codes}
    found: list[Opening] = []
    for start, letter in _slots(day, schedule["timeSlots"] or [], zone):
        code, definition = bookable.get(letter), by_letter.get(letter, {})
        most = definition.get("bookinglimit", 1)
        if code is None or most < 1 or not _may_be_booked(definition.get("confirm"), day, today):
            continue
        said = str(definition.get("duration") or "").strip()
        minutes = code.minutes or (int(said) if said.isdigit() and int(said) else step // _MINUTE)
        one = Opening(start, start + step, letter, minutes, most)
        if found and found[-1].end == start and found[-1][2:] == one[2:]:
            found[-1] = found[-1]._replace(end=one.end)
        else:
            found.append(one)
    return found


def _may_be_booked(confirm: str | None, day: date, today: date) -> bool:
    """By the rule that only OSCAR's own screens keep: `Day`, `Wk` (within 7 days), `Onc` (on call)."""
    match confirm:
        case "Day":
            return day == today
        case "Wk":
            return today <= day < today + timedelta(days=7)
        case "Onc":
            return False
        case _:
            return True


def _slots(day: date, slots: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> Iterable[tuple[datetime, str]]:
    """When each begins, and its letter.

    The server adds elapsed minutes to its midnight. On the days its clocks change, the label is an hour off
    from what the screen shows behind the change: there the wall time is what has passed since midnight. That
    is known of a server in the clinic's zone, where label and offset agree; of others the label is believed.
    """
    midnight_there = zones.midnight(day, zone)
    for slot in slots:
        label: datetime = slot["date"]
        shown = label.replace(tzinfo=None)
        if label.tzinfo is not None and label.utcoffset() == label.astimezone(zone).utcoffset():
            shown = midnight(day) + (zones.utc(label) - midnight_there)
        if not zones.is_skipped(shown, zone):
            yield zones.instant(shown, zone), chr(slot["scheduleCode"])
