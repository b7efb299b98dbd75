"""Lambda behind the `update_appointment` tool."""

from frontdesk.notifications import texts
from frontdesk.scheduling import appointments, visits
from frontdesk.scheduling.wire import BookedAnswer
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.update_appointment.tool import TOOL, Arguments


@serve(TOOL)
def handler(call: Call[Arguments]) -> BookedAnswer:
    """The visit at its new time."""
    asked = call.args
    appointment = appointments.of_proven_patient(call, asked.appointment_id, named=asked.demographic_id)
    moved = appointments.move(
        call,
        appointment,
        appointments.start_meant(call, asked.new_start_time),
        provider_id=asked.new_provider_id,
    )
    if asked.text_me:
        texts.agreed(call, moved.id)
    return visits.answer(call, moved, sentences.MOVED, requested=sentences.MOVE_REQUESTED)
