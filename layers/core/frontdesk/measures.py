"""What is counted of a whole stage, by name, in the log's own form (EMF) that CloudWatch makes metrics of.

A dimension's value comes from a closed set, each written here or in a tool's definition: never a clinic's id,
a call's, or a number. CloudWatch bills each value for itself, and a metric is kept for fifteen months, where
no erasure reaches it. Which clinic it was, the log line of the same moment says.
"""

import os
from enum import StrEnum
from typing import Final, NamedTuple

import psycopg
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from frontdesk.errors import DatabaseFailed, DeadlineExceeded, ProviderFailed

NAMESPACE: Final = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "frontdesk")
"""Of all our metrics: the stage's own, for two stages of one account are not to be added up."""
STAGE: Final = "frontdesk"
"""The service that these are counted under, whichever function counts."""
BOOKING, FAILURE, REFUSED = "Booking", "Failure", "MessageRefused"

_metrics: Final = Metrics(namespace=NAMESPACE, service=STAGE)


class Booking(StrEnum):
    """What came of an attempt to book, to move or to cancel."""

    BOOKED = "booked"
    ASKED_FOR = "asked_for"
    """The clinic has yet to say yes."""
    MOVED = "moved"
    CANCELLED = "cancelled"
    TAKEN = "taken"
    """Somebody else won the time."""
    OFFERED_OTHERS = "offered_others"
    """The clinic doesn't offer that time; others were named."""
    DECLINED = "declined"
    DOUBTFUL = "doubtful"
    """Told to be done, and nobody knows yet whether it was."""
    FAILED = "failed"


class Failure(StrEnum):
    """Who failed, where nobody on the line could help it."""

    DATABASE = "database"
    DEADLINE = "deadline"
    PROVIDER = "provider"
    OURS = "ours"


class Figures(NamedTuple):
    """How things stand in the database at one moment, over all clinics; each field is a metric's name."""

    calls_now: int
    """Calls under way, by what Vapi has told us."""
    calendars_connected: int
    calendars_stale: int
    """Connected, and not read for half an hour; each is due every ten minutes."""
    calendar_age_s: int
    """Since the last reading of the one that was read longest ago; 0 where there is none."""
    calendar_outbox_age_s: int
    """Of the oldest change of ours that its calendar has yet to hear of."""
    breakers_open: int
    """EMRs that are left alone because they didn't answer."""
    breakers_open_long: int
    """Those for about a quarter of an hour, or longer."""
    emrs_stale: int
    """EMRs whose diary was last read to its end over half an hour ago, or never."""
    agents_behind: int
    """Saved over a quarter of an hour ago, and not yet so at Vapi."""


def count(name: str, **dimensions: StrEnum) -> None:
    """One more of it."""
    for key, value in dimensions.items():
        _metrics.add_dimension(name=key, value=value)
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    _metrics.flush_metrics()


def booked(came_to: Booking) -> None:
    """What one attempt came to."""
    count(BOOKING, outcome=came_to)


def failed(error: BaseException) -> None:
    """One failure, by who failed."""
    count(FAILURE, kind=kind_of(error))


def kind_of(error: BaseException) -> Failure:
    """Who failed, by the first in the chain of causes that says so."""
    match error:
        case DeadlineExceeded():
            return Failure.DEADLINE
        case DatabaseFailed() | psycopg.Error():
            return Failure.DATABASE
        case ProviderFailed():
            # Of one that is to be tried again, why.
            of_cause = kind_of(error.__cause__) if error.__cause__ else Failure.OURS
            return Failure.PROVIDER if of_cause == Failure.OURS else of_cause
        case _:
            return Failure.OURS


def stands(figures: Figures) -> None:
    """How things stand now, as gauges."""
    for field, value in figures._asdict().items():
        unit = MetricUnit.Seconds if field.endswith("_s") else MetricUnit.Count
        _metrics.add_metric(name=name_of(field), unit=unit, value=value)
    _metrics.flush_metrics()


def name_of(field: str) -> str:
    """The metric of a field of `Figures`: `calls_now` is `CallsNow`, `calendar_age_s` is `CalendarAge`."""
    return "".join(part.capitalize() for part in field.removesuffix("_s").split("_"))
