"""`GET /appointments`: the visits of some days."""

from pydantic import Field

from frontdesk.endpoint import Day, Endpoint, Id, Parameters
from frontdesk.tool import Wire


class Days(Parameters):
    first: Day | None = Field(default=None, alias="from")
    """The clinic's local date; today if left out."""
    last: Day | None = Field(default=None, alias="to")
    """Included; the sixth day after the first if left out, the ninety-first at most."""
    provider_id: Id | None = None
    """Everybody's visits if left out."""


class Appointment(Wire):
    """One visit. Why somebody comes is not in it."""

    id: int
    status: str
    start_time: str
    """The clinic's wall time, `2026-02-20T14:00:00`; with its offset only where that time comes twice."""
    end_time: str
    provider_id: str
    """Numeric text, as in the tools."""
    provider_name: str
    patient_id: int
    appointment_type: str
    is_virtual: bool


class Listing(Wire):
    """By start."""

    appointments: list[Appointment]


ENDPOINT = Endpoint(method="GET", path="/appointments", parameters=Days, answer=Listing)
