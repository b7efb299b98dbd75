"""Lambda behind the `confirm_appointment` tool."""

from frontdesk.scheduling import appointments, visits
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.confirm_appointment.tool import TOOL, Arguments, Confirmed


@serve(TOOL)
def handler(call: Call[Arguments]) -> Confirmed:
    """The visit, confirmed now or before."""
    appointment = appointments.of_proven_patient(call, call.args.appointment_id)
    appointments.confirm(call, appointment)
    return Confirmed(
        confirmed=True,
        appointment_id=appointment.id,
        say=visits.said(call, sentences.CONFIRMED, appointment),
    )
