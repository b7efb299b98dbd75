"""What goes wrong when a test wants it to."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.vapi_account import VapiAccount, vapi_account

TOOL = {"type": "function", "function": {"name": "get_providers"}}


@pytest.fixture(scope="module")
def running() -> Iterator[VapiAccount]:
    with vapi_account() as started:
        yield started


@pytest.fixture
def account(running: VapiAccount) -> VapiAccount:
    running.faults()
    for tool in running.all("tool"):
        running.http.delete(f"/tool/{tool['id']}")
    running.forget()
    return running


def test_a_limit_of_rate_says_when_to_come_back(account: VapiAccount) -> None:
    account.faults({"status": 429, "headers": {"Retry-After": "2"}, "times": 1})

    refused, taken = (account.http.get("/tool") for _ in range(2))

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.json()["statusCode"] == 429
    assert taken.status_code == 200


def test_a_fault_strikes_where_and_when_it_should(account: VapiAccount) -> None:
    account.faults({"path": "/tool", "method": "POST", "status": 503, "after": 1, "times": 2})

    assert account.http.get("/tool").status_code == 200
    assert account.http.post("/assistant", json={}).status_code == 201
    assert [account.http.post("/tool", json=TOOL).status_code for _ in range(4)] == [201, 503, 503, 201]
    assert len(account.all("tool")) == 2


def test_a_fault_strikes_by_chance_and_the_same_ones_each_time(account: VapiAccount) -> None:
    struck: list[list[int]] = []
    for _ in range(2):
        account.faults({"status": 502, "chance": 0.1})
        struck.append([n for n in range(200) if account.http.get("/tool").status_code == 502])

    assert struck[0] == struck[1]
    assert 10 <= len(struck[0]) <= 30


def test_so_many_a_second_pass_and_the_rest_is_told_to_wait(account: VapiAccount) -> None:
    account.faults({"status": 429, "headers": {"Retry-After": "1"}, "per_s": 3})

    assert [account.http.get("/tool").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    time.sleep(1)
    assert account.http.get("/tool").status_code == 200


def test_several_faults_stand_beside_each_other(account: VapiAccount) -> None:
    account.faults({"path": "/squad", "status": 500}, {"path": "/tool", "latency_s": 0.2})

    began = time.monotonic()
    assert account.http.get("/tool").status_code == 200
    assert time.monotonic() - began >= 0.2
    assert account.http.get("/squad").status_code == 500

    account.faults()
    assert account.http.get("/squad").status_code == 200


def test_orders_to_calls_fail_too(account: VapiAccount) -> None:
    account.http.put("/_faults", json={"path": "/calls", "status": 503, "times": 1})

    assert [account.http.get("/calls/c/control").status_code for _ in range(2)] == [503, 200]


def test_a_write_can_be_done_and_its_answer_be_a_502(account: VapiAccount) -> None:
    account.faults({"method": "POST", "status": 502, "when": "after", "times": 1})

    assert account.http.post("/tool", json=TOOL).status_code == 502
    assert len(account.all("tool")) == 1


def test_a_write_can_be_done_and_the_connection_be_reset(account: VapiAccount) -> None:
    account.faults({"method": "POST", "reset": True, "when": "after", "times": 1})

    with pytest.raises(httpx.TransportError):
        account.http.post("/tool", json=TOOL)

    assert len(account.all("tool")) == 1


def test_a_connection_can_be_reset_before_anything_is_done(account: VapiAccount) -> None:
    account.faults({"method": "POST", "reset": True, "times": 1})

    with pytest.raises(httpx.TransportError):
        account.http.post("/tool", json=TOOL)

    assert account.all("tool") == []


def test_a_write_can_be_done_and_its_answer_come_too_late(account: VapiAccount) -> None:
    account.faults({"method": "POST", "latency_s": 1, "when": "after", "times": 1})

    with pytest.raises(httpx.ReadTimeout):
        account.http.post("/tool", json=TOOL, timeout=0.2)

    assert len(account.all("tool")) == 1


def test_requests_are_counted_with_what_the_client_saw(account: VapiAccount) -> None:
    account.faults({"path": "/assistant", "reset": True}, {"path": "/squad", "status": 502, "when": "after"})
    account.http.get("/tool", params={"limit": 5})
    account.http.post("/tool", json={})
    with pytest.raises(httpx.TransportError):
        account.http.get("/assistant")
    account.http.get("/squad")

    assert account.requests() == [
        {"method": "GET", "path": "/tool", "query": {"limit": "5"}, "status": 200},
        {"method": "POST", "path": "/tool", "query": {}, "status": 400},
        {"method": "GET", "path": "/assistant", "query": {}, "status": 0},
        {"method": "GET", "path": "/squad", "query": {}, "status": 502},
    ]
    account.forget()
    assert account.requests() == []


def test_a_fault_with_an_unknown_key_is_refused(account: VapiAccount) -> None:
    refused = account.http.put("/_faults", json={"stauts": 500})

    assert refused.status_code == 400
    assert "stauts" in refused.json()["message"]
