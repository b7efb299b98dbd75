"""`frontdesk calendars status`, with the member API's own functions behind it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from local import demo
from local.addresses import Addresses, HmacPlan
from local.directory import claimed
from tests.clinic import Clinic
from tests.member import asked, token
from tests.served import served


class Api:
    """The member API over HTTP, as far as it is asked here."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        answer = asked(scope["method"], scope["path"], scope["query_string"].decode(), headers)
        body = json.dumps(answer.body).encode()
        await send({"type": "http.response.start", "status": answer.status, "headers": []})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def stack(clinic: Clinic, tmp_path: Path) -> Iterator[Clinic]:
    """Maple Clinic in a stack on `tmp_path`, with a calendar at Google that was just read."""
    clinic.do(
        "INSERT INTO calendar_connections (org_id, vendor, account, connected_by,"
        " failure, refresh_token, access_token, access_expires_at)"
        " VALUES (auth.org_id(), 'google', 'wei.chen@maple.example', 'somebody',"
        " NULL, '{a}', '{b}', now()),"
        " (auth.org_id(), 'outlook', 'front@maple.example', 'somebody',"
        " NULL, '{a}', '{b}', now())"
    )
    clinic.do(
        "INSERT INTO calendars"
        " (org_id, connection_id, vendor_id, name, is_primary, is_writable, provider_id, pulled_at)"
        " SELECT org_id, id, 'a', 'Wei', true, true, 100, now() - interval '7 minutes'"
        " FROM calendar_connections WHERE vendor = 'google'"
    )
    clinic.do(
        "INSERT INTO calendar_channels (org_id, id, connection_id, calendar_id, vendor, resource_id,"
        " secret_hash, renew_at, expires_at)"
        " SELECT org_id, 'a-channel', connection_id, id, 'google', '', '', now(), '2199-03-02 09:30Z'"
        " FROM calendars"
    )
    with served(Api()) as url, claimed(tmp_path):
        known = [{"id": demo.MAPLE, "name": "Maple Clinic", "jwt": token()}]
        Addresses(url, "", "", "", HmacPlan(""), "", "", known).write(tmp_path)
        yield clinic


def status(tmp_path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["calendars", "status", "--data", str(tmp_path), *options])


def test_a_person_sees_whose_calendar_is_how_old_and_what_waits(stack: Clinic, tmp_path: Path) -> None:
    stack.book(providerId="100")

    shown = status(tmp_path)

    assert shown.exit_code == 0, shown.output
    clinic, headings, googles, outlooks = shown.stdout.splitlines()
    assert clinic == "Maple Clinic"
    columns = ("connection", "provider", "last pull", "age", "hints until", "busy", "backlog", "errors")
    assert headings.split() == " ".join(columns).split()
    assert googles.startswith("google wei.chen@maple.example  Dr. Wei Chen  ")
    assert googles.split()[-6:] == ["7", "min", "2199-03-02", "09:30Z", "0", "1"]
    assert outlooks.split() == ["outlook", "front@maple.example", "nobody's", "none"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            "UPDATE calendar_connections SET failure = 'consent_gone', refresh_token = NULL",
            "has to connect it again",
        ),
        ("UPDATE calendars SET failure = 'withdrawn'", "withdrawn: it, or the right to it, is gone"),
        (
            "UPDATE calendar_connections SET sync_failure = 'Throttled', sync_failures = 3",
            "Throttled 3 times in a row; next try 20",
        ),
    ],
)
def test_what_needs_somebody_is_said_and_told_by_the_exit_code(
    stack: Clinic, tmp_path: Path, wrong: str, told: str
) -> None:
    stack.do(wrong)

    shown = status(tmp_path)

    assert shown.exit_code == 1
    assert told in shown.stdout.splitlines()[2]


def test_a_program_gets_what_the_api_tells_by_clinic(stack: Clinic, tmp_path: Path) -> None:
    [maple] = json.loads(status(tmp_path, "--org", "maple clinic", "--json").stdout)

    assert maple["organization"] == "Maple Clinic"
    google, outlook = maple["connections"]
    assert google["channelExpiresAt"] == "2199-03-02T09:30:00Z"
    assert 420 <= google["calendars"][0]["ageS"] < 480
    assert outlook["calendars"] == []


def test_a_clinic_without_calendars_says_so(stack: Clinic, tmp_path: Path) -> None:
    stack.do("DELETE FROM calendar_connections")

    assert status(tmp_path).stdout == "Maple Clinic has no calendar\n"


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    failed = status(tmp_path)

    assert failed.exit_code == 2
    assert f"no stack runs on {tmp_path}; start one with `frontdesk dev`" in failed.stderr
