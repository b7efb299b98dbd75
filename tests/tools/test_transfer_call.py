import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.clinic import Clinic
from tests.conftest import Database
from tests.tools import visits

CONNECTING = "I'm connecting you now, please hold."
FAILED = "I couldn't connect you just now. I've noted that you asked."
NOBODY = "There's nobody at the desk right now. I've noted that you called."


class LiveControl:
    """Vapi's live control of a running call, on this machine."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        self.status = 200
        self.meanwhile: Callable[[], object] = lambda: None
        """Run while the tool waits for the answer."""
        control = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                control.commands.append(json.loads(body))
                control.meanwhile()
                with suppress(BrokenPipeError):
                    self.send_response(control.status)
                    if 300 <= control.status < 400:
                        self.send_header("location", control.url)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/call-1/control"


@pytest.fixture
def control() -> Iterator[LiveControl]:
    control = LiveControl()
    thread = Thread(target=control.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield control
    control.server.shutdown()
    thread.join()
    control.server.server_close()


@pytest.fixture
def line(clinic: Clinic, control: LiveControl) -> Clinic:
    """Maple's line, with a call that can be passed on."""
    clinic.control_url = control.url
    return clinic


def transfers(clinic: Clinic) -> list[Any]:
    return clinic.all("SELECT reason, status, number, is_flagged FROM transfers ORDER BY id")


def lines(clinic: Clinic, *rows: tuple[Any, ...]) -> None:
    """Puts these in place of the clinic's lines: reason, weekday, from, to, number."""
    clinic.do("DELETE FROM transfer_lines")
    for row in rows:
        clinic.do(
            "INSERT INTO transfer_lines (org_id, reason, weekday, starts, ends, number)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            clinic.org_id,
            *row,
        )


def test_a_call_is_passed_to_the_clinics_line(line: Clinic, control: LiveControl) -> None:
    lines(line, (None, None, None, None, "+16045550190"))

    answer = line.ask("transfer_call", reason="patient_request", notes="wants a person")

    assert (answer["transferred"], answer["status"], answer["say"]) == (True, "accepted", CONNECTING)
    [command] = control.commands
    assert command["type"] == "transfer"
    assert command["destination"]["type"] == "number"
    assert command["destination"]["number"] == "+16045550190"
    assert transfers(line) == [("patient_request", "accepted", "+16045550190", False)]
    assert line.all("SELECT notes, settled_at IS NOT NULL FROM transfers") == [("wants a person", True)]


def test_a_call_that_is_passed_on_holds_nothing_any_more(line: Clinic, control: LiveControl) -> None:
    line.ask("find_earliest_appointment")
    assert visits.holds(line) != []

    line.ask("transfer_call", reason="patient_request")

    assert visits.holds(line) == []


def test_a_reason_has_its_own_line(line: Clinic, control: LiveControl) -> None:
    lines(line, (None, None, None, None, "+16045550190"), ("billing", None, None, None, "+16045550192"))

    line.ask("transfer_call", call="one", reason="billing")
    line.ask("transfer_call", call="two", reason="medical_question")

    assert [c["destination"]["number"] for c in control.commands] == ["+16045550192", "+16045550190"]


def past_noon(clinic: Clinic) -> int:
    """Takes the clinic to where it is past noon now; the weekday there."""
    # The names' signs are the other way round: in Etc/GMT+8 it is eight hours earlier.
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
    clinic.do("UPDATE organizations SET time_zone = %s", zone)
    return datetime.now(ZoneInfo(zone)).isoweekday()


def test_in_its_hours_the_desk_answers_and_the_service_at_all_others(
    line: Clinic, control: LiveControl
) -> None:
    past_noon(line)
    always = (None, None, None, None, "+16045550191")
    lines(line, (None, None, "09:00", "17:00", "+16045550190"), always)
    line.ask("transfer_call", call="one", reason="frustrated")
    lines(line, (None, None, "17:00", "09:00", "+16045550190"), always)
    line.ask("transfer_call", call="two", reason="frustrated")

    assert [c["destination"]["number"] for c in control.commands] == ["+16045550190", "+16045550191"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kolkata", "America/Vancouver"])
def test_hours_are_the_clinics_own(line: Clinic, zone: str) -> None:
    line.do("UPDATE organizations SET time_zone = %s", zone)
    today = datetime.now(ZoneInfo(zone)).isoweekday()
    lines(line, (None, today, "00:00", "23:59:59.999", "+16045550190"))

    assert line.ask("transfer_call", reason="frustrated")["status"] == "accepted"


@pytest.mark.parametrize(("starts", "ends", "days_ago"), [("10:00", "09:00", 0), ("17:00", "15:00", 1)])
def test_hours_across_midnight_belong_to_the_day_they_begin_on(
    line: Clinic, starts: str, ends: str, days_ago: int
) -> None:
    opened = (past_noon(line) - 1 - days_ago) % 7 + 1

    for weekday in range(1, 8):
        lines(line, (None, weekday, starts, ends, "+16045550190"))
        status = line.ask("transfer_call", call=f"call-{weekday}", reason="frustrated")["status"]
        assert status == ("accepted" if weekday == opened else "nobody_there")


def test_out_of_hours_nobody_is_there_and_nobody_is_asked(harbour: Clinic, control: LiveControl) -> None:
    harbour.control_url = control.url
    tomorrow = datetime.now(ZoneInfo("America/Toronto")).isoweekday() % 7 + 1
    lines(harbour, (None, tomorrow % 7 + 1, "09:00", "17:00", "+14165550190"))

    answer = harbour.ask("transfer_call", reason="patient_request")

    assert (answer["transferred"], answer["status"], answer["say"]) == (False, "nobody_there", NOBODY)
    assert control.commands == []
    assert transfers(harbour) == [("patient_request", "nobody_there", None, False)]


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_when_vapi_does_not_take_it_the_caller_hears_so(
    line: Clinic, control: LiveControl, status: int
) -> None:
    control.status = status

    answer = line.ask("transfer_call", reason="patient_request")

    assert (answer["transferred"], answer["status"], answer["say"]) == (False, "failed", FAILED)
    assert len(control.commands) == 1
    [(_, settled, _, _)] = transfers(line)
    assert settled == "failed"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://127.0.0.1:1/control",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:80/control",
        "https://evil.example/call/control",
        "https://vapi.ai.evil.example/control",
        "https://user@127.0.0.1/control",
        "http://127.0.0.1:99999/control",
        "http://[::1]/control",
        "file:///etc/passwd",
        "not an address",
    ],
)
def test_an_address_that_may_not_be_asked_is_a_transfer_that_failed(line: Clinic, url: str) -> None:
    line.control_url = url

    answer = line.ask("transfer_call", reason="patient_request")

    assert (answer["transferred"], answer["status"], answer["say"]) == (False, "failed", FAILED)
    assert [status for _, status, *_ in transfers(line)] == ["failed"]


def test_in_production_this_machine_is_never_asked(
    line: Clinic, control: LiveControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_STAGE", "prod")
    settings_read_anew()

    assert line.ask("transfer_call", reason="patient_request")["status"] == "failed"
    assert control.commands == []


def settings_read_anew() -> None:
    from frontdesk.settings import settings

    settings.cache_clear()


def test_a_slow_answer_is_not_waited_for_past_the_deadline(line: Clinic, control: LiveControl) -> None:
    from time import monotonic

    is_over = Event()
    control.meanwhile = lambda: is_over.wait(30)
    began = monotonic()

    try:
        assert line.ask("transfer_call", reason="patient_request")["status"] == "failed"
        assert monotonic() - began < 10
    finally:
        is_over.set()


def test_while_vapi_is_awaited_nothing_is_held_in_the_database(
    database: Database, line: Clinic, control: LiveControl
) -> None:
    seen: list[Any] = []

    def look() -> None:
        with psycopg.connect(database.app_url, autocommit=True, application_name="looking") as other:
            seen.append(
                other.execute(
                    "SELECT state, xact_start FROM pg_stat_activity"
                    " WHERE application_name = 'frontdesk' AND datname = current_database()"
                ).fetchall()
            )
        seen.append(transfers(line))
        # The same call's next tool does not wait for this one.
        line.do("SET LOCAL lock_timeout = '100ms'; UPDATE calls SET last_tool_at = now()")

    control.meanwhile = look

    answer = line.ask("transfer_call", reason="billing")

    assert seen[0] == [("idle", None)]
    assert [status for _, status, *_ in seen[1]] == ["asked"]
    assert len(seen) == 2
    assert answer["status"] == "accepted"


def asks_and_dies(clinic: Clinic, app_url: str) -> None:
    os.environ["FRONTDESK_DATABASE_URL"] = app_url
    settings_read_anew()
    clinic.ask("transfer_call", id="the-one", reason="billing")


def test_a_crash_while_waiting_leaves_the_wish_on_record(
    database: Database, line: Clinic, control: LiveControl
) -> None:
    # Not forked from pytest, which has threads by now.
    process = multiprocessing.get_context("forkserver").Process(
        target=asks_and_dies, args=(line, database.app_url)
    )

    def crash() -> None:
        process.kill()
        process.join()

    control.meanwhile = crash
    process.start()
    process.join(20)
    assert process.exitcode == -9
    assert [status for _, status, *_ in transfers(line)] == ["asked"]

    control.meanwhile = lambda: None
    at_once = line.ask("transfer_call", id="the-one", reason="billing")
    assert (at_once["status"], at_once["transferred"]) == ("asked", False)
    assert len(transfers(line)) == 1, "Vapi may have taken it: it is not asked twice"

    line.do("UPDATE transfers SET asked_at = now() - interval '1 minute'")
    again = line.ask("transfer_call", id="another-one", reason="billing")

    assert again["status"] == "accepted"
    assert [status for _, status, *_ in transfers(line)] == ["asked", "accepted"]


def test_a_call_is_passed_on_once(line: Clinic, control: LiveControl) -> None:
    first = line.asked("transfer_call", {"reason": "billing"}, id="the-one")

    assert line.asked("transfer_call", {"reason": "billing"}, id="the-one") == first
    assert line.ask("transfer_call", reason="patient_request")["status"] == "accepted"
    assert len(control.commands) == 1
    assert len(transfers(line)) == 1


def test_after_a_failure_the_caller_may_ask_again(line: Clinic, control: LiveControl) -> None:
    control.status = 503
    line.ask("transfer_call", reason="billing")
    control.status = 200

    assert line.ask("transfer_call", reason="billing")["status"] == "accepted"
    assert [status for _, status, *_ in transfers(line)] == ["failed", "accepted"]


def test_a_caller_who_guessed_too_often_is_flagged(line: Clinic) -> None:
    for _ in range(5):
        line.ask("search_patient_by_phone", phone="", dateOfBirth="1990-01-16")

    line.ask("transfer_call", reason="record_not_found")

    assert [flagged for *_, flagged in transfers(line)] == [True]


def test_a_number_that_guessed_too_often_today_is_flagged_in_its_next_call(line: Clinic) -> None:
    for attempt in range(15):
        line.ask("search_patient_by_phone", call=f"call-{attempt // 4}", phone="", dateOfBirth="1990-01-16")

    line.ask("transfer_call", call="a-new-call", reason="record_not_found")

    assert [flagged for *_, flagged in transfers(line)] == [True]


def test_a_word_that_is_no_reason_transfers_nothing(line: Clinic, control: LiveControl) -> None:
    answer = line.ask("transfer_call", reason="because")

    assert (answer["transferred"], answer["problem"]) == (False, "unclear")
    assert (control.commands, transfers(line)) == ([], [])
