"""A patient's record, and the ways to find one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.patients import names
from frontdesk.speech.language import Language

SQL: Final = queries.beside(__file__)

MOST_FOUND: Final = 5


@dataclass(frozen=True)
class Patient:
    """A person the clinic knows."""

    id: int
    first_name: str
    last_name: str
    native_name: str | None
    """As written in the person's own script, e.g. 陈美玲."""
    birth_date: date
    gender: str
    phone: str
    """E.164."""
    email: str | None
    address: str
    city: str
    province: str | None
    postal_code: str
    health_card_type: str
    language: Language

    @property
    def names(self) -> tuple[str, ...]:
        """Every name the person may give."""
        return tuple(filter(None, (self.first_name, self.last_name, self.native_name)))

    def called_in(self, language: Language) -> str:
        """What the person is called when spoken to."""
        return self.native_name or self.first_name if language == "zh" else self.first_name


def by_id(db: Transaction, patient_id: int) -> Patient | None:
    """The clinic's patient of that id."""
    return db.one(Patient, SQL["by_id"], id=patient_id)


def by_ids(db: Transaction, patient_ids: Sequence[int]) -> list[Patient]:
    """The clinic's patients of those ids, by id."""
    return db.all(Patient, SQL["by_ids"], ids=list(patient_ids))


def by_phone(db: Transaction, phone: str, *, born: date | None = None) -> list[Patient]:
    """Everybody on that number (E.164), a family often; by id; born that day if given."""
    return db.all(Patient, SQL["by_phone"], phone=phone, birth_date=born)


def by_name(db: Transaction, heard: str, *, born: date | None = None) -> list[Patient]:
    """The likeliest bearers of a name as it was heard, best first, at most five; born that day if given."""
    keys = sorted(names.search_keys(heard))
    if born is None:
        near = db.all(Patient, SQL["by_name_keys"], keys=keys)
    else:
        near = db.all(Patient, SQL["born_on_with_name_keys"], keys=keys, birth_date=born)
    return likeliest(heard, near)


def likeliest(heard: str, near: Sequence[Patient]) -> list[Patient]:
    """Those of `near` whose names are like what was heard, best first, at most five."""
    ranked = sorted(
        (
            (likeness, patient)
            for patient in near
            if (likeness := names.likeness(heard, *patient.names)) >= names.LIKELY
        ),
        key=lambda found: (-found[0], found[1].id),
    )
    return [patient for _, patient in ranked[:MOST_FOUND]]
