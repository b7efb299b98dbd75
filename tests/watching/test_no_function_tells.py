"""No function leaves a word of a person behind: not in log, metrics or traces, whatever goes wrong.

Every function on disk is fed with a person who can be told from everybody else, with a database that holds
their file, that refuses, or that breaks in mid-work, and with a world around it whose errors repeat what it
was asked. What Lambda itself would write of an error that a function lets out is looked at too.
"""

import importlib
import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg import sql

from frontdesk import aws
from frontdesk.db import connection
from frontdesk.settings import settings
from infra import discovery
from tests.clinic import Clinic, Context
from tests.conftest import Database
from tests.walls.conftest import filled, tables
from tests.watching.marked import CALL, MARKS, NAME, SAID, WORD, events
from tests.watching.outside import Servers, everybody, refusing_postgres

__all__ = ["filled"]
pytestmark = pytest.mark.slow
FOLDERS = discovery.folders()
FILE = {
    **dict.fromkeys(("first_name", "last_name", "native_name"), NAME),
    **dict.fromkeys(("email", "digest_email", "account", "address", "reason", "notes", "summary"), SAID),
    **dict.fromkeys(("text", "name", "city", "postal_code", "sync_error"), f"{NAME} {WORD}"),
    **dict.fromkeys(("phone", "caller_number", "number"), "+16045550177"),
    "health_card_number": "9698658215",
}
"""What stands of a person in a column of that name, wherever its table allows it."""


_OF_THE_FILE = {
    *(
        f"tools/{name}"
        for name in ("check_appointments", "register_new_patient", "search_patient", "forget_me")
    ),
    *("patients/records", "calls/stories", "notifications/inbox", "members/people"),
}
"""Functions that have to do with it when all goes well."""


def holds_a_person(database: Database, *clinics: Clinic) -> int:
    """Writes that person over everybody in every table; how many columns took it."""
    took = 0
    for clinic in clinics:
        with clinic.rows() as owner:
            for table in tables(database.owner_url):
                if table == "blocked_callers":  # who would be turned away
                    continue
                columns = owner.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
                ).fetchall()
                for column in {name for (name,) in columns} & FILE.keys():
                    statement = sql.SQL("UPDATE {} SET {} = %s WHERE ctid = (SELECT min(ctid) FROM {})")
                    place = sql.Identifier(table)
                    try:
                        with owner.transaction():
                            owner.execute(
                                statement.format(place, sql.Identifier(column), place), [FILE[column]]
                            )
                        took += 1
                    except psycopg.Error:  # a key that others have, or a word that can't stand there
                        continue
    return took


def breaks_when_written(database: Database) -> None:
    """From now on every write fails, and Postgres' own text holds the row."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "CREATE FUNCTION burst() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{SAID.replace(chr(39), '')}' USING DETAIL = '{NAME} {WORD}'; END $$".encode()
        )
        for table in tables(database.owner_url):
            owner.execute(
                sql.SQL(
                    "CREATE TRIGGER burst BEFORE INSERT OR UPDATE OR DELETE ON {} EXECUTE FUNCTION burst()"
                ).format(sql.Identifier(table))
            )


@pytest.fixture
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """All of AWS and everybody else, at servers that answer with that status."""
    with everybody(request.param) as servers:
        urls = ("VAPI_API", "GRAPH_API", "MICROSOFT_TOKEN", "GOOGLE_API", "GOOGLE_TOKEN", "QUEUE")
        told = {
            **{f"FRONTDESK_{name}_URL": servers.url for name in (*urls, "DEAD_LETTER", "PUBLIC")},
            "AWS_ENDPOINT_URL": servers.url,
            "AWS_DEFAULT_REGION": "ca-central-1",
            "AWS_REGION": "ca-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_SESSION_TOKEN": "test",
            "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(servers.port),
            "FRONTDESK_SIGN_IN_URL": servers.url,
            "FRONTDESK_SIGN_IN_CLIENT_ID": "desk",
            "FRONTDESK_STORE": "the-store",
            "FRONTDESK_EVENT_BUS": "the-bus",
            "FRONTDESK_VAPI_PRIVATE_KEY": "none",
            "FRONTDESK_MASTER_SECRET_ARN": "arn:aws:none",
            "FRONTDESK_EMR_FUNCTION": "emr-ask",
            "FRONTDESK_EMBED_FUNCTION": "embed",
            "FRONTDESK_GOOGLE_CLIENT_ID": "desk",
            "FRONTDESK_GOOGLE_CLIENT_SECRET": "none",
            "FRONTDESK_MICROSOFT_CLIENT_ID": "desk",
            "FRONTDESK_CALENDARS_KEY_ARN": "arn:aws:kms:none",
            "FRONTDESK_USER_POOL_ID": "ca-central-1_none",
            "FRONTDESK_MAIL_FROM": "desk@example.com",
            "FRONTDESK_DATABASE_AUTH": "none",
            "FRONTDESK_DATABASE_HOST": "127.0.0.1",
            "AWS_LAMBDA_FUNCTION_NAME": "frontdesk",  # then botocore hands the trace on
            "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1",
        }
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        aws.client.cache_clear()
        settings.cache_clear()
        yield servers
    aws.client.cache_clear()
    settings.cache_clear()


def by_lambda(error: BaseException) -> str:
    """What its runtime writes of an error that a function lets out: its type, its text and where it was."""
    return f"[ERROR] {type(error).__name__}: {error}\n{''.join(traceback.format_tb(error.__traceback__))}"


def left_behind(
    folder: str, printed: pytest.CaptureFixture[str], others: pytest.LogCaptureFixture
) -> Iterator[str]:
    """Each line that a function writes, and what its libraries warn of."""
    handler = importlib.import_module(f"functions.{folder.replace('/', '.')}.handler").handler
    for event in events(folder):
        printed.readouterr()
        others.clear()
        raised = ""
        try:
            handler(json.loads(json.dumps(event)), Context(8))
        except Exception as error:  # noqa: BLE001 - Lambda's own edge
            raised = by_lambda(error)
        out, err = printed.readouterr()
        # Lambda's root logger writes what libraries warn of; ours was printed, with what its form leaves out.
        said = [
            f"{record.name}: {record.getMessage()} {record.exc_text or ''}"
            for record in others.records
            if not record.name.startswith("frontdesk")
        ]
        yield from (*out.splitlines(), *err.splitlines(), *raised.splitlines(), *said)


def tells(line: str) -> bool:
    return any(mark.casefold() in line.casefold() for mark in MARKS)


def test_every_function_on_disk_is_fed(filled: None) -> None:
    fed = {folder: len([*events(folder)]) for folder in FOLDERS}

    assert min(fed.values()) > 0
    with pytest.raises(KeyError):
        next(events("bells/ring"))


def _check(
    printed: pytest.CaptureFixture[str], others: pytest.LogCaptureFixture, world: Servers
) -> dict[str, set[Any]]:
    """Asserts that nobody tells of that person; what came of each function's events, as it says itself."""
    others.set_level(logging.INFO)
    written = {folder: [*left_behind(folder, printed, others)] for folder in FOLDERS}

    telling = {
        folder: next((line for line in lines if tells(line)), None) for folder, lines in written.items()
    }
    assert {folder: line for folder, line in telling.items() if line} == {}
    assert [trace for trace in world.traces if tells(trace)] == []
    assert any("5759e988" in trace for trace in world.traces), "traces were looked at"
    return {
        folder: {
            said["outcome"]
            for line in lines
            if line.startswith("{") and "outcome" in (said := json.loads(line)) and "_aws" not in said
        }
        for folder, lines in written.items()
    }


@pytest.mark.parametrize("world", [500, 200], indirect=True, ids=["who fail", "who talk nonsense"])
def test_with_a_persons_file_and_a_world_of_servers(
    filled: None,
    database: Database,
    clinic: Clinic,
    harbour: Clinic,
    world: Servers,
    printed: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert holds_a_person(database, clinic, harbour) > 30
    clinic.do("UPDATE organizations SET identity_proof = 'phone', emr = NULL")
    clinic.ask("search_patient_by_phone", call=CALL, caller=FILE["phone"], phone=FILE["phone"])

    came = _check(printed, caplog, world)

    done = {folder for folder, outcomes in came.items() if outcomes & {"done", 200}}
    assert done >= _OF_THE_FILE, "that person was found, shown, written down"


@pytest.mark.parametrize("world", [500], indirect=True)
def test_with_a_database_that_breaks_in_mid_work(
    filled: None,
    database: Database,
    clinic: Clinic,
    world: Servers,
    printed: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    holds_a_person(database, clinic)
    breaks_when_written(database)
    _check(printed, caplog, world)


@pytest.mark.parametrize("world", [200], indirect=True)
def test_with_a_database_that_lets_nobody_in(
    filled: None,
    world: Servers,
    printed: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ExitStack() as ends:
        port = ends.enter_context(refusing_postgres())
        monkeypatch.setenv("FRONTDESK_DATABASE_URL", f"postgresql://nobody:none@127.0.0.1:{port}/frontdesk")
        monkeypatch.setenv("FRONTDESK_DATABASE_PORT", str(port))
        settings.cache_clear()
        connection.drop()
        _check(printed, caplog, world)
        connection.drop()
