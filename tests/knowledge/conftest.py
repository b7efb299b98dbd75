"""A clinic's documents in tests: added over HTTP, kept by moto's S3, taken in by the queue's own function."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.settings import settings
from functions.knowledge.on_document_uploaded.handler import handler as on_document_uploaded
from functions.knowledge.resume.handler import handler as resume
from local import demo
from tests.clinic import Clinic, Context
from tests.embedder import StandIn
from tests.member import Member, token

REGION, STORE = "ca-central-1", "the-store-of-documents"
FOUND = (
    "SELECT c.text FROM documents d JOIN document_chunks c USING (org_id)"
    " JOIN chunk_embeddings e ON e.org_id = c.org_id AND e.chunk_id = c.id AND e.part = 0"
    " JOIN organizations o ON o.id = c.org_id AND o.embedding_model = e.model"
    " WHERE c.version_id = d.current_version ORDER BY d.name, c.place"
)
_EVENT = Path(__file__).parents[2] / "events/s3_object_created.json"


@dataclass
class Library:
    """One clinic's documents, and what lies in AWS for them."""

    clinic: Clinic
    member: Member
    queue_url: str

    def begin(self, name: str, n_bytes: int = 1) -> str:
        """Adds a document whose file is still to come; the key it is to have."""
        added = self.member.post("/documents", {"name": name, "bytes": n_bytes})
        assert added.status == 201, added.body
        return added.body["upload"]["fields"]["key"]

    def add(self, name: str, content: bytes | str) -> dict[str, Any]:
        """Adds a document and takes it in; what is told of it then."""
        body = content.encode() if isinstance(content, str) else content
        key = self.begin(name, len(body) or 1)
        self.put(key, body)
        assert self.deliver(key)
        return self.of(key)

    def put(self, key: str, body: bytes) -> None:
        aws.client("s3").put_object(Bucket=STORE, Key=key, Body=body)

    def deliver(self, key: str, *, attempt: int = 1, seconds: float = 300) -> bool:
        """Whether the function is done with S3's event of that key."""
        event = json.loads(_EVENT.read_text())
        event["detail"]["object"]["key"] = key
        return self.tell(event, attempt=attempt, seconds=seconds)

    def tell(self, message: dict[str, Any], *, attempt: int = 1, seconds: float = 300) -> bool:
        """Whether the function is done with that message of its queue."""
        record: dict[str, Any] = {
            "messageId": "1",
            "receiptHandle": "1",
            "body": json.dumps(message),
            "attributes": {"ApproximateReceiveCount": str(attempt)},
        }
        return on_document_uploaded({"Records": [record]}, Context(seconds)) == {"batchItemFailures": []}

    def resumed(self) -> list[dict[str, Any]]:
        """Runs the schedule that takes up what stands still; what it sent to the queue."""
        resume({}, Context(30))
        sqs = aws.client("sqs")
        found: list[dict[str, Any]] = []
        while batch := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for each in cast("list[dict[str, Any]]", batch):
                found.append(json.loads(each["Body"]))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def of(self, key: str) -> dict[str, Any]:
        """What is told of the document with that key."""
        shown = self.member.get(f"/documents/{key.split('/')[2]}")
        assert shown.status == 200, shown.body
        return shown.body

    def objects(self) -> list[str]:
        """The keys of what lies in the store."""
        listed = aws.client("s3").list_objects_v2(Bucket=STORE).get("Contents", [])
        return [each["Key"] for each in listed]

    def to_delete(self) -> list[str]:
        """The keys of what is to go from there."""
        query = "SELECT name FROM deletions WHERE done_at IS NULL ORDER BY name"
        return [name for (name,) in self.clinic.all(query)]

    def texts(self) -> list[str]:
        """What callers can be answered with."""
        return [text for (text,) in self.clinic.all(FOUND)]

    def left(self) -> list[int]:
        """How many rows there are of documents, versions, passages, vectors."""
        tables = ("documents", "document_versions", "document_chunks", "chunk_embeddings")
        return [self.clinic.all(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


@pytest.fixture
def library(clinic: Clinic, embedder: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """Maple Clinic's, empty."""
    with mock_aws():
        aws.client.cache_clear()
        aws.client("s3").create_bucket(Bucket=STORE, CreateBucketConfiguration={"LocationConstraint": REGION})
        url = aws.client("sqs").create_queue(QueueName="on_document_uploaded")["QueueUrl"]
        aws.client("events").create_event_bus(Name="frontdesk-test")
        told = {
            "FRONTDESK_STORE": STORE,
            "FRONTDESK_QUEUE_URL": url,
            "FRONTDESK_DEAD_LETTER_URL": url,
            "FRONTDESK_EVENT_BUS": "frontdesk-test",
        }
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        yield Library(clinic, Member(token()), url)
    aws.client.cache_clear()


@pytest.fixture
def harbours(library: Library, harbour: Clinic) -> Library:
    """Harbour Clinic's, in the same database and store."""
    return Library(harbour, Member(token(demo.HARBOUR)), library.queue_url)
