"""The functions' clock five minutes off, either way, from Postgres' and Vapi's: nothing lost, nothing twice.

What asks for a time asks Postgres, but for signatures, and for others' tokens, which have tests of their own
(`tests/calendars/test_syncing.py`, `tests/members/test_tokens.py`). A signature's window is five minutes:
whose clock is off by more lets nobody in, and says so by 401.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.chaos.cases import CASES
from tests.chaos.lives import Mortal, mortal
from tests.chaos.settling import Case, settle
from tests.clinic import Clinic, signed, taking
from tests.conftest import Database

FIVE_MINUTES_S: Final = 295
"""Less what a busy machine needs to bring a request there."""


@pytest.fixture(scope="module", params=[FIVE_MINUTES_S, -FIVE_MINUTES_S], ids=["ahead", "behind"])
def off(request: pytest.FixtureRequest, wired_aws: str) -> Iterator[Mortal]:
    with mortal(wired_aws, clock_off_s=request.param) as process:
        yield process


@pytest.mark.parametrize("folder", CASES)
def test_what_a_queue_brings_is_done_once(
    off: Mortal, folder: str, database: Database, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(CASES[folder])
    message = case.begin()
    settle(off, folder, case, message, database)


def test_a_caller_is_booked_and_their_hold_lasts_as_long_as_it_should(off: Mortal, clinic: Clinic) -> None:
    def ask(tool: str, **arguments: Any) -> dict[str, Any]:
        body = json.dumps({"message": clinic.message(tool, arguments)}).encode()
        event = {"headers": signed(body), "body": body.decode(), "isBase64Encoded": False}
        [told] = off.run(f"tools/{tool}", event)
        assert told["answer"]["statusCode"] == 200
        [item] = json.loads(told["answer"]["body"])["results"]
        return json.loads(item["result"])

    patient = ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1990-01-15")["id"]
    offer = ask("find_earliest_appointment")
    [[left_s]] = clinic.all(
        "SELECT extract(epoch FROM held_until - now()) FROM appointments WHERE status = 'held'"
    )
    booked = ask("create_appointment", **taking(offer, patient))

    assert 200 < left_s <= 300
    assert clinic.all("SELECT id, status FROM appointments") == [(int(booked["appointmentId"]), "booked")]


def test_who_is_off_by_more_than_a_signature_may_be_lets_nobody_in(wired_aws: str, clinic: Clinic) -> None:
    body = json.dumps({"message": clinic.message("get_clinic_info", {})}).encode()
    event = {"headers": signed(body), "body": body.decode(), "isBase64Encoded": False}
    with mortal(wired_aws, clock_off_s=310) as process:
        [told] = process.run("tools/get_clinic_info", event)

    assert told["answer"]["statusCode"] == 401
