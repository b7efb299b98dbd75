"""A call played as a stranger: over HTTP, by an address and a secret, at a stack that is looked into."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from frontdesk.organizations import test_clinic
from local import player, scripts, stack
from local.errors import ScriptWrong
from local.guest import Guest
from local.player import Answered
from local.scripts import Script
from local.stack import Stack

pytestmark = pytest.mark.slow

MAPLE = "+16045550100"
JOHN = "+16045550123"
WRONG = "not-what-the-desk-believes"


def rows(stack: Stack) -> list[tuple[Any, ...]]:
    """Every appointment of Maple Clinic that blocks time: id and status; holds run out by themselves."""
    claims = json.dumps({"app_metadata": {"org_id": stack.addresses.organizations[0]["id"]}})
    with psycopg.connect(stack.addresses.database_url) as connection:
        connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
        return connection.execute(
            "SELECT id, status FROM appointments WHERE status IN ('booked', 'pending') ORDER BY id"
        ).fetchall()


def called(stack: Stack, *options: str, secret: str | None = None) -> Result:
    environment = {"VAPI_HMAC_SECRET": stack.addresses.vapi_hmac.secret if secret is None else secret}
    line = ["call", "--against", stack.addresses.api_url, *options]
    return CliRunner().invoke(app, line, env=environment)


def script(*turns: Mapping[str, Any], called: str = MAPLE) -> Script:
    return Script.model_validate({"title": "A play", "caller": JOHN, "called": called, "turns": list(turns)})


PROVES: Mapping[str, Any] = {
    "tool": "search_patient_by_phone",
    "arguments": {"phone": "0000000000", "dateOfBirth": "1990-01-15"},
    "as": "patient",
}
FINDS: Mapping[str, Any] = {
    "tool": "find_earliest_appointment",
    "arguments": {"startDate": "$date.in_two_weeks"},
    "as": "slot",
}
BOOKS: Mapping[str, Any] = {
    "tool": "create_appointment",
    "arguments": {
        "demographicId": "$patient.id",
        "providerId": "$slot.providerId",
        "startTime": "$slot.startTime",
        "appointmentType": "General consultation",
        "reason": "sore throat",
    },
    "expect": {"booked": True},
}


def test_the_booking_is_made_timed_and_cancelled(running_stack: Stack) -> None:
    before = rows(running_stack)

    result = called(running_stack, "--script", "booking", "--json")

    told = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    *_, cancelled = (event for event in told["events"] if event["kind"] == "answered")
    assert (cancelled["tool"], cancelled["answer"]["cancelled"]) == ("cancel_appointment", True)
    assert all(event["took_ms"] > 0 for event in told["events"] if event["kind"] == "answered")
    assert running_stack.addresses.vapi_hmac.secret not in result.output
    assert rows(running_stack) == before


def test_a_stage_with_nothing_but_the_test_clinic_can_be_called(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log, stack.running(seed="none", log=log) as bare:
        test_clinic.furnish(bare.addresses.database_url)

        result = called(bare, "--script", "booking")

    assert result.exit_code == 0, result.output
    assert "cancel_appointment" in result.output


def test_a_wrong_secret_fails_with_the_reason_and_shows_no_secret(running_stack: Stack) -> None:
    result = called(running_stack, "--script", "booking", secret=WRONG)

    assert result.exit_code == 1
    assert "/vapi/tools/get_clinic_info answered 401" in result.output
    assert WRONG not in result.output


def test_a_desk_without_that_clinic_fails_with_what_it_said(running_stack: Stack) -> None:
    nobodys = script({"tool": "get_clinic_info", "expect": {"name": "Maple Clinic"}}, called="+12045550100")

    [answered] = Guest(
        nobodys, running_stack.addresses.api_url, running_stack.addresses.vapi_hmac.secret
    ).play()

    assert isinstance(answered, Answered)
    assert any(objection.startswith("name: wanted") for objection in answered.objections)


def test_a_call_that_ends_halfway_leaves_nothing_booked_either(running_stack: Stack) -> None:
    before = rows(running_stack)
    breaks = script(PROVES, FINDS, BOOKS, {"tool": "get_providers", "arguments": {"x": "$nowhere.at.all"}})
    there = running_stack.addresses

    *_, stopped, cancelled = Guest(breaks, there.api_url, there.vapi_hmac.secret).play()

    assert isinstance(stopped, player.Stopped)
    assert isinstance(cancelled, Answered)
    assert cancelled.answer["cancelled"] is True
    assert rows(running_stack) == before


class LosesAnswers(httpx.BaseTransport):
    """Passes requests on; of the first booking, the answer gets lost."""

    def __init__(self) -> None:
        self._real = httpx.HTTPTransport()
        self._is_lost = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._real.handle_request(request)
        if not self._is_lost and request.url.path.endswith("create_appointment"):
            self._is_lost = True
            response.read()
            raise httpx.ReadTimeout("timed out")
        return response

    def close(self) -> None:
        self._real.close()


@pytest.fixture
def losing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    client = httpx.Client(transport=LosesAnswers())

    def made(**_: object) -> httpx.Client:
        return client

    monkeypatch.setattr(player.httpx, "Client", made)
    yield
    client.close()


@pytest.mark.usefixtures("losing")
def test_a_booking_whose_answer_was_lost_is_found_and_cancelled(running_stack: Stack) -> None:
    before = rows(running_stack)
    there = running_stack.addresses

    *_, stopped, again, cancelled = Guest(
        script(PROVES, FINDS, BOOKS), there.api_url, there.vapi_hmac.secret
    ).play()

    assert isinstance(stopped, player.Stopped)
    assert isinstance(again, Answered)
    assert isinstance(cancelled, Answered)
    assert again.answer["appointmentId"] == cancelled.answer["appointmentId"]
    assert rows(running_stack) == before


class Page(BaseHTTPRequestHandler):
    """Says yes to anything, as web pages do."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_another_server_at_that_address_is_told_from_a_desk() -> None:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        line = ["call", "--against", f"http://127.0.0.1:{server.server_port}", "--script", "booking"]
        result = CliRunner().invoke(app, line, env={"VAPI_HMAC_SECRET": WRONG})
        server.shutdown()

    assert result.exit_code == 1
    assert "/vapi/tools/get_clinic_info is no desk" in result.output


def test_nobody_there_is_said(running_stack: Stack) -> None:
    result = CliRunner().invoke(
        app,
        ["call", "--against", "http://127.0.0.1:9", "--script", "booking"],
        env={"VAPI_HMAC_SECRET": WRONG},
    )

    assert result.exit_code == 1
    assert "✗" in result.output
    assert "refused" in result.output


@pytest.mark.parametrize(
    ("name", "url", "reason"),
    [
        ("booking", "http://desk.example.test", "not an https:// address"),
        ("booking", "desk.example.test", "not an https:// address"),
        ("approval", "https://desk.example.test", "is for `frontdesk dev` alone: turn 1, minutes_pass"),
    ],
)
def test_what_can_not_be_played_there_is_refused_before_anything_is_sent(
    name: str, url: str, reason: str
) -> None:
    with pytest.raises(ScriptWrong, match=reason):
        Guest(scripts.load(name), url, WRONG)


def test_without_a_secret_nothing_is_sent() -> None:
    result = CliRunner().invoke(
        app,
        ["call", "--against", "https://desk.example.test", "--script", "booking"],
        env={"VAPI_HMAC_SECRET": None},
    )

    assert result.exit_code == 2
    assert "--secret-arn" in result.output
