"""Finding the caller's file: what a telephone number or a name may give, and what a birth date proves."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from frontdesk.call import Call
from frontdesk.notifications import texts
from frontdesk.patients import identity, names, patient
from frontdesk.patients.patient import Patient
from frontdesk.patients.wire import PatientAnswer, PatientLine
from frontdesk.speech import sentences
from frontdesk.speech.sentences import Sentence


def by_phone(call: Call[Any], number: str | None, *, born: date | None) -> PatientAnswer:
    """Who is on a number (E.164; None means the caller's own), narrowed or proven by a birth date.

    Another's number without a birth date finds nothing; a family with one finds whom it fits.
    """
    identity.refuse_guessing(call)
    looked_under = number or (call.caller_number if call.is_inbound or call.is_ours else None)
    on_number = _on_number(call, looked_under, born=born) if looked_under else []
    if born is not None:
        return _proven(call, on_number, otherwise=(sentences.ASK_FIRST_NAME, "firstName"))
    if call.is_ours and call.proven_patient_id is None:
        # It was dialled by us, and anybody may have answered.
        return _ask(call, sentences.ASK_BIRTH_DATE, "dateOfBirth")
    if not identity.is_own_number(call, looked_under):
        on_number = [p for p in on_number if p.id == call.proven_patient_id]
    if len(on_number) > 1:
        call.patient_ids = [p.id for p in on_number]
        return _ask(call, sentences.ASK_FIRST_NAME, "firstName")
    if not on_number:
        return _nobody(call)
    return _one(call, on_number[0])


def by_name(call: Call[Any], heard: str, *, born: date | None) -> PatientAnswer:
    """Who has a name like that; of those born that day the one it fits is proven."""
    identity.refuse_guessing(call)
    alike = _alike(call, heard, born=born)
    if born is not None:
        return _proven(call, _nearest(call, heard, alike), otherwise=(sentences.ASK_NUMBER, "phone"))
    if not alike:
        return _nobody(call)
    own = [p for p in alike if identity.is_own_number(call, p.phone)]
    if len(own) == 1:
        return _one(call, own[0])
    return _one(call, alike[0]) if len(alike) == 1 else _several(call, alike)


def _on_number(call: Call[Any], number: str, *, born: date | None) -> list[Patient]:
    if not call.clinic.emr:
        return patient.by_phone(call.db, number, born=born)
    from frontdesk.emr import charts  # only for who has one

    found = patient.by_ids(call.db, charts.by_phone(call, number))
    return [one for one in found if born in (None, one.birth_date)]


def _alike(call: Call[Any], heard: str, *, born: date | None) -> list[Patient]:
    if not call.clinic.emr:
        return patient.by_name(call.db, heard, born=born)
    from frontdesk.emr import charts

    return patient.likeliest(heard, patient.by_ids(call.db, charts.by_name(call, heard, born=born)))


def _nearest(call: Call[Any], heard: str, alike: Sequence[Patient]) -> list[Patient]:
    """Of several born that day, those the name fits best, and of these those on the caller's own number."""
    likeness = {p.id: names.likeness(heard, *p.names) for p in alike}
    best = max(likeness.values(), default=0)
    nearest = [p for p in alike if likeness[p.id] == best]
    return [p for p in nearest if identity.is_own_number(call, p.phone)] or nearest


def _proven(call: Call[Any], fitting: Sequence[Patient], *, otherwise: tuple[Sentence, str]) -> PatientAnswer:
    """Proves the one who fits. Anything else is a failed attempt, and which part was wrong is not said."""
    if len(fitting) == 1:
        identity.prove(call, fitting[0].id)
        return _one(call, fitting[0])
    call.newly_failed_proofs += 1
    call.patient_ids = [p.id for p in fitting]
    # Twins on one telephone, or namesakes born the same day: the first name or the number decides.
    return _ask(call, *otherwise) if fitting else _nobody(call)


def _one(call: Call[Any], found: Patient) -> PatientAnswer:
    if call.clinic.identity_proof == "phone" and identity.is_own_number(call, found.phone):
        identity.prove(call, found.id)
    is_proven = found.id == call.proven_patient_id
    call.patient_id = found.id
    sentence = sentences.PROVEN if is_proven else sentences.FOUND_BY_NAME
    return PatientAnswer(
        found=True,
        **vars(_line(call, found)),
        proven=is_proven,
        can_text=texts.can_text(call, found.phone),
        patients=(_line(call, found),),
        next_question=None if is_proven else "dateOfBirth",
        say=sentence.say(call.language, name=found.called_in(call.language)),
    )


def _several(call: Call[Any], alike: Sequence[Patient]) -> PatientAnswer:
    call.patient_ids = [p.id for p in alike]
    return PatientAnswer(
        found=True,
        patients=tuple(_line(call, p) for p in alike),
        next_question="dateOfBirth",
        say=sentences.SEVERAL_FOUND.say(call.language),
    )


def _ask(call: Call[Any], question: Sentence, next_question: str) -> PatientAnswer:
    return PatientAnswer(found=False, next_question=next_question, say=question.say(call.language))


def _nobody(call: Call[Any]) -> PatientAnswer:
    return PatientAnswer(found=False, say=sentences.NO_PATIENT.say(call.language))


def _line(call: Call[Any], found: Patient) -> PatientLine:
    is_proven = found.id == call.proven_patient_id
    return PatientLine(
        id=found.id,
        first_name=found.first_name,
        last_name=found.last_name,
        date_of_birth=found.birth_date if is_proven else None,
        phone=found.phone if is_proven else None,
    )
