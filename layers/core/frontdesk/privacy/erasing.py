"""Forgetting one patient: what goes, what stays and why, and what is still to be done elsewhere."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined
from frontdesk.members import audit
from frontdesk.privacy import exporting
from frontdesk.privacy.sealing import SQL

STAYS: Final = {
    "patient": "the id alone: visits and the audit log point at it, and it names nobody any more",
    "visits": "when, with whom and what kind, without reason or words: the clinic's diary and its counts",
    "audit": "ids only; who saw a file must stay provable until retention is over",
    "sharedCalls": "they are about somebody else too: redacted transcripts, nothing else of words or sound",
    "wishes": "a number that asked not to be called or remembered, or is blocked: else it would be again",
    "backups": "the database's snapshots, until they run out",
}
"""What is kept of somebody erased, and why."""


class Held(Declined):
    """The clinic is under a legal hold."""

    fact = "A legal hold stands at this clinic, so nobody can be erased."


class Elsewhere(NamedTuple):
    """Something outside the database that was asked to be deleted."""

    kind: str
    name: str
    done_at: datetime | None
    failure: str | None
    """Why the last try failed; it is tried again."""


def erase(db: Transaction, patient_id: int) -> dict[str, Any]:
    """Forgets the patient, and returns what was deleted and what stays; of a second time, what was left.

    Raises `NoSuchPatient` and `Held`. What lies elsewhere is asked for here, and done by `deletions.perform`.
    """
    who = exporting.person(db, patient_id)
    if who.is_held:
        raise Held
    calls = exporting.calls(db, patient_id, who)
    alone = [one.id for one in calls if one.is_theirs_alone]
    shared = [one.id for one in calls if not one.is_theirs_alone]
    asked = {"patient_id": patient_id, "phone": who.phone, "number": who.number, "name_key": who.name_key}
    # First: it reads where they lie from the rows that go.
    db.run(SQL["have_calls_deleted_elsewhere"], call_ids=[*alone, *shared], patient_id=patient_id)
    deleted = {
        "calendarEvents": db.run(SQL["erase_events"], patient_id=patient_id),
        "visitsCancelled": db.run(SQL["cancel_visits_to_come"], patient_id=patient_id),
        "visitsBlanked": db.run(SQL["blank_visits"], patient_id=patient_id),
        "holds": db.run(SQL["erase_holds"], **asked, call_ids=alone),
        "waitlist": db.run(SQL["erase_waitlist"], **asked),
        "callerMemories": db.run(SQL["erase_memories"], **asked),
        "memoryRefusals": db.run(SQL["erase_refusals"], patient_id=patient_id),
        "textMessages": db.run(SQL["erase_texts"], patient_id=patient_id),
        "communications": db.run(SQL["erase_news"], patient_id=patient_id),
        "outboundCalls": db.run(SQL["erase_outbound"], **asked, shared=shared),
        "chartLinks": db.run(SQL["erase_chart_links"], patient_id=patient_id),
        "nameKeys": db.run(SQL["erase_name_keys"], patient_id=patient_id),
        "calls": db.run(SQL["erase_calls"], call_ids=alone),
        "patient": db.run(SQL["erase_patient"], patient_id=patient_id) if who.erased_at is None else 0,
    }
    db.run(SQL["blank_calls"], call_ids=shared, number=who.number)
    for query in ("erase_number_of_visits", "erase_number_of_patients"):
        db.run(SQL[query], number=who.number)
    audit.note(db, "patient.erased", patient_id=patient_id)
    return {"patientId": patient_id, "deleted": deleted, "kept": STAYS, "sharedCalls": shared}


def elsewhere(db: Transaction, patient_id: int) -> list[Elsewhere]:
    """What their erasures asked others to delete, and how far that is."""
    return db.all(Elsewhere, SQL["deletions_of_patient"], patient_id=patient_id)
