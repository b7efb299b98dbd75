"""What must hold of the diary whatever was asked of it, looked up by SQL as the clinic's owner."""

from collections.abc import Iterable
from typing import Any

from frontdesk import zones
from tests.clinic import Clinic
from tests.tools.callers import Ask

_ACTIVE = "NOT IN ('cancelled', 'noshow')"


def meeting(clinic: Clinic) -> list[Any]:
    """Pairs of visits and holds of one provider that meet, buffers included: there must be none."""
    return clinic.all(
        # Said by its ends, and by what is over, not as the constraint says it.
        "SELECT a.id, b.id FROM appointments a JOIN appointments b ON a.id < b.id"
        " AND a.provider_id = b.provider_id"
        " AND lower(a.occupied) < upper(b.occupied) AND lower(b.occupied) < upper(a.occupied)"
        f" WHERE a.status {_ACTIVE} AND b.status {_ACTIVE}"
    )


def places(clinic: Clinic) -> dict[int, tuple[int, int, str]]:
    """Every visit that stands, by its id: its patient, its provider and its start on the clinic's clocks."""
    [(name,)] = clinic.all("SELECT time_zone FROM organizations WHERE id = %s", clinic.org_id)
    rows = clinic.all(
        "SELECT id, patient_id, provider_id, visit_start FROM appointments"
        " WHERE status IN ('pending', 'booked')"
    )
    return {
        visit: (patient, provider, zones.wall_text(start, zones.zone(name)))
        for visit, patient, provider, start in rows
    }


def unkept(clinic: Clinic, told: Iterable[tuple[Ask, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The answers to bookings that say BOOKED where no row says the same: there must be none."""
    standing = places(clinic)
    return [
        answer
        for ask, answer in told
        if answer["booked"]
        and standing.get(answer["appointmentId"])
        != (ask.arguments["demographicId"], int(answer["providerId"]), answer["startTime"])
    ]
