"""What members see and say of calls of ours, and what whoever is called says: enough of it."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from frontdesk.call import Call, between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Unclear
from frontdesk.patients import identity, phones

SQL: Final = queries.beside(__file__)

_LAST: Final = 2**63 - 1


class NoNumber(Unclear):
    """What should be a number is none, or the line shows none."""

    fact = "That is no telephone number; outside the clinic's country it begins with + and its own."


class OutboundCall(NamedTuple):
    """One call to make, being made or over."""

    id: int
    purpose: str
    status: str
    patient_id: int | None
    appointment_id: int | None
    number: str
    attempts: int
    next_at: datetime
    outcome: str | None
    created_at: datetime
    ended_at: datetime | None
    tries: list[dict[str, Any]]


class Never(NamedTuple):
    """A number that is never called."""

    number: str
    since: datetime


def masked(number: str) -> str:
    """Its last four digits: enough to know one's own, too few to call it."""
    return f"…{number[-4:]}"


def listed(db: Transaction, *, status: str | None, before: int | None, limit: int) -> list[OutboundCall]:
    """A page of them, newest first; numbers masked. That they were looked at is written down."""
    from frontdesk.members import audit

    found = db.all(OutboundCall, SQL["listed"], status=status, below=before or _LAST, limit=limit)
    named = [one.patient_id for one in found if one.patient_id is not None]
    audit.note(db, "outbound.listed", patient_ids=named)
    return [one._replace(number=masked(one.number)) for one in found]


def never_called(db: Transaction) -> list[Never]:
    """The do-not-call list, newest first."""
    return db.all(Never, SQL["never_called"])


def never_call(db: Transaction, said: str) -> str:
    """Puts the number on the list; its E.164. Raises `NoNumber`."""
    from frontdesk.members import audit

    number = _number(db, said)
    db.run(SQL["never_call"], number=number)
    audit.note(db, "do_not_call.added")
    return number


def call_again(db: Transaction, said: str) -> str:
    """Takes the number off the list, if it is there; its E.164. Raises `NoNumber`."""
    from frontdesk.members import audit

    number = _number(db, said)
    db.run(SQL["call_again"], number=number)
    audit.note(db, "do_not_call.removed")
    return number


def agree(db: Transaction, patient_id: int, *, may: bool | None) -> None:
    """Writes down what the patient said. Raises `NoSuchPatient`."""
    from frontdesk.members import audit
    from frontdesk.patients.records import NoSuchPatient

    if not db.run(SQL["agree"], patient_id=patient_id, may=may):
        raise NoSuchPatient
    audit.note(db, "patient.consent_changed", patient_id=patient_id)


def stop(call: Call[Any]) -> None:
    """Puts the number on the line on the list.

    Whoever answers our call may say so. One who calls us must be proven first: a caller's number can be
    forged, and somebody's reminders be stopped by another. Raises `NotProven`, and `NoNumber` where the line
    shows none.
    """
    if not call.is_ours:
        identity.proven_patient(call)
    if call.caller_number is None:
        raise NoNumber
    call.db.run(SQL["never_call"], number=call.caller_number)


def _number(db: Transaction, said: str) -> str:
    number = phones.spoken_number(said, region=between_calls(db).clinic.region)
    if number is None:
        raise NoNumber
    return number
