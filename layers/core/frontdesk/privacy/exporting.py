"""Everything that is held about one patient, as one document."""

from typing import Any, NamedTuple

from frontdesk.db.transaction import Transaction
from frontdesk.members import audit
from frontdesk.patients.records import NoSuchPatient
from frontdesk.privacy.sealing import SQL
from frontdesk.scheduling import waitlist


class Person(NamedTuple):
    """Who it is, as far as finding all of it needs."""

    first_name: str
    last_name: str
    phone: str
    erased_at: Any
    is_alone_on_number: bool
    is_held: bool

    @property
    def name_key(self) -> str:
        """As the waitlist has it."""
        return waitlist.key_of(self.first_name, self.last_name)

    @property
    def number(self) -> str | None:
        """Their number, where it is nobody else's too: then what it left without saying who is theirs."""
        return self.phone if self.is_alone_on_number and self.erased_at is None else None


class OneCall(NamedTuple):
    """A call of theirs."""

    id: str
    is_theirs_alone: bool
    """Else it was about somebody else, too, and isn't theirs to take away or along."""


def person(db: Transaction, patient_id: int) -> Person:
    """The patient, locked. Raises `NoSuchPatient`."""
    found = db.one(Person, SQL["patient_to_erase"], patient_id=patient_id)
    if found is None:
        raise NoSuchPatient
    return found


def calls(db: Transaction, patient_id: int, who: Person) -> list[OneCall]:
    """The calls that they made, or that were about them, by start."""
    return db.all(OneCall, SQL["calls_of_patient"], patient_id=patient_id, number=who.number)


def export(db: Transaction, patient_id: int) -> dict[str, Any]:
    """All rows about the patient, by table; that it was asked for is written down. Raises `NoSuchPatient`.

    Of a call that was about somebody else too, only the id is in it, under `sharedCalls`.
    """
    who = person(db, patient_id)
    their_calls = calls(db, patient_id, who)
    audit.note(db, "patient.exported", patient_id=patient_id)
    found: dict[str, Any] = db.value(
        SQL["everything_about"],
        patient_id=patient_id,
        number=who.number,
        name_key=who.name_key,
        call_ids=[one.id for one in their_calls if one.is_theirs_alone],
    )
    return found | {"sharedCalls": [one.id for one in their_calls if not one.is_theirs_alone]}
