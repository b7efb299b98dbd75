"""`/patients`: finding, entering and changing them, and forgetting what their calls left."""

from datetime import date
from typing import Annotated

from pydantic import Field

from frontdesk.endpoint import Body, Day, Endpoint, Id, Line, Name, Nothing, Parameters, maybe
from frontdesk.patients.demographics import Gender
from frontdesk.patients.fields import Email, Written
from frontdesk.patients.health_cards import HealthCardType
from frontdesk.speech.language import Language
from frontdesk.tool import Wire


class Search(Parameters):
    """At least one of the first three; several narrow."""

    name: Name | None = None
    """As it is heard: spelling, order and accents don't matter."""
    phone: Name | None = None
    birth_date: Day | None = None
    cursor: Annotated[str, Field(pattern=r"^\d{1,9}-\d{1,18}$")] | None = None
    """A page's `nextCursor`; the rest is asked as before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class Found(Wire):
    """Enough to tell who it is."""

    id: int
    first_name: str
    last_name: str
    native_name: str | None
    birth_date: date
    phone: str


class Page(Wire):
    """By a name the likeliest first, else by id. A page may be short, or empty, and not the last."""

    patients: list[Found]
    next_cursor: str | None
    """Null on the last page."""


class One(Parameters):
    id: Id


class Patient(Wire):
    """All the clinic has written down."""

    id: int
    first_name: str
    last_name: str
    native_name: str | None
    birth_date: date
    gender: Gender
    phone: str
    email: str | None
    address: str
    city: str
    province: str | None
    postal_code: str
    health_card_type: HealthCardType
    health_card_number: str | None
    language: Language


class Changes(Body):
    """A JSON merge patch."""

    first_name: Name = maybe()
    last_name: Name = maybe()
    native_name: Name | None = maybe()
    birth_date: Day = maybe()
    gender: Gender = maybe()
    phone: Line = maybe()
    email: Email | None = maybe()
    address: Line = maybe()
    city: Line = maybe()
    province: Line | None = maybe()
    postal_code: Line = maybe()
    health_card_type: HealthCardType = maybe()
    health_card_number: Line | None = maybe()
    language: Language = maybe()


class Forgotten(Wire):
    """The desk remembers none of their calls, nor one whose report is yet to come. Their file stays."""

    memories: int
    """How many there were: one for each number they called from."""


SEARCH = Endpoint(method="GET", path="/patients", parameters=Search, answer=Page)
READ = Endpoint(method="GET", path="/patients/{id}", parameters=One, answer=Patient)
ENTER = Endpoint(
    method="POST",
    path="/patients",
    parameters=Nothing,
    body=Written,
    answer=Patient,
    role="admin",
    status=201,
)
CHANGE = Endpoint(
    method="PATCH", path="/patients/{id}", parameters=One, body=Changes, answer=Patient, role="admin"
)
FORGET = Endpoint(
    method="DELETE", path="/patients/{id}/memory", parameters=One, answer=Forgotten, role="admin"
)
ENDPOINTS = (SEARCH, READ, ENTER, CHANGE, FORGET)
