"""Taking a new patient in, once, and the waitlist for those who can't be taken in yet."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.patients import identity, names
from frontdesk.patients.health_cards import HealthCardType
from frontdesk.patients.patient import Patient
from frontdesk.speech import sentences
from frontdesk.speech.language import Language

SQL: Final = queries.beside(__file__)

MOST_REGISTRATIONS_A_DAY: Final = 5
"""By one number, counted from the clinic's midnight."""


class Newcomer(NamedTuple):
    """What a registration says of a person, checked and normalised."""

    first_name: str
    last_name: str
    native_name: str | None
    birth_date: date
    gender: str
    phone: str
    email: str | None
    address: str
    city: str
    province: str | None
    postal_code: str
    health_card_type: HealthCardType
    health_card_number: str | None
    language: Language


@dataclass(frozen=True)
class _Known(Patient):
    call_id: str | None
    health_card_number: str | None


class NotAccepting(Declined):
    """The clinic takes no new patients; the waitlist is open."""

    fact = "The clinic takes no new patients. Offer the waitlist."


class LikelyDuplicate(Declined):
    """Somebody very like this is registered already."""

    fact = (
        "A file very like this exists already. Search for it with the date of birth instead of registering."
    )


class TooManyRegistrations(Declined):
    """This number has registered as many people today as it may."""

    fact = "This number has reached its registrations for today. Transfer with reason registration_error."


def register(call: Call[Any], newcomer: Newcomer) -> int:
    """The new patient's id, proven for the rest of the call; of a repeat in the same call, the first id."""
    identity.refuse_guessing(call)
    if not call.clinic.accepting_new_patients:
        raise NotAccepting(say=sentences.NOT_ACCEPTING.say(call.language), waitlist=True)
    if call.clinic.emr:
        from frontdesk.emr import charts

        charts.born_on(call, newcomer.birth_date)
    call.db.run(SQL["lock_birth_date"], birth_date=newcomer.birth_date.isoformat())
    known = call.db.all(
        _Known,
        SQL["possible_duplicates"],
        birth_date=newcomer.birth_date,
        health_card_number=newcomer.health_card_number,
        call_id=call.id,
    )
    for patient in known:
        if patient.call_id == call.id:
            # Asked again after a barge-in, or with something put right. A name that is only alike is a
            # sibling's: twins are often registered in one call.
            if _is_same(newcomer, patient):
                return _put_right(call, patient.id, newcomer)
        elif _is_like(newcomer, patient):
            # Told apart from "no such person" it confirms a birth date, so it counts as a guess.
            raise _duplicate(call)
    registered = call.db.value(SQL["registered_since"], capped_as=call.capped_as, since=call.midnight)
    if registered >= MOST_REGISTRATIONS_A_DAY:
        raise TooManyRegistrations(say=sentences.TOO_MANY_REGISTRATIONS.say(call.language), transfer=True)
    patient_id: int = call.db.value(
        SQL["register"], **newcomer._asdict(), call_id=call.id, capped_as=call.capped_as
    )
    return _indexed(call, patient_id, newcomer)


def _duplicate(call: Call[Any]) -> LikelyDuplicate:
    call.newly_failed_proofs += 1
    return LikelyDuplicate(say=sentences.LIKELY_DUPLICATE.say(call.language), duplicate=True)


def _put_right(call: Call[Any], patient_id: int, newcomer: Newcomer) -> int:
    call.db.run(SQL["put_right"], **newcomer._asdict(), id=patient_id)
    call.db.run(SQL["drop_name_keys"], patient_id=patient_id)
    return _indexed(call, patient_id, newcomer)


def _indexed(call: Call[Any], patient_id: int, newcomer: Newcomer) -> int:
    """The patient's id, findable by name from now on, and proven for the rest of the call."""
    written = filter(None, (newcomer.first_name, newcomer.last_name, newcomer.native_name))
    call.db.run(SQL["add_name_keys"], patient_id=patient_id, keys=sorted(names.index_keys(*written)))
    if call.clinic.emr:
        from frontdesk.emr import charts  # only for who has one

        if not charts.register(call, patient_id, newcomer):
            raise _duplicate(call)
    identity.prove(call, patient_id)
    return patient_id


def _is_same(newcomer: Newcomer, known: _Known) -> bool:
    if newcomer.health_card_number and newcomer.health_card_number == known.health_card_number:
        return True
    one, other = ((p.first_name, p.last_name) for p in (newcomer, known))
    return known.birth_date == newcomer.birth_date and list(map(names.fold, one)) == list(
        map(names.fold, other)
    )


def _is_like(newcomer: Newcomer, known: _Known) -> bool:
    if newcomer.health_card_number and newcomer.health_card_number == known.health_card_number:
        return True
    written = " ".join(filter(None, (newcomer.first_name, newcomer.last_name)))
    return known.birth_date == newcomer.birth_date and (
        names.likeness(written, *known.names) >= names.LIKELY
        or (
            newcomer.native_name is not None
            and names.likeness(newcomer.native_name, *known.names) >= names.LIKELY
        )
    )
