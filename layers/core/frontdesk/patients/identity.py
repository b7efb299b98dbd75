"""Who is calling, as far as the server itself has seen it proved; the model's word is not enough.

Caller ID can be forged and telephones are shared, so the caller's number only narrows: it gives a name
to greet and lets a new visit be booked. Appointments are neither read out, moved nor cancelled until
the birth date has matched in this call, unless the clinic chose `identity_proof: phone`.
"""

from datetime import timedelta
from typing import Any, Final

from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.patients.patient import Patient, by_id
from frontdesk.speech import sentences

SQL: Final = queries.beside(__file__)

MOST_FAILED_PROOFS: Final = 5
"""In one call."""
MOST_FAILED_PROOFS_A_DAY: Final = 15
"""From one number, over all its calls of the last 24 hours; all who show none count as one."""


class NotProven(Declined):
    """What was asked for needs a proven patient, and this call has none yet."""

    fact = "The caller has not been proven. Ask for the date of birth and search again with it."


class NotThatPatient(Declined):
    """The id names somebody else than the person this call has proven to be."""

    fact = (
        "That demographicId is not the proven caller's. Use the id from the patient search, or leave it out."
    )


class TooManyAttempts(Declined):
    """Guessing is over for this call, or for this number today; which part was wrong is never said."""

    fact = "Identity can't be confirmed in this call. Transfer with reason record_not_found."


def has_guessed_too_often(call: Call[Any]) -> bool:
    """Whether this call, or this number in the last 24 hours, has failed too often."""
    if call.failed_proofs >= MOST_FAILED_PROOFS:
        return True
    since = call.now - timedelta(days=1)
    if call.caller_number is None:
        failed = call.db.value(SQL["failed_proofs_of_hidden_since"], since=since)
    else:
        failed = call.db.value(SQL["failed_proofs_since"], caller_number=call.caller_number, since=since)
    return failed >= MOST_FAILED_PROOFS_A_DAY


def refuse_guessing(call: Call[Any]) -> None:
    """Raises `TooManyAttempts` once this call, or this number today, has failed too often."""
    if has_guessed_too_often(call):
        raise TooManyAttempts(say=sentences.TOO_MANY_ATTEMPTS.say(call.language), transfer=True)


def prove(call: Call[Any], patient_id: int) -> None:
    """Remembers for the rest of the call that the caller is this patient."""
    call.proven_patient_id = call.patient_id = patient_id


def is_own_number(call: Call[Any], number: str | None) -> bool:
    """Whether it is the number they call from; only of an inbound telephone call does that count."""
    return call.is_inbound and call.caller_number is not None and number == call.caller_number


def proven_patient(call: Call[Any], named: int | None = None) -> int:
    """The patient this call has proven to be; raises `NotProven`, or `NotThatPatient` for another's id."""
    if call.proven_patient_id is None:
        raise NotProven(say=sentences.ASK_BIRTH_DATE.say(call.language))
    return _same(call, named)


def patient_to_book_for(call: Call[Any], named: int | None = None) -> Patient:
    """Whom a new visit may be booked for: the proven patient, else one whose telephone they call from."""
    if call.proven_patient_id is not None:
        named = _same(call, named)
    elif named is None:
        raise NotProven(say=sentences.WHO_IS_IT_FOR.say(call.language))
    patient = by_id(call.db, named)
    if patient is None or (call.proven_patient_id is None and not is_own_number(call, patient.phone)):
        # The same answer whether there is such a patient or not.
        raise NotProven(say=sentences.WHO_IS_IT_FOR.say(call.language))
    call.patient_id = patient.id
    return patient


def _same(call: Call[Any], named: int | None) -> int:
    proven = call.proven_patient_id
    if proven is None or named not in (None, proven):
        raise NotThatPatient(say=sentences.NOT_THAT_PATIENT.say(call.language))
    call.patient_id = proven
    return proven
