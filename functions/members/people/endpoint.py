"""`/members`: who works at the clinic."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from frontdesk.endpoint import Body, Endpoint, Parameters, Role
from frontdesk.tool import Wire


class Everybody(Parameters):
    """The clinic is the token's."""


class One(Parameters):
    id: Annotated[str, Field(pattern=r"^[^\x00]{1,255}$")]
    """To leave, `me` is whoever asks."""


class Member(Wire):
    id: str
    email: str
    """Empty when their sign-in hasn't proven one."""
    role: Role
    created_at: datetime
    """When they came in."""


class Members(Wire):
    """Those first who came first."""

    members: list[Member]


class Change(Body):
    role: Role


class Changed(Wire):
    id: str
    role: Role


class Left(Wire):
    id: str


LIST = Endpoint(method="GET", path="/members", parameters=Everybody, answer=Members)
CHANGE = Endpoint(
    method="PATCH", path="/members/{id}", parameters=One, body=Change, answer=Changed, role="owner"
)
LEAVE = Endpoint(method="DELETE", path="/members/{id}", parameters=One, answer=Left)
ENDPOINTS = (LIST, CHANGE, LEAVE)
