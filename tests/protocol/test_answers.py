"""What goes back: one line, one of two, ready to speak; and what a repeated tool call gets."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.clinic import Clinic
from tests.protocol.tables import changed, counted

ROOT = Path(__file__).parents[2]
ADA = {"firstName": "Ada", "lastName": "Lind", "phone": "+16045550177"}
ANOTHER_PROCESS = """
import json, sys
from tests.clinic import invoke, signed
invoke(sys.argv[1], b"", {})
print("ready", flush=True)
body = sys.stdin.readline().encode()
print(json.dumps(json.loads(invoke(sys.argv[1], body, signed(body))["body"])["results"][0]), flush=True)
"""


def is_one_line(text: str) -> bool:
    return len(text.splitlines()) == 1


def test_every_answer_is_one_line_of_json_with_what_to_say_and_what_day_it_is(clinic: Clinic) -> None:
    today = clinic.all("SELECT to_char(now() AT TIME ZONE 'America/Vancouver', 'YYYY-MM-DD')")[0][0]

    for tool, arguments in (
        ("get_clinic_info", {}),
        ("get_providers", {}),
        ("find_earliest_appointment", {}),
        ("cancel_appointment", {"appointmentId": 1}),
        ("add_to_waitlist", ADA),
        ("add_to_waitlist", {}),
    ):
        item = clinic.asked(tool, arguments)
        assert set(item) == {"name", "toolCallId", "result"}
        assert isinstance(item["result"], str)
        assert is_one_line(item["result"])
        answer = json.loads(item["result"])
        assert answer["today"] == today
        assert isinstance(answer["say"], str)
        assert answer["say"]


def test_an_error_is_one_line_of_plain_words_and_no_result(clinic: Clinic) -> None:
    clinic.number = "+16045550999"

    item = clinic.asked("get_clinic_info", {})

    assert set(item) == {"name", "toolCallId", "error"}
    assert is_one_line(item["error"])
    assert not item["error"].startswith("{")


def test_line_breaks_of_every_kind_in_what_was_sent_leave_the_answer_on_one_line(clinic: Clinic) -> None:
    broken = {**ADA, "firstName": "A\u2028d\u2029a\x85\x0b\x0c\n\r\x1c!"}

    item = clinic.asked("add_to_waitlist", broken)

    assert is_one_line(item["result"])
    assert "waitlisted" in item["result"]


def test_the_result_is_spoken_in_the_language_that_a_tool_was_last_told(clinic: Clinic) -> None:
    assert clinic.ask("get_providers")["say"].startswith("You can see")
    clinic.ask("log_call_metadata", language="zh", callOutcome="no_action")

    assert clinic.ask("get_providers")["say"].startswith("您可以预约")
    assert clinic.ask("get_providers", call="call-2")["say"].startswith("You can see")


def test_a_repeated_write_gets_its_first_answer_and_is_done_once(clinic: Clinic) -> None:
    first = clinic.asked("add_to_waitlist", ADA, id="same")
    before = counted(clinic.owner_url)

    again = clinic.asked("add_to_waitlist", ADA, id="same")

    assert again == first
    assert json.loads(again["result"])["wasAlready"] is False
    assert counted(clinic.owner_url) == before


def test_a_repeated_booking_gets_its_first_answer_even_when_it_was_cancelled_since(clinic: Clinic) -> None:
    """The id says that Vapi repeats itself, so nothing is booked anew."""
    patient = clinic.prove_john()
    offer = clinic.ask("find_earliest_appointment")
    wish: dict[str, Any] = {
        "demographicId": patient,
        **{key: offer[key] for key in ("providerId", "startTime", "appointmentType")},
        "reason": "cough",
        "language": "en",
    }
    first = clinic.asked("create_appointment", wish, id="same")
    clinic.ask("cancel_appointment", appointmentId=json.loads(first["result"])["appointmentId"])

    assert clinic.asked("create_appointment", wish, id="same") == first
    assert clinic.all("SELECT status FROM appointments") == [("cancelled",)]


def test_a_repeated_refusal_stays_a_refusal_though_it_might_succeed_by_now(clinic: Clinic) -> None:
    """The model was told that nothing was booked; a repeat that books would make that untrue."""
    patient = clinic.prove_john()
    offer = clinic.ask("find_earliest_appointment", call="somebody-else", caller="+16045550124")
    wish: dict[str, Any] = {
        "demographicId": patient,
        **{key: offer[key] for key in ("providerId", "startTime", "appointmentType")},
        "reason": "cough",
        "language": "en",
    }
    first = clinic.asked("create_appointment", wish, id="same")
    clinic.do("DELETE FROM appointments")

    assert json.loads(first["result"])["booked"] is False
    assert clinic.asked("create_appointment", wish, id="same") == first
    assert clinic.ask("create_appointment", **wish)["booked"] is True


def test_a_repeated_id_with_other_arguments_is_an_error_and_changes_nothing(clinic: Clinic) -> None:
    clinic.asked("add_to_waitlist", ADA, id="same")
    before = counted(clinic.owner_url)

    item = clinic.asked("add_to_waitlist", {**ADA, "firstName": "Eve"}, id="same")

    assert "used before" in item["error"]
    assert counted(clinic.owner_url) == before


def test_a_repeated_id_of_another_tool_is_an_error(clinic: Clinic) -> None:
    clinic.asked("add_to_waitlist", {}, id="same")

    assert "used before" in clinic.asked("cancel_appointment", {}, id="same")["error"]


def test_the_same_id_in_another_call_or_another_clinic_is_another_request(
    clinic: Clinic, harbour: Clinic
) -> None:
    clinic.asked("add_to_waitlist", ADA, id="same")

    assert clinic.ask("add_to_waitlist", id="same", call="call-2", **ADA)["wasAlready"] is True
    assert harbour.ask("add_to_waitlist", id="same", **ADA)["wasAlready"] is False


def test_a_repeated_read_is_answered_afresh(clinic: Clinic) -> None:
    first = json.loads(clinic.asked("get_providers", {}, id="same")["result"])
    clinic.do("UPDATE providers SET name = 'Dr. Wei Chan' WHERE id = 100")

    again = json.loads(clinic.asked("get_providers", {}, id="same")["result"])

    assert (first["providers"][0]["name"], again["providers"][0]["name"]) == ("Dr. Wei Chen", "Dr. Wei Chan")


def test_nothing_a_reading_tool_has_said_is_kept(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("get_patient")

    assert clinic.all("SELECT count(*) FROM tool_calls WHERE result IS NOT NULL") == [(0,)]


def test_a_decline_undoes_the_handlers_work_and_keeps_its_record(clinic: Clinic) -> None:
    before = counted(clinic.owner_url)

    assert clinic.ask("cancel_appointment", appointmentId=1)["cancelled"] is False

    assert changed(before, counted(clinic.owner_url)) == {"calls", "tool_calls", "audit_log"}
    assert clinic.all("SELECT tool, outcome FROM tool_calls") == [("cancel_appointment", "refused")]
    assert clinic.all("SELECT action, outcome FROM audit_log") == [("cancel_appointment", "refused")]


def test_a_failed_attempt_to_prove_who_one_is_stays_counted(clinic: Clinic) -> None:
    clinic.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1990-01-16")

    assert clinic.all("SELECT failed_proofs FROM calls") == [(1,)]


def another_process(tool: str) -> subprocess.Popen[str]:
    """A second Lambda environment, warm; it answers the one body it is sent."""
    process = subprocess.Popen(
        [sys.executable, "-c", ANOTHER_PROCESS, tool],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    return process


def send(process: subprocess.Popen[str], body: str) -> None:
    assert process.stdin is not None
    process.stdin.write(body + "\n")
    process.stdin.flush()


def answered(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = process.communicate(timeout=30)
    return json.loads(said.splitlines()[-1])


def wait_until_waiting(holder: psycopg.Connection, count: int) -> None:
    """Returns when so many sessions wait for a lock."""
    until = time.monotonic() + 20
    while True:
        row = holder.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        if row == (count,):
            return
        assert time.monotonic() < until, row
        time.sleep(0.01)


def test_a_repeat_while_the_first_still_runs_waits_and_gets_the_same_answer(clinic: Clinic) -> None:
    """Two processes, as two Lambda environments are; the first is kept busy by a locked table."""
    body = json.dumps({"message": clinic.message("add_to_waitlist", ADA, id="same")})
    first, second = another_process("add_to_waitlist"), another_process("add_to_waitlist")
    with psycopg.connect(clinic.owner_url) as holder:
        holder.execute("LOCK TABLE waitlist IN ACCESS EXCLUSIVE MODE")
        send(first, body)
        wait_until_waiting(holder, 1)
        send(second, body)
        wait_until_waiting(holder, 2)

    one, other = answered(first), answered(second)

    assert one == other
    assert json.loads(one["result"])["wasAlready"] is False
    assert clinic.all("SELECT count(*) FROM waitlist") == [(1,)]
    assert clinic.all("SELECT count(*) FROM tool_calls") == [(1,)]
