"""Messages taken off Vapi's hands: what may be kept goes to the stage's store, its key to a queue.

By way of the store whatever their size, for SQS takes 1 MiB and a report may have five times as much. A
message that comes twice lies at one key, and whoever works on it tells it by type and content.

boto3 is imported by the first message that is taken: 345 ms that a call which rings need not wait for, as
long as the database answers it.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from frontdesk.answering import storable
from frontdesk.calls import allowed
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings


class Taken(BaseModel):
    """A message that waits in the store: ids alone, and no word of it."""

    key: str
    type: str
    call_id: str
    content_hash: str


def take(message: Mapping[str, Any]) -> Taken:
    """Keeps and sends it; raises `ProviderFailed` unless both were done; then Vapi is to send it again."""
    from frontdesk import aws, queue

    kept = allowed.allowed(message)
    content_hash, call_id = allowed.content_hash(kept), str(kept["call"]["id"])
    # Neither a clinic nor a call can be told from a key.
    of_call = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    taken = Taken(
        key=f"messages/{datetime.now(UTC):%Y-%m-%d}/{of_call}/{content_hash}.json",
        type=allowed.plain_type(kept),
        call_id=storable(call_id),
        content_hash=content_hash,
    )
    try:
        # Encrypted by the bucket's own rule, so by no other key. In ASCII: half a surrogate pair is no UTF-8.
        aws.client("s3").put_object(
            Bucket=settings().store,
            Key=taken.key,
            Body=json.dumps(kept, separators=(",", ":")).encode(),
            ContentType="application/json",
        )
    except aws.FAILED as failed:
        raise ProviderFailed("the store did not take the message") from failed
    queue.send([taken])
    return taken


def read(key: str) -> dict[str, Any]:
    """The message at that key; raises `ProviderFailed`, and a later try may find it."""
    from frontdesk import aws

    try:
        return json.loads(aws.client("s3").get_object(Bucket=settings().store, Key=key)["Body"].read())
    except (*aws.FAILED, ValueError) as failed:
        raise ProviderFailed("the store did not give the message") from failed
