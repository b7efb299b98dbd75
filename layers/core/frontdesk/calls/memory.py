"""What the desk remembers of earlier calls: choices and ids of our own rows, no word of the caller.

A number can be forged, and a telephone is shared. So before anybody has proven who they are, only
`desk.recalled` is used, which gives away neither a name nor a time nor an outcome; the rest is a patient's
own, and is told once this call has proven to be theirs.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from frontdesk.call import Call, Clinic
from frontdesk.db import queries
from frontdesk.db.transaction import Ask, Transaction
from frontdesk.speech.language import Language

SQL: Final = queries.beside(__file__)

_MOST_WISHES: Final = 4
_CHANGES: Final = {
    "appointment.booked": "booked",
    "appointment.pending": "requested",
    "appointment.moved": "rescheduled",
    "appointment.cancelled": "cancelled",
}
_SPOKEN: Final = {"en": "English", "zh": "Mandarin"}
_WEEKDAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_PARTS: Final[Mapping[tuple[str | None, str | None], str]] = {
    (None, "12:00"): "in the morning",
    ("12:00", "17:00"): "in the afternoon",
    ("17:00", None): "in the evening",
}
_OPEN: Final = {
    "approval": "A request of theirs waits for the clinic's answer.",
    "offer": "A time that came free is kept for them.",
    "waitlist": "They are on the waitlist.",
    "call_back": "They asked for a person in their last call, and reached nobody.",
}


class _Heard(NamedTuple):
    """What our rows say of a call."""

    caller_number: str
    patient_id: int | None
    language: Language
    sought: dict[str, Any] | None
    changed: str | None
    """The last change of an appointment, as the audit log calls it."""
    changed_provider_id: int | None
    is_virtual: bool | None
    claimed: str | None
    """What the agent said it came to."""
    reached_nobody: bool
    is_open: list[str]


class _Own(NamedTuple):
    """What a patient is remembered by."""

    language: Language
    provider: str | None
    outcome: str | None
    preferences: dict[str, Any]
    promise: str | None
    is_open: list[str]


def keep(db: Transaction, call_id: str) -> None:
    """Remembers a call that is over, for whom it has proven, else for its number; and drops what has expired.

    Only of a telephone call whose number isn't withheld, and not of who wants to be forgotten.
    """
    db.run(SQL["drop_expired_memories"])
    heard = db.one(_Heard, SQL["to_remember"], call_id=call_id)
    if heard is None:
        return
    asked = (heard.sought or {}).get("providerIds", [])
    changed_to = heard.changed_provider_id if heard.changed != "appointment.cancelled" else None
    promises = [*(["call_back"] if heard.reached_nobody else ()), *heard.is_open]
    preferences = _preferences(heard.sought) | ({"virtual": True} if heard.is_virtual else {})
    db.run(
        SQL["remember"],
        call_id=call_id,
        provider_id=changed_to or (asked[0] if len(asked) == 1 else None),
        outcome=_outcome(heard),
        promise=promises[0] if promises else None,
        preferences=json.dumps(preferences),
    )


def recalled(db: Transaction, clinic: Clinic, caller_number: str | None) -> str:
    """What the first prompt of a call may say of earlier ones; empty when nothing is remembered.

    `caller_number` is E.164, None of a withheld one.
    """
    return worded(_recalled(db, caller_number), clinic)


def language_of(db: Transaction, clinic: Clinic, caller_number: str | None) -> Language | None:
    """What is spoken from that number, if the clinic speaks it; None: it isn't known, or not one."""
    language = (_recalled(db, caller_number) or {}).get("language")
    return language if language in clinic.languages else None


def worded(found: Mapping[str, Any] | None, clinic: Clinic) -> str:
    """What `desk.recalled` has found, in sentences for the model; empty for None."""
    if not found:
        return ""
    said: list[str] = []
    if found["several"]:
        said.append("Several people call from this number; what is remembered of each comes with their file.")
    if (language := found.get("language")) and len(clinic.languages) > 1:
        said.append(f"An earlier caller from this number spoke {_SPOKEN[language]}.")
    wishes = _wishes(found.get("provider"), found.get("preferences") or {})
    if wishes:
        said.append(f"An earlier caller from this number asked for {wishes}.")
    if found.get("open"):
        said.append("Something is open to tell them once they have proven who they are.")
    return " ".join(said)


def ask_of(patient_id: int) -> Ask[_Own]:
    """The query behind `of_patient`, to be sent with others."""
    return Ask(_Own, SQL["memory_of_patient"], {"patient_id": patient_id})


def of_patient(found: Sequence[_Own]) -> tuple[str, ...]:
    """What the model is told of a patient whom this call has proven, a sentence each; empty: nothing."""
    if not found:
        return ()
    own = found[0]
    wishes = _wishes(own.provider, own.preferences)
    is_open = [*own.is_open, *(["call_back"] if own.promise == "call_back" else ())]
    said = [
        f"In their last call they spoke {_SPOKEN[own.language]}.",
        *([f"They last asked for {wishes}."] if wishes else ()),
        *([f"It ended with: {own.outcome.replace('_', ' ')}."] if own.outcome else ()),
        *(_OPEN[one] for one in is_open),
    ]
    return tuple(said)


def forget(call: Call[Any], *, from_now_on: bool) -> None:
    """Forgets the proven patient on every number, and what the caller's number left when it proved nobody.

    Of an unproven caller only the latter. Nothing of this call is remembered, nor of one before it whose
    report is yet to come; `from_now_on`, of no later one either.
    """
    call.patient_id = call.proven_patient_id
    whose = {"patient_id": call.proven_patient_id, "number": call.caller_number}
    _forget(call.db, call.id, whose)
    if from_now_on:
        call.db.run(SQL["refuse_memory"], **whose)


def forget_patient(db: Transaction, patient_id: int) -> int:
    """Forgets the patient on every number, and what unsettled calls would leave; how many there were."""
    return _forget(db, None, {"patient_id": patient_id, "number": None})


def _forget(db: Transaction, call_id: str | None, whose: dict[str, Any]) -> int:
    db.run(SQL["mark_forgotten"], call_id=call_id, **whose)
    return db.run(SQL["forget"], **whose)


def _recalled(db: Transaction, caller_number: str | None) -> dict[str, Any] | None:
    return db.value(SQL["recalled"], number=caller_number) if caller_number else None


def _outcome(heard: _Heard) -> str | None:
    """What became of the call: what the rows say; of what leaves no row, what the agent said."""
    if heard.patient_id is None:
        return None
    if heard.changed:
        return _CHANGES[heard.changed]
    return None if heard.claimed in _CHANGES.values() else heard.claimed


def _preferences(sought: Mapping[str, Any] | None) -> dict[str, Any]:
    """The weekdays and times of day that the finder was asked for; the kind of visit and dates are left out.

    Of `sought` as `waitlist.Sought.as_json` writes it: tuples are lists there, and names are lost.
    """
    if not sought:
        return {}
    _, _, suits, excluded = sought["wish"]
    kept = {"suits": _lasting(suits), "excluded": _lasting(excluded)}
    return {name: wishes for name, wishes in kept.items() if wishes}


def _lasting(whens: Sequence[Any]) -> list[dict[str, Any]]:
    """The wishes that aren't about certain dates; what is absent in one means any."""
    lasting = [
        {
            **({"weekdays": weekdays} if weekdays else {}),
            **({"after": after[:5]} if after != "00:00:00" else {}),
            **({"before": before[:5]} if before else {}),
        }
        for weekdays, days, (after, before) in whens
        if days is None
    ]
    return [one for one in lasting if one][:_MOST_WISHES]


def _wishes(provider: str | None, preferences: Mapping[str, Any]) -> str:
    """Such as "Dr. Wei Chen, Mondays in the morning, not Fridays"; empty without any."""
    said = [
        *([provider] if provider else ()),
        *([" or ".join(map(_when, preferences["suits"]))] if preferences.get("suits") else ()),
        *(f"not {_when(one)}" for one in preferences.get("excluded", ())),
        *(["a visit by telephone or video"] if preferences.get("virtual") else ()),
    ]
    return ", ".join(said)


def _when(wish: Mapping[str, Any]) -> str:
    weekdays: list[int] = wish.get("weekdays", [])
    days = " and ".join(_WEEKDAYS[day - 1] for day in weekdays)
    after: str | None = wish.get("after")
    before: str | None = wish.get("before")
    part = _PARTS.get((after, before)) or " ".join(
        [*([f"from {after}"] if after else ()), *([f"before {before}"] if before else ())]
    )
    return f"{days} {part}".strip()
