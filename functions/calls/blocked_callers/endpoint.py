"""`/blocked-callers`: whose calls a clinic doesn't take."""

from datetime import datetime

from frontdesk.endpoint import Endpoint, Line, Nothing, Parameters
from frontdesk.tool import Wire


class One(Parameters):
    number: Line


class BlockedCaller(Wire):
    """One number; its calls end after a sentence, which says what to do in an emergency."""

    number: str
    blocked_at: datetime


class BlockedCallers(Wire):
    """By number."""

    blocked_callers: list[BlockedCaller]


LIST = Endpoint(method="GET", path="/blocked-callers", parameters=Nothing, answer=BlockedCallers)
READ = Endpoint(method="GET", path="/blocked-callers/{number}", parameters=One, answer=BlockedCaller)
BLOCK = Endpoint(
    method="PUT", path="/blocked-callers/{number}", parameters=One, answer=BlockedCaller, role="admin"
)
UNBLOCK = Endpoint(
    method="DELETE", path="/blocked-callers/{number}", parameters=One, answer=BlockedCaller, role="admin"
)
ENDPOINTS = (LIST, READ, BLOCK, UNBLOCK)
