"""The visits of some of the clinic's days, in order, as its own people see them."""

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Unclear
from frontdesk.members import audit

SQL: Final = queries.beside(__file__)

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 92
"""A quarter of a year, whichever it is."""


class NotThoseDays(Unclear):
    """Days that end before they begin, or too many."""

    fact = f"`to` is `from` or later, and at most {MOST_DAYS} days are listed at once."


class Visit(NamedTuple):
    """One visit; cancelled and missed ones too, but no hold."""

    id: int
    status: str
    starts_at: datetime
    ends_at: datetime
    provider_id: int
    provider_name: str
    patient_id: int
    appointment_type: str
    is_virtual: bool


def visits(
    db: Transaction, first: date | None, last: date | None, provider_id: int | None
) -> tuple[list[Visit], ZoneInfo]:
    """Visits that begin on these local dates, both included, by start; and the zone to show them in.

    Without `first` they begin today, without `last` there are seven days. Whose visits were shown is written
    down. Raises `NotThoseDays`.
    """
    call = between_calls(db)
    zone = call.clinic.zone
    first, last = days(first, last, today=call.today)
    found = db.all(
        Visit,
        SQL["visits_between"],
        since=zones.midnight(first, zone),
        until=zones.midnight(last + timedelta(days=1), zone),
        provider_id=provider_id,
    )
    audit.note(db, "appointments.listed", patient_ids=[visit.patient_id for visit in found])
    return found, zone


def days(first: date | None, last: date | None, *, today: date) -> tuple[date, date]:
    """The first and the last day that are meant. Raises `NotThoseDays`."""
    first = first or today
    last = last or first + timedelta(days=USUAL_DAYS - 1)
    if not timedelta() <= last - first < timedelta(days=MOST_DAYS):
        raise NotThoseDays
    return first, last
