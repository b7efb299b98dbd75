"""What tests of caller memory do again and again: end a call as its report does, read what is remembered."""

import time
from typing import Any
from uuid import UUID

from frontdesk.call import between_calls
from frontdesk.calls import memory
from frontdesk.db.claims import clinic_transaction
from tests.clinic import Clinic


def end(clinic: Clinic, call: str = "call-1") -> None:
    """What the worker does at the end of a report's transaction."""
    with clinic_transaction(UUID(clinic.org_id), time.monotonic() + 10) as db:
        db.run(
            "UPDATE calls SET reported_at = now()"
            " WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::text",
            id=call,
        )
        memory.keep(db, call)


def recalled(clinic: Clinic, number: str | None) -> str:
    """What the first prompt of a call from that number says."""
    with clinic_transaction(UUID(clinic.org_id), time.monotonic() + 10) as db:
        return memory.recalled(db, between_calls(db).clinic, number)


def language(clinic: Clinic, number: str | None) -> str | None:
    """Which language such a call begins in."""
    with clinic_transaction(UUID(clinic.org_id), time.monotonic() + 10) as db:
        return memory.language_of(db, between_calls(db).clinic, number)


def memories(clinic: Clinic) -> list[Any]:
    """Each memory's number, patient, language, provider, outcome and promise, in order."""
    return clinic.all(
        "SELECT caller_number, patient_id, language, provider_id, outcome, promise FROM caller_memories"
        " ORDER BY caller_number, patient_id NULLS FIRST"
    )


def preferences(clinic: Clinic) -> list[Any]:
    return [row for (row,) in clinic.all("SELECT preferences FROM caller_memories ORDER BY id")]


def told(clinic: Clinic, *, call: str, born: str = "1990-01-15", **who: str) -> list[str]:
    """What the model is told of the patient whom this call proves."""
    return clinic.ask("search_patient_by_phone", call=call, phone="0000000000", dateOfBirth=born, **who)[
        "memory"
    ]
