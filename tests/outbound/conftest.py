"""A clinic that calls people, where it is noon, and an account of Vapi's stand-in to call by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from frontdesk.agents.registry import soon
from frontdesk.db.claims import clinic_transaction
from frontdesk.outbound import items
from frontdesk.settings import settings
from frontdesk.vapi import squads
from functions.outbound.make_calls.handler import handler as make_calls
from functions.outbound.plan_calls.handler import handler as plan_calls
from tests.clinic import MAPLE_NUMBER, Clinic, Context
from tests.vapi_account import VapiAccount, vapi_account

TOLL_FREE = "+18005550123"
"""Of no place, so that the clinic's own clock is the only one that counts."""
ALL = "{reminder,waitlist_offer,approval_result,recall}"


def noon_zone(now: datetime | None = None) -> str:
    """A zone in which it is noon or shortly after, without summer time; its sign is the wrong way round."""
    ahead = 12 - (now or datetime.now(UTC)).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@dataclass
class Desk:
    """What tests do to it, and what they see of it."""

    clinic: Clinic
    vapi: VapiAccount
    squad_id: str
    phone_number_id: str

    def run(self) -> dict[str, int]:
        """Makes the calls whose time has come, as the schedule does."""
        return make_calls({}, Context(50))

    def plan(self) -> dict[str, int]:
        """Writes down whom to call, as the schedule does."""
        return plan_calls({}, Context(50))

    def calls(self) -> list[dict[str, Any]]:
        """At Vapi, oldest first."""
        return sorted(self.vapi.all("call"), key=lambda call: call["createdAt"])

    def items(self, columns: str = "purpose, status, attempts, outcome") -> list[Any]:
        """As the database has them, in order."""
        return self.clinic.all(f"SELECT {columns} FROM outbound_calls ORDER BY id")

    def recall(self, patient: int, *, hours: int = 72) -> int:
        """Somebody to be called in; the item's id."""
        self.clinic.do("UPDATE patients SET may_be_called = true WHERE id = %s", patient)
        [(id_,)] = self.clinic.all(
            "INSERT INTO outbound_calls (org_id, purpose, key, number, patient_id, not_before, expires_at,"
            " next_at) SELECT org_id, 'recall', 'recall:' || id || ':' || clock_timestamp(), phone, id,"
            " now() - interval '1 minute', now() + make_interval(hours => %s), now() - interval '1 minute'"
            " FROM patients WHERE id = %s RETURNING id",
            *(hours, patient),
        )
        return id_

    def settle(
        self, item_id: int, call_id: str | None, ended_reason: str, *, attempt: int | None = None
    ) -> None:
        """What the end-of-call report does; of the last attempt unless told otherwise."""
        if attempt is None:
            query = "SELECT max(attempt) FROM outbound_attempts WHERE item_id = %s"
            [(attempt,)] = self.clinic.all(query, item_id)
        assert attempt is not None
        with clinic_transaction(UUID(self.clinic.org_id), soon()) as db:
            items.settle(db, item_id, attempt, call_id, ended_reason)

    def age(self, **ago: float) -> None:
        """All attempts were asked for that long ago."""
        self.clinic.do("UPDATE outbound_attempts SET asked_since = asked_since - %s", timedelta(**ago))

    def wait(self) -> None:
        """What is to be tried again may be tried now: all that was asked was asked two days ago."""
        self.clinic.do(
            "UPDATE outbound_attempts SET asked_since = asked_since - interval '2 days'"
            " WHERE settled_at IS NOT NULL"
        )
        self.clinic.do("UPDATE outbound_calls SET next_at = now() - interval '1 second'")


@pytest.fixture
def john(clinic: Clinic) -> int:
    """A patient with a number of no place; his id."""
    clinic.do("UPDATE patients SET phone = %s WHERE first_name = 'John'", TOLL_FREE)
    [(id_,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")
    return id_


@pytest.fixture
def desk(clinic: Clinic, john: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with vapi_account() as vapi:
        monkeypatch.setenv("FRONTDESK_VAPI_API_URL", vapi.url)
        monkeypatch.setenv("FRONTDESK_VAPI_PRIVATE_KEY", vapi.key)
        settings.cache_clear()
        assistant = vapi.create("assistant", {"name": "router"})
        squad = vapi.create("squad", {"name": "frontdesk", "members": [{"assistantId": assistant["id"]}]})
        number = vapi.create("phone-number", {"provider": "vapi", "name": "Maple"})
        clinic.do(
            "UPDATE phone_numbers SET vapi_id = %s, status = 'attached' WHERE e164 = %s",
            *(number["id"], MAPLE_NUMBER),
        )
        clinic.do(
            "UPDATE organizations SET outbound_purposes = %s, time_zone = %s, outbound_spacing_min = 60",
            *(ALL, noon_zone()),
        )
        vapi.forget()
        squads.forget()
        yield Desk(clinic, vapi, squad["id"], number["id"])
