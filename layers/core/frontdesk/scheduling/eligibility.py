"""Whom a kind of visit is for, how it may be had, and who gives it."""

from typing import Any, Final

from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.providers import AppointmentType, listing
from frontdesk.speech import sentences

SQL: Final = queries.beside(__file__)


class NotForThis(Declined):
    """A kind of visit that this patient can't have, or not in that way, or not with that provider."""

    fact = "That kind of visit can't be had so; nothing was booked or changed. Ask what else would suit."


def check_patient(call: Call[Any], kind: AppointmentType, patient_id: int) -> None:
    """Raises `NotForThis` for a patient who has been seen here, of a kind that is for new ones."""
    if is_only_for_others(call, kind, patient_id):
        raise NotForThis(
            say=sentences.NEW_PATIENTS_ONLY.say(call.language, type=kind.called_in(call.language))
        )


def is_only_for_others(call: Call[Any], kind: AppointmentType, patient_id: int) -> bool:
    """Whether the kind is for new patients and this one has been seen here."""
    return kind.is_for_new_patients and bool(
        call.db.value(SQL["was_seen"], patient_id=patient_id, now=call.now)
    )


def check_mode(call: Call[Any], kind: AppointmentType, *, is_virtual: bool) -> None:
    """Raises `NotForThis` for a visit by telephone or video of a kind that is in person only."""
    if is_virtual and "virtual" not in kind.modes:
        raise NotForThis(say=sentences.IN_PERSON_ONLY.say(call.language, type=kind.called_in(call.language)))


def doing(call: Call[Any], desk: Desk, kind: AppointmentType, provider_ids: list[int]) -> list[int]:
    """Those of the providers who give that kind of visit; raises `NotForThis` when nobody of them does."""
    found = [one for one in provider_ids if desk.does(one, kind)]
    if not found:
        others = [
            other.called_in(call.language) for other in desk.providers.values() if desk.does(other.id, kind)
        ]
        raise NotForThis(
            say=sentences.NOT_DONE_BY.say(
                call.language, type=kind.called_in(call.language), names=listing(others, call.language)
            )
        )
    return found
