"""What becomes of a message, by what the function makes of it. SQS is moto's, in this process."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID  # pyright: ignore[reportMissingTypeStubs]
from moto.sqs.models import Message, sqs_backends  # pyright: ignore[reportMissingTypeStubs]

from frontdesk import aws
from frontdesk.errors import ProviderFailed
from frontdesk.queue import Attempt, GiveUp, Retry, consume, send
from frontdesk.settings import settings
from frontdesk.tool import Wire
from tests.clinic import Context

REGION = "ca-central-1"


class AgentSaved(Wire):
    agent_id: int


@dataclass
class Queue:
    """A queue with its dead letters, a message received from it, and a function that does as it is told."""

    url: str
    buried_url: str
    raises: dict[int, Exception] = field(default_factory=dict[int, Exception])
    """By agent."""
    seen: list[tuple[int, Attempt]] = field(default_factory=list[tuple[int, Attempt]])

    def received(self, *bodies: str, count: int = 1) -> dict[str, Any]:
        """An event with those messages, at that try."""
        for body in bodies:
            aws.client("sqs").send_message(QueueUrl=self.url, MessageBody=body)
        answer = aws.client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        return {
            "Records": [
                {
                    "messageId": one["MessageId"],
                    "receiptHandle": one["ReceiptHandle"],
                    "body": one["Body"],
                    "attributes": {"ApproximateReceiveCount": str(count)},
                }
                for one in answer["Messages"]
            ]
        }

    def call(self, event: dict[str, Any], *, left_s: float = 30) -> list[int]:
        """Places of the messages that the function's answer names as failed."""

        @consume(AgentSaved)
        def handler(message: AgentSaved, attempt: Attempt) -> None:
            self.seen.append((message.agent_id, attempt))
            if raised := self.raises.get(message.agent_id):
                raise raised

        context = Context(left_s)
        failed = {one["itemIdentifier"] for one in handler(event, context)["batchItemFailures"]}
        return [place for place, one in enumerate(event["Records"]) if one["messageId"] in failed]

    def unseen_s(self) -> float:
        """For how long from now nobody gets the one message of the queue."""
        backend: Any = sqs_backends[DEFAULT_ACCOUNT_ID][REGION]
        [message] = list[Message](backend.queues["waiting"]._messages)
        return message.visible_at / 1000 - time.time()

    def buried(self) -> list[tuple[str, str]]:
        """Body and reason of each."""
        client = aws.client("sqs")
        asked = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        found = client.receive_message(QueueUrl=self.buried_url, **asked).get("Messages", [])
        return [(one["Body"], one["MessageAttributes"]["reason"]["StringValue"]) for one in found]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        aws.client.cache_clear()
        made = [aws.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("waiting", "buried")]
        monkeypatch.setenv("FRONTDESK_QUEUE_URL", made[0])
        monkeypatch.setenv("FRONTDESK_DEAD_LETTER_URL", made[1])
        settings.cache_clear()
        yield Queue(*made)
    aws.client.cache_clear()
    settings.cache_clear()


def saved(agent: int) -> str:
    return json.dumps({"agentId": agent})


def test_a_message_is_read_bare_and_out_of_eventbridges_envelope(queue: Queue) -> None:
    envelope = {"version": "0", "source": "frontdesk", "detail-type": "AgentSaved", "detail": {"agentId": 2}}

    assert queue.call(queue.received(saved(1), json.dumps(envelope))) == []
    assert [agent for agent, _ in queue.seen] == [1, 2]


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", "{}", '{"agentId": "x"}', '{"detail-type": "AgentSaved"}']
)
def test_what_can_not_be_read_is_given_up(queue: Queue, body: str) -> None:
    event = queue.received(body or " ")

    assert queue.call(event) == []
    assert queue.buried() == [(body or " ", "the message is not a AgentSaved")]


@pytest.mark.parametrize(("count", "least_s"), [(1, 2), (2, 4), (3, 8)])
@pytest.mark.parametrize("raised", [Retry(), RuntimeError("ours"), ProviderFailed("theirs")])
def test_a_failure_is_tried_again_after_2_4_and_8_seconds(
    queue: Queue, count: int, least_s: int, raised: Exception
) -> None:
    queue.raises[1] = raised

    assert queue.call(queue.received(saved(1), count=count)) == [0]
    assert least_s - 0.9 < queue.unseen_s() <= least_s + 1


def test_retries_are_kept_apart(queue: Queue) -> None:
    queue.raises[1] = Retry()
    event = queue.received(saved(1))
    waits: set[int] = set()
    for _ in range(40):
        queue.call(event)
        waits.add(round(queue.unseen_s()))

    assert waits == {2, 3}


@pytest.mark.parametrize(("asked_s", "unseen_s"), [(0.2, 1), (33, 33), (33.4, 34), (1e9, 11 * 3600)])
def test_who_failed_may_say_when_to_try_again(queue: Queue, asked_s: float, unseen_s: int) -> None:
    queue.raises[1] = Retry(after_s=asked_s)

    assert queue.call(queue.received(saved(1))) == [0]
    assert unseen_s - 0.9 < queue.unseen_s() <= unseen_s


def test_the_last_try_knows_it_and_is_not_waited_for(queue: Queue) -> None:
    queue.raises[1] = Retry(after_s=60)
    event = queue.received(saved(1), count=3)
    queue.call(event)
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "4"

    assert queue.call(event) == [0]
    assert [(one.number, one.is_last) for _, one in queue.seen] == [(3, False), (4, True)]
    assert queue.unseen_s() <= 0, "SQS moves it to the dead-letter queue when next asked"


def test_what_is_given_up_is_done_and_lies_in_the_dead_letter_queue_with_its_reason(queue: Queue) -> None:
    queue.raises[1] = GiveUp("Vapi refuses the voice")

    assert queue.call(queue.received(saved(1))) == []
    assert queue.buried() == [(saved(1), "Vapi refuses the voice")]


def test_what_can_not_be_put_into_the_dead_letter_queue_is_tried_again(queue: Queue) -> None:
    queue.raises[1] = GiveUp("no")
    aws.client("sqs").delete_queue(QueueUrl=queue.buried_url)

    assert queue.call(queue.received(saved(1))) == [0]


def test_each_message_of_a_batch_has_its_own_end(queue: Queue) -> None:
    queue.raises = {2: Retry(), 3: GiveUp("no"), 4: ValueError()}

    assert queue.call(queue.received(*map(saved, range(1, 6)))) == [1, 3]
    assert [agent for agent, _ in queue.seen] == [1, 2, 3, 4, 5]


def test_messages_for_which_no_time_is_left_come_again_at_once(queue: Queue) -> None:
    assert queue.call(queue.received(saved(1)), left_s=0.5) == [0]
    assert queue.seen == []
    assert queue.unseen_s() <= 0


def test_a_deadline_leaves_time_to_tell_sqs(queue: Queue) -> None:
    queue.call(queue.received(saved(1)), left_s=30)

    [(_, attempt)] = queue.seen
    assert 25 < attempt.deadline - time.monotonic() < 29.5


def test_sent_messages_come_in_their_waves(queue: Queue) -> None:
    send([AgentSaved(agent_id=agent) for agent in range(25)], [0] * 11 + [900] * 14)

    bodies: list[str] = []
    while (
        found := aws.client("sqs").receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10).get("Messages")
    ):
        bodies += [one["Body"] for one in found]
    assert sorted(json.loads(body)["agentId"] for body in bodies) == list(range(11))
    names = ["ApproximateNumberOfMessagesDelayed"]
    told = aws.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
    assert told == {"ApproximateNumberOfMessagesDelayed": "14"}


def test_messages_that_were_not_taken_are_not_passed_over(queue: Queue) -> None:
    with pytest.raises(ProviderFailed):
        send([AgentSaved(agent_id=1)], [901])
    with pytest.raises(ValueError, match="zip"):
        send([AgentSaved(agent_id=1)], [1, 2])
    aws.client("sqs").delete_queue(QueueUrl=queue.url)
    with pytest.raises(ProviderFailed):
        send([AgentSaved(agent_id=1)])


def test_no_word_of_a_message_is_logged(queue: Queue, printed: pytest.CaptureFixture[str]) -> None:
    queue.raises[1] = ValueError("Jane Roe")
    queue.call(queue.received(saved(1), '{"agentId": "Jane Roe"}'))

    log = printed.readouterr().out
    assert "a message is tried again" in log
    assert "a message was given up" in log
    assert "Jane" not in log
