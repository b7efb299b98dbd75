"""Postgres stopped, dropped, frozen, locked: the caller hears the truth, in time, and it works again."""

import importlib
import json
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from frontdesk.call import Call
from frontdesk.db import connection, migrate
from frontdesk.errors import Declined, ProviderFailed
from frontdesk.serving import serve
from frontdesk.settings import settings
from frontdesk.speech import sentences
from frontdesk.tool import DEADLINE_S, LAMBDA_TIMEOUT_S, VAPI_TIMEOUT_S, Answer, Tool, ToolArguments
from tests import owner
from tests.clinic import Clinic, Context, signed
from tests.own_server import OwnServer, own_server
from tests.protocol.broken_wire import Cut, wire
from tests.protocol.tables import counted
from tests.protocol.test_any_arguments import TOOLS, definition

NOTHING_DONE, UNREACHABLE, UNSURE = (
    sentences.NOTHING_DONE.en,
    sentences.UNREACHABLE.en,
    sentences.UNSURE.en,
)
SHORT_S = 1.0
"""A deadline that tests can wait for."""
LATE_S = 0.8
"""What a busy machine may add to it; a second try with a deadline of its own would add more."""
ADA: dict[str, Any] = {"firstName": "Ada", "lastName": "Lind", "phone": "+16045550177"}


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server(durable=False) as server:
        yield server


@pytest.fixture
def clinic(
    server: OwnServer, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Clinic]:
    """Maple Clinic's line on that server, in a telephone call of the test's own."""
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", server.app_url)
    monkeypatch.setenv("FRONTDESK_VAPI_HMAC_SECRETS", '["a-live-secret"]')
    monkeypatch.setenv("FRONTDESK_STAGE", "local")
    settings.cache_clear()
    connection.drop()
    yield Clinic(server.owner_url, call=request.node.name)
    connection.drop()
    owner.leave()
    settings.cache_clear()


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_DEADLINE_S", str(SHORT_S))
    settings.cache_clear()


class Done(Answer):
    """Something was done."""

    number: int = 0


def made(work: Callable[[Call[ToolArguments]], Any], *, writes: bool = True) -> Callable[..., dict[str, Any]]:
    """A Lambda around some work, answering one tool call of a clinic's line."""
    tool = Tool(
        name="made_for_a_test",
        description="Works.",
        arguments=ToolArguments,
        answer=Done,
        example={},
        writes=writes,
    )

    @serve(tool)
    def handler(call: Call[ToolArguments]) -> Done:
        return Done(say="Done.", number=int(work(call) or 0))

    def ask(clinic: Clinic, *, id: str | None = None, seconds: float = 10) -> dict[str, Any]:
        body = json.dumps({"message": clinic.message(tool.name, {}, id=id)})
        answer = handler({"headers": signed(body.encode()), "body": body}, Context(seconds))
        assert answer["statusCode"] == 200
        [item] = json.loads(answer["body"])["results"]
        return item

    return ask


def waitlisted(call: Call[Any], phone: str = "+16045550188") -> None:
    call.db.run(
        "INSERT INTO waitlist (org_id, first_name, last_name, name_key, phone)"
        " VALUES ((SELECT auth.org_id()), 'A', 'B', %(call)s, %(phone)s)",
        call=call.id,
        phone=phone,
    )


def waiting_in(clinic: Clinic) -> int:
    return clinic.all("SELECT count(*) FROM waitlist WHERE name_key = %s", clinic.call)[0][0]


def test_postgres_stopped_is_said_truthfully_and_works_again_when_it_is_back(
    server: OwnServer, clinic: Clinic
) -> None:
    assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"
    before = counted(server.owner_url)

    server.server.stop()
    try:
        assert clinic.error("get_clinic_info") == UNREACHABLE
        assert clinic.error("add_to_waitlist", **ADA) == NOTHING_DONE
        assert clinic.error("add_to_waitlist", **ADA, language="zh") == sentences.NOTHING_DONE.zh
    finally:
        server.server.start()

    assert counted(server.owner_url) == before
    assert clinic.ask("add_to_waitlist", **ADA)["waitlisted"] is True


def test_postgres_stopped_in_mid_handler_leaves_nothing_done(server: OwnServer, clinic: Clinic) -> None:
    before = counted(server.owner_url)

    def work(call: Call[Any]) -> None:
        waitlisted(call)
        server.server.stop()
        waitlisted(call, "+16045550189")

    try:
        item = made(work)(clinic)
    finally:
        server.server.start()

    assert item["error"] == NOTHING_DONE
    assert counted(server.owner_url) == before
    assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"


def test_a_connection_dropped_between_calls_goes_unnoticed(server: OwnServer, clinic: Clinic) -> None:
    assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"

    server.end_sessions()
    assert clinic.ask("add_to_waitlist", **{**ADA, "lastName": "Drop"})["wasAlready"] is False

    server.end_sessions()
    assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"


def test_a_connection_dropped_in_a_handler_is_tried_once_more_and_the_work_done_once(
    server: OwnServer, clinic: Clinic
) -> None:
    tries: list[int] = []

    def work(call: Call[Any]) -> int:
        waitlisted(call)
        tries.append(1)
        if len(tries) == 1:
            server.end_sessions()
        return call.db.value("SELECT count(*) FROM waitlist WHERE name_key = %(id)s", id=call.id)

    item = made(work)(clinic)

    assert json.loads(item["result"])["number"] == 1
    assert len(tries) == 2
    assert waiting_in(clinic) == 1


def test_a_connection_dropped_each_time_is_given_up_after_the_second_try(
    server: OwnServer, clinic: Clinic
) -> None:
    tries: list[int] = []

    def work(call: Call[Any]) -> None:
        tries.append(1)
        waitlisted(call)
        server.end_sessions()
        waitlisted(call, "+16045550189")

    assert made(work)(clinic)["error"] == NOTHING_DONE
    assert len(tries) == 2
    assert waiting_in(clinic) == 0


def test_a_slow_statement_is_stopped_by_the_server_within_the_deadline(
    short_deadline: None, clinic: Clinic
) -> None:
    def work(call: Call[Any]) -> None:
        waitlisted(call)
        call.db.value("SELECT pg_sleep(60)")

    began = time.monotonic()
    item = made(work)(clinic)

    assert item["error"] == NOTHING_DONE
    assert time.monotonic() - began < SHORT_S + LATE_S
    assert waiting_in(clinic) == 0
    assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"


def test_many_statements_that_are_slow_together_end_at_the_deadline(
    short_deadline: None, clinic: Clinic
) -> None:
    def work(call: Call[Any]) -> None:
        waitlisted(call)
        for _ in range(60):
            call.db.value("SELECT pg_sleep(0.3)")

    began = time.monotonic()
    item = made(work)(clinic)

    assert item["error"] == NOTHING_DONE
    assert SHORT_S - 0.1 < time.monotonic() - began < SHORT_S + LATE_S
    assert waiting_in(clinic) == 0


def test_a_lock_that_another_session_keeps_is_not_waited_for_past_the_deadline(
    short_deadline: None, clinic: Clinic
) -> None:
    clinic.ask("get_clinic_info")

    with clinic.rows() as other:
        other.execute("SELECT FROM calls WHERE id = %s FOR UPDATE", [clinic.call])
        began = time.monotonic()
        assert clinic.error("add_to_waitlist", **{**ADA, "lastName": "Lock"}) == NOTHING_DONE
        assert time.monotonic() - began < SHORT_S + LATE_S

    assert clinic.ask("add_to_waitlist", **{**ADA, "lastName": "Lock"})["wasAlready"] is False


def test_at_the_usual_deadline_a_lock_is_given_up_before_it(clinic: Clinic) -> None:
    clinic.ask("get_clinic_info")

    with clinic.rows() as other:
        other.execute("SELECT FROM calls WHERE id = %s FOR UPDATE", [clinic.call])
        began = time.monotonic()
        assert clinic.error("get_clinic_info") == UNREACHABLE
        assert time.monotonic() - began < DEADLINE_S


def test_a_frozen_server_is_given_up_at_the_deadline(
    short_deadline: None, server: OwnServer, clinic: Clinic
) -> None:
    clinic.ask("get_clinic_info")

    server.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert clinic.error("get_clinic_info") == UNREACHABLE
        assert time.monotonic() - began < SHORT_S + LATE_S
    finally:
        server.signal(signal.SIGCONT)

    assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"


def test_a_server_that_freezes_in_a_handler_leaves_nothing_done(
    short_deadline: None, server: OwnServer, clinic: Clinic
) -> None:
    def work(call: Call[Any]) -> None:
        waitlisted(call)
        server.signal(signal.SIGSTOP)
        waitlisted(call, "+16045550189")

    began = time.monotonic()
    try:
        assert made(work)(clinic)["error"] == NOTHING_DONE
        assert time.monotonic() - began < SHORT_S + LATE_S
    finally:
        server.signal(signal.SIGCONT)

    assert waiting_in(clinic) == 0


def test_a_frozen_server_that_must_be_connected_to_is_given_up_before_the_lambda_ends(
    server: OwnServer, clinic: Clinic
) -> None:
    """libpq waits two seconds at least for a connection; that fits below the usual deadline."""
    connection.drop()
    server.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert clinic.error("get_clinic_info") == UNREACHABLE
        assert time.monotonic() - began < DEADLINE_S
    finally:
        server.signal(signal.SIGCONT)


def test_many_calls_in_one_message_are_all_answered_before_the_lambda_ends(
    server: OwnServer, clinic: Clinic
) -> None:
    """Each has a deadline; together they have the function's time."""
    clinic.ask("get_clinic_info")
    message = clinic.message("get_clinic_info", {})
    message["toolCallList"] = [
        {"id": f"call-{n}", "function": {"name": "get_clinic_info", "arguments": {}}} for n in range(8)
    ]
    body = json.dumps({"message": message})
    handler = importlib.import_module("functions.tools.get_clinic_info.handler").handler

    server.signal(signal.SIGSTOP)
    try:
        context = Context(6)
        answer = handler({"headers": signed(body.encode()), "body": body}, context)
        assert context.get_remaining_time_in_millis() > 0
    finally:
        server.signal(signal.SIGCONT)

    items = json.loads(answer["body"])["results"]
    assert [item["toolCallId"] for item in items] == [f"call-{n}" for n in range(8)]
    assert {item["error"] for item in items} == {UNREACHABLE}


def test_a_call_that_comes_when_the_lambdas_time_is_over_is_still_answered(clinic: Clinic) -> None:
    for seconds in (0.6, 0.4, 0.0):
        item = made(lambda call: call.db.value("SELECT pg_sleep(0.2)"))(clinic, seconds=seconds)
        assert item["error"] == NOTHING_DONE


@pytest.mark.parametrize(("cut", "rows"), [(Cut.BEFORE_COMMIT, 0), (Cut.AFTER_COMMIT, 1)])
def test_a_commit_that_nobody_knows_of_is_said_to_be_unsure(
    server: OwnServer, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, cut: Cut, rows: int
) -> None:
    with wire(server.server.host, server.server.port) as relay:
        monkeypatch.setenv("FRONTDESK_DATABASE_URL", through(relay.port))
        settings.cache_clear()
        relay.cut, relay.is_repaired = cut, False

        assert made(waitlisted)(clinic)["error"] == UNSURE

        assert relay.cuts == 1
        connection.drop()
    assert waiting_in(clinic) == rows


@pytest.mark.parametrize("cut", [Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT])
def test_a_commit_that_was_cut_off_is_cleared_up_by_the_second_try(
    server: OwnServer, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, cut: Cut
) -> None:
    with wire(server.server.host, server.server.port) as relay:
        monkeypatch.setenv("FRONTDESK_DATABASE_URL", through(relay.port))
        settings.cache_clear()
        relay.cut = cut

        assert json.loads(made(waitlisted)(clinic)["result"])["say"] == "Done."

        assert relay.cuts == 1
        connection.drop()
    assert waiting_in(clinic) == 1


def test_a_lost_commit_stays_unsure_when_the_second_try_fails_for_another_reason(
    server: OwnServer, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reached Postgres again and waited for a lock in vain: whether the first stands it never learned."""
    clinic.ask("get_clinic_info")
    with wire(server.server.host, server.server.port) as relay, psycopg.connect(server.owner_url) as other:
        monkeypatch.setenv("FRONTDESK_DATABASE_URL", through(relay.port))
        settings.cache_clear()
        connection.drop()
        relay.cut = Cut.AFTER_COMMIT
        # Once the first try has committed, the record it would be known by is kept from the second.
        relay.at_the_cut = lambda: other.execute("LOCK TABLE tool_calls IN ACCESS EXCLUSIVE MODE")

        assert made(waitlisted)(clinic)["error"] == UNSURE

        assert relay.cuts == 1
        connection.drop()
    assert waiting_in(clinic) == 1


def through(port: int) -> str:
    """The same database, by way of a relay."""
    return make_conninfo(settings().database_url or "", port=port, sslmode="disable")


def test_an_error_of_our_own_undoes_everything_and_is_not_told(
    clinic: Clinic, server: OwnServer, printed: pytest.CaptureFixture[str]
) -> None:
    before = counted(server.owner_url)

    def work(call: Call[Any]) -> None:
        waitlisted(call)
        raise RuntimeError("John Doe, born 1990-01-15")

    item = made(work)(clinic)

    assert item["error"] == NOTHING_DONE
    assert made(work, writes=False)(clinic)["error"] == UNREACHABLE
    assert counted(server.owner_url) == before
    logged = printed.readouterr().out
    assert "RuntimeError" in logged
    assert "John" not in logged
    assert "1990" not in logged


def test_a_decline_undoes_what_the_handler_did_before_it_and_keeps_what_it_learned(clinic: Clinic) -> None:
    def work(call: Call[Any]) -> None:
        waitlisted(call)
        call.newly_failed_proofs += 1
        raise Declined("Not today.")

    answer = json.loads(made(work)(clinic)["result"])

    assert answer["fact"] == "Not today."
    assert waiting_in(clinic) == 0
    assert clinic.all("SELECT failed_proofs FROM calls WHERE id = %s", clinic.call) == [(1,)]
    assert clinic.all("SELECT outcome FROM tool_calls WHERE call_id = %s", clinic.call) == [("refused",)]


def test_a_constraint_that_a_handler_runs_into_is_logged_by_name_without_the_row(
    clinic: Clinic, printed: pytest.CaptureFixture[str]
) -> None:
    def work(call: Call[Any]) -> None:
        waitlisted(call)
        waitlisted(call)

    assert made(work)(clinic)["error"] == NOTHING_DONE
    logged = printed.readouterr()
    assert '"constraint":"once_a_person"' in logged.out
    assert '"sqlstate":"23505"' in logged.out
    assert "6045550188" not in logged.out + logged.err
    assert waiting_in(clinic) == 0


def test_another_server_that_fails_is_a_failure_of_the_moment_not_of_ours(clinic: Clinic) -> None:
    def work(call: Call[Any]) -> None:
        waitlisted(call)
        raise ProviderFailed("the EMR is away")

    assert made(work)(clinic)["error"] == NOTHING_DONE
    assert waiting_in(clinic) == 0


def test_the_ladder_of_patience_has_each_step_below_the_next(clinic: Clinic) -> None:
    in_the_handler: dict[str, int] = {}

    def work(call: Call[Any]) -> None:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            in_the_handler[name] = call.db.value(
                "SELECT setting::int FROM pg_settings WHERE name = %(name)s", name=name
            )

    made(work)(clinic)

    assert 0 < in_the_handler["lock_timeout"] < in_the_handler["statement_timeout"] < DEADLINE_S * 1000
    assert in_the_handler["idle_in_transaction_session_timeout"] > 0
    assert DEADLINE_S < LAMBDA_TIMEOUT_S < VAPI_TIMEOUT_S
    for name in TOOLS:
        assert definition(name).deadline_s < definition(name).timeout_s < VAPI_TIMEOUT_S


def test_rules_replaced_whole_under_a_running_function_go_unnoticed(
    server: OwnServer, clinic: Clinic
) -> None:
    """A deploy drops and remakes the functions that warm connections have prepared calls to."""
    for _ in range(2):
        assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"
        migrate.migrate(server.owner_url)
    assert clinic.ask("add_to_waitlist", **{**ADA, "lastName": "Deploy"})["wasAlready"] is False
