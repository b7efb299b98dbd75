"""What Vapi tells of a call: kept without a secret, sent on once, and never refused without need."""

import hashlib
import json
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk import aws
from frontdesk.calls import allowed, intake
from frontdesk.calls.receiving import LONGEST_BODY
from frontdesk.settings import settings
from functions.calls.on_message.handler import handler as on_message
from tests.calls.conftest import Line
from tests.clinic import Context, signed
from tests.conftest import Database

TOKEN = "5f00ba47-no-such-twilio-token"
REPORT: dict[str, Any] = {
    "endedReason": "customer-ended-call",
    "startedAt": "2026-11-20T18:00:00.000Z",
    "endedAt": "2026-11-20T18:03:00.000Z",
    "cost": 0.21,
    "analysis": {"summary": "They booked.", "structuredData": {"booked": True}},
    "artifact": {
        "transcript": "AI: Hello.\nUser: Hi.",
        "messages": [
            {"role": "system", "message": "You are a receptionist."},
            {"role": "bot", "message": "Hello.", "time": 1, "assistantName": "router"},
            {"role": "user", "message": "Hi.", "time": 2},
            {
                "role": "tool_calls",
                "time": 3,
                "toolCalls": [{"id": "t1", "function": {"name": "get_patient", "arguments": '{"name":"J"}'}}],
            },
            {"role": "tool_call_result", "toolCallId": "t1", "name": "get_patient", "result": "born 1990"},
        ],
        "presignedRecordingUrl": "https://example.com/a?signature=1",
        "recordingUrl": "https://example.com/recording.wav",
        "structuredOutputs": {"out-1": {"name": "call_outcome", "result": {"outcome": "booked"}}},
        "variableValues": {"callerMemory": "asked for mornings"},
    },
}


def tainted(value: Any) -> Any:
    """The same with a telephony token and a server's secret in every object, at every depth."""
    if isinstance(value, dict):
        inside = {name: tainted(below) for name, below in cast("dict[str, Any]", value).items()}
        secrets = {"twilioAccountSid": f"AC{TOKEN}", "twilioAuthToken": TOKEN, "authToken": TOKEN}
        server = {"url": "https://example.com", "secret": TOKEN, "headers": {"authorization": TOKEN}}
        return inside | secrets | {"server": server, "serverUrlSecret": TOKEN}
    return [tainted(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def test_a_report_lies_in_the_store_and_its_key_in_the_queue(line: Line) -> None:
    assert line.tell("end-of-call-report", call="call-9", **REPORT) == (200, {})

    [(key, kept)] = line.objects().items()
    [taken] = line.queued()
    of_call = hashlib.sha256(b"call-9").hexdigest()[:32]
    assert taken == {
        "key": key,
        "type": "end-of-call-report",
        "call_id": "call-9",
        "content_hash": allowed.content_hash(kept),
    }
    assert key.startswith("messages/20")
    assert key.endswith(f"/{of_call}/{taken['content_hash']}.json")
    assert intake.read(key) == kept
    assert kept["artifact"]["messages"] == [
        {"role": "bot", "message": "Hello.", "time": 1, "assistantName": "router"},
        {"role": "user", "message": "Hi.", "time": 2},
        {"role": "tool_calls", "time": 3, "toolCalls": [{"id": "t1", "function": {"name": "get_patient"}}]},
        {"role": "tool_call_result", "toolCallId": "t1", "name": "get_patient"},
    ]
    assert kept["analysis"] == REPORT["analysis"]
    assert kept["artifact"]["structuredOutputs"]["out-1"]["result"] == {"outcome": "booked"}
    assert "presignedRecordingUrl" not in kept["artifact"]
    assert "variableValues" not in kept["artifact"]


@pytest.mark.parametrize(
    "kind", [*allowed.KEPT, "assistant-request", "conversation-update", "tool-calls", "?"]
)
def test_no_token_or_secret_is_left_anywhere(
    line: Line, database: Database, kind: str, printed: pytest.CaptureFixture[str]
) -> None:
    line.push_squad()
    message = tainted(line.message(kind, **REPORT, status="ended", transcript="Hello", language="zh"))

    status, answer = line.post(tainted({"message": message}))

    assert status == 200
    queued = line.queued()
    texts = [json.dumps(answer), json.dumps(line.objects()), json.dumps(queued)]
    for place, taken in enumerate(queued):
        record: dict[str, Any] = {
            "messageId": str(place),
            "receiptHandle": str(place),
            "body": json.dumps(taken),
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        assert on_message({"Records": [record]}, Context()) == {"batchItemFailures": []}
    out, err = printed.readouterr()
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SELECT set_config('row_security', 'on', false)")
        for (table,) in owner.execute(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchall():
            for org_id in ("00000000-0000-4000-8000-00000000aa01", "00000000-0000-4000-8000-00000000aa02"):
                claims = json.dumps({"app_metadata": {"org_id": org_id}})
                owner.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])
                texts.append(str(owner.execute(f"SELECT to_jsonb(t) FROM {table} t".encode()).fetchall()))
    assert (len(texts[1]) > 2) == (kind in allowed.KEPT)
    # And something of it did reach the rows.
    assert ("inboundPhoneCall" in "".join(texts[3:])) == (kind in (*allowed.KEPT, "assistant-request"))
    assert TOKEN not in "".join([*texts, out, err])


def test_the_same_message_again_is_the_same_object(line: Line) -> None:
    again = {"artifact": {**REPORT["artifact"], "presignedRecordingUrl": "https://example.com/a?signature=2"}}

    line.tell("end-of-call-report", **REPORT)
    # Made anew for a second delivery.
    line.tell("end-of-call-report", **REPORT | again, timestamp=7)

    assert len(line.objects()) == 1
    first, second = line.queued()
    assert first == second
    line.tell("end-of-call-report", **REPORT | {"cost": 0.22})
    assert len(line.objects()) == 2


def test_a_caller_who_changes_language_twice_is_told_of_twice(line: Line) -> None:
    for at, language in enumerate(["zh", "en", "zh"]):
        line.tell("language-change-detected", language=language, timestamp=at)

    assert len({each["content_hash"] for each in line.queued()}) == 3


@pytest.mark.parametrize(
    "kind", ["status-update", "transcript", 'transcript[transcriptType="final"]', "hang", "transfer-update"]
)
def test_what_is_worth_it_is_taken(line: Line, kind: str) -> None:
    assert line.tell(kind, status="ended", transcriptType="final", transcript="Hi.") == (200, {})

    assert [each["type"] for each in line.queued()] == [kind.partition("[")[0]]


@pytest.mark.parametrize(
    ("kind", "fields", "counted"),
    [
        ("conversation-update", {"messages": []}, "MessageIgnored"),
        ("speech-update", {"status": "started"}, "MessageIgnored"),
        ("transcript", {"transcriptType": "partial", "transcript": "He"}, "MessageIgnored"),
        (
            "transcript",
            {"role": "assistant", "transcriptType": "final", "transcript": "Hello."},
            "MessageIgnored",
        ),
        ("assistant.started", {"newAssistant": {"name": "router"}}, "MessageIgnored"),
        ("something.of.2030", {}, "MessageUnknown"),
        ("", {}, "MessageUnknown"),
        (7, {}, "MessageUnknown"),
        ("status-update", {"call": None}, "MessageIgnored"),
        ("hang", {"call": {}}, "MessageIgnored"),
    ],
)
def test_what_is_not_is_answered_and_counted(
    line: Line, kind: Any, fields: dict[str, Any], counted: str, printed: pytest.CaptureFixture[str]
) -> None:
    assert line.tell(kind, **fields) == (200, {})

    assert line.objects() == {}
    assert line.queued() == []
    out = printed.readouterr().out
    assert f'"{counted}":[1.0]' in out
    # A name from outside is nobody's dimension.
    assert "2030" not in out


@pytest.mark.parametrize("missing", ["customer", "phoneNumber", "timestamp"])
def test_a_message_may_lack_what_vapi_need_not_send(line: Line, missing: str) -> None:
    message = line.message("end-of-call-report", **REPORT)
    del message[missing]

    assert line.post({"message": message}) == (200, {})
    assert len(line.queued()) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[1]", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_message_is_200_with_an_error(line: Line, body: bytes) -> None:
    sent = body.decode("utf-8", "replace").encode()
    status, answer = line.send(sent, signed(sent))

    assert (status, answer.keys()) == (200, {"error"})


@pytest.mark.parametrize("message", [None, [], "x", {}])
def test_nor_is_an_empty_envelope_a_fault(line: Line, message: Any) -> None:
    assert line.post({"message": message}) == (200, {})


def test_nothing_is_read_of_what_is_not_proven(line: Line) -> None:
    body = json.dumps({"message": line.message("end-of-call-report", **REPORT)}).encode()

    assert line.send(body, {})[0] == 401
    assert line.send(body, signed(body, "another-secret"))[0] == 401
    assert line.send(body + b" ", signed(body))[0] == 401
    assert line.objects() == {}


def test_five_megabytes_are_taken_and_more_than_lambda_takes_is_refused_and_counted(
    line: Line, printed: pytest.CaptureFixture[str]
) -> None:
    said = "我想约个时间。" * 120_000
    turns = [{"role": "user", "message": said, "time": 1}]
    assert line.tell("end-of-call-report", **REPORT | {"artifact": {"messages": turns}}) == (200, {})
    [kept] = line.objects().values()
    assert kept["artifact"]["messages"] == turns

    body = b" " * (LONGEST_BODY + 1)
    assert line.send(body, signed(body))[0] == 413
    assert '"MessageTooLarge":[1.0]' in printed.readouterr().out


def test_half_a_character_and_nul_are_kept_as_they_are(line: Line) -> None:
    odd = "a\x00b\ud83dc"
    line.tell("transcript", transcriptType="final", transcript=odd)

    [kept] = line.objects().values()
    assert kept["transcript"] == odd


@pytest.mark.parametrize("gone", ["store", "queue"])
def test_what_can_not_be_kept_is_sent_again_by_vapi(
    line: Line, gone: str, monkeypatch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]
) -> None:
    if gone == "store":
        monkeypatch.setenv("FRONTDESK_STORE", "there-is-no-such-bucket")
        settings.cache_clear()
    else:
        aws.client("sqs").delete_queue(QueueUrl=line.queue_url)

    status, answer = line.tell("end-of-call-report", **REPORT)

    assert (status, answer.keys()) == (503, {"error"})
    assert '"MessageNotTaken":[1.0]' in printed.readouterr().out


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "type", "call", "id", "customer", "number", "artifact", "messages", "role", "analysis",
        "structuredData", "phoneNumber", "twilioAuthToken", "assistant", "monitor",
    ]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["call", "artifact", "analysis", "messages", "assistant"]), anything))
def test_whatever_is_in_it_only_what_is_listed_passes_and_passing_twice_changes_nothing(
    sent: dict[str, Any],
) -> None:
    for kind in allowed.KEPT:
        once = allowed.allowed({"type": kind, **sent})

        assert "twilioAuthToken" not in json.dumps(once)
        # NaN isn't itself.
        assert json.dumps(allowed.allowed(once)) == json.dumps(once)
        assert allowed.content_hash(once) == allowed.content_hash(json.loads(json.dumps(once)))


SAMPLES = Path(__file__).parents[2] / "events"


def test_the_sample_of_an_assistant_request_is_answered(line: Line) -> None:
    squad = line.push_squad()
    event = json.loads((SAMPLES / "vapi_assistant_request.json").read_text(encoding="utf-8"))

    assert line.post(event)[1]["squadId"] == squad
