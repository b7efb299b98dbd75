"""Lambda behind the `cancel_appointment` tool."""

from frontdesk.notifications import texts
from frontdesk.scheduling import appointments, visits
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.cancel_appointment.tool import TOOL, Arguments, Cancelled


@serve(TOOL)
def handler(call: Call[Arguments]) -> Cancelled:
    """The visit, cancelled now or before."""
    appointment = appointments.of_proven_patient(call, call.args.appointment_id)
    changed = appointments.cancel(call, appointment, reason=call.args.reason)
    if call.args.text_me:
        texts.agreed(call, appointment.id)
    sentence = sentences.CANCELLED if changed else sentences.ALREADY_CANCELLED
    return Cancelled(
        cancelled=True,
        appointment_id=appointment.id,
        was_already=not changed,
        say=visits.said(call, sentence, appointment),
    )
