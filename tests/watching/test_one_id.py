"""One id from Vapi's call to the SQL: in the log of the tool, in its queue's, and in what Postgres shows."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from frontdesk import aws, traces
from functions.calls.on_message.handler import handler as on_message
from local.queues import record
from tests.calls.conftest import Line, line
from tests.clinic import Clinic, Context
from tests.conftest import Database

CALL = "0192f4c8-7a51-4c3e-9d7b-5f2f6f1f7a10"
__all__ = ["line"]


@pytest.fixture
def sessions(database: Database) -> Iterator[psycopg.Connection]:
    """What `pg_stat_activity` shows of whoever writes a tool's call or what became of a message."""
    owner = psycopg.connect(database.owner_url, autocommit=True)
    owner.execute("CREATE TABLE shown (name text); GRANT INSERT ON shown TO frontdesk_app")
    owner.execute(
        "CREATE FUNCTION show() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO shown SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();"
        " RETURN NULL; END $$"
    )
    for table in ("tool_calls", "call_messages"):
        owner.execute(f"CREATE TRIGGER show AFTER INSERT ON {table} EXECUTE FUNCTION show()".encode())
    with owner:
        yield owner


def lines(printed: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [one for text in printed.readouterr().out.splitlines() if "message" in (one := json.loads(text))]


def received(line: Line) -> dict[str, Any]:
    """What Lambda hands to the function that the queue feeds."""
    asked = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
    messages = aws.client("sqs").receive_message(QueueUrl=line.queue_url, **asked)["Messages"]
    return {"Records": [record(one, "on_message") for one in messages]}


def test_a_calls_id_is_in_the_log_of_its_tools_of_its_queue_and_in_what_postgres_shows(
    line: Line, clinic: Clinic, sessions: psycopg.Connection, printed: pytest.CaptureFixture[str]
) -> None:
    clinic.ask("get_providers", call=CALL, id="tool-call-1")
    of_tool = lines(printed)
    line.tell("status-update", call=CALL, status="in-progress")
    of_endpoint = lines(printed)
    assert on_message(received(line), Context()) == {"batchItemFailures": []}
    of_queue = lines(printed)

    for said in (of_tool, of_endpoint, of_queue):
        assert said
        assert {(one["call_id"], one["request_id"]) for one in said} == {(CALL, "test")}
    assert {one["tool_call_id"] for one in of_tool} == {"tool-call-1"}
    shown = [name for (name,) in sessions.execute("SELECT name FROM shown").fetchall()]
    assert shown == [f"{CALL} get_providers", f"{CALL} frontdesk"], "the second is told its name by Lambda"
    assert traces.call_id() is None, "and it ends with the work"


def test_what_an_endpoint_asks_of_postgres_is_known_by_its_trace(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = "5759e988bd862e3fe1be46a994272793"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1-{trace[:8]}-{trace[8:]};Parent=557abcec3ee5a047")

    assert traces.session_name("reading") == f"{trace} reading"


def test_a_name_is_what_postgres_takes_of_it() -> None:
    with traces.work(call_id="病" * 100):
        assert traces.session_name("get_patient") == "?" * 63


def test_a_call_that_writes_to_an_emr_keeps_its_name_in_the_second_transaction(clinic: Clinic) -> None:
    claims = importlib.import_module("frontdesk.db.claims")
    with (
        traces.work(call_id=CALL),
        claims.clinic_transaction(clinic.org_id, float("inf")) as db,
    ):
        first = db.value("SELECT current_setting('application_name')")
        with db.released():
            pass
        assert db.value("SELECT current_setting('application_name')") == first == f"{CALL} frontdesk"
