"""A function to see a queue through: it writes down each event, and does what the message says."""

import json
import os
import time
from pathlib import Path
from typing import Any

from frontdesk.queue import Attempt, GiveUp, Retry, consume, send
from frontdesk.tool import Wire


class Told(Wire):
    name: str
    do: str = ""


@consume(Told)
def consumed(message: Told, attempt: Attempt) -> None:
    if message.do == "fail once" and attempt.number == 1:
        raise RuntimeError("as asked")
    if message.do == "fail at once":
        raise Retry(after_s=0)
    if message.do == "fail for a second" and attempt.number == 1:
        raise Retry(after_s=0.6)
    if message.do == "give up":
        raise GiveUp("it can't be done")
    if message.do == "fan out":
        send([Told(name=f"{message.name} {number}") for number in range(12)])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with Path(os.environ["MESSAGES"]).open("a") as file:
        file.write(json.dumps({"at": time.monotonic(), "event": event}) + "\n")
    is_first = event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"
    if is_first and "crash" in event["Records"][0]["body"]:
        raise RuntimeError("as asked")
    return consumed(event, context)
