"""How a call ended, as the agent reports it before goodbye."""

from typing import Any, Final

from frontdesk.call import Call
from frontdesk.calls.wire import Outcome
from frontdesk.db import queries
from frontdesk.patients import identity
from frontdesk.scheduling.appointments import NoSuchAppointment
from frontdesk.speech import sentences

SQL: Final = queries.beside(__file__)


def log(call: Call[Any], outcome: Outcome, *, named: int | None, appointment_id: int | None) -> None:
    """Records the outcome, and gives back what was held for the call; the last outcome told stands.

    Raises for a patient or appointment not the caller's.
    """
    patient_id = call.proven_patient_id
    if named is not None or appointment_id is not None:
        try:
            patient_id = identity.patient_to_book_for(call, named).id
        except identity.NotProven:
            # How the call ended is worth keeping though nobody proved whom it was about.
            appointment_id = None
    if appointment_id is not None:
        call.appointment_id = appointment_id
        if not call.db.value(SQL["appointment_exists"], id=appointment_id, patient_id=patient_id):
            raise NoSuchAppointment(say=sentences.NO_SUCH_APPOINTMENT.say(call.language))
    call.db.run(
        SQL["log_outcome"],
        call_id=call.id,
        outcome=outcome,
        language=call.language,
        patient_id=patient_id,
        appointment_id=appointment_id,
    )
    call.db.run(SQL["let_go"], call_id=call.id)
