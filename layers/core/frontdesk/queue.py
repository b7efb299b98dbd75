"""What functions fed by an SQS queue have in common: reading, trying again, giving up, sending more.

No Lambda sleeps: a message that is to be tried again stays in its queue, unseen until its time. Messages come
at least once and in no order, so whatever handles them must bear both.
"""

import json
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from frontdesk import aws, measures, traces
from frontdesk.errors import FrontdeskError, ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.settings import settings
from frontdesk.trigger import MAX_RECEIVE_COUNT

LONGEST_DELAY_S: Final = 900
"""SQS keeps a new message back no longer."""
_LONGEST_UNSEEN_S: Final = 11 * 3600
"""SQS's own limit is 12 hours, counted from when the message was received."""
_LONGEST_REASON: Final = 1_000
_BATCH: Final = 10
_MARGIN_S: Final = 1.0
"""Left to tell SQS what became of a message, before the Lambda itself is stopped."""

M = TypeVar("M", bound=BaseModel)
Event = dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """One try of a message."""

    number: int
    """1 is the first; a try that was cut off counts."""
    deadline: float
    """By the monotonic clock, in seconds: there is no time after it."""

    @property
    def is_last(self) -> bool:
        """Whether the message goes to the dead-letter queue if this one fails."""
        return self.number >= MAX_RECEIVE_COUNT


Handler = Callable[[M, Attempt], None]
"""A queue-fed function's own: returns when the message is done with."""


class Retry(ProviderFailed):
    """The message is to be tried again: after 2, 4, 8 s, or as long as whoever failed asked for."""

    def __init__(self, after_s: float | None = None) -> None:
        """`after_s` is rounded up to whole seconds, as SQS counts them; at most 11 hours."""
        self.after_s = after_s
        super().__init__("to be tried again")


class GiveUp(FrontdeskError):
    """No try can heal it: the message goes to the dead-letter queue at once, with the reason beside it."""

    def __init__(self, reason: str) -> None:
        """`reason` is for an operator. Never a caller's words, nor another server's."""
        self.reason = reason
        super().__init__(reason)


def consume(model: type[M]) -> Callable[[Handler[M]], Callable[[Event, Any], Event]]:
    """Makes a Lambda handler of a function from a message, and which try of it this is.

    What it returns from is done. `GiveUp` is done too; `Retry` and whatever else it raises is tried again.
    Of a batch, each message has its own end.
    """
    model.model_rebuild()

    def with_handler(handler: Handler[M]) -> Callable[[Event, Any], Event]:
        def lambda_handler(event: Event, context: Any) -> Event:
            deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
            failed: list[Event] = []
            for one in event["Records"]:
                with (
                    traces.carried_by(one["attributes"].get("AWSTraceHeader")),
                    traces.work(request_id=context.aws_request_id, call_id=_call_of(one)),
                ):
                    if not _is_done(one, model, handler, deadline):
                        failed.append(one)
            return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}

        return lambda_handler

    return with_handler


def send(messages: Sequence[BaseModel | Mapping[str, Any]], delays_s: Sequence[int] = ()) -> None:
    """Sends to the queue that this function may send to; raises `ProviderFailed` unless it took them all.

    Those it did take stay sent. Fan out from one message: a chain, in which each sends the next, Lambda ends
    after 16 links.

    Args:
        messages: ids and versions, no caller's words.
        delays_s: how long each is kept back, at most `LONGEST_DELAY_S`; nobody waits when left out.
    """
    carried = traces.message_attributes()
    entries = [
        {
            "Id": str(place),
            "MessageBody": to_json(message, by_alias=True).decode(),
            "DelaySeconds": delay_s,
            **carried,
        }
        for place, (message, delay_s) in enumerate(
            zip(messages, delays_s or [0] * len(messages), strict=True)
        )
    ]
    try:
        for first in range(0, len(entries), _BATCH):
            batch = entries[first : first + _BATCH]
            answer = aws.client("sqs").send_message_batch(QueueUrl=settings().queue_url, Entries=batch)
            if refused := answer.get("Failed"):
                raise ProviderFailed(f"the queue refused {len(refused)} messages: {refused[0]['Code']}")
    except aws.FAILED as failed:
        raise ProviderFailed("the queue did not take the messages") from failed


def send_apart(messages: Sequence[BaseModel], *, within_s: int) -> None:
    """As `send`, each at a second drawn by lot: ten a second, all within so many."""
    spread_s = min(within_s, len(messages) // 10)
    send(messages, [random.randint(0, spread_s) for _ in messages])  # noqa: S311 - no secret


def _call_of(record: Event) -> str | None:
    return record.get("messageAttributes", {}).get(traces.CALL, {}).get("stringValue")


def _is_done(record: Event, model: type[M], handler: Handler[M], deadline: float) -> bool:
    """Whether the message needs no further try."""
    began = time.monotonic()
    attempt = Attempt(int(record["attributes"]["ApproximateReceiveCount"]), deadline)
    about: dict[str, Any] = {"message_id": record["messageId"], "attempt": attempt.number}
    try:
        try:
            if began > deadline:
                raise Retry(after_s=0)  # those before it in the batch took all the time
            handler(_read(record["body"], model), attempt)
        except GiveUp as given_up:
            _bury(record, given_up.reason)
            logger.error("a message was given up", extra=about | {"why": given_up.reason})
    except Exception as failed:  # noqa: BLE001 - Lambda's own edge: the message comes again
        logger.warning("a message is tried again", extra=about | described(failed))
        measures.failed(failed)
        _put_back(record, attempt, failed.after_s if isinstance(failed, Retry) else None)
        return False
    logger.info("message done", extra=about | {"duration_ms": round((time.monotonic() - began) * 1000, 1)})
    return True


def _read(body: str, model: type[M]) -> M:
    """The message, bare or as the detail of EventBridge's envelope."""
    try:
        sent = json.loads(body)
        if isinstance(sent, dict) and "detail-type" in sent:
            sent = sent["detail"]  # pyright: ignore[reportUnknownVariableType]
        return model.model_validate_json(json.dumps(sent))
    except (ValidationError, ValueError, LookupError):
        # From nothing, for what was read stands in those errors.
        raise GiveUp(f"the message is not a {model.__name__}") from None


def _bury(record: Event, reason: str) -> None:
    """Puts a copy into the dead-letter queue."""
    aws.client("sqs").send_message(
        QueueUrl=settings().dead_letter_url,
        MessageBody=record["body"],
        MessageAttributes={"reason": {"DataType": "String", "StringValue": reason[:_LONGEST_REASON]}},
    )


def _put_back(record: Event, attempt: Attempt, after_s: float | None) -> None:
    """Says when the message is seen again; if that fails, the queue's own visibility timeout stands."""
    if attempt.is_last:
        unseen_s = 0  # not for a try: SQS moves it to the dead-letter queue when next asked
    elif after_s is not None:
        unseen_s = min(math.ceil(after_s), _LONGEST_UNSEEN_S)
    else:
        # SQS counts whole seconds, so what keeps many apart is one second or none.
        unseen_s = 2**attempt.number + random.randint(0, 1)  # noqa: S311 - no secret
    try:
        aws.client("sqs").change_message_visibility(
            QueueUrl=settings().queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=unseen_s
        )
    except aws.FAILED as failed:
        logger.warning("a message comes again later than it should", extra=described(failed))
