"""What a clinic keeps of a call in S3, if it says so. S3 is moto's, Vapi's store a server of this machine."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.calls import archive
from frontdesk.calls.transcripts import Turn
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from tests.clinic import Clinic
from tests.console.browsing import Browser
from tests.conversation import Conversation
from tests.member import Member, token

MEMBER = Member(token())
SOUND = b"RIFF" + bytes(100_000)
KEY = "arn:aws:kms:ca-central-1:123456789012:key/originals"


class Store(BaseHTTPRequestHandler):
    """Vapi's: answers with the sound, or as it is told to."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(SOUND)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def vapis(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    monkeypatch.setattr(Store, "status", 200)
    yield f"http://127.0.0.1:{server.server_port}/call-1-stereo.wav"
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stage's own, empty; the clinic wants both kept."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "FRONTDESK_STORE": "calls",
        "FRONTDESK_ORIGINALS_KEY_ARN": KEY,
        "FRONTDESK_RECORDING_HOSTS": '["127.0.0.1"]',
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    aws.client.cache_clear()
    clinic.do("UPDATE organizations SET keeps_originals = true, archives_recordings = true")
    with mock_aws():
        store = aws.client("s3")
        store.create_bucket(Bucket="calls")
        yield store
    aws.client.cache_clear()


def names(bucket: Any) -> list[str]:
    return [one["Key"] for one in bucket.list_objects_v2(Bucket="calls").get("Contents", [])]


def test_the_sound_and_the_original_are_kept_where_the_clinic_wants_them(
    clinic: Clinic, talk: Conversation, bucket: Any, vapis: str
) -> None:
    talk.said("user", "I'm John Doe, 604 555 0123.")

    talk.end(artifact={"recording": {"stereoUrl": vapis}})

    original, recording = f"originals/{clinic.org_id}/call-1.json", f"recordings/{clinic.org_id}/call-1.wav"
    assert names(bucket) == [original, recording]
    assert bucket.get_object(Bucket="calls", Key=recording)["Body"].read() == SOUND
    kept = bucket.get_object(Bucket="calls", Key=original)
    assert kept["SSEKMSKeyId"] == KEY
    assert [turn["text"] for turn in json.loads(kept["Body"].read())] == ["I'm John Doe, 604 555 0123."]
    assert talk.row()["recording_object"] == recording
    query = "SELECT object_name, expires_at::date - current_date FROM call_originals"
    assert clinic.all(query) == [(original, 30)]
    assert talk.turns() == [("caller", "I'm [NAME], [PHONE].")]


def test_an_original_is_read_by_owners_alone_while_it_is_kept_and_each_reading_is_an_entry(
    clinic: Clinic, talk: Conversation, bucket: Any
) -> None:
    john = clinic.prove_john()
    talk.said("user", "I'm John Doe, 604 555 0123.")
    talk.end()
    asked = "/calls/call-1/original"

    shown = MEMBER.get(asked)

    assert shown.status == 200
    [turn] = shown.body["turns"]
    assert (turn["role"], turn["text"]) == ("caller", "I'm John Doe, 604 555 0123.")
    entries = "SELECT patient_id, change ->> 'of' FROM audit_log WHERE action = 'call.original_read'"
    assert clinic.all(entries) == [(john, "call-1")]
    seen = Browser.of().get("/console/originals/call-1")
    assert "I'm John Doe, 604 555 0123." in seen.words
    assert clinic.all(entries) == [(john, "call-1")] * 2
    clinic.do("UPDATE call_originals SET expires_at = now()")
    assert [MEMBER.get(path).status for path in (asked, "/calls/none/original")] == [404, 404]
    clinic.lower_the_owner("admin")
    assert MEMBER.get(asked).status == Browser.of().get("/console/originals/call-1").status == 403
    assert len(clinic.all(entries)) == 2


def test_a_copy_that_was_made_while_the_call_was_erased_is_deleted(clinic: Clinic, bucket: Any) -> None:
    turns = [Turn("caller", None, datetime.now(UTC), "Hello.")]

    archive.keep_original(UUID(clinic.org_id), "erased", turns, time.monotonic() + 20)

    [name] = names(bucket)
    assert clinic.all("SELECT kind, name, done_at FROM deletions") == [("object", name, None)]


def test_nothing_is_kept_unless_the_clinic_says_so(
    clinic: Clinic, talk: Conversation, bucket: Any, vapis: str
) -> None:
    clinic.do("UPDATE organizations SET keeps_originals = false, archives_recordings = false")
    talk.said("user", "Hello.")

    talk.end(artifact={"recording": {"stereoUrl": vapis}})

    assert names(bucket) == []


def test_a_recording_that_is_not_there_yet_is_fetched_by_the_next_try(
    talk: Conversation, bucket: Any, vapis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = talk.report(artifact={"recording": {"stereoUrl": vapis}})
    monkeypatch.setattr(Store, "status", 404)
    with pytest.raises(ProviderFailed):
        talk.tell(report)
    assert talk.row()["reported_at"] is not None, "the rows don't wait for it"

    monkeypatch.setattr(Store, "status", 200)
    talk.tell(report)
    talk.tell(report)

    assert [name.partition("/")[0] for name in names(bucket)] == ["recordings"]


def test_an_address_of_another_host_is_never_asked(talk: Conversation, bucket: Any) -> None:
    talk.end(artifact={"recording": {"stereoUrl": "https://storage.example.invalid/x.wav"}})

    assert names(bucket) == []
    assert talk.row()["recording_url"] == "https://storage.example.invalid/x.wav"
