"""Calls are made: each once, whatever gets lost, with nothing in them that a stranger may not hear."""

import json
import subprocess
import sys
import time
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest

from frontdesk.agents.choices import VOICES
from frontdesk.calls import variables
from frontdesk.outbound import calling, items, plan
from frontdesk.vapi.api import Vapi
from tests.outbound.conftest import TOLL_FREE, Desk
from tests.tools.visits import id_of


def test_a_call_goes_out_with_the_clinics_number_its_squad_and_what_it_is_for(desk: Desk, john: int) -> None:
    item = desk.recall(john)

    assert desk.run() == {"calls": 1, "failed": 0}

    [call] = desk.calls()
    assert call["type"] == "outboundPhoneCall"
    assert (call["phoneNumberId"], call["squadId"]) == (desk.phone_number_id, desk.squad_id)
    assert call["customer"] == {"number": TOLL_FREE}
    overrides = call["squadOverrides"]
    assert overrides["metadata"] == {
        "orgId": desk.clinic.org_id,
        "outboundCallId": str(item),
        "attempt": 1,
    }
    said = overrides["variableValues"]
    assert set(said) == set(variables.ALL)
    assert said["hours"].startswith("Monday")
    assert said["isOpen"] in ("yes", "no")
    assert (said["clinicName"], said["purpose"], said["language"]) == ("Maple Clinic", "recall", "en")
    assert said["purposeDetail"] == "The clinic would like John to come in again: offer to find a time."
    assert overrides["voicemailDetection"] == {"provider": "vapi"}
    assert overrides["voicemailMessage"] == (
        "Hello, this is Maple Clinic. Please call us back when you can, at 6 0 4, 5 5 5, 0 1 0 0. "
        "Thank you, goodbye."
    )
    assert desk.items("status, attempts") == [("calling", 1)]
    assert desk.clinic.all("SELECT vapi_call_id FROM outbound_attempts") == [(call["id"],)]


def test_nothing_that_is_sent_names_more_than_a_first_name(desk: Desk, john: int) -> None:
    desk.clinic.do("UPDATE patients SET email = 'john@example.com', address = '7 Hidden Lane'")
    desk.recall(john)
    desk.run()

    sent = json.dumps(desk.calls())

    assert "Doe" not in sent
    assert "1990" not in sent
    assert "Hidden" not in sent


def test_a_name_is_no_template(desk: Desk, john: int) -> None:
    desk.clinic.do("UPDATE patients SET first_name = '{{ customer.number }}' WHERE id = %s", john)
    desk.recall(john)
    desk.run()

    assert "{" not in desk.calls()[0]["squadOverrides"]["variableValues"]["purposeDetail"]


def test_a_chinese_patient_is_called_in_chinese(desk: Desk) -> None:
    meiling = id_of(desk.clinic, "Meiling")
    desk.clinic.do("UPDATE patients SET phone = '+18665550124' WHERE id = %s", meiling)
    desk.recall(meiling)
    desk.run()

    [call] = desk.calls()

    assert call["squadOverrides"]["variableValues"]["language"] == "zh"
    assert "六零四，五五五，零一零零" in call["squadOverrides"]["voicemailMessage"]


def test_the_clinics_own_assistant_calls_where_it_has_one(desk: Desk, john: int) -> None:
    own = desk.vapi.create("assistant", {"name": "Front desk"})["id"]
    desk.clinic.do(
        "INSERT INTO agents (org_id, id, name, template, languages, voice, model, temperature,"
        " vapi_assistant_id) VALUES (%s, gen_random_uuid(), 'Front desk', 'assistant', '{en}', 'sarah',"
        " 'gpt-4o', 0.3, %s)",
        *(desk.clinic.org_id, own),
    )
    desk.recall(john)
    desk.run()

    [call] = desk.calls()

    assert call["assistantId"] == own
    assert call["assistantOverrides"]["firstMessage"].endswith("May I speak with John?")


def test_who_calls_speaks_as_who_answers_and_vapi_is_asked_for_the_squad_once(desk: Desk, john: int) -> None:
    desk.clinic.do(
        "INSERT INTO agents (org_id, id, name, template, languages, voice, model, temperature, greeting,"
        " instructions) VALUES (%s, gen_random_uuid(), 'Front desk', 'squad', '{en,zh}', 'paul',"
        " 'gpt-4o', 0.3, 'Maple, good day.', 'Parking is behind the house.')",
        desk.clinic.org_id,
    )
    for hours in (10, 20):
        item = desk.recall(john, hours=hours)
        desk.run()
        desk.settle(item, desk.calls()[-1]["id"], "customer-ended-call")
        desk.wait()

    overrides = [call["squadOverrides"] for call in desk.calls()]

    assert [each["variableValues"]["greeting"] for each in overrides] == ["Maple, good day."] * 2
    assert overrides[0]["variableValues"]["instructions"] == "Parking is behind the house."
    assert overrides[0]["voice"] == dict(VOICES["paul"].wire)
    assert len([one for one in desk.vapi.requests() if one["path"].startswith("/squad")]) == 1
    assert desk.clinic.all("SELECT vapi_id FROM vapi_squads") == [(desk.squad_id,)]


@pytest.mark.parametrize(
    "lost", [{"reset": True}, {"status": 502}], ids=["no answer", "an answer that says nothing"]
)
def test_a_lost_answer_makes_no_second_call(desk: Desk, john: int, lost: dict[str, Any]) -> None:
    item = desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "when": "after", **lost})

    desk.run()
    assert desk.clinic.all("SELECT attempt, vapi_call_id FROM outbound_attempts") == [(1, None)]
    desk.run()
    desk.age(minutes=10)
    desk.run()

    [call] = desk.calls()
    assert desk.clinic.all("SELECT item_id, attempt, vapi_call_id FROM outbound_attempts") == [
        (item, 1, call["id"])
    ]


def test_a_call_that_vapi_never_made_is_asked_for_again_once_that_is_certain(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "reset": True})

    desk.run()
    desk.run()
    assert desk.calls() == []
    desk.age(minutes=4)
    desk.run()

    assert len(desk.calls()) == 1
    assert desk.clinic.all("SELECT attempt, ended_reason FROM outbound_attempts ORDER BY 1") == [
        (1, items.NOT_BEGUN),
        (2, None),
    ]


class _Killed(BaseException):
    """The process ended here: nothing catches it, nothing more is done."""


@pytest.mark.parametrize("line", ["before Vapi is asked", "before it is written down", "before anything"])
def test_a_run_that_is_killed_anywhere_makes_one_call_in_the_end(
    desk: Desk, john: int, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.recall(john)

    def killed(*_: object, **__: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        if line == "before Vapi is asked":
            patched.setattr(calling, "_ask", killed)
        elif line == "before it is written down":
            patched.setattr(calling, "_made", killed)
        else:
            patched.setattr(calling, "_claim", killed)
        with pytest.raises(_Killed):
            desk.run()
    for _ in range(2):
        desk.run()
    desk.age(minutes=4)
    for _ in range(2):
        desk.run()

    assert len(desk.calls()) == 1
    assert desk.items("status") == [("calling",)]


def test_a_process_that_is_killed_while_vapi_answers_makes_no_second_call(desk: Desk, john: int) -> None:
    item = desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "when": "after", "latency_s": 5})
    code = (
        "from functions.outbound.make_calls.handler import handler\n"
        "from tests.clinic import Context\n"
        "handler({}, Context(50))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while not desk.vapi.writes() and time.monotonic() < until:
            time.sleep(0.05)
        process.kill()
    desk.vapi.faults()
    assert desk.clinic.all("SELECT vapi_call_id FROM outbound_attempts") == [(None,)]
    desk.clinic.do("UPDATE leases SET until = now() - interval '1 second'")

    desk.run()

    [call] = desk.calls()
    found = desk.clinic.all("SELECT item_id, attempt, vapi_call_id FROM outbound_attempts")
    assert found == [(item, 1, call["id"])]


def test_a_function_that_is_killed_while_vapi_is_awaited_keeps_no_lock_and_no_lease_for_long(
    desk: Desk, john: int
) -> None:
    """Its lease, taken by somebody who is gone, is waited for and then anybody's."""
    desk.recall(john)
    lease = f"outbound {desk.clinic.org_id}"
    desk.clinic.do(
        "INSERT INTO leases (name, holder, until)"
        " VALUES (%s, gen_random_uuid(), now() + interval '1 minute')",
        lease,
    )

    assert desk.run()["calls"] == 0
    desk.clinic.do("UPDATE leases SET until = now() - interval '1 second'")

    assert desk.run()["calls"] == 1


def test_no_transaction_is_open_while_vapi_is_awaited(
    desk: Desk, john: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.recall(john)
    seen: list[int] = []
    create = Vapi.create

    def watched(vapi: Vapi, *asked: Any) -> Any:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'frontdesk_app' AND xact_start IS NOT NULL"
            " AND datname = current_database()"
        )
        seen.append(desk.clinic.all(query)[0][0])
        return create(vapi, *asked)

    monkeypatch.setattr(Vapi, "create", watched)
    desk.run()

    assert seen == [0]


def test_a_person_is_called_about_one_thing_at_a_time(desk: Desk, john: int) -> None:
    first, second = desk.recall(john, hours=10), desk.recall(john, hours=20)
    desk.clinic.do("UPDATE organizations SET outbound_concurrency = 5")

    desk.run()
    assert desk.items("id, status") == [(first, "calling"), (second, "waiting")]
    desk.settle(first, desk.calls()[0]["id"], "customer-ended-call")
    desk.run()
    assert desk.items("id, status") == [(first, "done"), (second, "waiting")]
    desk.age(minutes=60)
    desk.run()

    assert desk.items("id, status") == [(first, "done"), (second, "calling")]


def test_a_number_that_two_share_has_its_rest_too(desk: Desk, john: int) -> None:
    meiling = id_of(desk.clinic, "Meiling")
    desk.clinic.do("UPDATE patients SET phone = %s WHERE id = %s", TOLL_FREE, meiling)
    first = desk.recall(john, hours=10)
    desk.recall(meiling, hours=20)
    desk.run()
    desk.settle(first, desk.calls()[0]["id"], "customer-ended-call")

    desk.run()

    assert len(desk.calls()) == 1


def test_a_long_list_for_another_day_hides_nobody_whose_time_has_come(desk: Desk, john: int) -> None:
    desk.clinic.do(
        "INSERT INTO outbound_calls (org_id, purpose, key, number, not_before, expires_at, next_at)"
        " SELECT %s, 'recall', 'recall:' || n, '+18665550100', now() + interval '1 hour',"
        " now() + interval '2 hours', now() + interval '1 hour' FROM generate_series(1, 2001) n",
        desk.clinic.org_id,
    )
    item = desk.recall(john)

    assert desk.run()["calls"] == 1

    assert desk.clinic.all("SELECT id FROM outbound_calls WHERE status = 'calling'") == [(item,)]


def test_nobody_is_called_who_is_on_the_phone_with_the_clinic(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.clinic.ask("get_clinic_info", caller=TOLL_FREE)

    assert desk.run()["calls"] == 0
    desk.clinic.do("UPDATE calls SET ended_at = now()")

    assert desk.run()["calls"] == 1


def test_no_more_calls_at_once_than_the_clinic_allows(desk: Desk, john: int) -> None:
    desk.clinic.do("UPDATE organizations SET outbound_concurrency = 2")
    for number, patient in enumerate(desk.clinic.all("SELECT id FROM patients ORDER BY id LIMIT 4")):
        desk.clinic.do("UPDATE patients SET phone = %s WHERE id = %s", f"+1800555014{number}", patient[0])
        desk.recall(patient[0])

    for _ in range(3):
        desk.run()

    assert len(desk.calls()) == 2
    assert sorted(desk.items("status")) == [("calling",), ("calling",), ("waiting",), ("waiting",)]


def test_who_asked_not_to_be_called_meanwhile_is_not_called(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.clinic.do("INSERT INTO do_not_call (org_id, number) VALUES (%s, %s)", desk.clinic.org_id, TOLL_FREE)

    desk.run()

    assert desk.calls() == []
    assert desk.items("status, outcome") == [("cancelled", "the number is on the do-not-call list")]


def test_the_number_that_is_called_is_the_patients_of_today(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.clinic.do("UPDATE patients SET phone = '+18885550100' WHERE id = %s", john)

    desk.run()

    assert desk.calls()[0]["customer"] == {"number": "+18885550100"}


def test_a_clinic_that_has_switched_nothing_on_calls_nobody(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.clinic.do("UPDATE organizations SET outbound_purposes = '{}'")

    assert desk.run() == {"calls": 0, "failed": 0}
    assert desk.vapi.requests() == []


def test_an_account_that_is_full_is_asked_again_and_no_attempt_is_counted(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "status": 429})

    assert desk.run() == {"calls": 0, "failed": 1}
    assert desk.items("status, attempts") == [("waiting", 0)]
    desk.wait()
    desk.run()

    assert desk.items("status, attempts") == [("calling", 1)]


def test_a_number_that_vapi_refuses_is_given_up_after_as_many_attempts_as_any(
    desk: Desk, john: int, printed: pytest.CaptureFixture[str]
) -> None:
    desk.recall(john)
    desk.clinic.do("UPDATE organizations SET outbound_attempts = 2")
    desk.vapi.faults({"path": "/call", "method": "POST", "status": 400})
    for _ in range(4):
        desk.run()
        desk.wait()

    assert desk.items() == [("recall", "gave_up", 2, "failed")]
    assert TOLL_FREE[2:] not in printed.readouterr().out


def test_a_call_whose_report_never_comes_is_asked_about(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.run()
    [call] = desk.calls()
    desk.age(minutes=50)
    desk.run()
    assert desk.items("status") == [("calling",)]
    ended = {"status": "ended", "endedAt": "2026-03-03T20:10:00.000Z", "endedReason": "customer-busy"}
    desk.vapi.edit("call", call["id"], ended)

    desk.run()

    assert desk.items("status, outcome") == [("waiting", "busy")]


def test_a_call_that_vapi_never_ends_is_over_some_time(
    desk: Desk, john: int, printed: pytest.CaptureFixture[str]
) -> None:
    item = desk.recall(john)
    desk.run()
    desk.age(hours=14, minutes=50)
    desk.run()
    assert desk.items("status") == [("calling",)]
    desk.vapi.faults({"path": "/call/", "method": "GET", "status": 500})
    desk.age(minutes=15)

    desk.run()

    assert desk.items("id, status, outcome") == [(item, "waiting", "failed")]
    assert desk.clinic.all("SELECT ended_reason FROM outbound_attempts") == [(items.GONE,)]
    assert "a call never ends" in printed.readouterr().out


def test_calls_are_asked_about_only_while_there_is_time(desk: Desk, john: int) -> None:
    desk.recall(john)
    desk.run()
    desk.age(minutes=50)
    desk.vapi.forget()

    with closing(Vapi(desk.vapi.url, desk.vapi.key)) as vapi:
        calling.make(vapi, UUID(desk.clinic.org_id), until=time.monotonic() + 5)

    assert desk.vapi.requests() == []


def test_who_is_called_by_somebody_else_meanwhile_keeps_nobody_waiting(
    desk: Desk, john: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    meiling = id_of(desk.clinic, "Meiling")
    desk.clinic.do("UPDATE patients SET phone = '+18665550124' WHERE id = %s", meiling)
    desk.clinic.do("UPDATE organizations SET outbound_concurrency = 5")
    first, other = desk.recall(john, hours=10), desk.recall(john, hours=20)
    third = desk.recall(meiling, hours=30)
    planned = plan.plan
    plans: list[None] = []

    def overtaken(*asked: Any, **more: Any) -> Any:
        plans.append(None)
        made = planned(*asked, **more)
        if len(plans) == 2:
            desk.clinic.do("UPDATE outbound_calls SET status = 'calling' WHERE id = %s", other)
        return made

    monkeypatch.setattr(plan, "plan", overtaken)

    assert desk.run() == {"calls": 1, "failed": 0}
    assert desk.items("id, status") == [(first, "waiting"), (other, "calling"), (third, "calling")]


def test_the_marks_of_a_call_are_read_wherever_vapi_puts_them() -> None:
    marks = {"orgId": "o", "outboundCallId": "7", "attempt": 2}

    for call in (
        {"metadata": marks},
        {"assistantOverrides": {"metadata": marks}},
        {"squadOverrides": {"metadata": marks}, "assistantOverrides": None},
    ):
        assert items.of_call(call) == ("o", 7, 2)
    for other in ({}, {"metadata": {"orgId": "o"}}, {"metadata": {**marks, "attempt": "x"}}):
        assert items.of_call(other) is None
