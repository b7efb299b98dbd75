"""What the clinic's own people see and say of the calls it makes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from frontdesk.outbound import items
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import Member, token
from tests.outbound.conftest import Desk

MAPLES, HARBOURS = Member(token()), Member(token(demo.HARBOUR))
UNTIL = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
HEAD = "First Name,last_name,birth_date,phone,until,consent"
JOHN = f"John,Doe,1990-01-15,604 555 0123,{UNTIL}"


def recall(*lines: str, **how: bool) -> tuple[int, dict[str, Any]]:
    asked = {name: str(value).lower() for name, value in how.items()}
    answer = MAPLES.post("/recalls", "\n".join([HEAD, *lines]), **asked)
    return answer.status, answer.body


def test_a_list_is_looked_at_first_and_taken_once(clinic: Clinic) -> None:
    looked = recall(f"{JOHN},yes")
    assert clinic.all("SELECT id FROM outbound_calls") == []
    assert clinic.all("SELECT may_be_called FROM patients WHERE first_name = 'John'") == [(None,)]
    taken = recall(f"{JOHN},yes", dryRun=False)
    again = recall(f"{JOHN},", dryRun=False)

    line = {"line": 2, "detail": ""}
    assert looked == (
        200,
        {"dryRun": True, "new": 1, "same": 0, "refused": 0, "lines": [{**line, "status": "new"}]},
    )
    assert (taken[0], taken[1]["new"]) == (200, 1)
    assert (again[0], again[1]["same"]) == (200, 1)
    assert clinic.all("SELECT purpose, number, status FROM outbound_calls") == [
        ("recall", "+16045550123", "waiting")
    ]
    assert clinic.all("SELECT may_be_called FROM patients WHERE first_name = 'John'") == [(True,)]


def test_who_was_cancelled_may_be_asked_to_come_again(desk: Desk, john: int) -> None:
    number = desk.clinic.all("SELECT phone FROM patients WHERE id = %s", john)[0][0]
    line = f"John,Doe,1990-01-15,{number},{UNTIL},yes"
    recall(line, dryRun=False)
    desk.run()
    desk.settle(desk.items("id")[0][0], desk.calls()[0]["id"], "manually-canceled")
    desk.wait()

    looked, taken = recall(line)[1], recall(line, dryRun=False)[1]

    assert (looked["new"], taken["new"]) == (1, 1)
    assert desk.items("status, attempts") == [("cancelled", 1), ("waiting", 0)]
    desk.run()
    assert desk.items("status, attempts") == [("cancelled", 1), ("calling", 1)]
    assert recall(line)[1]["same"] == 1


def test_whose_names_a_list_was_held_against_is_in_the_audit_log(clinic: Clinic) -> None:
    [(john,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")
    recall(f"{JOHN},")
    recall(f"{JOHN},yes", dryRun=False)

    noted = clinic.all(
        "SELECT action, patient_ids FROM audit_log WHERE starts_with(action, 'recalls') ORDER BY id"
    )

    assert noted == [("recalls.compared", [john]), ("recalls.added", [john])]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"Nobody,Here,1990-01-15,604 555 0123,{UNTIL},yes", "There is no patient of that name"),
        (f"{JOHN},", "The patient has not agreed to be called"),
        (f"{JOHN},no", "The patient does not want to be called."),
        (f"John,Doe,1990-01-15,12,{UNTIL},yes", "phone: It can't be read."),
        ("John,Doe,1990-01-15,604 555 0123,2020-01-01,yes", "until: It is past"),
        ("John,Doe,1990-01-15,604 555 0123,,yes", "until: It is missing."),
        ("John,Doe,once,604 555 0123,soon,perhaps", "birth_date: It can't be read.; until: It"),
        ("John,Doe", "It has another number of cells than the first line."),
    ],
)
def test_a_line_that_can_not_be_taken_says_why_and_repeats_nothing(
    clinic: Clinic, line: str, why: str
) -> None:
    status, report = recall(line)

    assert (status, report["refused"]) == (200, 1)
    [told] = report["lines"]
    assert why in told["detail"]
    assert "John" not in json.dumps(report)
    status, _ = recall(line, f"{JOHN},yes", dryRun=False)
    assert status == 422
    assert clinic.all("SELECT id FROM outbound_calls") == []
    status, report = recall(line, f"{JOHN},yes", dryRun=False, skipRefused=True)
    assert (status, report["new"], report["refused"]) == (200, 1, 1)


def test_who_has_said_no_is_not_called_in_by_a_list_that_says_yes(clinic: Clinic) -> None:
    [(john,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")
    said = MAPLES.put(f"/patients/{john}/consent", {"mayBeCalled": False})
    assert (said.status, said.body) == (200, {"patientId": john, "mayBeCalled": False})

    assert recall(f"{JOHN},yes")[1]["refused"] == 1
    MAPLES.put(f"/patients/{john}/consent", {"mayBeCalled": None})
    assert recall(f"{JOHN},yes")[1]["new"] == 1


def test_consent_is_of_ones_own_patients(clinic: Clinic) -> None:
    [(john,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")

    assert HARBOURS.put(f"/patients/{john}/consent", {"mayBeCalled": True}).status == 404


def test_a_number_is_put_on_the_list_in_any_form_and_taken_off(clinic: Clinic, harbour: Clinic) -> None:
    added = MAPLES.put("/do-not-call/(604) 555-0123")
    MAPLES.put("/do-not-call/+16045550123")

    assert (added.status, added.body) == (200, {"number": "+16045550123", "isCalled": False})
    [listed] = MAPLES.get("/do-not-call").body["numbers"]
    assert listed["number"] == "+16045550123"
    assert HARBOURS.get("/do-not-call").body == {"numbers": []}
    assert MAPLES.delete("/do-not-call/604-555-0123").body["isCalled"] is True
    assert MAPLES.get("/do-not-call").body == {"numbers": []}
    assert MAPLES.put("/do-not-call/nonsense").status == 400
    actions = clinic.all("SELECT action FROM audit_log WHERE starts_with(action, 'do_not_call') ORDER BY id")
    added, removed = "do_not_call.added", "do_not_call.removed"
    assert [action for (action,) in actions] == [added, added, removed]


def test_the_calls_are_listed_newest_first_with_what_came_of_each_attempt(desk: Desk, john: int) -> None:
    first, second = desk.recall(john, hours=10), desk.recall(john, hours=20)
    desk.run()
    desk.settle(first, desk.calls()[0]["id"], "customer-busy")

    page = MAPLES.get("/outbound-calls", limit=1).body
    rest = MAPLES.get("/outbound-calls", limit=1, before=page["nextBefore"]).body
    [one], [other] = page["outboundCalls"], rest["outboundCalls"]

    assert (one["id"], one["status"], one["tries"]) == (second, "waiting", [])
    assert (other["id"], other["outcome"], other["number"]) == (first, "busy", "…0123")
    [attempt] = other["tries"]
    assert (attempt["callId"], attempt["endedReason"]) == (desk.calls()[0]["id"], "customer-busy")
    assert MAPLES.get("/outbound-calls", status="done").body == {"outboundCalls": [], "nextBefore": None}
    assert HARBOURS.get("/outbound-calls").body["outboundCalls"] == []


def test_a_clinic_says_what_it_calls_for_and_in_which_hours(clinic: Clinic) -> None:
    before = MAPLES.get("/organization").body
    changed = MAPLES.patch(
        "/organization", {"outboundPurposes": ["reminder"], "outboundFrom": "10:00", "outboundTo": "18:30"}
    )

    assert (before["outboundPurposes"], before["outboundFrom"]) == ([], "09:00:00")
    assert changed.status == 200
    assert (changed.body["outboundPurposes"], changed.body["outboundTo"]) == (["reminder"], "18:30:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"outboundFrom": "18:00", "outboundTo": "10:00"},
        {"outboundPurposes": ["survey"]},
        {"outboundPurposes": ["recall", "recall"]},
        {"outboundAttempts": 7},
        {"outboundSpacingMin": 14},
    ],
)
def test_hours_that_end_before_they_begin_are_refused_like_calls_without_end(
    clinic: Clinic, changes: dict[str, object]
) -> None:
    answer = MAPLES.patch("/organization", changes)

    assert answer.status == 422
    assert answer.body["errors"][0]["field"].split(".")[0] in {*changes, "outboundFrom"}


def plan(database: Database, *asked: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", database.app_url)
    monkeypatch.setenv("COLUMNS", "200")
    result = CliRunner().invoke(app, ["outbound", "plan", *asked])
    assert result.exit_code == 0, result.output
    return result.output


def test_an_operator_sees_who_would_be_called_when_and_why_not(
    desk: Desk, john: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, later = desk.recall(john, hours=10), desk.recall(john, hours=20)
    desk.vapi.forget()

    planned = json.loads(plan(database, "--json", monkeypatch=monkeypatch))
    by_name = {each["organization"]["name"]: each for each in planned}
    maple, harbour = by_name["Maple Clinic"], by_name["Harbour Clinic"]
    shown = plan(database, "--org", "maple clinic", monkeypatch=monkeypatch)

    assert harbour["calls"] == []
    assert [(call["id"], call["what"], call["number"]) for call in maple["calls"]] == [
        (now, "now", "…0123"),
        (later, "later", "…0123"),
    ]
    assert maple["calls"][1]["why"] == "that person is on the phone with the clinic"
    assert "is called now" in shown
    assert "There are more" not in shown
    assert "5550123" not in shown + json.dumps(maple)
    assert "John" not in shown + json.dumps(maple)
    assert desk.vapi.requests() == []
    assert desk.items("status") == [("waiting",), ("waiting",)]
    assert "calls nobody" in plan(database, "--org", "Harbour Clinic", monkeypatch=monkeypatch)


def test_an_operator_is_told_when_there_are_more_than_shown(
    desk: Desk, john: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.recall(john, hours=10)
    desk.recall(john, hours=20)
    monkeypatch.setattr(items, "_MOST", 1)

    shown = plan(database, "--org", "maple clinic", monkeypatch=monkeypatch)
    [document] = json.loads(plan(database, "--org", "maple clinic", "--json", monkeypatch=monkeypatch))

    assert "There are more than these 1" in shown
    assert (document["isCut"], len(document["calls"])) == (True, 1)
