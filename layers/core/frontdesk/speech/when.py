"""What callers answer to "when?": days, parts of the day, and what of both suits them."""

from datetime import date, time
from typing import NamedTuple


class Days(NamedTuple):
    """From one day to another, both included; a single day is both."""

    first: date
    last: date


class PartOfDay(NamedTuple):
    """From one wall time to another of the same day, half-open."""

    after: time = time(0)
    """The first time in it; the start of the day when the caller named none."""
    before: time | None = None
    """The first time that is too late, or None for the end of the day."""


class When(NamedTuple):
    """A part of some days, as in "Tuesday and Thursday mornings"; by itself any time of any day."""

    weekdays: frozenset[int] | None = None
    """ISO, 1 is Monday and 7 is Sunday; None for all."""
    days: Days | None = None
    """The only days meant; None for all."""
    part: PartOfDay = PartOfDay()

    def falls_on(self, day: date) -> bool:
        """Whether any time of that day is meant."""
        return (self.weekdays is None or day.isoweekday() in self.weekdays) and (
            self.days is None or self.days.first <= day <= self.days.last
        )


class Preference(NamedTuple):
    """What suits a caller: as in "afternoons, but not on Fridays"."""

    suits: tuple[When, ...] = ()
    """Any of these; empty for any time."""
    excluded: tuple[When, ...] = ()
    """None of these."""
