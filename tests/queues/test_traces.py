"""One trace from who raises an event to who handles its message, by one id in every log line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse  # pyright: ignore[reportMissingTypeStubs]

from frontdesk import aws, events, queue, traces
from frontdesk.logs import logger
from frontdesk.queue import Attempt, consume
from frontdesk.settings import settings
from frontdesk.tool import Wire
from tests.clinic import Context

ROOT, ID = "1-5759e988-bd862e3fe1be46a994272793", "5759e988bd862e3fe1be46a994272793"
HEADER = f"Root={ROOT};Parent=557abcec3ee5a047;Sampled=1;Lineage=1:a87bd80c:1"
OTHER = "Root=1-00000000-000000000000000000000001;Parent=53995c3f42cd8ad8;Sampled=1"


class Rung(Wire):
    bell: int


class Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


@dataclass
class Taking:
    """The bus and the queue at the wire, for moto keeps no trace."""

    entries: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        self.entries += json.loads(request.body)["Entries"]
        headers: dict[str, str] = {}
        return AWSResponse(request.url, 200, headers, Raw(b'{"FailedEntryCount": 0}'))


@pytest.fixture
def taking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Taking]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("FRONTDESK_EVENT_BUS", "bells")
    monkeypatch.setenv("FRONTDESK_QUEUE_URL", "https://sqs.ca-central-1.amazonaws.com/123456789012/bells")
    settings.cache_clear()
    aws.client.cache_clear()
    taking = Taking()
    for service in ("events", "sqs"):
        aws.client(service).meta.events.register("before-send", taking.answer)
    yield taking
    aws.client.cache_clear()
    settings.cache_clear()


def handled(**attributes: str) -> None:
    @consume(Rung)
    def handler(rung: Rung, attempt: Attempt) -> None:
        logger.info("rang")
        queue.send([rung])

    record = {
        "messageId": "m",
        "receiptHandle": "r",
        "body": '{"bell": 1}',
        "attributes": {"ApproximateReceiveCount": "1", **attributes},
    }
    handler({"Records": [record]}, Context())


def lines(printed: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.readouterr().out.splitlines()]


def test_an_event_goes_on_with_the_trace_of_who_raised_it(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    assert events.raise_event("BellRung", Rung(bell=1))
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    assert events.raise_event("BellRung", Rung(bell=1))

    assert [entry.get("TraceHeader") for entry in taking.entries] == [HEADER, None]


def test_a_message_is_handled_in_the_trace_that_it_carries_and_so_is_what_comes_of_it(
    taking: Taking, monkeypatch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]
) -> None:
    """Lambda begins a trace of its own for a batch, and only links it to those of its messages."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OTHER)

    handled(AWSTraceHeader=HEADER)

    logged = lines(printed)
    assert [one["message"] for one in logged] == ["rang", "message done"]
    assert {(one["trace_id"], one["span_id"]) for one in logged} == {(ID, "557abcec3ee5a047")}
    [sent] = taking.entries
    assert sent["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"] == HEADER
    assert traces.header() == OTHER, "and it ends with the message"


def test_a_message_without_one_is_of_the_functions_own_trace(
    taking: Taking, monkeypatch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OTHER)

    handled()

    assert {one["trace_id"] for one in lines(printed)} == {"00000000000000000000000000000001"}


@pytest.mark.parametrize("header", ["", "Root=;", "Root=1-nonsense;Parent=557abcec3ee5a047", "Sampled=0"])
def test_where_nobody_traces_a_line_says_nothing_of_it(
    taking: Taking, monkeypatch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str], header: str
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)

    handled()

    assert not [one for one in lines(printed) if one.keys() & {"trace_id", "span_id"}]
