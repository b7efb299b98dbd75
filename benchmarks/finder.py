"""The slot finder without a database: the first free start, and every one, beside a finder that steps.

Ranges and rules as the diary gives them are made before the clock starts; hours, gaps and starts are within.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from typing import Any, Final

from benchmarks import minute_stepping
from frontdesk import zones
from frontdesk.scheduling import slots
from frontdesk.scheduling.hours import Shift, open_ranges
from frontdesk.scheduling.ranges import Range, merge
from frontdesk.scheduling.rules import Rules

PROVIDERS: Final = (1, 10, 100)
DAYS: Final = (1, 30, 180)
TAKEN: Final = {"empty": 0.0, "half full": 0.5, "full": 1.0}
AFTER_FULL_DAYS: Final = "free after"
"""The first free start is behind all those days."""
TARGET: Final = (10, 30, "half full")

_RUNS: Final = 300
_FEWEST_RUNS: Final = 3
_ENOUGH_S: Final = 0.07
_MOST_DAYS_OF_EVERY: Final = 1_800
"""Of all providers together, for whom every start is made; nobody asks for more than a page of them."""
_ZONE: Final = zones.zone("America/Vancouver")
_FIRST: Final = date(2026, 3, 2)
_NOW: Final = datetime(2026, 2, 27, 12, tzinfo=_ZONE)
_DAY: Final = timedelta(days=1)
_SHIFTS: Final = [
    Shift(weekday, starts, ends)
    for weekday in range(1, 8)
    for starts, ends in ((wall_time(9), wall_time(12)), (wall_time(13), wall_time(17)))
]
_RULES: Final = Rules(duration_min=30, slot_interval_min=15, horizon_days=365)


@dataclass
class Weeks:
    """So many providers' days, asked for from the first to the last."""

    busy: list[list[Range]]
    """A list a provider, as the diary gives it: what touches is one."""
    last: date

    @property
    def days(self) -> int:
        """How many, the first and the last included."""
        return (self.last - _FIRST).days + 1

    def ours(self) -> Iterator[tuple[datetime, int]]:
        """Every free start with its provider, by the finder."""
        return slots.earliest(
            {
                provider: slots.free_starts(
                    open_ranges(_SHIFTS, _ZONE, first=_FIRST, last=self.last),
                    busy,
                    _RULES,
                    now=_NOW,
                    zone=_ZONE,
                )
                for provider, busy in enumerate(self.busy)
            }
        )

    def stepping(self) -> Iterator[tuple[datetime, int]]:
        """The same by the finder that steps, each provider's starts merged likewise."""
        return slots.earliest(
            {
                provider: minute_stepping.free_starts(_SHIFTS, busy, _RULES, _ZONE, _FIRST, self.last)
                for provider, busy in enumerate(self.busy)
            }
        )


def made(providers: int, days: int, taken: str) -> Weeks:
    """Half hours are taken by chance, the same ones each time."""
    chance = random.Random(days)
    last = _FIRST + (days - 1) * _DAY
    every = [
        Range(start, start + _RULES.duration)
        for n in range(days)
        for shift in _SHIFTS
        if shift.weekday == (_FIRST + n * _DAY).isoweekday()
        for start in _half_hours(_FIRST + n * _DAY, shift)
    ]
    share = TAKEN.get(taken, 1.0)
    busy = [list(merge(one for one in every if chance.random() < share)) for _ in range(providers)]
    return Weeks(busy, last + _DAY if taken == AFTER_FULL_DAYS else last)


def measure() -> list[dict[str, Any]]:
    """A row for each number of providers and days and each fullness of their diary, in milliseconds.

    Raises `AssertionError` when the two finders disagree.
    """
    cases = [(n, days, taken) for n in PROVIDERS for days in DAYS for taken in TAKEN]
    cases += [(n, DAYS[-1], AFTER_FULL_DAYS) for n in PROVIDERS]
    return [
        {"providers": providers, "days": days, "diary": taken, **_figures(made(providers, days, taken))}
        for providers, days, taken in cases
    ]


def _figures(asked: Weeks) -> dict[str, Any]:
    figures = _side_by_side("first", lambda: next(asked.ours(), None), lambda: next(asked.stepping(), None))
    if len(asked.busy) * asked.days <= _MOST_DAYS_OF_EVERY:
        figures |= _side_by_side("every", lambda: list(asked.ours()), lambda: list(asked.stepping()))
    return figures


def _side_by_side(what: str, ours: Callable[[], object], stepping: Callable[[], object]) -> dict[str, Any]:
    if ours() != stepping():
        raise AssertionError(f"the two finders disagree on the {what}")
    figures: dict[str, Any] = {}
    for name, side in ((what, ours), (f"stepping_{what}", stepping)):
        took = sorted(_runs(side))
        figures[f"{name}_p50_ms"] = round(took[len(took) // 2], 3)
        figures[f"{name}_p99_ms"] = round(took[len(took) * 99 // 100], 3)
    return figures


def _runs(side: Callable[[], object]) -> Iterator[float]:
    """How long each of several runs took, in milliseconds; fewer runs of what takes long."""
    until = time.monotonic() + _ENOUGH_S
    for run in range(_RUNS):
        if run >= _FEWEST_RUNS and time.monotonic() > until:
            return
        began = time.perf_counter()
        side()
        yield (time.perf_counter() - began) * 1000


def _half_hours(day: date, shift: Shift) -> Iterator[datetime]:
    start = zones.instant(datetime.combine(day, shift.starts), _ZONE)
    closes = zones.instant(datetime.combine(day, shift.ends), _ZONE)
    while start < closes:
        yield start
        start += _RULES.duration
