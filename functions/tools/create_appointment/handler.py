"""Lambda behind the `create_appointment` tool."""

from frontdesk.notifications import texts
from frontdesk.patients import identity
from frontdesk.scheduling import appointments, desks, providers, visits
from frontdesk.scheduling.refusals import Wanted
from frontdesk.scheduling.wire import BookedAnswer
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.create_appointment.tool import TOOL, Arguments


@serve(TOOL)
def handler(call: Call[Arguments]) -> BookedAnswer:
    """The visit, booked."""
    asked = call.args
    patient = identity.patient_to_book_for(call, asked.demographic_id)
    desk = desks.of_clinic(call)
    kind = providers.type_meant(call, desk.types, asked.appointment_type)
    booked = appointments.book(
        call,
        Wanted(appointments.start_meant(call, asked.start_time), kind, desk),
        patient_id=patient.id,
        provider_id=asked.provider_id,
        reason=asked.reason,
        is_virtual=asked.is_virtual,
    )
    if asked.text_me:
        texts.agreed(call, booked.id)
    return visits.answer(call, booked, sentences.BOOKED, instructions=kind.instructions_in(call.language))
