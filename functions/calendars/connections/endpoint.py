"""`/calendars`: mailboxes at Google and Microsoft, connected by their owners; whose which calendar is."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from frontdesk.endpoint import Body, Endpoint, Id, Parameters
from frontdesk.tool import Wire


class Nothing(Parameters):
    """The clinic is the token's."""


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


class Connection(Wire):
    """One mailbox."""

    id: int
    vendor: Literal["google", "outlook"]
    account: str
    status: Literal["connected", "reconnect_needed"]
    failure: str | None
    """Why it has to be connected again, and by whom."""
    connected_at: datetime
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


LIST = Endpoint(method="GET", path="/calendars", parameters=Nothing, answer=Connections)
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
ENDPOINTS = (LIST, CONNECT, CHOOSE, DISCONNECT)
