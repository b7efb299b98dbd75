"""The stand-in as a client sees it, at the wire."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.stack import Stack
from tests.vapi_account import VapiAccount, vapi_account

MODEL = {"provider": "openai", "model": "gpt-4o"}
ASSISTANT = {"name": "router", "model": MODEL}
TOOL = {"type": "function", "function": {"name": "get_providers"}}
BODIES: dict[str, dict[str, Any]] = {
    "tool": TOOL,
    "assistant": ASSISTANT,
    "squad": {"name": "frontdesk", "members": [{"assistant": ASSISTANT}]},
    "structured-output": {"name": "outcome", "schema": {"type": "object"}},
    "phone-number": {"provider": "vapi", "name": "Maple"},
    "call": {"assistant": ASSISTANT, "name": "a call"},
    "credential": {
        "provider": "webhook",
        "name": "a credential",
        "authenticationPlan": {"type": "bearer", "token": "t0ken"},
    },
    "eval/simulation/personality": {"name": "Calm", "assistant": ASSISTANT},
    "eval/simulation/scenario": {"name": "Book", "instructions": "Book a visit.", "evaluations": []},
    "eval/simulation/suite": {"name": "All", "simulationIds": []},
}


@pytest.fixture
def account() -> Iterator[VapiAccount]:
    with vapi_account() as running:
        yield running


@pytest.fixture(scope="module")
def refusing() -> Iterator[VapiAccount]:
    """For tests after which it is as it was."""
    with vapi_account() as running:
        yield running


def refusal(response: httpx.Response) -> tuple[int, list[str]]:
    """Status and message of a 400."""
    told = response.json()
    assert (told["error"], told["statusCode"]) == ("Bad Request", 400)
    return response.status_code, told["message"]


def test_orders_to_a_running_call_are_taken_and_shown(running_stack: Stack) -> None:
    order = {
        "type": "transfer",
        "destination": {"type": "number", "number": "+16045550101"},
        "content": "One moment.",
    }
    with httpx.Client(base_url=running_stack.addresses.vapi_url) as nobody:  # the order itself needs no key
        assert nobody.post("/calls/c-1/control", json=order).status_code == 200
        assert nobody.post("/calls/c-1/control", json={"type": "dance"}).status_code == 400

        assert nobody.get("/calls/c-1/control").json() == [order]
        assert nobody.get("/calls/c-2/control").json() == []


def test_the_demo_account_has_the_credential_that_the_tools_name(running_stack: Stack) -> None:
    addresses = running_stack.addresses
    headers = {"authorization": f"Bearer {addresses.vapi_private_key}"}
    (credential,) = httpx.get(f"{addresses.vapi_url}/credential", headers=headers).json()

    assert (credential["name"], credential["provider"]) == ("frontdesk-hmac", "custom-credential")
    with vapi_account() as another:
        assert another.all("credential")[0]["id"] == credential["id"]


@pytest.mark.parametrize("kind", BODIES)
def test_a_resource_is_made_read_changed_and_deleted(account: VapiAccount, kind: str) -> None:
    http = account.http
    answer = http.post(f"/{kind}", json=BODIES[kind])
    made = answer.json()
    changed = http.patch(f"/{kind}/{made['id']}", json=_change(kind)).json()

    assert answer.status_code == 201
    assert {"id", "orgId", "createdAt", "updatedAt"} <= made.keys()
    assert changed.items() >= _change(kind).items()
    assert (changed["id"], changed["createdAt"]) == (made["id"], made["createdAt"])
    assert changed["updatedAt"] > made["updatedAt"]
    assert changed in account.all(kind)
    assert http.get(f"/{kind}/{made['id']}").json() == changed
    assert http.delete(f"/{kind}/{made['id']}").json() == changed
    gone = http.get(f"/{kind}/{made['id']}")
    assert (gone.status_code, gone.json()["statusCode"]) == (404, 404)


def _change(kind: str) -> dict[str, Any]:
    if kind == "tool":
        return {"function": {"name": "another"}}
    return {"name": "another"} | ({"members": []} if kind == "squad" else {})


def test_a_simulation_is_made_of_what_there_is(account: VapiAccount) -> None:
    parts = {
        f"{name}Id": account.create(f"eval/simulation/{name}", BODIES[f"eval/simulation/{name}"])["id"]
        for name in ("scenario", "personality")
    }

    assert account.create("eval/simulation", parts).items() >= parts.items()
    wrong = account.http.post("/eval/simulation", json=parts | {"scenarioId": "none"})
    assert refusal(wrong) == (400, ["scenarioId: there is no eval/simulation/scenario none"])


def test_without_the_private_key_nothing_is_shown(account: VapiAccount) -> None:
    refused = httpx.get(f"{account.url}/tool", headers={"authorization": "Bearer another"})

    assert (refused.status_code, refused.json()["statusCode"]) == (401, 401)
    assert httpx.get(f"{account.url}/tool").status_code == 401


def test_a_change_replaces_a_key_whole_and_null_drops_it(account: VapiAccount) -> None:
    model = MODEL | {"messages": [{"role": "system", "content": "Be brief."}]}
    made = account.create("assistant", {"name": "router", "model": model, "firstMessage": "Hello."})

    changed = account.http.patch(
        f"/assistant/{made['id']}", json={"model": MODEL, "firstMessage": None}
    ).json()

    assert changed["model"] == MODEL  # the prompt is gone
    assert changed["name"] == "router"  # was not sent
    assert "firstMessage" not in changed


def test_what_a_change_may_not_or_must_hold(account: VapiAccount) -> None:
    tool, squad, output = (
        account.create(kind, BODIES[kind]) for kind in ("tool", "squad", "structured-output")
    )
    patch = account.http.patch
    of_output = f"/structured-output/{output['id']}"

    assert refusal(patch(f"/tool/{tool['id']}", json={"type": "endCall"}))[1] == [
        "property type should not exist"
    ]
    assert refusal(patch(f"/squad/{squad['id']}", json={"name": "b"}))[1] == ["members should not be empty"]
    assert refusal(patch(of_output, json={"type": "ai"}))[1] == ["property type should not exist"]
    assert refusal(patch(of_output, json={"schema": {"type": "string"}}))[0] == 400
    overridden = patch(of_output, params={"schemaOverride": "true"}, json={"schema": {"type": "string"}})
    assert overridden.json()["schema"] == {"type": "string"}


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("assistant", {"nam": "x"}, "property nam should not exist"),
        ("assistant", {"id": "x"}, "property id should not exist"),
        ("assistant", {"isServerUrlSecretSet": True}, "property isServerUrlSecretSet should not exist"),
        (
            "assistant",
            {"model": MODEL | {"temprature": 1}},
            "model.property temprature should not exist",
        ),
        (
            "assistant",
            {"model": MODEL | {"temperature": 3}},
            "model.temperature must not be greater than 2",
        ),
        (
            "assistant",
            {"model": MODEL | {"maxTokens": 49}},
            "model.maxTokens must not be less than 50",
        ),
        ("assistant", {"name": "x" * 41}, "name must be shorter than or equal to 40 characters"),
        ("assistant", {"name": 7}, "name must be a string"),
        ("assistant", {"firstMessageMode": "loud"}, "firstMessageMode must be one of the following values: "),
        (
            "assistant",
            {"transcriber": {"provider": "ear"}},
            "transcriber.provider must be one of the following",
        ),
        ("assistant", {"model": {"provider": "openai"}}, "model.model should not be empty"),
        ("tool", {}, "type should not be empty"),
        (
            "tool",
            {"type": "function", "function": {"name": "not allowed"}},
            "function.name must match ^[a-zA-Z0-9_-]{1,64}$ regular expression",
        ),
        (
            "tool",
            TOOL
            | {"messages": [{"type": "request-failed"}, {"type": "request-start", "content": "x" * 1001}]},
            "messages.1.content must be shorter than or equal to 1000 characters",
        ),
        ("tool", TOOL | {"messages": [{"type": "request-begin"}]}, "messages.0.type must be one of the"),
        ("squad", {"members": [{"assistantID": "x"}]}, "members.0.property assistantID should not exist"),
        (
            "structured-output",
            {"name": "", "schema": {"type": "object"}},
            "name must be longer than or equal to 1",
        ),
        (
            "structured-output",
            {"name": "x", "schema": {"type": "object"}, "workflowIds": []},
            "property workflowIds should not exist",
        ),
        ("call", {"name": "x"}, "one of assistantId, assistant, squadId, squad must be given"),
        (
            "eval/simulation/suite",
            {"name": "x" * 81, "simulationIds": []},
            "name must be shorter than or equal to 80",
        ),
        ("tool", [], "the body must be an object"),
    ],
)
def test_a_wrong_body_is_refused_in_one_precise_sentence(
    refusing: VapiAccount, kind: str, body: Any, said: str
) -> None:
    refusing.forget()
    status, (message,) = refusal(refusing.http.post(f"/{kind}", json=body))

    assert (status, message[: len(said)]) == (400, said)
    assert refusing.writes() == [{"method": "POST", "path": f"/{kind}", "query": {}, "status": 400}]


def test_what_the_platform_takes_beyond_its_documents_is_taken(account: VapiAccount) -> None:
    account.create(
        "assistant", ASSISTANT | {"silenceTimeoutSeconds": 30, "server": {"url": "https://x", "secret": "s"}}
    )
    deepgram = {"provider": "deepgram", "model": "nova-2", "language": "zh", "eagerEotThreshold": 0.5}
    account.create("assistant", ASSISTANT | {"transcriber": deepgram})
    account.create(
        "tool",
        {
            "type": "function",
            "function": {
                "name": "strict",
                "parameters": {
                    "type": "object",
                    "properties": {"day": {"type": "string", "minLength": 3, "toolIds": ["not a pointer"]}},
                    "additionalProperties": False,
                },
            },
        },
    )


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (
            "assistant",
            {"model": MODEL | {"toolIds": ["none"]}},
            "model.toolIds: there is no tool none",
        ),
        (
            "assistant",
            {"artifactPlan": {"structuredOutputIds": ["none"]}},
            "artifactPlan.structuredOutputIds: there is no structured-output none",
        ),
        (
            "squad",
            {"members": [{"assistantId": "none"}]},
            "members.0.assistantId: there is no assistant none",
        ),
        (
            "tool",
            TOOL | {"server": {"credentialId": "none"}},
            "server.credentialId: there is no credential none",
        ),
        ("call", {"squadId": "none"}, "squadId: there is no squad none"),
    ],
)
def test_a_pointer_to_nothing_is_refused(
    refusing: VapiAccount, kind: str, body: dict[str, Any], said: str
) -> None:
    assert refusal(refusing.http.post(f"/{kind}", json=body)) == (400, [said])


def test_what_is_pinned_is_not_deleted_what_is_only_linked_is(account: VapiAccount) -> None:
    tool, linked = account.create("tool", TOOL), account.create("tool", TOOL)
    member = account.create("assistant", ASSISTANT)
    pinned_and_linked = {"toolRefs": [{"toolId": tool["id"], "version": "v1"}], "toolIds": [linked["id"]]}
    assistant = account.create("assistant", {"model": MODEL | pinned_and_linked})
    pinned_member = {"assistantId": assistant["id"], "assistantVersion": "v1"}
    account.create("squad", {"members": [pinned_member, {"assistantId": member["id"]}]})

    for kind, pinned in {"tool": tool, "assistant": assistant}.items():
        refused = account.http.delete(f"/{kind}/{pinned['id']}")
        assert (refused.status_code, refused.json().keys()) == (409, {"error", "message"})
        assert refused.json()["error"] == f"{kind}_pinned"
    assert account.http.delete(f"/tool/{linked['id']}").status_code == 200
    assert account.http.delete(f"/assistant/{member['id']}").status_code == 200


def test_what_is_the_platforms_own_is_shown_and_never_changed(account: VapiAccount) -> None:
    theirs = account.all("eval/simulation/personality")

    assert [one["orgId"] for one in theirs] == [None, None]
    path = f"/eval/simulation/personality/{theirs[0]['id']}"
    assert account.http.get(path).json() == theirs[0]
    assert account.http.patch(path, json={"name": "ours"}).status_code == 404
    assert account.http.delete(path).status_code == 404


def test_secrets_of_credentials_are_not_given_back(account: VapiAccount) -> None:
    plan = {"type": "hmac", "secretKey": "s3cret", "algorithm": "sha256"}
    credential = {"provider": "custom-credential", "name": "hmac", "authenticationPlan": plan}

    answer = account.http.post("/credential", json=credential)
    changed = account.http.patch(f"/credential/{answer.json()['id']}", json={"authenticationPlan": plan})

    assert (answer.status_code, changed.status_code) == (201, 200)
    assert "s3cret" not in answer.text + changed.text + account.http.get("/credential").text


def test_a_web_socket_call_is_queued_with_an_address_to_connect_to(account: VapiAccount) -> None:
    assistant = account.create("assistant", ASSISTANT)
    transport = {"provider": "vapi.websocket"}

    call = account.create("call", {"assistantId": assistant["id"], "transport": transport})
    on_a_line = account.http.post(
        "/call",
        json={"assistantId": assistant["id"], "transport": transport, "customer": {"number": "+16045550123"}},
    )

    assert (call["type"], call["status"]) == ("vapi.websocketCall", "queued")
    assert call["transport"]["websocketCallUrl"].startswith(account.url.replace("http", "ws"))
    assert call["transport"]["audioFormat"]["sampleRate"] == 16000
    assert refusal(on_a_line)[1] == ["customer is not allowed with a vapi.websocket transport"]


def test_an_edit_in_the_dashboard_is_merged_unchecked(account: VapiAccount) -> None:
    made = account.create("assistant", ASSISTANT | {"firstMessage": "Hello."})

    account.edit("assistant", made["id"], {"model": {"temperature": 9}, "firstMessage": None})

    (edited,) = account.all("assistant")
    assert edited["model"] == MODEL | {"temperature": 9}
    assert "firstMessage" not in edited
    assert edited["updatedAt"] > made["updatedAt"]
    assert account.http.put("/_edit/assistant/none", json={}).status_code == 404


def test_answers_can_tell_what_was_not_sent() -> None:
    with vapi_account(defaults=True) as account:
        made = account.create("assistant", ASSISTANT)
        tool = account.create("tool", TOOL)

    assert made["firstMessageMode"] == "assistant-speaks-first"
    assert made["model"] == MODEL | {"emotionRecognitionEnabled": False}
    assert tool["async"] is False


def test_an_account_in_a_file_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "vapi.json"
    with vapi_account(file=file) as account:
        kept, gone = account.create("tool", TOOL), account.create("tool", TOOL)
        account.http.delete(f"/tool/{gone['id']}")
        credentials = account.all("credential")

    assert file.stat().st_mode & 0o077 == 0
    with vapi_account(file=file) as account:
        assert account.all("tool") == [kept]
        assert account.all("credential") == credentials
        assert account.create("tool", TOOL)["createdAt"] > kept["createdAt"]


def test_many_wait_at_the_same_time(account: VapiAccount) -> None:
    account.faults({"latency_s": 0.3})
    began = time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(account.http.get, ["/tool"] * 8))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert 0.3 <= time.monotonic() - began < 2.1, "one after the other they take 2.4 s"
