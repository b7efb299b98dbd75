"""One connection while it is one function's alone: whose it is, whom to ask, and how."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

from frontdesk.calendars import tokens
from frontdesk.calendars.vendors import AccessExpired, Vendor

T = TypeVar("T")


class Turn(NamedTuple):
    """What each step of a sync is given."""

    org_id: UUID
    connection_id: int
    vendor: Vendor
    deadline: float
    """On the clock of `time.monotonic`."""

    def ask(self, request: Callable[[str], T]) -> T:
        """What the vendor answers to a request made with an access token; no transaction may be open.

        A token that is over is refreshed, once. Raises what `tokens.access` does, and what the request does.
        """
        access = tokens.access(self.org_id, self.connection_id, self.deadline)
        try:
            return request(access)
        except AccessExpired:
            fresh = tokens.access(self.org_id, self.connection_id, self.deadline, refused=access)
            return request(fresh)
