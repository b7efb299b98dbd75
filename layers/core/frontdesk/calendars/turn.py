"""One connection while it is one function's alone: whose it is, whom to ask, and how."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from frontdesk.calendars import tokens
from frontdesk.calendars.vendors import AccessExpired, Vendor

T = TypeVar("T")


@dataclass
class Turn:
    """What each step of a sync is given."""

    org_id: UUID
    connection_id: int
    vendor: Vendor
    deadline: float
    """On the clock of `time.monotonic`."""
    _access: str | None = field(default=None, init=False, repr=False)

    def ask(self, request: Callable[[str], T]) -> T:
        """What the vendor answers to a request made with an access token; no transaction may be open.

        A token that is over is refreshed, once. Raises what `tokens.access` does, and what the request does.
        """
        if self._access is None:
            self._access = tokens.access(self.org_id, self.connection_id, self.deadline)
        try:
            return request(self._access)
        except AccessExpired:
            self._access = tokens.access(self.org_id, self.connection_id, self.deadline, refused=self._access)
            return request(self._access)
