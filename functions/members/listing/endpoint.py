"""`GET /members`: who works at the clinic."""

from datetime import datetime

from frontdesk.endpoint import Endpoint, Parameters, Role
from frontdesk.tool import Wire


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


ENDPOINT = Endpoint(method="GET", path="/members", parameters=Parameters, answer=Members)
