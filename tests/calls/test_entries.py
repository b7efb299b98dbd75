"""The copies of what calls are answered by: made after every change, taken away with the number."""

import json
import time
from typing import Any
from uuid import UUID

import pytest

from frontdesk import aws
from frontdesk.calls import entries
from frontdesk.calls.entries import ClinicChanged, Entry
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from functions.calls.keep_entries.handler import handler
from functions.calls.renew_entries.handler import handler as renew
from local import demo
from tests.calls.conftest import Line
from tests.clinic import HARBOUR_NUMBER, MAPLE_NUMBER, Clinic, Context
from tests.member import Member, token

MAPLES, HARBOURS = UUID(demo.MAPLE), UUID(demo.HARBOUR)
KEY = "entries/16045550100.json"


def keep(org_id: UUID = MAPLES) -> None:
    entries.keep(org_id, time.monotonic() + 5)


def test_a_copy_holds_who_answers_and_nobody_who_called(line: Line, maple: Clinic) -> None:
    squad = line.push_squad()
    line.rings()
    keep()

    copy = line.objects()[KEY]
    assert copy["squad_id"] == squad
    assert copy["name"] == "Maple Clinic"
    assert copy["time_zone"] == "America/Vancouver"
    assert (
        copy["forward_to"] == maple.all("SELECT min(number) FROM transfer_lines WHERE starts IS NULL")[0][0]
    )
    assert "6045550123" not in json.dumps(copy)
    assert Entry.model_validate(copy) == entries.last_known(MAPLE_NUMBER)


def test_a_number_that_is_given_back_loses_its_copy(line: Line, maple: Clinic) -> None:
    maple.do("INSERT INTO phone_numbers (e164, org_id) VALUES ('+16045550101', %s)", maple.org_id)
    keep()
    assert line.objects().keys() == {KEY, "entries/16045550101.json"}

    maple.do("DELETE FROM phone_numbers WHERE e164 = '+16045550101'")
    keep()

    assert line.objects().keys() == {KEY}
    assert maple.all("SELECT e164 FROM entry_copies") == [(MAPLE_NUMBER,)]


def test_one_that_another_clinic_has_taken_keeps_that_clinics_copy(
    line: Line, maple: Clinic, harbour: Clinic
) -> None:
    keep()
    maple.do("DELETE FROM phone_numbers")
    harbour.do("INSERT INTO phone_numbers (e164, org_id) VALUES (%s, %s)", MAPLE_NUMBER, harbour.org_id)
    keep(HARBOURS)

    keep()

    assert line.objects()[KEY]["name"] == "Harbour Clinic"


def test_one_that_another_clinic_takes_while_it_is_copied_ends_as_that_clinics_copy(
    line: Line, maple: Clinic, harbour: Clinic
) -> None:
    moved: list[str] = []

    def moves(**_: Any) -> None:
        """Between what was read and what is put."""
        if not moved:
            moved.append(MAPLE_NUMBER)
            maple.do("DELETE FROM phone_numbers")
            harbour.do(
                "INSERT INTO phone_numbers (e164, org_id) VALUES (%s, %s)", MAPLE_NUMBER, harbour.org_id
            )
            keep(HARBOURS)

    aws.client("s3").meta.events.register_first("before-call.s3.PutObject", moves)
    keep()

    assert moved
    assert line.objects()[KEY]["name"] == "Harbour Clinic"


def test_one_that_is_given_back_while_it_is_copied_loses_its_copy(line: Line, maple: Clinic) -> None:
    def goes(**_: Any) -> None:
        maple.do("DELETE FROM phone_numbers")

    aws.client("s3").meta.events.register_first("before-call.s3.PutObject", goes)
    keep()

    assert KEY not in line.objects()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        (
            "PUT",
            "/providers/100/hours",
            {"weekly": [{"weekday": 1, "starts": "10:00", "ends": "11:00"}], "dates": []},
        ),
        ("PATCH", "/providers/100", {"isActive": False}),
        ("PATCH", "/organization", {"afterHours": "message"}),
    ],
)
def test_whoever_changes_what_callers_are_told_raises_it(
    line: Line, maple: Clinic, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: dict[str, Any]
) -> None:
    aws.client("events").create_event_bus(Name="the-bus")
    monkeypatch.setenv("FRONTDESK_EVENT_BUS", "the-bus")
    settings.cache_clear()
    raised: list[str] = []

    def sent(params: dict[str, Any], **_: Any) -> None:
        raised.append(str(params["body"]))

    aws.client("events").meta.events.register_first("before-call.events.PutEvents", sent)

    admin = Member(token())
    answer = admin.put(path, body) if method == "PUT" else admin.patch(path, body)

    assert answer.status == 200
    [event] = raised
    assert "ClinicChanged" in event
    assert demo.MAPLE in event


def test_every_change_that_is_raised_ends_in_a_copy(line: Line, maple: Clinic) -> None:
    for detail in (
        ClinicChanged(org_id=MAPLES).model_dump(mode="json"),
        # As `AgentSaved` and `AgentSynced` are.
        {"org_id": str(MAPLES), "agent_id": str(MAPLES)},
    ):
        record: dict[str, Any] = {
            "messageId": "1",
            "receiptHandle": "1",
            "body": json.dumps({"detail-type": "ClinicChanged", "detail": detail}),
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        assert handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
        assert KEY in line.objects()
        aws.client("s3").delete_object(Bucket=settings().store, Key=KEY)


def test_the_schedule_sends_every_clinic_for_an_event_may_be_lost(line: Line, maple: Clinic) -> None:
    everybody = renew({}, Context())["clinics"]

    sent = line.queued()
    assert len(sent) == everybody >= 2
    assert {str(MAPLES), str(HARBOURS)} <= {each["org_id"] for each in sent}
    for each in sent:
        entries.keep(UUID(each["org_id"]), time.monotonic() + 5)
    assert {KEY, f"entries/{HARBOUR_NUMBER[1:]}.json"} <= line.objects().keys()


def test_a_store_that_is_away_is_tried_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_STORE", "there-is-no-such-bucket")
    settings.cache_clear()

    with pytest.raises(ProviderFailed):
        keep()
