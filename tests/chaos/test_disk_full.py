"""No room on a function's disk: it fails, the message stays, and the next try with room does it.

Only two functions write there: who reads documents, and who copies recordings. Nobody's embedder does.
"""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import frontdesk
import functions
from frontdesk.settings import settings
from tests.chaos.cases import ReportedCalls, UploadedDocuments
from tests.chaos.lives import Mortal, assert_well
from tests.conftest import Database

_WRITERS = {"calls/archive.py", "knowledge/ingesting.py"}
SOUND = bytes(200_000)


def test_who_writes_to_the_disk_is_known() -> None:
    found: set[str] = set()
    for root in (Path(frontdesk.__path__[0]), Path(functions.__path__[0])):
        for file in root.rglob("*.py"):
            if re.search(r"\btempfile\b|/tmp\b", file.read_text(encoding="utf-8")):
                found.add(file.relative_to(root).as_posix())
    assert found == _WRITERS


def test_a_document_waits_for_room(
    process: Mortal, uploaded_documents: UploadedDocuments, database: Database
) -> None:
    message = uploaded_documents.begin()
    folder = "knowledge/on_document_uploaded"

    [life] = process.live(folder, message, file_limit=4)

    assert not life.was_killed
    assert not life.is_done
    assert uploaded_documents.shelf.texts() == []
    assert process.live(folder, message)[0].is_done
    uploaded_documents.check()
    assert_well(database, uploaded_documents.shelf.clinic.org_id)


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where Vapi has the sound of a call."""

    class Store(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(SOUND)))
            self.end_headers()
            self.wfile.write(SOUND)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        monkeypatch.setenv("FRONTDESK_RECORDING_HOSTS", '["127.0.0.1"]')
        settings.cache_clear()
        yield f"http://127.0.0.1:{server.server_port}/a.wav"
        server.shutdown()
    settings.cache_clear()


def test_a_recording_waits_for_room_and_the_report_for_nobody(
    process: Mortal, reported_calls: ReportedCalls, recording: str, database: Database
) -> None:
    clinic, folder = reported_calls.clinic, "calls/on_message"
    clinic.do("UPDATE organizations SET archives_recordings = true")
    message = reported_calls.begin(recordingUrl=recording)

    [life] = process.live(folder, message, file_limit=1000)

    assert not life.is_done
    assert clinic.all("SELECT reported_at IS NOT NULL, recording_object FROM calls") == [(True, None)]
    assert process.live(folder, message)[0].is_done
    [[kept]] = clinic.all("SELECT recording_object FROM calls")
    assert kept.endswith(".wav")
    reported_calls.check()
    assert_well(database, clinic.org_id)
