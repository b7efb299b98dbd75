"""How the clinic's calendars stand: what is connected, how old what we know is, and what is in whose way."""

from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.calendars.tokens import SQL, Failure
from frontdesk.calendars.vendors import VendorName
from frontdesk.call import between_calls
from frontdesk.db.transaction import Transaction
from frontdesk.members import audit


class Connection(NamedTuple):
    """One mailbox."""

    id: int
    vendor: VendorName
    account: str
    connected_at: datetime
    failure: Failure | None
    due_at: datetime
    """When it is synced next, unless somebody asks before."""
    last_failure: str | None
    """Of the last sync, by the name of an error."""
    failures_in_a_row: int
    channel_expires_at: datetime | None
    """From when on changes of one of its calendars are heard of by asking only; None: of all already."""


class Calendar(NamedTuple):
    """One of a mailbox's."""

    id: int
    connection_id: int
    name: str
    time_zone: str | None
    is_primary: bool
    is_writable: bool
    provider_id: int | None
    pulled_at: datetime | None
    age_s: int | None
    read_whole_at: datetime | None
    failure: Literal["withdrawn", "forbidden"] | None
    events_kept: int
    backlog: int
    """Visits whose event there is yet to be made, moved or deleted."""


class Conflict(NamedTuple):
    """A visit that stands, and what its provider's own calendar has at the same time."""

    appointment_id: int
    calendar_id: int
    provider_id: int
    patient_id: int
    start: datetime
    end: datetime
    title: str | None


def everything(db: Transaction) -> list[tuple[Connection, list[Calendar]]]:
    """All connections, and each one's calendars."""
    calendars = db.all(Calendar, SQL["calendars"])
    return [
        (one, [each for each in calendars if each.connection_id == one.id])
        for one in db.all(Connection, SQL["connections"])
    ]


def conflicts(db: Transaction) -> tuple[list[Conflict], ZoneInfo]:
    """What is over visits to come, by time, at most 500; and the zone to show it in.

    Whose visits were shown is written down.
    """
    call = between_calls(db)
    found = db.all(Conflict, SQL["conflicts"], now=call.now)
    audit.note(db, "appointments.listed", patient_ids=[one.patient_id for one in found])
    return found, call.clinic.zone
