"""When an event of Google's stand-in is, and the instances of one that repeats.

A series repeats by the clocks of its own zone, so 9:00 stays 9:00 when they change. An instance is named
by the start it has in the series, also after it was moved.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from dateutil.rrule import rrulestr  # pyright: ignore[reportMissingModuleSource, reportUnknownVariableType]

from frontdesk import zones
from local.google_refused import invalid

Item = dict[str, Any]
"""An event as the API shows it, or a part of one."""
Bounds = tuple[datetime | None, datetime | None]
"""`timeMin`, which bounds the end, and `timeMax`, which bounds the start; both exclusive."""

MOST: Final = 20_000
"""Instances of a series without end, where nobody said until when."""


def instant(text: str) -> datetime:
    """Of RFC 3339, in UTC; raises `Refused` without an offset."""
    try:
        return zones.utc(datetime.fromisoformat(text))
    except ValueError:
        raise invalid("Bad Request") from None


def span(item: Item, zone_name: str) -> tuple[datetime, datetime]:
    """Start and end in UTC; whole days are the calendar's."""
    return _edge(item["start"], zone_name), _edge(item["end"], zone_name)


def is_within(item: Item, zone_name: str, bounds: Bounds) -> bool:
    """Whether a listing with these bounds shows it."""
    start, end = span(item, zone_name)
    lower, upper = bounds
    return (lower is None or end > lower) and (upper is None or start < upper)


def checked(item: Item) -> None:
    """Raises `Refused` for times that make no event."""
    start: Item = item.get("start") or {}
    end: Item = item.get("end") or {}
    if not (("date" in start and "date" in end) or ("dateTime" in start and "dateTime" in end)):
        raise invalid("Missing end time." if start else "Missing start time.")
    if any("date" in edge and "dateTime" in edge for edge in (start, end)):
        raise invalid("Invalid start time.")
    try:
        first, last = span(item, "UTC")
        if item.get("recurrence"):
            next(instances(item, "UTC", (None, None)), None)
    except ValueError as error:
        raise invalid(f"Invalid value: {error}") from None
    if last < first or ("date" in start and last == first):
        raise invalid("The specified time range is empty.")
    if item.get("recurrence") and "dateTime" in start and "timeZone" not in start:
        raise invalid("Missing time zone definition for start time.")


def instances(series: Item, zone_name: str, bounds: Bounds) -> Iterator[Item]:
    """All within the bounds, in order, as if none was an exception."""
    start, end = span(series, zone_name)
    length = end - start
    for began in _starts(series, bounds, length):
        if is_within(one := _instance(series, began, length), zone_name, bounds):
            yield one


def instance_named(series: Item, key: str, zone_name: str) -> Item | None:
    """The instance with that id, if the series has it."""
    start, end = span(series, zone_name)
    suffix = key.rpartition("_")[2]
    try:
        at = datetime.strptime(suffix[:8], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    near = (at - timedelta(days=2), at + timedelta(days=3) + (end - start))
    return next((one for one in instances(series, zone_name, near) if one["id"] == key), None)


def _edge(edge: Item, zone_name: str) -> datetime:
    if "date" in edge:
        return zones.midnight(date.fromisoformat(edge["date"]), zones.zone(zone_name))
    moment = datetime.fromisoformat(edge["dateTime"])
    if moment.tzinfo is None:
        if "timeZone" not in edge:
            raise invalid("Missing time zone definition.")
        return zones.instant(moment, zones.zone(edge["timeZone"]))
    return zones.utc(moment)


def _starts(series: Item, bounds: Bounds, length: timedelta) -> Iterator[datetime]:
    """By the clocks of the series, naive for whole days."""
    edge, text = series["start"], "\n".join(series["recurrence"])
    is_days = "date" in edge
    if is_days:
        first = datetime.combine(date.fromisoformat(edge["date"]), datetime.min.time())
    else:
        zone = zones.zone(edge["timeZone"])
        first = _edge(edge, edge["timeZone"]).astimezone(zone)
    rule: Any = rrulestr(text, dtstart=first, forceset=True, tzids=zones.zone)
    lower, upper = bounds
    if is_days:  # a day to spare on both sides for the zone; the caller looks exactly
        spare = timedelta(days=2)
        lower = lower and (lower - spare).replace(tzinfo=None)
        upper = upper and (upper + spare).replace(tzinfo=None)
    began: datetime
    for began in islice(rule.xafter(lower - length, inc=True) if lower else rule, MOST):
        if upper and began >= upper:
            return
        yield began


def _instance(series: Item, began: datetime, length: timedelta) -> Item:
    if began.tzinfo is None:
        start: Item = {"date": began.date().isoformat()}
        end: Item = {"date": (began + timedelta(days=round(length / timedelta(days=1)))).date().isoformat()}
        suffix = began.strftime("%Y%m%d")
    else:
        at, name = zones.utc(began), series["start"]["timeZone"]
        start = {"dateTime": at.isoformat(), "timeZone": name}
        end = {"dateTime": (at + length).isoformat(), "timeZone": name}
        suffix = at.strftime("%Y%m%dT%H%M%SZ")
    own = {key: value for key, value in series.items() if key != "recurrence"}
    return own | {
        "id": f"{series['id']}_{suffix}",
        "recurringEventId": series["id"],
        "originalStartTime": start,
        "start": start,
        "end": end,
    }
