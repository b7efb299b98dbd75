"""Times and visits as tools answer with them."""

from typing import Literal

from frontdesk.tool import Answer, Wire


class Slot(Wire):
    """One time that could be booked."""

    slot_id: str | None
    """Of the slot held for this call; null of one that is only offered."""
    date: str
    day: str
    """The weekday, in the call's language."""
    start_time: str
    """The clinic's wall time, `2026-02-20T14:00:00`; with its offset only where that time comes twice."""
    end_time: str
    provider_id: str
    """Numeric text."""
    provider_name: str
    """In the call's language, as `say` has it."""
    clinic_name: str
    location_name: str | None = None
    """Where, at a clinic with several places."""


class Visit(Wire):
    """One of the patient's own appointments."""

    appointment_id: int
    status: str
    date: str
    day: str
    start_time: str
    end_time: str
    provider_id: str
    provider_name: str
    appointment_type: str
    location_name: str | None = None


class BookedAnswer(Answer):
    """A visit that stands in the diary."""

    status: Literal["BOOKED", "PENDING", "NOT_BOOKED"]
    """BOOKED only when the row exists; PENDING when the clinic has yet to confirm it."""
    booked: bool
    appointment_id: int
    start_time: str
    end_time: str
    provider_id: str
    provider_name: str
    appointment_type: str
    location_name: str | None = None
