import time
from collections.abc import Iterator

import httpx
import pytest

from local.stack import Stack


@pytest.fixture
def http(running_stack: Stack) -> Iterator[httpx.Client]:
    addresses = running_stack.addresses
    headers = {"authorization": f"Bearer {addresses.vapi_private_key}"}
    with httpx.Client(base_url=addresses.vapi_url, headers=headers) as client:
        yield client
        client.delete("/_faults")


def test_orders_to_a_running_call_are_taken_and_shown(http: httpx.Client) -> None:
    order = {
        "type": "transfer",
        "destination": {"type": "number", "number": "+16045550101"},
        "content": "One moment.",
    }

    assert http.post("/calls/c-1/control", json=order).status_code == 200
    assert http.post("/calls/c-1/control", json={"type": "dance"}).status_code == 400

    assert http.get("/calls/c-1/control").json() == [order]
    assert http.get("/calls/c-2/control").json() == []


@pytest.mark.parametrize("kind", ["tool", "assistant", "squad"])
def test_a_resource_is_made_read_changed_and_deleted(http: httpx.Client, kind: str) -> None:
    made = http.post(f"/{kind}", json={"name": "a", "model": {"provider": "x", "temperature": 0}})
    key = made.json()["id"]
    changed = http.patch(f"/{kind}/{key}", json={"model": {"provider": "y"}}).json()

    assert made.status_code == 201
    assert changed["model"] == {"provider": "y"}  # a key that is sent replaces the whole object
    assert changed["name"] == "a"
    assert http.get(f"/{kind}").json() == [changed]
    assert http.delete(f"/{kind}/{key}").json() == changed
    assert http.get(f"/{kind}/{key}").status_code == 404


def test_without_the_private_key_nothing_is_shown(http: httpx.Client) -> None:
    refused = http.get("/tool", headers={"authorization": "Bearer another"})

    assert (refused.status_code, refused.json()["statusCode"]) == (401, 401)


def test_faults_are_made_to_order(http: httpx.Client) -> None:
    http.put("/_faults", json={"path": "/calls", "status": 503, "times": 1})
    assert http.get("/tool").status_code == 200
    assert [http.get("/calls/c/control").status_code for _ in range(2)] == [503, 200]

    http.put("/_faults", json={"latency_s": 0.2})
    began = time.monotonic()
    assert http.get("/tool").status_code == 200
    assert time.monotonic() - began >= 0.2
