"""A provider's own calendar as the clinic has it: connected, pulled some time ago, with something in it."""

from datetime import datetime

from frontdesk.calendars.vendors import VendorName
from tests.calendars.consenting import Connecting
from tests.clinic import Clinic


def connected(at: Connecting, vendor: VendorName = "google", provider: int = 100) -> int:
    """A connection whose primary calendar is that provider's; the calendar's id."""
    connection = at.connects(vendor)
    shown = next(one for one in at.shown() if one["id"] == connection)
    calendar: int = next(one["id"] for one in shown["calendars"] if one["isPrimary"])
    assert at.choose(connection, (calendar, provider)).status == 200
    return calendar


def pulled(clinic: Clinic, minutes: float = 0) -> None:
    """All of them, so long ago."""
    clinic.do("UPDATE calendars SET pulled_at = now() - %s * interval '1 minute'", minutes)


def busy(
    clinic: Clinic, calendar: int, start: datetime | str, end: datetime | str, title: str | None = None
) -> None:
    """As a pull leaves it there."""
    clinic.do(
        "INSERT INTO calendar_busy (org_id, calendar_id, event_id, starts_at, ends_at, title)"
        " VALUES (auth.org_id(), %s, gen_random_uuid()::text, %s, %s, %s)",
        *(calendar, start, end, title),
    )
