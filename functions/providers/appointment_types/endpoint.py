"""`/appointment-types`: kinds of visit. None is deleted: `isActive` false, and what is booked stands."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from frontdesk.endpoint import Body, Endpoint, Id, Name, Nothing, Parameters, Versioned, Words, maybe
from frontdesk.organizations.fields import once
from frontdesk.tool import Wire

Mode = Literal["in_person", "virtual"]
Modes = Annotated[list[Mode], Field(min_length=1), AfterValidator(once)]
Names = Annotated[list[Name], Field(max_length=50)]
Duration = Annotated[int, Field(ge=1, le=720)]
"""Minutes."""
Buffer = Annotated[int, Field(ge=0, le=240)]
"""Minutes kept free."""
Instructions = Annotated[Words, Field(min_length=1)]
"""Said after booking, such as "bring your health card"."""


class One(Parameters):
    id: Id


class AppointmentType(Versioned):
    """A kind of visit."""

    id: int
    name: str
    name_zh: str | None
    also_called: list[str]
    """Words callers use for it."""
    duration_min: int
    """Of visits booked from now on; those booked before keep theirs."""
    buffer_before_min: int
    buffer_after_min: int
    modes: list[Mode]
    is_for_new_patients: bool
    """Only who has never been seen here may book it."""
    instructions: str | None
    instructions_zh: str | None
    is_active: bool


class AppointmentTypes(Wire):
    """By id."""

    appointment_types: list[AppointmentType]


class New(Body):
    name: Name
    name_zh: Name | None = None
    also_called: Names = []  # noqa: RUF012 - pydantic copies it
    duration_min: Duration
    buffer_before_min: Buffer = 0
    buffer_after_min: Buffer = 0
    modes: Modes = ["in_person", "virtual"]  # noqa: RUF012
    is_for_new_patients: bool = False
    instructions: Instructions | None = None
    instructions_zh: Instructions | None = None
    is_active: bool = True


class Changes(Body):
    """A JSON merge patch."""

    name: Name = maybe()
    name_zh: Name | None = maybe()
    also_called: Names = maybe()
    duration_min: Duration = maybe()
    buffer_before_min: Buffer = maybe()
    buffer_after_min: Buffer = maybe()
    modes: Modes = maybe()
    is_for_new_patients: bool = maybe()
    instructions: Instructions | None = maybe()
    instructions_zh: Instructions | None = maybe()
    is_active: bool = maybe()


LIST = Endpoint(method="GET", path="/appointment-types", parameters=Nothing, answer=AppointmentTypes)
ADD = Endpoint(
    method="POST",
    path="/appointment-types",
    parameters=Nothing,
    body=New,
    answer=AppointmentType,
    role="admin",
    status=201,
)
CHANGE = Endpoint(
    method="PATCH",
    path="/appointment-types/{id}",
    parameters=One,
    body=Changes,
    answer=AppointmentType,
    role="admin",
)
ENDPOINTS = (LIST, ADD, CHANGE)
