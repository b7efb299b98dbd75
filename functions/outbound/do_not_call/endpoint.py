"""`/do-not-call`: numbers that the clinic never calls by machine."""

from datetime import datetime

from frontdesk.endpoint import Endpoint, Line, Nothing, Parameters
from frontdesk.tool import Wire


class One(Parameters):
    number: Line
    """In any form; kept as E.164."""


class Never(Wire):
    """A number on the list."""

    number: str
    since: datetime


class Listing(Wire):
    """Newest first; the newest thousand."""

    numbers: list[Never]


class Called(Wire):
    """What holds for the number from now on."""

    number: str
    is_called: bool


READ = Endpoint(method="GET", path="/do-not-call", parameters=Nothing, answer=Listing)
ADD = Endpoint(method="PUT", path="/do-not-call/{number}", parameters=One, answer=Called, role="admin")
REMOVE = Endpoint(method="DELETE", path="/do-not-call/{number}", parameters=One, answer=Called, role="admin")
ENDPOINTS = (READ, ADD, REMOVE)
