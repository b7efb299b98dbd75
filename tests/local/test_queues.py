"""From the bus to a function and back: real SQS messages, a real poller, and moto's server between them."""

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import httpx
import psutil
import pytest

from frontdesk import aws as clients
from frontdesk.events import raise_event
from frontdesk.settings import settings
from frontdesk.trigger import MAX_RECEIVE_COUNT
from infra.routes import sources
from local import child
from local.aws import Aws, ask, bucket_name, queue_url
from local.gateway import Gateway
from local.moto_server import OneReceiver
from local.queues import done
from tests.local.messages import Told

EVENTS = Path(__file__).parents[2] / "events"
VISIBLE_AGAIN_S = 20
"""Longer than a poller's first call, which imports the function."""


def template(written: Path) -> dict[str, Any]:
    """As the stack's own, of one function."""
    variables = {
        "MESSAGES": str(written),
        "FRONTDESK_QUEUE_URL": {"Ref": "Waiting"},
        "FRONTDESK_DEAD_LETTER_URL": {"Ref": "Buried"},
    }
    function = {
        "Handler": "tests.local.messages.handler",
        "Timeout": 3,
        "MemorySize": 128,
        "Environment": {"Variables": variables},
    }
    waiting = {
        "VisibilityTimeout": VISIBLE_AGAIN_S,
        "RedrivePolicy": {
            "deadLetterTargetArn": {"Fn::GetAtt": ["Buried", "Arn"]},
            "maxReceiveCount": MAX_RECEIVE_COUNT,
        },
    }
    rule = {
        "EventBusName": {"Ref": "Bus"},
        "EventPattern": {"source": ["frontdesk"], "detail-type": ["Told"]},
        "Targets": [{"Id": "Target0", "Arn": {"Fn::GetAtt": ["Waiting", "Arn"]}}],
    }
    puts = {
        "EventPattern": {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [{"Ref": "Store"}]}, "object": {"key": [{"prefix": "documents/"}]}},
        },
        "Targets": rule["Targets"],
    }
    mapping = {
        "EventSourceArn": {"Fn::GetAtt": ["Waiting", "Arn"]},
        "FunctionName": {"Ref": "Code"},
        "BatchSize": 10,
        "ScalingConfig": {"MaximumConcurrency": 2},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "Code": ("AWS::Lambda::Function", function),
        "Waiting": ("AWS::SQS::Queue", waiting),
        "Buried": ("AWS::SQS::Queue", {"MessageRetentionPeriod": 1_209_600}),
        "Bus": ("AWS::Events::EventBus", {"Name": "frontdesk-test"}),
        "Rule": ("AWS::Events::Rule", rule),
        "Puts": ("AWS::Events::Rule", puts),
        "Store": ("AWS::S3::Bucket", {}),
        "Feeding": ("AWS::Lambda::EventSourceMapping", mapping),
    }
    return {"Resources": {name: {"Type": kind, "Properties": of} for name, (kind, of) in made.items()}}


class Seen:
    """What the function saw, and what lies in the queues."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.written = folder / "seen"
        self.log = folder / "log"
        self._endpoint = endpoint

    def send(self, *told: Told) -> None:
        for one in told:
            body = one.model_dump_json(by_alias=True)
            ask(
                self._endpoint,
                "AmazonSQS.SendMessage",
                {"QueueUrl": queue_url(self._endpoint, "Waiting"), "MessageBody": body},
            )

    def calls(self, name: str) -> list[dict[str, Any]]:
        """Each record with that in its body, with when it was seen and how many came along."""
        lines = self.written.read_text().splitlines() if self.written.exists() else []
        return [
            {"at": line["at"], "batch": len(line["event"]["Records"]), **record}
            for line in map(json.loads, lines)
            for record in line["event"]["Records"]
            if name in record["body"]
        ]

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def left(self) -> int:
        """Messages in the queue, those included that are unseen."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        asked = {"QueueUrl": queue_url(self._endpoint, "Waiting"), "AttributeNames": names}
        counts = ask(self._endpoint, "AmazonSQS.GetQueueAttributes", asked)["Attributes"]
        return sum(int(count) for count in counts.values())

    def buried(self) -> list[dict[str, Any]]:
        """Takes what is in the dead-letter queue out."""
        url = queue_url(self._endpoint, "Buried")
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        found = ask(self._endpoint, "AmazonSQS.ReceiveMessage", asked).get("Messages", [])
        for one in found:
            ask(
                self._endpoint,
                "AmazonSQS.DeleteMessage",
                {"QueueUrl": url, "ReceiptHandle": one["ReceiptHandle"]},
            )
        return found

    def come_again_after(self, seconds: int) -> None:
        """Sets the queue's own visibility timeout."""
        url = queue_url(self._endpoint, "Waiting")
        attributes = {"VisibilityTimeout": str(seconds)}
        ask(self._endpoint, "AmazonSQS.SetQueueAttributes", {"QueueUrl": url, "Attributes": attributes})

    def bury(self) -> dict[str, Any]:
        """The one message that comes to lie there."""
        found: list[dict[str, Any]] = []

        def came() -> bool:
            found.extend(self.buried())
            return bool(found)

        self.until(came)
        [one] = found
        return one


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with (tmp_path_factory.mktemp("aws") / "log").open("wb") as output:
        made = Aws(output)
        yield made
        made.stop()


@contextmanager
def polling(aws: Aws, seen: Seen) -> Generator[Gateway]:
    found = sources(aws.hold(template(seen.written)))
    with child.listen() as listening, seen.log.open("wb") as output:
        made = Gateway(listening, list, aws.environment, sources=lambda: found, workers=2, log=output)
        made.start()
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def seen(aws: Aws, tmp_path: Path) -> Seen:
    """Nobody polls yet."""
    seen = Seen(tmp_path, aws.environment["AWS_ENDPOINT_URL"])
    aws.hold(template(seen.written))
    return seen


@pytest.fixture(scope="module")
def fed(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Two pollers, at work."""
    seen = Seen(tmp_path_factory.mktemp("fed"), aws.environment["AWS_ENDPOINT_URL"])
    with polling(aws, seen):
        yield seen


def test_a_batch_keeps_only_what_failed(aws: Aws, seen: Seen) -> None:
    seen.send(
        Told(name="good one"), Told(name="bad one", do="fail for a second"), Told(name="another good one")
    )

    with polling(aws, seen):
        seen.until(lambda: len(seen.calls("bad")) == 2)
        seen.until(lambda: seen.left() == 0)

    assert [one["batch"] for one in seen.calls("bad")] == [3, 1]
    assert len(seen.calls("good one")) == 2
    assert seen.buried() == []


def test_an_event_on_the_bus_calls_the_function_once_with_its_detail(
    aws: Aws, fed: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (aws.environment | {"FRONTDESK_EVENT_BUS": "frontdesk-test"}).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    clients.client.cache_clear()

    assert raise_event("Told", Told(name="by the bus"))
    assert raise_event("SomethingElse", Told(name="by the bus"))

    fed.until(lambda: bool(fed.calls("by the bus")))
    fed.until(lambda: fed.left() == 0)
    [call] = fed.calls("by the bus")
    assert json.loads(call["body"])["detail"] == {"name": "by the bus", "do": ""}
    assert json.loads(call["body"])["detail-type"] == "Told"
    settings.cache_clear()
    clients.client.cache_clear()


def test_what_is_put_into_the_store_by_a_form_calls_the_function_with_its_key(
    aws: Aws, fed: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    clients.client.cache_clear()
    store = clients.client("s3")

    for folder in ("messages", "documents"):
        form = store.generate_presigned_post(bucket_name("Store"), f"{folder}/by a form")
        posted = httpx.post(form["url"], data=form["fields"], files={"file": b"Park behind the house."})
        assert posted.is_success
    store.put_object(Bucket=bucket_name("Store"), Key="documents/by itself", Body=b"Cash only.")

    fed.until(lambda: len(fed.calls("documents/")) >= 2)
    told = [json.loads(call["body"]) for call in fed.calls("documents/") + fed.calls("messages/")]
    assert {(one["source"], one["detail-type"]) for one in told} == {("aws.s3", "Object Created")}
    assert {(one["detail"]["object"]["key"], one["detail"]["object"]["size"]) for one in told} == {
        ("documents/by a form", 22),
        ("documents/by itself", 10),
    }
    fed.bury()  # which the function of these tests knows nothing of
    fed.until(lambda: fed.left() == 0)
    fed.buried()
    clients.client.cache_clear()


def test_the_event_is_of_sqs_shape(fed: Seen) -> None:
    fed.send(Told(name="shape"))
    fed.until(lambda: bool(fed.calls("shape")))

    [real] = json.loads((EVENTS / "sqs.json").read_text())["Records"]
    line = json.loads(fed.written.read_text().splitlines()[-1])
    assert line["event"].keys() == {"Records"}
    [record] = line["event"]["Records"]
    assert record.keys() == real.keys()
    assert record["attributes"].keys() == real["attributes"].keys() - {"AWSTraceHeader"}
    assert {name: type(record[name]) for name in record} == {name: type(real[name]) for name in real}


def test_what_fails_is_tried_four_times_and_then_lies_in_the_dead_letter_queue(fed: Seen) -> None:
    fed.send(Told(name="hopeless", do="fail at once"))

    assert json.loads(fed.bury()["Body"])["name"] == "hopeless"
    counts = [one["attributes"]["ApproximateReceiveCount"] for one in fed.calls("hopeless")]
    assert counts == ["1", "2", "3", "4"]
    assert fed.left() == 0


def test_a_message_stays_unseen_for_as_long_as_the_function_says(fed: Seen) -> None:
    fed.send(Told(name="patient", do="fail once"))
    fed.until(lambda: len(fed.calls("patient")) == 2)

    fed.until(lambda: fed.left() == 0)
    first, second = (one["at"] for one in fed.calls("patient"))
    assert 2 <= second - first < VISIBLE_AGAIN_S


def test_what_is_given_up_goes_to_the_dead_letter_queue_at_once_with_its_reason(fed: Seen) -> None:
    fed.send(Told(name="given up", do="give up"))

    buried = fed.bury()
    assert json.loads(buried["Body"])["name"] == "given up"
    assert buried["MessageAttributes"]["reason"]["StringValue"] == "it can't be done"
    fed.until(lambda: fed.left() == 0)
    assert len(fed.calls("given up")) == 1


def test_a_call_that_ends_in_an_error_leaves_its_messages_to_the_queue(fed: Seen) -> None:
    fed.come_again_after(1)
    fed.send(Told(name="crash"))
    fed.until(lambda: len(fed.calls("crash")) == 2)
    fed.come_again_after(VISIBLE_AGAIN_S)

    first, second = (one["at"] for one in fed.calls("crash"))
    assert second - first >= 1
    fed.until(lambda: fed.left() == 0)


def test_a_function_sends_to_its_own_queue(fed: Seen) -> None:
    fed.send(Told(name="wave", do="fan out"))

    fed.until(lambda: len(fed.calls("wave ")) == 12)
    assert {json.loads(one["body"])["name"] for one in fed.calls("wave ")} == {f"wave {n}" for n in range(12)}


@pytest.mark.parametrize(
    ("answer", "reports_failures", "deleted"),
    [
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, True, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, False, {"a", "b"}),
        ({"batchItemFailures": []}, True, {"a", "b"}),
        ({"batchItemFailures": None}, True, {"a", "b"}),
        ({}, True, {"a", "b"}),
        (None, True, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, True, set[str]()),
        ({"batchItemFailures": [{"itemIdentifier": "nobody"}]}, True, set[str]()),
        ({"batchItemFailures": [{"id": "a"}]}, True, set[str]()),
    ],
)
def test_what_is_deleted_is_what_lambda_would_delete(
    answer: object, reports_failures: bool, deleted: set[str]
) -> None:
    assert done(answer, ["a", "b"], reports_failures=reports_failures) == deleted


def test_nothing_is_started_for_a_template_without_queue_or_bus() -> None:
    before = {one.pid for one in psutil.Process().children()}
    idle = Aws()
    try:
        assert idle.hold({"Resources": {}}) == {"Resources": {}}
        assert {one.pid for one in psutil.Process().children()} == before
    finally:
        idle.stop()


def test_receivers_of_one_queue_take_turns_and_nobody_waits_for_another_queues() -> None:
    """Without, moto would now and then give two of them the same message."""
    both = Barrier(2, timeout=20)
    inside = Lock()

    def server(environ: Mapping[str, Any], start: object) -> list[bytes]:
        if environ["PATH_INFO"] == "/one":
            assert inside.acquire(blocking=False), "two at once"
            time.sleep(0.05)
            inside.release()
        else:
            both.wait()
        return []

    def receive(path: str) -> None:
        app({"HTTP_X_AMZ_TARGET": "AmazonSQS.ReceiveMessage", "PATH_INFO": path}, print)

    app = OneReceiver(server)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(receive, ["/one", "/one", "/one", "/two", "/three", "/one"]))
