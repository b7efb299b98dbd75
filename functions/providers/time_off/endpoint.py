"""`/time-off`: when a provider, or the whole clinic, sees nobody."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from frontdesk.endpoint import Body, Endpoint, Id, Nothing, Parameters
from frontdesk.tool import Wire


def _reckonable(at: datetime) -> datetime:
    if not 1900 <= at.year < 2200:
        raise ValueError("That is too far away.")
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    return at


Moment = Annotated[datetime, AfterValidator(_reckonable)]
"""The clinic's wall time, `2026-12-24T12:00:00`; with an offset it is that instant."""


class One(Parameters):
    id: Id


class New(Body):
    provider_id: Id | None = None
    """Null: the whole clinic is closed."""
    start_time: Moment
    end_time: Moment


class TimeOff(Wire):
    """One stretch, in the clinic's wall time."""

    id: int
    provider_id: int | None
    start_time: str
    end_time: str
    visits: int
    """Booked in it before; they stand until somebody moves them."""


class TimesOff(Wire):
    """What is not over, by start."""

    time_off: list[TimeOff]


class Deleted(Wire):
    """It is gone."""

    id: int


LIST = Endpoint(method="GET", path="/time-off", parameters=Nothing, answer=TimesOff)
ADD = Endpoint(
    method="POST", path="/time-off", parameters=Nothing, body=New, answer=TimeOff, role="admin", status=201
)
DELETE = Endpoint(method="DELETE", path="/time-off/{id}", parameters=One, answer=Deleted, role="admin")
ENDPOINTS = (LIST, ADD, DELETE)
