"""`/calendars`: mailboxes at Google and Microsoft, connected by their owners; whose which calendar is."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from frontdesk.endpoint import Body, Endpoint, Id, Nothing, Parameters
from frontdesk.tool import Wire


class One(Parameters):
    id: Id


class To(Parameters):
    vendor: Literal["google", "outlook"]


class Consent(Wire):
    """Where the member goes on, in a browser, within ten minutes."""

    url: str


class Calendar(Wire):
    """One calendar of a mailbox."""

    id: int
    name: str
    time_zone: str | None
    is_primary: bool
    is_writable: bool
    """False: no booking can be put there."""
    provider_id: int | None
    """Whose it is; null: nobody's, so it is left alone."""
    pulled_at: datetime | None
    """When what is known of it was asked for last; null: never."""
    age_s: int | None
    """How long ago that was."""
    read_whole_at: datetime | None
    """When it was last read from end to end; changes alone are asked for in between."""
    failure: Literal["withdrawn", "forbidden"] | None
    """Why nothing is read or written there any more: it, or the right to it, is gone."""
    events_kept: int
    """Stretches of time that are known to be taken there, none longer than a day."""
    backlog: int
    """Visits whose event there is yet to be made, moved or deleted."""


class Connection(Wire):
    """One mailbox."""

    id: int
    vendor: Literal["google", "outlook"]
    account: str
    status: Literal["connected", "reconnect_needed"]
    failure: str | None
    """Why it has to be connected again, and by whom."""
    connected_at: datetime
    due_at: datetime
    """When it is synced next, unless a hint or a booking comes before."""
    last_failure: str | None
    """Of the last sync, by a name; null: it went well."""
    failures_in_a_row: int
    channel_expires_at: datetime | None
    """Until when the vendor tells of changes by itself; null: it doesn't, they are asked for."""
    calendars: list[Calendar]


class Connections(Wire):
    """All of them."""

    connections: list[Connection]


class Choice(Body):
    """Whose one calendar is."""

    id: Id
    provider_id: Id | None


class Choices(Body):
    """Calendars of this mailbox; those left out stay as they are. A provider has one at most."""

    calendars: Annotated[list[Choice], Field(max_length=500)]


class Disconnected(Wire):
    """It is forgotten here."""

    id: int
    is_withdrawn: bool
    """Whether the consent is withdrawn at the vendor too; if not, its owner can do so there."""


class Conflict(Wire):
    """A visit that stands, and an event over it in its provider's own calendar. Nobody was moved."""

    appointment_id: int
    calendar_id: int
    provider_id: int
    start: str
    """Of the event, or of that day's part of a longer one, as the clinic's clock shows it."""
    end: str
    title: str | None
    """Null unless the clinic keeps titles, and of private ones."""


class Conflicts(Wire):
    """Those over visits to come, by time; 500 at most."""

    conflicts: list[Conflict]


LIST = Endpoint(method="GET", path="/calendars", parameters=Nothing, answer=Connections)
CONFLICTS = Endpoint(method="GET", path="/calendars/conflicts", parameters=Nothing, answer=Conflicts)
CONNECT = Endpoint(
    method="POST",
    path="/calendars/{vendor}/connect",
    parameters=To,
    answer=Consent,
    role="admin",
    deadline_s=10,
    connects=True,
)
CHOOSE = Endpoint(
    method="PATCH", path="/calendars/{id}", parameters=One, body=Choices, answer=Connections, role="admin"
)
DISCONNECT = Endpoint(
    method="DELETE",
    path="/calendars/{id}",
    parameters=One,
    answer=Disconnected,
    role="admin",
    deadline_s=25,
    connects=True,
)
ENDPOINTS = (LIST, CONFLICTS, CONNECT, CHOOSE, DISCONNECT)
