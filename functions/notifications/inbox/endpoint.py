"""`/notifications`: what the clinic is told, newest first, and what of it has been read."""

from typing import Annotated

from pydantic import Field

from frontdesk.endpoint import Body, Endpoint, Id, Nothing, Parameters
from frontdesk.notifications.wire import Kind
from frontdesk.tool import Wire


class Wanted(Parameters):
    unread: bool = False
    """Only what nobody has read."""
    wanting: bool = False
    """Only what nobody has read and somebody has to see to: not what the desk settled, such as bookings."""
    cursor: Id | None = None
    """A page's `nextCursor`; the rest is asked as before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class One(Parameters):
    id: Id


class Notification(Wire):
    """Words for a person, ids for a program; whom it is about, the call or the visit says."""

    id: int
    kind: Kind
    title: str
    """One line of English."""
    at: str
    """When it happened, by the clinic's clock: `2026-02-20T14:00:00`."""
    read: bool
    """Whether anybody of the clinic has read it."""
    call_id: str | None
    appointment_id: int | None
    start_time: str | None
    """Of the visit as it stands now, by the clinic's clock; null where there is none."""
    agent_id: str | None
    waitlist_id: int | None


class Page(Wire):
    """Newest first."""

    notifications: list[Notification]
    next_cursor: int | None
    """Null on the last page."""


class Change(Body):
    read: bool


class UpTo(Body):
    up_to: Id
    """The newest that was seen; it and all before it have been read."""


class Marked(Wire):
    marked: int
    """How many were unread."""


LIST = Endpoint(method="GET", path="/notifications", parameters=Wanted, answer=Page, is_polled=True)
MARK = Endpoint(
    method="PATCH",
    path="/notifications/{id}",
    parameters=One,
    body=Change,
    answer=Notification,
    role="admin",
)
MARK_UP_TO = Endpoint(
    method="POST",
    path="/notifications/read",
    parameters=Nothing,
    body=UpTo,
    answer=Marked,
    role="admin",
)
ENDPOINTS = (LIST, MARK, MARK_UP_TO)
