"""Patients as the clinic's own people find, enter and change them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from frontdesk.call import between_calls
from frontdesk.calls import memory
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, Unclear, Unknown
from frontdesk.members import audit
from frontdesk.patients import fields, fitting, names, patient, phones
from frontdesk.patients.registration import Newcomer

SQL: Final = queries.beside(__file__)


class NoSuchPatient(Unknown):
    """The clinic has no patient of that id; another clinic may."""

    fact = "There is no patient of that id."


class KnownAlready(Declined):
    """Somebody of that name, birth date and number is there."""

    fact = "There is a patient of that name, birth date and telephone number already; change that one."


class NothingToSearchBy(Unclear):
    """Neither a name, a number nor a birth date."""

    fact = "Say `phone`, `name` or `birthDate`, or several of them."


class NoNumber(Unclear):
    """What should be a number is none."""

    fact = "`phone` is no telephone number."


@dataclass(frozen=True)
class Record:
    """One patient, whole."""

    id: int
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
    health_card_type: str
    health_card_number: str | None
    language: str

    @property
    def written(self) -> dict[str, Any]:
        """All but the id."""
        return {name: value for name, value in asdict(self).items() if name != "id"}


class Found(NamedTuple):
    """One line of a search."""

    id: int
    first_name: str
    last_name: str
    native_name: str | None
    birth_date: date
    phone: str
    shared: int
    """Of a search by name: how many spellings it shares with what was asked."""


class Place(NamedTuple):
    """Where a page ended."""

    shared: int
    id: int


class Page(NamedTuple):
    """Those found, and where the next page begins; None at the end. A page may be short of its limit."""

    found: list[Found]
    ends: Place | None


def key(first_name: str, last_name: str, born: date, phone: str) -> tuple[str, date, str]:
    """By what two entries are one person: folded name, birth date, number."""
    return names.fold(f"{first_name} {last_name}"), born, phone


def search(
    db: Transaction,
    *,
    name: str | None,
    phone: str | None,
    born: date | None,
    after: Place | None,
    limit: int,
) -> Page:
    """Patients by any of the three; by name the likeliest first, else by id.

    Raises `NothingToSearchBy` and `NoNumber`.
    """
    if phone is not None:
        phone = phones.spoken_number(phone, region=between_calls(db).clinic.region)
        if phone is None:
            raise NoNumber
    asked: dict[str, Any] = {"phone": phone, "birth_date": born, "limit": limit + 1}
    if name is not None:
        place = after or Place(2**31 - 1, 0)
        query, asked = "page_by_name", {**asked, "keys": sorted(names.search_keys(name))}
        asked |= {"shared": place.shared, "after": place.id}
    elif phone is not None or born is not None:
        query = "page_by_phone" if phone is not None else "page_by_birth_date"
        asked["after"] = after.id if after else 0
    else:
        raise NothingToSearchBy
    rows = db.all(Found, SQL[query], **asked)
    ends = Place(rows[limit - 1].shared, rows[limit - 1].id) if len(rows) > limit else None
    found = [one for one in rows[:limit] if name is None or _may_be(name, one)]
    audit.note(db, "patients.searched", patient_ids=[one.id for one in found])
    return Page(found, ends)


def _may_be(name: str, one: Found) -> bool:
    return names.likeness(name, *_names(one)) >= names.LIKELY


def read(db: Transaction, patient_id: int) -> Record:
    """One patient; who looked is written down. Raises `NoSuchPatient`."""
    found = db.one(Record, SQL["record"], id=patient_id)
    if found is None:
        raise NoSuchPatient
    audit.note(db, "patient.read", patient_id=patient_id)
    return found


def enter(db: Transaction, written: Mapping[str, Any]) -> int:
    """The new patient's id. Raises `KnownAlready`, and `Problem` for fields that don't fit."""
    call = between_calls(db)
    newcomer = fitting.checked(
        dict(written), sent=fields.EVERYTHING, region=call.clinic.region, today=call.today
    )
    db.run(SQL["lock_birth_date"], birth_date=newcomer.birth_date.isoformat())
    if known := of_numbers(db, [newcomer.phone]).get(_key_of(newcomer)):
        raise KnownAlready(patientId=known.id)
    patient_id: int = db.value(SQL["register"], **newcomer._asdict(), call_id=None, capped_as=None)
    _index(db, patient_id, newcomer)
    audit.note(db, "patient.created", patient_id=patient_id)
    return patient_id


def change(db: Transaction, patient_id: int, changes: Mapping[str, Any]) -> None:
    """Merges these fields. Raises `NoSuchPatient`, and `Problem` for fields that don't fit."""
    call = between_calls(db)
    before = db.one(Record, SQL["record_to_change"], id=patient_id)
    if before is None:
        raise NoSuchPatient
    after = fitting.checked(
        {**before.written, **changes}, sent=changes.keys(), region=call.clinic.region, today=call.today
    )
    db.run(SQL["put_right"], **after._asdict(), id=patient_id)
    if _names(before) != _names(after):
        db.run(SQL["drop_name_keys"], patient_id=patient_id)
        _index(db, patient_id, after)
    audit.note(db, "patient.changed", patient_id=patient_id)


def forget(db: Transaction, patient_id: int) -> int:
    """Deletes what the desk remembers of their calls; of how many numbers there was something.

    Raises `NoSuchPatient`.
    """
    if patient.by_id(db, patient_id) is None:
        raise NoSuchPatient
    audit.note(db, "memory.forgotten", patient_id=patient_id)
    return memory.forget_patient(db, patient_id)


def of_numbers(
    db: Transaction, numbers: Sequence[str], *, to_change: bool = False
) -> dict[tuple[str, date, str], Record]:
    """Everybody on these numbers (E.164), by `key`; of two who are one person, the first who was there.

    Those who are `to_change` are nobody else's to change before this transaction ends.
    """
    query = SQL["of_numbers"] + (" FOR NO KEY UPDATE OF p" if to_change else "")
    found = db.all(Record, query, phones=list(numbers))
    return {_key_of(one): one for one in reversed(found)}


def _key_of(one: Record | Newcomer) -> tuple[str, date, str]:
    return key(one.first_name, one.last_name, one.birth_date, one.phone)


def _names(one: Record | Newcomer | Found) -> list[str]:
    return [name for name in (one.first_name, one.last_name, one.native_name) if name]


def _index(db: Transaction, patient_id: int, newcomer: Newcomer) -> None:
    db.run(SQL["add_name_keys"], patient_id=patient_id, keys=sorted(names.index_keys(*_names(newcomer))))
