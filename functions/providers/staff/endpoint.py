"""`/providers`: who sees patients, and when. Nobody is deleted: `isActive` false, and their visits stand."""

from datetime import date, time
from typing import Annotated

from pydantic import Field, model_validator

from frontdesk.endpoint import Body, Day, Endpoint, Id, Line, Name, Nothing, Parameters, Versioned, maybe
from frontdesk.organizations.fields import Languages, Wall, Weekday, once
from frontdesk.speech.language import Language
from frontdesk.tool import Wire


class One(Parameters):
    id: Id


class Provider(Versioned):
    """Somebody who sees patients, or did."""

    id: int
    name: str
    name_zh: str | None
    specialty: str
    languages: list[Language]
    is_active: bool
    """Whether callers are offered times with them."""
    future_visits: int
    """Booked or waiting for approval; who is deactivated keeps them until somebody moves them."""


class Providers(Wire):
    """By id."""

    providers: list[Provider]


class New(Body):
    name: Name
    name_zh: Name | None = None
    specialty: Line = ""
    languages: Languages = ["en"]  # noqa: RUF012 - pydantic copies it
    is_active: bool = True


class Changes(Body):
    """A JSON merge patch."""

    name: Name = maybe()
    name_zh: Name | None = maybe()
    specialty: Line = maybe()
    languages: Languages = maybe()
    is_active: bool = maybe()


class WeeklyShift(Body):
    """Every week on that day."""

    weekday: Weekday
    starts: Wall
    ends: Wall
    """Of the next day when not after `starts`."""
    location_id: Id | None = None


class DateShift(Body):
    """On one date, in place of its weekday's; without times nobody is seen that day."""

    day: Day
    starts: Wall | None = None
    ends: Wall | None = None
    location_id: Id | None = None

    @model_validator(mode="after")
    def _from_and_to(self) -> "DateShift":
        if (self.starts is None) != (self.ends is None):
            raise ValueError("Send both `starts` and `ends`, or neither.")
        return self


class Hours(Body):
    """All of a provider's hours."""

    weekly: Annotated[list[WeeklyShift], Field(max_length=100)]
    dates: Annotated[list[DateShift], Field(max_length=1000)]

    @model_validator(mode="after")
    def _each_once(self) -> "Hours":
        once((one.weekday, one.starts) for one in self.weekly)
        once((one.day, one.starts) for one in self.dates)
        none = {one.day for one in self.dates if one.starts is None}
        if any(one.day in none for one in self.dates if one.starts):
            raise ValueError("A date has hours or has none.")
        return self


class ShownWeekly(Wire):
    """Every week on that day."""

    weekday: int
    starts: time
    ends: time
    location_id: int | None


class ShownDate(Wire):
    """On one date; null is no work."""

    day: date
    starts: time | None
    ends: time | None
    location_id: int | None


class ShownHours(Versioned):
    """All of a provider's hours, in the clinic's wall time; the version is the provider's."""

    weekly: list[ShownWeekly]
    dates: list[ShownDate]


LIST = Endpoint(method="GET", path="/providers", parameters=Nothing, answer=Providers)
READ = Endpoint(method="GET", path="/providers/{id}", parameters=One, answer=Provider)
ADD = Endpoint(
    method="POST",
    path="/providers",
    parameters=Nothing,
    body=New,
    answer=Provider,
    role="admin",
    status=201,
)
CHANGE = Endpoint(
    method="PATCH",
    path="/providers/{id}",
    parameters=One,
    body=Changes,
    answer=Provider,
    role="admin",
    raises=("ClinicChanged",),
)
HOURS = Endpoint(method="GET", path="/providers/{id}/hours", parameters=One, answer=ShownHours)
REPLACE = Endpoint(
    method="PUT",
    path="/providers/{id}/hours",
    parameters=One,
    body=Hours,
    answer=ShownHours,
    role="admin",
    raises=("ClinicChanged",),
)
ENDPOINTS = (LIST, READ, ADD, CHANGE, HOURS, REPLACE)
