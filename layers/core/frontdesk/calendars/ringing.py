"""A word to the queue after a tool changed a visit, or a vendor's hint: calendars agree in seconds.

Only a word: what is to be done stands in the database, where the next dispatch finds it within a minute. So
it is said once, in a hurry, and a queue that doesn't answer is no trouble of the caller's.
"""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from frontdesk import traces
from frontdesk.logs import logger
from frontdesk.settings import settings
from frontdesk.signing import Scope, posted

_TIMEOUT_S: Final = 1.0


def ring(org_id: UUID, connection_ids: Sequence[int], *, deadline: float) -> None:
    """Sends each connection's message to the queue of `calendars/sync`. Raises nothing.

    `deadline` is on the clock of `time.monotonic`; nobody is rung when it is near.
    """
    queue_url = settings().queue_url
    if queue_url is None or deadline - time.monotonic() < _TIMEOUT_S:
        return
    carried = traces.message_attributes()
    entries = [
        {
            "Id": str(each),
            "MessageBody": json.dumps({"org_id": str(org_id), "connection_id": each}),
            **carried,
        }
        for each in connection_ids[:10]
    ]
    body = json.dumps({"QueueUrl": queue_url, "Entries": entries}).encode()
    said: list[str] = []
    # Whoever waits for a name, or for a slow server's next byte, waits here and no longer than that.
    asking = threading.Thread(target=lambda: said.append(_said(queue_url, body)), daemon=True)
    asking.start()
    asking.join(_TIMEOUT_S)
    why = said[0] if said else "no answer in time"
    if why:
        logger.warning("a calendar hears of a change later", extra={"why": why})


def _said(queue_url: str, body: bytes) -> str:
    """Why the queue didn't take it; empty if it did."""
    try:
        status = _posted(queue_url, body)
    except Exception as failed:  # noqa: BLE001 - it is no trouble of the caller's, whatever it is
        return type(failed).__name__
    return "" if status == http.HTTPStatus.OK else f"status {status}"


def _posted(queue_url: str, body: bytes) -> int:
    """The status of SQS's answer (its JSON protocol, `SendMessageBatch`)."""
    place = urlsplit(queue_url)
    scope = Scope("sqs", datetime.now(UTC))
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": place.netloc,
        "x-amz-target": "AmazonSQS.SendMessageBatch",
    }
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname or "", place.port, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", "/", body, posted(scope, headers, body))
        return connection.getresponse().status
    finally:
        connection.close()
