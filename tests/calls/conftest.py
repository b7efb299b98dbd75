"""A clinic's line as Vapi has it: server messages by real events, AWS by moto, Vapi by its stand-in."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.calls import entries
from frontdesk.calls.receiving import handler
from frontdesk.settings import settings
from frontdesk.vapi import squads
from tests.clinic import JOHN, MAPLE_NUMBER, Clinic, Context, signed
from tests.conftest import Database
from tests.vapi_account import VapiAccount, vapi_account

REGION, STORE = "ca-central-1", "the-store-of-calls"
_ids = count(1)


@dataclass
class Line:
    """What Vapi posts to `/vapi/messages`, and what lies in AWS afterwards."""

    vapi: VapiAccount
    queue_url: str
    number: str = MAPLE_NUMBER
    caller: str | None = JOHN
    answered: list[float] = field(default_factory=list[float])
    """Seconds that each answer took."""

    def rings(self, *, call: str = "", **fields: Any) -> dict[str, Any]:
        """The answer to an `assistant-request`."""
        status, answer = self.tell("assistant-request", call=call or f"ringing-{next(_ids)}", **fields)
        assert status == 200
        return answer

    def variables(self, answer: dict[str, Any]) -> dict[str, str]:
        return (answer.get("squadOverrides") or answer["assistantOverrides"])["variableValues"]

    def tell(self, kind: Any, *, call: Any = "call-1", **fields: Any) -> tuple[int, dict[str, Any]]:
        """Status and answer of a message of that type, of a call that is under way."""
        return self.post({"message": self.message(kind, call=call, **fields)})

    def message(self, kind: Any, *, call: Any = "call-1", **fields: Any) -> dict[str, Any]:
        customer = {"number": self.caller} if self.caller else {}
        return {
            "type": kind,
            "timestamp": int(time.time() * 1000),
            "call": {"id": call, "type": "inboundPhoneCall", "customer": customer},
            "phoneNumber": {"number": self.number},
            "customer": customer,
            **fields,
        }

    def post(self, sent: Any) -> tuple[int, dict[str, Any]]:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        return self.send(body, signed(body))

    def send(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        event = {
            "version": "2.0",
            "routeKey": "POST /vapi/messages",
            "headers": {"content-type": "application/json", **headers},
            "body": body.decode("utf-8", "surrogatepass"),
            "isBase64Encoded": False,
        }
        began = time.monotonic()
        answer = handler(event, Context())
        self.answered.append(time.monotonic() - began)
        return answer["statusCode"], json.loads(answer["body"])

    def objects(self) -> dict[str, Any]:
        """What lies in the store, as JSON, by key."""
        s3 = aws.client("s3")
        listed = s3.list_objects_v2(Bucket=STORE).get("Contents", [])
        return {
            each["Key"]: json.loads(s3.get_object(Bucket=STORE, Key=each["Key"])["Body"].read())
            for each in listed
        }

    def queued(self) -> list[dict[str, Any]]:
        """Takes what waits in the queue out."""
        sqs = aws.client("sqs")
        found: list[dict[str, Any]] = []
        while batch := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for each in cast("list[dict[str, Any]]", batch):
                found.append(json.loads(each["Body"]))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def push_squad(self) -> str:
        """The shared squad is at Vapi, as a push would have it; its id there."""
        assistant = self.vapi.create("assistant", {"name": "router"})
        body = {"name": squads.SHARED_SQUAD, "members": [{"assistantId": assistant["id"]}]}
        return self.vapi.create("squad", body)["id"]


@pytest.fixture
def line(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with vapi_account() as vapi, mock_aws():
        aws.client.cache_clear()
        s3, sqs = aws.client("s3"), aws.client("sqs")
        s3.create_bucket(Bucket=STORE, CreateBucketConfiguration={"LocationConstraint": REGION})
        url = sqs.create_queue(QueueName="on_message")["QueueUrl"]
        told = {
            "FRONTDESK_STORE": STORE,
            "FRONTDESK_QUEUE_URL": url,
            "FRONTDESK_VAPI_API_URL": vapi.url,
            "FRONTDESK_VAPI_PRIVATE_KEY": vapi.key,
        }
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        _forget()
        yield Line(vapi, url)
    aws.client.cache_clear()
    _forget()


@pytest.fixture
def maple(database: Database) -> Clinic:
    return Clinic(database.owner_url)


def _forget() -> None:
    """What a new environment of the function doesn't know yet."""
    entries.forget()
    squads.forget()
