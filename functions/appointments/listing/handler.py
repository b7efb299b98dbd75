"""Lambda behind `GET /appointments`."""

from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.members.serving import Request, serve
from frontdesk.scheduling import agenda
from functions.appointments.listing.endpoint import ENDPOINT, Appointment, Days, Listing


@serve(ENDPOINT)
def handler(request: Request[Days]) -> Listing:
    """The visits of those days."""
    asked = request.parameters
    visits, zone = agenda.visits(request.db, asked.first, asked.last, asked.provider_id)
    return Listing(appointments=[_shown(visit, zone) for visit in visits])


def _shown(visit: agenda.Visit, zone: ZoneInfo) -> Appointment:
    return Appointment(
        id=visit.id,
        status=visit.status,
        start_time=zones.wall_text(visit.starts_at, zone),
        end_time=zones.wall_text(visit.ends_at, zone),
        provider_id=str(visit.provider_id),
        provider_name=visit.provider_name,
        patient_id=visit.patient_id,
        appointment_type=visit.appointment_type,
        is_virtual=visit.is_virtual,
    )
