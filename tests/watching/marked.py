"""Events for every function on disk, with a person in them who can be told from everybody else.

What kind of function it is says most of it: tools, endpoints, schedules and the rest are discovered, so a new
one is fed without a word here. What a queue or another function brings is written down by folder; a folder of
that kind that is missing is a `KeyError`, so the test of all functions fails until it has its events.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from frontdesk.calls.allowed import KEPT
from frontdesk.endpoint import Endpoint
from infra import discovery
from local import demo
from tests.clinic import MAPLE_NUMBER, signed
from tests.member import token

NAME, WORD, CARD, DIGITS = "Quillonia", "purplewombat", "9698658215", "6045550177"
MARKS: Final = (NAME, WORD, CARD, "5550177", "quillonia@example.org")
"""None of which may be found in anything that a function leaves behind, in whatever case."""
SAID: Final = f"I am {NAME}, +1{DIGITS}, card {CARD}, quillonia@example.org, and it's the {WORD}."
_EVENTS: Final = Path(__file__).parents[2] / "events"
_ORG: Final = {"org_id": demo.MAPLE}
_BROKEN: Final = (f'{{"name": "{NAME} {WORD}', f'["{SAID}"]', f'{{"message": "{SAID}"}}', "")

Event = dict[str, Any]

CALL: Final = "0192f4c8-7a51-4c3e-9d7b-5f2f6f1f7a10"
"""In which tools are called."""
_CALL: Final[Event] = {
    "id": CALL,
    "type": "inboundPhoneCall",
    "customer": {"number": f"+1{DIGITS}", "name": NAME},
    "monitor": {"controlUrl": f"https://example.com/{WORD}"},
}
_MESSAGES: Final[Mapping[str, Event]] = {
    "assistant-request": {},
    "knowledge-base-request": {"messages": [{"role": "user", "content": SAID}]},
    "transfer-destination-request": {"functionCall": {"parameters": {"reason": SAID}}},
    "handoff-destination-request": {"functionCall": {"parameters": {"reason": SAID}}},
    "status-update": {"status": "ended", "endedReason": SAID},
    "transcript": {"transcriptType": "final", "role": "user", "transcript": SAID},
    "conversation-update": {"messages": [{"role": "user", "message": SAID}]},
    "hang": {},
    "end-of-call-report": {
        "endedReason": "customer-ended-call",
        "analysis": {"summary": SAID, "structuredData": {"name": NAME}},
        "artifact": {
            "transcript": SAID,
            "messages": [{"role": "user", "message": SAID, "time": 1}],
            "recordingUrl": f"https://example.com/{WORD}.wav",
        },
    },
    SAID: {"message": SAID},
}

_QUEUED: Final[Mapping[str, tuple[Event, ...]]] = {
    "agents/on_agent_saved": ({**_ORG, "agent_id": "00000000-0000-4000-8000-0000000000e1"},),
    "calendars/sync": ({**_ORG, "connection_id": 1000},),
    "calls/keep_entries": (_ORG,),
    "calls/on_message": tuple(
        {"key": f"messages/{kind}.json", "type": kind, "call_id": CALL, "content_hash": "f00"}
        for kind in sorted(_MESSAGES.keys() & KEPT.keys())
    ),
    "emr/sync": ({**_ORG, "found_at": "2030-01-01T00:00:00Z"},),
    "knowledge/on_document_uploaded": (
        _ORG,
        {"object": {"key": f"documents/{demo.MAPLE}/1000/1000"}},
        {"object": {"key": f"documents/{SAID}"}},
    ),
}
"""Messages that can be read, by folder."""
_INVOKED: Final[Mapping[str, tuple[Event, ...]]] = {
    "emr/ask": (
        {**_ORG, "method": "by_phone", "arguments": {"phone": f"+1{DIGITS}"}, "left_s": 2.0},
        {**_ORG, "method": SAID, "arguments": {"name": SAID}, "left_s": 2.0},
        {**_ORG, "method": "book", "arguments": {"reason": SAID}, "left_s": 2.0},
    ),
    "emr/connect": ({**_ORG, "verb": "check", "name": SAID}, {**_ORG, "verb": SAID}),
    "knowledge/embed": ({"texts": [SAID]}, {"texts": [{"name": SAID}]}, {"words": SAID}),
}
_OTHERS: Final[Mapping[str, tuple[Event, ...]]] = {"database/migrate": ({},)}
"""What is neither called by people nor by a trigger."""


def events(folder: str) -> Iterator[Event]:
    """What is fed to the function of a folder. Raises `KeyError` for one that nobody has thought of."""
    endpoints, messages = discovery.endpoints(), discovery.messages()
    paths = {one: made.path for one, made in [*discovery.pages().items(), *discovery.hooks().items()]}
    if folder.startswith("tools/"):
        [tool] = [one for one in discovery.tools() if f"tools/{one.name}" == folder]
        route = f"POST /vapi/tools/{tool.name}"
        for arguments in _arguments(tool.arguments.model_json_schema(by_alias=True), tool.example):
            called = {"id": str(uuid4()), "function": {"name": tool.name, "arguments": arguments}}
            yield from _posted(route, _message("tool-calls", {"toolCallList": [called]}, CALL))
        yield from (_http(route, broken) for broken in _BROKEN)
    elif folder in endpoints:
        for one in endpoints[folder]:
            yield from _asked(one)
    elif folder in discovery.consoles():
        for route in discovery.consoles()[folder].routes:
            yield from _browsed(route)
    elif folder in messages:
        route = f"POST {messages[folder].path}"
        for kind, fields in _MESSAGES.items():
            yield from _posted(route, _message(kind, fields))
        yield from (_http(route, broken) for broken in _BROKEN)
    elif folder in paths:
        for vendor in ("google", "outlook", SAID):
            for body in _BROKEN:
                yield _request("POST", paths[folder], body, {"vendor": vendor}, {"x-goog-channel-id": SAID})
    elif folder in discovery.schedules():
        yield json.loads((_EVENTS / "scheduler.json").read_text(encoding="utf-8"))
    elif folder in discovery.user_pool_triggers():
        yield from _of_pool(discovery.user_pool_triggers()[folder].moment)
    elif folder in discovery.queues():
        for body in (*map(json.dumps, _QUEUED[folder]), *_BROKEN):
            for count in ("1", "4"):
                yield _message_of_queue(body, count)
    elif folder in discovery.invoked():
        yield from _INVOKED[folder]
    else:
        yield from _OTHERS[folder]


def kept(kind: str) -> Event:
    """What the store has of a message of that type."""
    return json.loads(_message(kind, _MESSAGES[kind], CALL))["message"]


def _arguments(schema: Event, example: Mapping[str, Any]) -> Iterator[Any]:
    """A tool's own example; that with words for its texts; nothing but words; and no arguments at all."""
    yield {**example}
    names: dict[str, Any] = schema.get("properties", {})
    yield {**example, **{name: SAID for name, one in names.items() if one.get("type") == "string"}}
    yield {**example, **{name: text for name, text in _PERSON.items() if name in names}}
    yield dict.fromkeys(names, SAID)
    yield {name: {"name": SAID} for name in names}
    yield SAID


_PERSON: Final = {
    "firstName": NAME,
    "lastName": WORD,
    "name": f"{NAME} {WORD}",
    "dateOfBirth": "1990-01-15",
    "phone": f"+1{DIGITS}",
    "healthCardNumber": CARD,
    "email": "quillonia@example.org",
    "notes": SAID,
    "reason": SAID,
    "address": SAID,
    "city": WORD,
    "question": SAID,
    "healthCardType": "BC",
}


def _message(kind: str, fields: Event, call: str = "") -> str:
    to = {"phoneNumber": {"number": MAPLE_NUMBER}, "customer": _CALL["customer"]}
    return json.dumps(
        {"message": {"type": kind, "call": {**_CALL, "id": call or str(uuid4())}, **to, **fields}}
    )


def _posted(route: str, body: str) -> Iterator[Event]:
    yield _http(route, body)
    yield _http(route, body) | {"headers": {"x-vapi-signature": SAID}}


def _http(route: str, body: str) -> Event:
    method, _, path = route.partition(" ")
    return _request(method, path, body, {}, signed(body.encode()))


def _request(
    method: str, path: str, body: str, parameters: Mapping[str, str], headers: Mapping[str, str]
) -> Event:
    query = {"name": SAID, "state": WORD, "code": WORD, "validationToken": WORD}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={WORD}" for name in query),
        "queryStringParameters": query,
        "pathParameters": {name: parameters.get(name, SAID) for name in _in_braces(path)},
        "headers": {"content-type": "application/json", "user-agent": SAID, **headers},
        "requestContext": {"http": {"sourceIp": "203.0.113.7"}},
        "body": body,
        "isBase64Encoded": False,
    }


def _in_braces(path: str) -> Iterator[str]:
    for part in path.split("/"):
        if part.startswith("{"):
            yield part.strip("{}")


def _asked(one: Endpoint[Any, Any]) -> Iterator[Event]:
    """Its body as its model has it, with words in every text; then what no model has; by a member or not."""
    model: Any = one.body
    schema: Event = {} if model is None or model is str else model.model_json_schema()
    fields: Event = schema.get("properties", {})
    texts = {name: SAID if "string" in json.dumps(each) else 1 for name, each in fields.items()}
    person = {name: text for name, text in _PERSON.items() if name in texts}
    for body in (json.dumps(texts), json.dumps(texts | person), SAID, *_BROKEN):
        for parameters in ({}, {"id": "1000", "agent_id": str(uuid4())}):
            made = _request(one.method, one.path, body, parameters, {"authorization": f"Bearer {token()}"})
            yield made | {"queryStringParameters": {}}
            yield made
    yield _request(one.method, one.path, SAID, {}, {"authorization": f"Bearer {SAID}"})


def _browsed(route: str) -> Iterator[Event]:
    """A page or a form, with a person in every field there could be; by a member, by nobody; and rubbish."""
    method, _, path = route.partition(" ")
    form = urlencode({"csrf": "the-token", **_PERSON})
    for body in (form, "csrf=the-token", *_BROKEN) if method == "POST" else ("",):
        for ids in ({}, {"id": "1000", "agent_id": str(uuid4())}):
            for session in (token(), WORD, token(exp=1)):
                made = _request(method, path, body, ids, {"host": "desk.example"})
                kept = (f"__Host-session={session}", "__Host-csrf=the-token", f"__Host-sign-in={WORD}")
                yield made | {"cookies": [*kept, *([f"__Host-refresh={WORD}"] if session != WORD else [])]}


def _of_pool(moment: str) -> Iterator[Event]:
    files = {"PostConfirmation": "post_confirmation", "PreTokenGeneration": "pre_token_generation"}
    text = (_EVENTS / f"cognito_{files[moment]}.json").read_text(encoding="utf-8")
    event: Event = json.loads(text)
    for email in ("quillonia@example.org", SAID):
        attributes = {"email": email, "custom:clinic_name": f"{NAME} {WORD}", "sub": str(uuid4())}
        told = event["request"]["userAttributes"] | attributes
        yield {**event, "userName": str(uuid4()), "request": {**event["request"], "userAttributes": told}}


def _message_of_queue(body: str, count: str) -> Event:
    record: Event = {"messageId": str(uuid4()), "receiptHandle": "r", "body": body, "messageAttributes": {}}
    return {"Records": [{**record, "attributes": {"ApproximateReceiveCount": count}}]}
