"""Lambda's side of SQS on this machine: a process that receives from one queue and calls its function.

As there, what was done is deleted and the rest left to its visibility timeout; one call at a time, like a
worker, so a queue has as many of these processes as it may have calls.
"""

import signal
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from local import child
from local.aws import ACCOUNT, REGION, Refused, ask, queue_url
from local.function import Function, loading

BUSY_S: Final = 20
"""After a message, for how long the queue is asked every `OFTEN_S`: a retry that falls due wakes nobody."""
OFTEN_S: Final = 0.1


def record(message: Mapping[str, Any], queue: str) -> dict[str, Any]:
    """What Lambda makes of a message that it received; see `events/sqs.json`."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def done(answer: object, ids: Iterable[str], *, reports_failures: bool) -> set[str]:
    """The messages to delete. As Lambda has it: none, when the answer names one that was not in the batch."""
    sent = set(ids)
    if not reports_failures or not isinstance(answer, dict):
        return sent
    failures: list[dict[str, Any]] = cast("dict[str, Any]", answer).get("batchItemFailures") or []
    failed = {one.get("itemIdentifier") for one in failures}
    return sent - failed if failed <= sent else set()


class Poller:
    """One queue and the function it feeds."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._source: Mapping[str, Any] = config["source"]
        self._function = Function(self._source, config["environment"], loading(config))
        self._endpoint: str = config["environment"]["AWS_ENDPOINT_URL"]
        self._url = queue_url(self._endpoint, self._source["queue"])
        self._is_ended = False

    def run(self) -> None:
        """Receives and calls until told to stop; what is under way is finished."""
        signal.signal(signal.SIGTERM, self._end)
        busy_until = 0.0
        while not self._is_ended:
            is_busy = time.monotonic() < busy_until
            try:
                if self._turn(wait_s=0 if is_busy else 1):
                    busy_until = time.monotonic() + BUSY_S
                elif is_busy:
                    time.sleep(OFTEN_S)
            except (OSError, Refused):
                traceback.print_exc()
                time.sleep(1)

    def _end(self, *_: object) -> None:
        self._is_ended = True

    def _turn(self, *, wait_s: int) -> bool:
        """Whether there was anything; what there was has been handled."""
        asked = {
            "MaxNumberOfMessages": self._source["batch_size"],
            "WaitTimeSeconds": wait_s,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        messages = {one["MessageId"]: one for one in self._ask("ReceiveMessage", asked).get("Messages", [])}
        if messages:
            for each in self._handled(messages):
                self._ask("DeleteMessage", {"ReceiptHandle": messages[each]["ReceiptHandle"]})
        return bool(messages)

    def _handled(self, messages: Mapping[str, Mapping[str, Any]]) -> set[str]:
        queue: str = self._source["queue"]
        try:
            answer = self._function({"Records": [record(one, queue) for one in messages.values()]})
        except Exception:  # noqa: BLE001 - Lambda's own edge: the error is printed, and the messages come again
            traceback.print_exc()
            return set()
        return done(answer, messages, reports_failures=self._source["reports_failures"])

    def _ask(self, operation: str, asked: Mapping[str, Any]) -> Any:
        path = urlsplit(self._url).path
        return ask(self._endpoint, f"AmazonSQS.{operation}", {"QueueUrl": self._url, **asked}, path=path)


def keep(config: Mapping[str, Any]) -> None:
    """Polls for `{"source": {...}, "environment": {...}, "rie": {...} or None}`, until told to stop."""
    Poller(config).run()


if __name__ == "__main__":
    sys.exit(child.work(keep))
