"""EventBridge and one SQS queue, in memory and in a process of its own, for what moto is too slow for.

moto takes some 10 ms a request and walks its whole queue to find what is due; eight pollers would keep a
processor busy with asking. This one knows the operations that our functions and `local.queues` use, and SQS's
rules that they go by: delays, visibility, receive counts, the dead-letter queue. Nothing is kept at its end.

Besides: `GET /_counts`, and `PUT /_pace` with a number: delays and visibility pass so many times as fast.
"""

import asyncio
import hashlib
import heapq
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from frontdesk.trigger import MAX_RECEIVE_COUNT
from local import child
from local.asgi import body_of

DEAD: Final = "/dead"
"""The path of the dead-letter queue; every other is the queue's."""
_LONGEST_POLL_S: Final = 1
"""Whoever asks waits so long for a message, whatever it asked for, as Lambda's own pollers wait 20 s."""

Answer = dict[str, Any]


@dataclass
class Message:
    """One of them, until it is deleted or dead."""

    body: str
    id: str = field(default_factory=lambda: str(uuid4()))
    received: int = 0


@dataclass
class Counts:
    """What became of the messages."""

    sent: int = 0
    done: int = 0
    """Deleted, and not put into the dead-letter queue."""
    done_after_retries: int = 0
    retried: int = 0
    """Received more than once."""
    dead: int = 0


class Bus:
    """The queue, and the operations on it."""

    def __init__(self, visible_after_s: float) -> None:
        self._visible_after_s = visible_after_s
        self._pace = 1.0
        self._order = count()
        self._due: list[tuple[float, int, str, Message]] = []
        """By when they are seen next, each with the receipt under which it was hidden."""
        self._hidden: dict[str, Message] = {}
        """All there are, by the receipt under which they are hidden or due."""
        self._buried: set[str] = set()
        self._counts = Counts()
        self._changed = asyncio.Condition()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request (ASGI)."""
        text = await body_of(receive)
        body = json.dumps(await self._answer(scope, json.loads(text or b"null"))).encode()
        headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Any, asked: Any) -> Any:
        if scope["path"] == "/_counts":
            return vars(self._counts) | {"waiting": len(self._hidden)}
        if scope["path"] == "/_pace":
            self._pace = float(asked)
            return {}
        operation = dict(scope["headers"])[b"x-amz-target"].decode().partition(".")[2]
        if operation == "ReceiveMessage":
            return await self._received(asked["MaxNumberOfMessages"])
        known: Mapping[str, Callable[[Any], Answer]] = {
            "PutEvents": self._put_events,
            "SendMessageBatch": self._send_batch,
            "ChangeMessageVisibility": self._put_back,
            "DeleteMessage": self._delete,
            "SendMessage": self._bury,
            # KMS, for what is sealed: here it isn't.
            "Encrypt": lambda asked: {"CiphertextBlob": asked["Plaintext"]},
            "Decrypt": lambda asked: {"Plaintext": asked["CiphertextBlob"]},
        }
        answer = known[operation](asked)
        async with self._changed:
            self._changed.notify_all()
        return answer

    def _put_events(self, asked: Any) -> Answer:
        for entry in asked["Entries"]:
            if entry["DetailType"] != "AgentSaved":
                continue  # the rule lets no other into this queue
            envelope = {"detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
            self._send(Message(json.dumps(envelope)), 0)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(uuid4())} for _ in asked["Entries"]]}

    def _send_batch(self, asked: Any) -> Answer:
        sent: list[Answer] = []
        for entry in asked["Entries"]:
            message = Message(entry["MessageBody"])
            self._send(message, entry.get("DelaySeconds", 0))
            sent.append({"Id": entry["Id"], "MessageId": message.id, "MD5OfMessageBody": _md5(message.body)})
        return {"Successful": sent, "Failed": []}

    def _send(self, message: Message, delay_s: float) -> None:
        self._counts.sent += 1
        self._hide(message, delay_s)

    def _hide(self, message: Message, for_s: float) -> str:
        """Until then nobody receives it; the receipt that is good until somebody does."""
        receipt = str(uuid4())
        self._hidden[receipt] = message
        heapq.heappush(self._due, (monotonic() + for_s / self._pace, next(self._order), receipt, message))
        return receipt

    async def _received(self, most: int) -> Answer:
        until = monotonic() + _LONGEST_POLL_S
        async with self._changed:
            while not (found := self._take(most)) and (left_s := until - monotonic()) > 0:
                next_s = self._due[0][0] - monotonic() if self._due else left_s
                try:
                    await asyncio.wait_for(self._changed.wait(), min(left_s, max(next_s, 0.001)))
                except TimeoutError:
                    continue
        return {"Messages": found}

    def _take(self, most: int) -> list[Answer]:
        taken: list[Answer] = []
        while self._due and self._due[0][0] <= monotonic() and len(taken) < most:
            _, _, receipt, message = heapq.heappop(self._due)
            if self._hidden.pop(receipt, None) is None:
                continue  # deleted, or hidden anew
            if message.received >= MAX_RECEIVE_COUNT:
                self._counts.dead += 1
                continue
            message.received += 1
            self._counts.retried += message.received == 2
            taken.append(
                {
                    "MessageId": message.id,
                    "ReceiptHandle": self._hide(message, self._visible_after_s),
                    "Body": message.body,
                    "MD5OfBody": _md5(message.body),
                    "Attributes": {"ApproximateReceiveCount": str(message.received)},
                }
            )
        return taken

    def _put_back(self, asked: Any) -> Answer:
        if message := self._hidden.pop(asked["ReceiptHandle"], None):
            self._hide(message, asked["VisibilityTimeout"])
        return {}

    def _delete(self, asked: Any) -> Answer:
        if message := self._hidden.pop(asked["ReceiptHandle"], None):
            is_done = message.body not in self._buried
            self._buried.discard(message.body)
            self._counts.done += is_done
            self._counts.done_after_retries += is_done and message.received > 1
        return {}

    def _bury(self, asked: Any) -> Answer:
        """To the dead-letter queue, by hand: its original is deleted next."""
        self._counts.dead += 1
        self._buried.add(asked["MessageBody"])
        return {"MessageId": str(uuid4()), "MD5OfMessageBody": _md5(asked["MessageBody"])}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def make(config: dict[str, Any]) -> Bus:
    """The bus for `{"visible_after_s": seconds}`."""
    return Bus(config["visible_after_s"])


if __name__ == "__main__":
    sys.exit(child.serve(make))
