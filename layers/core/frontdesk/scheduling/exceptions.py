"""What differs from the week on some days: time off, closures, holidays, dates with hours of their own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.scheduling.hours import Dates, Shift, open_ranges, whole_days
from frontdesk.scheduling.ranges import Range, merge

_DAY = timedelta(days=1)


class Row(NamedTuple):
    """As the query `exceptions` gives it, each a list as JSON; null of what there is none."""

    time_off: list[dict[str, Any]] | None
    """A `provider_id` of null closes the whole clinic."""
    date_hours: list[dict[str, Any]] | None
    """`starts` of null is a day without work."""
    holidays: list[str] | None


class Exceptions:
    """Those of one clinic, by provider."""

    def __init__(self, row: Row, zone: ZoneInfo) -> None:
        self._off = [
            (off["provider_id"], Range(*map(datetime.fromisoformat, (off["starts_at"], off["ends_at"]))))
            for off in row.time_off or ()
        ]
        holidays = map(date.fromisoformat, row.holidays or ())
        self.holidays = [closed for day in holidays if (closed := whole_days(day, day, zone))]
        """Whole days on which the clinic is closed."""
        self._dates: defaultdict[int, dict[date, list[Shift]]] = defaultdict(dict)
        for hours in row.date_hours or ():
            day = date.fromisoformat(hours["day"])
            own = self._dates[hours["provider_id"]].setdefault(day, [])
            if hours["starts"] is not None:
                starts, ends = time.fromisoformat(hours["starts"]), time.fromisoformat(hours["ends"])
                own.append(Shift(day.isoweekday(), starts, ends, hours["location_id"]))

    def time_off(self, provider_id: int) -> list[Range]:
        """When the provider is off, or the whole clinic is closed; not the holidays."""
        return [off for of_provider, off in self._off if of_provider in (None, provider_id)]

    def dates(self, provider_id: int) -> Dates:
        """The provider's days that have hours of their own."""
        return self._dates.get(provider_id, {})


def open_around(
    now: datetime, shifts: Mapping[int, Sequence[Shift]], exceptions: Exceptions, zone: ZoneInfo
) -> list[Range]:
    """When anybody sees patients today, and since last night; ascending and disjoint.

    `shifts` are those of the week, by provider.
    """
    today = zones.today(now, zone)
    return list(
        merge(
            sorted(
                one
                for provider_id, worked in shifts.items()
                for one in open_ranges(
                    worked,
                    zone,
                    first=today - _DAY,
                    last=today,
                    closed=exceptions.time_off(provider_id) + exceptions.holidays,
                    dates=exceptions.dates(provider_id),
                )
            )
        )
    )
