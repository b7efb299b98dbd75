"""FHIR's resources as ours, and ours as FHIR's: pure. What is missing or odd in one never fails a whole list.

Elements: hl7.org/fhir/R4/patient.html, appointment.html, slot.html (4.0.1). Foreign ones are read leniently,
as servers write them; what we write is valid by the models of R4.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, get_args

from frontdesk import zones
from frontdesk.emr.emr import (
    Draft,
    Gender,
    HealthCard,
    NewPatient,
    Opening,
    Patient,
    Provider,
    Status,
    Visit,
)
from frontdesk.emr.fhir_json import Item, item, items, text, texts
from frontdesk.patients.phones import spoken_number

VISIT: Final = "urn:uuid:0b9f7a52-6d3c-4f0e-9a57-2f4f8a1d6c11"
"""The system of the identifiers by which we know our visits again."""
REGISTRATION: Final = "urn:uuid:5c2f1e0a-93f4-4f6e-8a3b-7f3c0d9e4b22"
"""Of those by which a registration whose answer was lost is found."""
REASONS: Final = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
_CARDS: Final = "https://fhir.infoway-inforoute.ca/NamingSystem/ca-"
"""Of Canada's provinces: `ca-on-patient-hcn`, and `ca-bc-patient-healthcare-id` of the others."""
_PROVINCES: Final = ("ab", "bc", "mb", "nb", "nl", "ns", "nt", "nu", "on", "pe", "qc", "sk", "yt")
_STATUSES: Final[Mapping[str, Status]] = {
    "proposed": "pending",
    "pending": "pending",
    "waitlist": "pending",
    "checked-in": "arrived",
    "entered-in-error": "cancelled",
    **{one: one for one in get_args(Status)},
}
STANDING: Final = tuple(one for one, ours in _STATUSES.items() if ours not in ("cancelled", "noshow"))
"""Statuses of FHIR's in which a visit takes its time."""
_GENDERS: Final[Mapping[str, Gender]] = {"male": "M", "female": "F", "other": "X"}
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)

# ---------------------------------------------------------------------- patients


def patient(one: Item) -> Patient:
    """Raises `LookupError` of one without an id."""
    name = _best(one.get("name"), ("official", "usual", ""))
    telecoms = [each for each in items(one.get("telecom")) if each.get("use") != "old"]
    telecoms.sort(key=lambda each: each.get("use") != "home")
    numbers = [
        number
        for each in telecoms
        if each.get("system") in ("phone", "sms") and (number := spoken_number(text(each.get("value"))))
    ]
    emails = [text(each.get("value")) for each in telecoms if each.get("system") == "email"]
    # `deceasedDateTime` without a boolean is a death too.
    is_dead = bool(one.get("deceasedBoolean")) or "deceasedDateTime" in one
    is_merged = any(each.get("type") == "replaced-by" for each in items(one.get("link")))
    doctors = [each for each in items(one.get("generalPractitioner")) if id_of(each, "Practitioner")]
    return Patient(
        id=one["id"],
        last_name=text(name.get("family")),
        first_name=" ".join(texts(name.get("given"))),
        birth_date=_day(one.get("birthDate")),
        gender=_GENDERS.get(text(one.get("gender")), "U"),
        phones=tuple(dict.fromkeys(numbers)),
        email=next(filter(None, emails), ""),
        address=_address(_best(one.get("address"), ("home", ""))),
        health_card=_card(one),
        is_active=one.get("active") is not False and not is_dead and not is_merged,
        provider_id=id_of(doctors[0], "Practitioner") if doctors else None,
    )


def new_patient(new: NewPatient) -> Item:
    """To be created."""
    genders: Mapping[Gender, str] = {"M": "male", "F": "female", "X": "other", "U": "unknown"}
    telecom = [{"system": "phone", "value": new.phone, "use": "home"}]
    if new.email:
        telecom.append({"system": "email", "value": new.email})
    names: Item = {"use": "official", "family": new.last_name, "given": [new.first_name]}
    found: Item = {
        "resourceType": "Patient",
        "active": True,
        "identifier": [{"system": system, "value": value} for system, value in identifiers(new)],
        "name": [{key: value for key, value in names.items() if value and value != [""]}],
        "telecom": telecom,
        "gender": genders[new.gender],
        "birthDate": new.birth_date.isoformat(),
    }
    address: Item = {
        "use": "home",
        "line": [new.address] if new.address else None,
        "city": new.city,
        "state": new.province,
        "postalCode": new.postal_code,
    }
    address = {key: value for key, value in address.items() if value}
    if len(address) > 1:
        found["address"] = [address]
    return found


def identifiers(new: NewPatient) -> list[tuple[str, str]]:
    """By which somebody is known to be there already: their card, if its issuer is known, and a mark of ours.

    The mark is the same for the same person's words, and tells nothing to whom doesn't have them.
    """
    words = (new.last_name, new.first_name, new.birth_date.isoformat(), new.phone)
    mark = hashlib.sha256("\n".join(words).casefold().encode()).hexdigest()[:40]
    card = new.health_card
    if card and card.issuer.lower() in _PROVINCES:
        return [(_card_system(card.issuer), card.number), (REGISTRATION, mark)]
    return [(REGISTRATION, mark)]


def spellings(number: str) -> list[str]:
    """Ways in which an E.164 number stands in charts: a server compares text with text."""
    import phonenumbers

    found = [number, number[1:]]
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return found
    styles = phonenumbers.PhoneNumberFormat
    for style in (styles.NATIONAL, styles.INTERNATIONAL, styles.RFC3966):
        found += [phonenumbers.format_number(parsed, style)]
    if number.startswith("+1") and len(number) == 12:
        area, office, line = number[2:5], number[5:8], number[8:]
        national = [f"{area}{joint}{office}{joint}{line}" for joint in ("", "-", ".", " ")]
        national += [f"({area}) {office}-{line}", f"({area}){office}-{line}", f"({area}) {office} {line}"]
        found += national + [f"{before}{one}" for one in national for before in ("1-", "+1-", "+1 ", "1 ")]
    return list(dict.fromkeys(found))


# ---------------------------------------------------------------------- the diary


def providers(found: Iterable[Item]) -> list[Provider]:
    """Of roles with their practitioners, or of practitioners alone."""
    found = list(found)
    people = {one["id"]: one for one in found if one.get("resourceType") == "Practitioner" and "id" in one}
    roles: dict[str, list[Item]] = {}
    for one in found:
        if one.get("resourceType") == "PractitionerRole" and (key := id_of(one.get("practitioner"))):
            roles.setdefault(key, []).append(one)
    return [
        Provider(
            id=key,
            name=_full_name(people.get(key, {})) or _display(roles.get(key, [])),
            specialty=next(filter(None, (_words(each.get("specialty")) for each in roles.get(key, []))), ""),
            is_active=people.get(key, {}).get("active") is not False
            and (key not in roles or any(each.get("active") is not False for each in roles[key])),
        )
        for key in dict.fromkeys([*people, *roles])
    ]


def opening(slot: Item) -> Opening | None:
    """None: no time that patients are given, or of no known form."""
    if slot.get("status") not in ("free", "busy") or (when := span(slot)) is None:
        return None
    start, end = when
    code = _code(slot.get("serviceType")) or _code([slot.get("appointmentType")])
    return Opening(start, end, code, int((end - start).total_seconds() // 60), 1)


def visit(one: Item, roles: Mapping[str, str]) -> Visit | None:
    """None: it has no time. `roles` are practitioners' ids by those of their roles."""
    when = span(one)
    if when is None or "id" not in one:
        return None
    return Visit(
        id=one["id"],
        provider_id=next(iter(practitioners(one, roles)), ""),
        patient_id=next(filter(None, (id_of(each, "Patient") for each in _actors(one))), None),
        start=when[0],
        end=when[1],
        status=_STATUSES.get(text(one.get("status")), "booked"),
        marker=marker(one),
        version=version(one),
        type_name=_type_name(one),
    )


def practitioners(one: Item, roles: Mapping[str, str]) -> list[str]:
    """Who takes part in a visit, or whose a schedule is."""
    found: list[str] = []
    for each in _actors(one):
        if key := id_of(each, "Practitioner"):
            found.append(key)
        elif (role := id_of(each, "PractitionerRole")) in roles:
            found.append(roles[role])
    return found


def appointment(draft: Draft, slots: Iterable[Item], *, status: str, with_provider: bool) -> Item:
    """To be created."""
    people = [f"Patient/{draft.patient_id}"]
    if with_provider:
        people.append(f"Practitioner/{draft.provider_id}")
    found: Item = {
        "resourceType": "Appointment",
        "identifier": [{"system": VISIT, "value": draft.marker}],
        "status": status,
        "start": instant_text(draft.start),
        "end": instant_text(draft.end),
        "minutesDuration": _minutes(draft),
        "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in people],
    }
    if refs := slot_refs(slots):
        found["slot"] = refs
    if draft.type_name:
        found["serviceType"] = [{"text": draft.type_name}]
    if draft.reason:
        found["description"] = draft.reason
    return found


def _type_name(one: Item) -> str:
    kinds = [*items(one.get("serviceType")), item(one.get("appointmentType"))]
    said = (each for kind in kinds for each in (kind, *items(kind.get("coding"))))
    return next(filter(None, (text(each.get("text")) or text(each.get("display")) for each in said)), "")


def moved(before: Item, draft: Draft, slots: Iterable[Item], roles: Mapping[str, str]) -> Item:
    """The elements that a move changes; None: to be taken out."""
    found: Item = {
        "start": instant_text(draft.start),
        "end": instant_text(draft.end),
        "slot": slot_refs(slots) or None,
    }
    if "minutesDuration" in before:
        found["minutesDuration"] = _minutes(draft)
    if practitioners(before, roles) not in ([], [draft.provider_id]):
        stays = [one for one in before["participant"] if not practitioners({"participant": [one]}, roles)]
        new = {"actor": {"reference": f"Practitioner/{draft.provider_id}"}, "status": "accepted"}
        found["participant"] = [*stays, new]
    return found


CANCELLED: Final[Item] = {
    "status": "cancelled",
    "cancelationReason": {"coding": [{"system": REASONS, "code": "pat"}]},
}
"""The elements that a cancellation changes."""


def changed(before: Item, change: Item) -> Item:
    """The whole resource, everything else in it kept."""
    return {key: value for key, value in {**before, **change}.items() if value is not None}


def patch(before: Item, change: Item) -> list[Item]:
    """The same as a JSON Patch (RFC 6902)."""
    return [
        {"op": "add", "path": f"/{key}", "value": value}
        if value is not None
        else {"op": "remove", "path": f"/{key}"}
        for key, value in change.items()
        if value is not None or key in before
    ]


def slot_refs(slots: Iterable[Item]) -> list[Item]:
    """As a visit names its slots."""
    return [{"reference": f"Slot/{one['id']}"} for one in slots]


def slot_ids(one: Item) -> list[str]:
    """Of a visit."""
    return [key for each in items(one.get("slot")) if (key := id_of(each, "Slot"))]


def span(one: Item) -> tuple[datetime, datetime] | None:
    """When it is, in UTC; a visit may have its minutes instead of its end."""
    start, end = _instant(one.get("start")), _instant(one.get("end"))
    minutes = one.get("minutesDuration")
    if start and end is None and isinstance(minutes, int):
        end = start + timedelta(minutes=minutes)
    return (start, end) if start and end and start < end else None


def marker(one: Item) -> str | None:
    """Ours on a visit."""
    found = (each.get("value") for each in items(one.get("identifier")) if each.get("system") == VISIT)
    return next((value for value in found if isinstance(value, str)), None)


def version(one: Item) -> str | None:
    """By which the server tells whether it has changed since."""
    return text(item(one.get("meta")).get("versionId")) or None


def age(one: Item) -> tuple[datetime, str]:
    """By which of two visits one was there first, by the server's clock; one of no known age was."""
    return _instant(item(one.get("meta")).get("lastUpdated")) or _EARLIEST, text(one.get("id"))


def stands(one: Item) -> bool:
    """Whether a visit takes its time."""
    return _STATUSES.get(text(one.get("status")), "booked") not in ("cancelled", "noshow")


def id_of(reference: object, kind: str = "") -> str:
    """Of a reference, relative or not, such as `Patient/7`; empty: it is of another kind, or none."""
    parts = text(item(reference).get("reference")).split("/_history/")[0].split("/")
    return parts[-1] if len(parts) > 1 and parts[-2] == (kind or parts[-2]) else ""


def instant_text(at: datetime) -> str:
    """As FHIR writes an instant."""
    return zones.utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------------- parts


def _actors(one: Item) -> list[Item]:
    participants = [item(each.get("actor")) for each in items(one.get("participant"))]
    return participants or items(one.get("actor"))


def _minutes(draft: Draft) -> int:
    return int((draft.end - draft.start).total_seconds() // 60)


def _card_system(issuer: str) -> str:
    province = issuer.lower()
    return f"{_CARDS}{province}-patient-{'hcn' if province == 'on' else 'healthcare-id'}"


def _card(one: Item) -> HealthCard | None:
    systems = {_card_system(province): province.upper() for province in _PROVINCES}
    for each in items(one.get("identifier")):
        value, system = text(each.get("value")), text(each.get("system"))
        codes = [text(coding.get("code")) for coding in items(item(each.get("type")).get("coding"))]
        if value and each.get("use") != "old" and (system in systems or "JHN" in codes):
            return HealthCard(value, "", systems.get(system, ""))
    return None


def _address(one: Item) -> str:
    if whole := text(one.get("text")):
        return " ".join(whole.split())
    lines = texts(one.get("line"))
    parts = [*lines, *(text(one.get(key)) for key in ("city", "state", "postalCode"))]
    return ", ".join(filter(None, parts))


def _full_name(one: Item) -> str:
    name = _best(one.get("name"), ("official", "usual", ""))
    parts = [*texts(name.get("prefix")), *texts(name.get("given")), text(name.get("family"))]
    return text(name.get("text")) or " ".join(filter(None, parts))


def _display(roles: Iterable[Item]) -> str:
    return next(filter(None, (text(item(one.get("practitioner")).get("display")) for one in roles)), "")


def _best(found: object, uses: tuple[str, ...]) -> Item:
    """Of several names or addresses the one of the first of these uses; "" is any that isn't old."""
    several = [one for one in items(found) if one.get("use") not in ("old", "maiden")]
    for use in uses:
        for one in several:
            if not use or one.get("use") == use:
                return one
    return {}


def _code(concepts: object) -> str:
    for one in items(concepts):
        for coding in items(one.get("coding")):
            if code := text(coding.get("code")):
                return code
        if said := text(one.get("text")):
            return said
    return ""


def _words(concepts: object) -> str:
    for one in items(concepts):
        shown = [text(coding.get("display")) for coding in items(one.get("coding"))]
        if said := text(one.get("text")) or next(filter(None, shown), ""):
            return said
    return _code(concepts)


def _instant(found: object) -> datetime | None:
    try:
        return zones.utc(datetime.fromisoformat(text(found)))
    except ValueError:
        return None


def _day(found: object) -> date | None:
    try:
        return date.fromisoformat(text(found))
    except ValueError:  # a year alone, which FHIR allows
        return None
