"""Patients of a clinic whose charts are in its EMR: found there, and kept here as far as calls need them.

Whose number it is, an index that is read at night says (`emr.syncing`), for a search there takes seconds; the
chart itself is always read anew. Only who was looked for has a row in `patients`.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.emr import adopting, waiting
from frontdesk.emr.emr import Emr, Gone, HealthCard, NewPatient, Patient
from frontdesk.emr.waiting import EmrUnsure
from frontdesk.errors import Declined
from frontdesk.notifications import notices
from frontdesk.patients import names
from frontdesk.patients.patient import SQL as PATIENTS
from frontdesk.speech import sentences

if TYPE_CHECKING:
    from frontdesk.patients.registration import Newcomer

SQL: Final = queries.beside(__file__)

_MOST: Final = 10
"""Of those found by a name: as many as could be meant."""
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_ISSUERS: Final = {"BC": "BC", "ON": "ON"}


class _Listed(NamedTuple):
    emr_id: str
    patient_id: int | None
    is_fresh: bool
    """Read some minutes ago, most likely in this very call."""


class _Chartless(NamedTuple):
    id: int
    first_name: str
    last_name: str
    phone: str


def by_phone(call: Call[Any], number: str) -> list[int]:
    """Whose chart has that number (E.164), by our ids; not who has died, moved away or was merged.

    Raises `EmrAway`.
    """
    listed = call.db.all(_Listed, SQL["charts_of_number"], phone=number)
    if not listed and call.db.value(SQL["index_state"]):
        return []
    if listed and all(one.is_fresh and one.patient_id for one in listed):
        return [one.patient_id for one in listed if one.patient_id]

    def charts(there: Emr, ends: float) -> list[Patient | str]:
        if not listed:
            return list(there.by_phone(number, deadline=ends))
        return [_chart(there, one.emr_id, ends) for one in listed]

    found = waiting.ask(call, charts)
    # In the order of their ids, as each is locked.
    kept = [
        (chart, taken_over(call, chart, number))
        for chart in sorted((one for one in found if isinstance(one, Patient)), key=_id)
    ]
    for gone in found:
        if isinstance(gone, str):
            call.db.run(SQL["index_phones"], emr_id=gone, phones=[])
    return [patient_id for chart, patient_id in kept if patient_id and number in chart.phones]


def by_name(call: Call[Any], heard: str, *, born: date | None) -> list[int]:
    """Who is called like that, by our ids; with a birth date of everybody born that day. Raises `EmrAway`."""

    def charts(there: Emr, ends: float) -> list[Patient]:
        if born is not None:
            return there.by_name("", "", birth_date=born, deadline=ends)
        spelled = (there.by_name(*one, birth_date=None, deadline=ends) for one in _spellings(heard))
        nobody: list[Patient] = []
        return next(filter(None, spelled), nobody)

    found = [one for one in waiting.ask(call, charts) if _likeness(heard, one) >= names.LIKELY]
    found.sort(key=lambda one: -_likeness(heard, one))
    kept = [taken_over(call, one, call.caller_number) for one in sorted(found[:_MOST], key=_id)]
    return [one for one in kept if one]


def born_on(call: Call[Any], day: date) -> None:
    """Takes over who was born that day, before somebody is registered. Raises `EmrAway`."""
    found = waiting.ask(call, lambda there, ends: there.by_name("", "", birth_date=day, deadline=ends))
    for one in sorted(found, key=_id):
        taken_over(call, one, None)


def register(call: Call[Any], patient_id: int, newcomer: "Newcomer") -> bool:
    """Whether the EMR has a new chart of them now; False: it is somebody's who was there already.

    Raises `EmrAway` and `EmrCannot`, and there is none; `EmrUnsure`.
    """
    if not call.db.value(SQL["begin_registering"], patient_id=patient_id):
        if call.db.value(SQL["chart_of"], patient_id=patient_id):
            return True
        raise EmrUnsure(say=sentences.EMR_UNSURE.say(call.language), transfer=True)  # asked a moment ago
    new = NewPatient(
        last_name=newcomer.last_name,
        first_name=newcomer.first_name,
        birth_date=newcomer.birth_date,
        gender=_gender(newcomer.gender),
        phone=newcomer.phone,
        email=newcomer.email or "",
        address=newcomer.address,
        city=newcomer.city,
        province=newcomer.province or "",
        postal_code=newcomer.postal_code,
        health_card=_card(newcomer),
    )
    try:
        made = waiting.ask(call, lambda there, ends: there.register(new, deadline=ends), is_write=True)
    except EmrUnsure:
        notices.note(call.db, "emr_unsure", call_id=call.id, patient_id=patient_id, of="registration")
        call.db.keep()  # whatever the refusal undoes
        raise
    except Declined:
        call.db.run(SQL["end_registering"], patient_id=patient_id)
        call.db.keep()  # whatever the refusal undoes
        raise
    call.db.run(SQL["lock_chart"], emr_id=made.id)
    known: int | None = call.db.value(SQL["patient_of_chart"], emr_id=made.id)
    is_theirs = made.is_active and (
        made.birth_date == new.birth_date
        and _likeness(f"{new.first_name} {new.last_name}", made) >= names.LIKELY
    )
    if known not in (None, patient_id) or not is_theirs:
        call.db.run(SQL["end_registering"], patient_id=patient_id)
        call.db.keep()  # whatever the refusal undoes
        return False
    call.db.run(SQL["link_chart"], patient_id=patient_id, emr_id=made.id)
    phones = {newcomer.phone, *filter(_E164.fullmatch, made.phones)}
    call.db.run(SQL["index_phones"], emr_id=made.id, phones=sorted(phones))
    return True


def taken_over(call: Call[Any], chart: Patient, number: str | None) -> int | None:
    """Our id of a chart's patient, their row as the chart is; None of one that calls can't be about.

    That is who has died, moved away or was merged, or whose chart has no birth date or no telephone number.
    `number` is the one they are spoken to at, if it is theirs.
    """
    phones = [phone for phone in chart.phones if _E164.fullmatch(phone)]
    if not (chart.is_active and chart.birth_date and phones and chart.last_name and chart.first_name):
        call.db.run(SQL["index_phones"], emr_id=chart.id, phones=[])
        return None
    call.db.run(SQL["lock_chart"], emr_id=chart.id)
    patient_id: int | None = call.db.value(SQL["patient_of_chart"], emr_id=chart.id)
    is_new = patient_id is None
    patient_id = patient_id or _chartless(call, chart)
    held: str | None = call.db.value(SQL["known_phone"], id=patient_id) if patient_id else None
    row = {
        **_columns(chart),
        "phone": number if number in phones else held if held in phones else phones[0],
    }
    if patient_id is not None:
        is_changed = call.db.run(SQL["follow_chart"], id=patient_id, **row) > 0
    else:
        patient_id, is_changed = int(call.db.value(SQL["enter_patient"], **row, address=chart.address)), True
    if is_changed:
        keys = sorted(names.index_keys(chart.first_name, chart.last_name))
        call.db.run(PATIENTS["drop_name_keys"], patient_id=patient_id)
        call.db.run(PATIENTS["add_name_keys"], patient_id=patient_id, keys=keys)
    call.db.run(SQL["link_chart"], patient_id=patient_id, emr_id=chart.id)
    call.db.run(SQL["index_phones"], emr_id=chart.id, phones=phones)
    if is_new:
        adopting.adopt(call.db, patient_id, chart.id)
    return patient_id


def _chart(there: Emr, emr_id: str, ends: float) -> Patient | str:
    """The chart, or the id of one that is gone."""
    try:
        return there.patient(emr_id, deadline=ends)
    except Gone:
        return emr_id


def _chartless(call: Call[Any], chart: Patient) -> int | None:
    """Who was here before the EMR was, or before it said that it has them: by name, birth date and number.

    A namesake who was born that day may be somebody else: rather two rows than two people in one.
    """
    spelled = names.fold(chart.last_name), names.fold(chart.first_name)
    alike = [
        one
        for one in call.db.all(_Chartless, SQL["chartless"], birth_date=chart.birth_date)
        if (names.fold(one.last_name), names.fold(one.first_name)) == spelled
    ]
    return next((one.id for one in alike if one.phone in chart.phones), None)


def _columns(chart: Patient) -> dict[str, Any]:
    card = chart.health_card
    written = chart.last_name + chart.first_name
    return {
        "first_name": _said(chart.first_name),
        "last_name": _said(chart.last_name),
        "native_name": written if names.has_han(written) else None,
        "birth_date": chart.birth_date,
        "gender": chart.gender,
        "email": chart.email or None,
        "health_card_type": _ISSUERS.get(card.issuer, "OTHER_PROVINCE") if card else "NONE",
        "health_card_number": f"{card.number}{card.version}" if card else None,
    }


def _spellings(heard: str) -> Iterator[tuple[str, str]]:
    """Last and first name, as they may be meant: English has the last one last, Chinese first.

    At last by their beginnings alone, for the rest may have been misheard. Charts are in Latin letters.
    """
    if names.has_han(heard):
        last, first, *_ = [*(names.readings(one)[0] for one in heard if names.has_han(one)), ""]
        yield last, first
        return
    words = heard.split()
    if len(words) == 1:
        yield words[0], ""
        yield "", words[0]
    elif words:
        yield words[-1], words[0]
        yield words[0], words[-1]
        yield words[-1][:2], words[0][:1]


def _id(chart: Patient) -> str:
    return chart.id


def _said(name: str) -> str:
    """As a name is written: a voice spells out what stands in capitals."""
    return name.title() if name.isupper() else name


def _likeness(heard: str, chart: Patient) -> int:
    return names.likeness(heard, *filter(None, (chart.first_name, chart.last_name)))


def _gender(told: str) -> Any:
    return told if told in ("M", "F", "X") else "U"


def _card(newcomer: "Newcomer") -> HealthCard | None:
    number, kind = newcomer.health_card_number, newcomer.health_card_type
    if number is None or kind not in ("BC", "ON", "OTHER_PROVINCE"):
        return None
    issuer = kind if kind in _ISSUERS else _province(newcomer.province)
    # Ontario's version code stands behind the ten digits.
    return HealthCard(number[:10], number[10:], issuer) if kind == "ON" else HealthCard(number, "", issuer)


def _province(text: str | None) -> str:
    return text if text and len(text) == 2 else ""
