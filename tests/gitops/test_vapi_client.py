"""Lists of any length, answers that get lost, and being told to wait."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.vapi.api import IN_FLIGHT, AnswerLost, Gate, Refused, Vapi, VapiFailed
from frontdesk.vapi.kinds import ASSISTANTS, OUTPUTS, TOOLS
from tests.gitops.engine import Desk, desk, wire
from tests.vapi_account import VapiAccount, vapi_account

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def vapi(at_vapi: VapiAccount) -> Iterator[Vapi]:
    with closing(Vapi(at_vapi.url, at_vapi.key, transport=wire())) as connected:
        yield connected


# --- Lists


def test_a_tree_is_found_again_behind_2500_newer_assistants_and_outputs(tmp_path: Path) -> None:
    kept = tmp_path / "account.json"
    with vapi_account(file=kept) as account:
        assert desk(tmp_path, account).push().is_well
    held = json.loads(kept.read_text())
    for kind in ("assistant", "structured-output"):
        held[kind] |= many(2500, at=lambda i: NEW_YEAR + timedelta(seconds=i // 600))
    kept.write_text(json.dumps(held))
    (tmp_path / ".vapi-state.test.json").unlink()

    with vapi_account(file=kept) as account:
        again = Desk(tmp_path, account).push()
        with closing(Vapi(account.url, account.key, transport=wire())) as vapi:
            assert len(vapi.items(ASSISTANTS)) == 2502
            assert len(vapi.items(OUTPUTS)) == 2501

    assert again.is_well
    assert again.writes == 0
    assert again.requests <= 5 + 2 * 3  # three more pages of each, for they overlap


def test_so_many_made_in_one_instant_that_they_cannot_be_listed_stop_the_push(tmp_path: Path) -> None:
    kept = tmp_path / "account.json"
    kept.write_text(json.dumps({"assistant": many(1001, at=lambda _: NEW_YEAR)}))
    with vapi_account(file=kept) as account:
        with pytest.raises(VapiFailed, match="made in one instant"):
            desk(tmp_path, account).push()
        assert account.writes() == []


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_list_is_whole_in_whichever_order_it_comes_and_however_exact_its_times_are(
    newest_first: bool,
) -> None:
    # Kept to the microsecond and shown to the millisecond, as a database and a JSON library would.
    made = {f"{i}": NEW_YEAR + timedelta(microseconds=300 * i) for i in range(2500)}

    def answer(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        found = sorted(made, key=lambda id_: made[id_], reverse=newest_first)
        for name, at in query.items():
            limit = datetime.fromisoformat(at) if name.startswith("createdAt") else NEW_YEAR
            if name == "createdAtLt":
                found = [id_ for id_ in found if made[id_] < limit]
            if name == "createdAtGe":
                found = [id_ for id_ in found if made[id_] >= limit]
        shown = [
            {"id": id_, "createdAt": made[id_].isoformat(timespec="milliseconds").replace("+00:00", "Z")}
            for id_ in found[: int(query["limit"])]
        ]
        return httpx.Response(200, json=shown)

    with closing(Vapi("https://vapi.example", "key", transport=httpx.MockTransport(answer))) as vapi:
        assert {item["id"] for item in vapi.items(TOOLS)} == made.keys()
        assert vapi.counts.requests == 3


# --- Answers


def test_a_creation_whose_answer_is_lost_is_not_asked_again(at_vapi: VapiAccount, vapi: Vapi) -> None:
    at_vapi.faults({"method": "POST", "status": 502, "when": "after"})
    with pytest.raises(AnswerLost, match="502"):
        vapi.create(TOOLS, {"type": "endCall"})
    assert len(at_vapi.writes()) == 1


@pytest.mark.usefixtures("without_pauses")
def test_what_is_safe_to_repeat_is_asked_again(at_vapi: VapiAccount, vapi: Vapi) -> None:
    made = vapi.create(ASSISTANTS, {"name": "Ann"})
    for method in ("GET", "PATCH", "DELETE"):
        at_vapi.faults({"method": method, "status": 503, "times": 2})
        match method:
            case "GET":
                assert vapi.get(ASSISTANTS, made["id"]) == made
            case "PATCH":
                assert vapi.patch(ASSISTANTS, made["id"], {"name": "Bob"})["name"] == "Bob"
            case _:
                vapi.delete(ASSISTANTS, made["id"])
    assert at_vapi.all("assistant") == []


@pytest.mark.usefixtures("without_pauses")
def test_vapi_that_never_answers_is_given_up_in_words(at_vapi: VapiAccount, vapi: Vapi) -> None:
    at_vapi.faults({"method": "GET", "status": 503})
    with pytest.raises(VapiFailed, match=r"answered 503 to GET /tool$"):
        vapi.items(TOOLS)
    assert len(at_vapi.requests()) == 6


@pytest.mark.usefixtures("without_pauses")
def test_an_answer_that_is_no_json_is_no_answer() -> None:
    vapi = Vapi(
        "https://vapi.example",
        "key",
        transport=httpx.MockTransport(lambda _: httpx.Response(201, text="<html>")),
    )
    with pytest.raises(AnswerLost, match="not JSON"):
        vapi.create(TOOLS, {})
    with pytest.raises(VapiFailed, match="not JSON"):
        vapi.items(TOOLS)


def test_a_refusal_says_all_that_vapi_said(at_vapi: VapiAccount) -> None:
    with (
        closing(Vapi(at_vapi.url, "another key", transport=wire())) as vapi,
        pytest.raises(Refused, match=r"Vapi says 401: Invalid Key\."),
    ):
        vapi.items(TOOLS)


def test_two_credentials_of_one_name_stand_for_neither(at_vapi: VapiAccount, vapi: Vapi) -> None:
    for name in ("twice", "twice", "once"):
        body = {
            "provider": "custom-credential",
            "name": name,
            "authenticationPlan": {"type": "bearer", "token": "-"},
        }
        at_vapi.create("credential", body)
    assert vapi.credentials().keys() == {"frontdesk-hmac", "once"}
    for item in at_vapi.all("credential"):
        if item["name"] != "frontdesk-hmac":
            at_vapi.http.delete(f"/credential/{item['id']}").raise_for_status()


# --- Being told to wait


def test_retry_after_in_seconds_is_waited_also_by_a_creation(at_vapi: VapiAccount, vapi: Vapi) -> None:
    at_vapi.faults({"status": 429, "headers": {"Retry-After": "1"}, "times": 1})
    began = time.monotonic()
    vapi.create(TOOLS, {"type": "endCall"})
    assert time.monotonic() - began >= 1
    assert len(at_vapi.all("tool")) == 1


def test_retry_after_as_a_date_is_waited(at_vapi: VapiAccount, vapi: Vapi) -> None:
    until = (datetime.now(UTC) + timedelta(seconds=1)).replace(microsecond=0)
    at_vapi.faults(
        {"status": 429, "headers": {"Retry-After": format_datetime(until, usegmt=True)}, "times": 1}
    )
    vapi.items(TOOLS)
    assert datetime.now(UTC) >= until


@pytest.mark.parametrize("said", ["soon", "-5", ""])
def test_a_retry_after_that_says_nothing_is_a_second_or_less(
    at_vapi: VapiAccount, vapi: Vapi, said: str
) -> None:
    at_vapi.faults({"status": 429, "headers": {"Retry-After": said}, "times": 1})
    began = time.monotonic()
    vapi.items(TOOLS)
    assert 1 <= time.monotonic() - began < 5


def test_an_interruption_does_not_wait_for_retry_after(at_vapi: VapiAccount, vapi: Vapi) -> None:
    at_vapi.faults({"status": 429, "headers": {"Retry-After": "60"}})
    failed: list[Exception] = []

    def ask() -> None:
        try:
            vapi.items(TOOLS)
        except VapiFailed as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not at_vapi.requests():
        time.sleep(0.01)
    vapi.stop()
    asking.join(5)
    assert len(failed) == 1
    assert not asking.is_alive()


def test_after_a_429_fewer_go_at_once_and_then_as_many_as_before(at_vapi: VapiAccount) -> None:
    crowd = Crowd()
    with closing(Vapi(at_vapi.url, at_vapi.key, transport=crowd)) as vapi:
        at_vapi.faults({"latency_s": 0.03})
        together(vapi, 16)
        assert crowd.taken() == IN_FLIGHT

        at_vapi.faults({"latency_s": 0.03}, {"status": 429, "headers": {"Retry-After": "0"}, "times": 1})
        vapi.items(TOOLS)
        together(vapi, 4)
        assert crowd.taken() < IN_FLIGHT

        at_vapi.faults({"latency_s": 0.03})
        together(vapi, 40)
        assert crowd.taken() == IN_FLIGHT


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 12))
def test_the_gate_is_never_shut_and_never_too_wide_and_widens_again(told: list[bool], most: int) -> None:
    gate = Gate(most)
    for is_well in told:
        before = gate.width
        gate.went_well() if is_well else gate.too_many(0)
        assert 1 <= gate.width <= most
        assert gate.width in ((before, before + 1) if is_well else (max(1, before // 2),))
    for _ in range(most * most):
        gate.went_well()
    assert gate.width == most


# ---


@dataclass
class Crowd(httpx.BaseTransport):
    """Counts how many are on the way at once."""

    inside: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    inner: httpx.BaseTransport = field(default_factory=wire)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            return self.inner.handle_request(request)
        finally:
            with self.lock:
                self.inside -= 1

    def close(self) -> None:
        self.inner.close()

    def taken(self) -> int:
        """The most since the last time it was asked."""
        most, self.most = self.most, 0
        return most


def together(vapi: Vapi, count: int) -> None:
    asking = [threading.Thread(target=vapi.items, args=[TOOLS]) for _ in range(count)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()


def many(count: int, *, at: Callable[[int], datetime]) -> dict[str, Any]:
    """So many of somebody else's, by id, as the account's file has them."""
    times: Iterator[tuple[int, str]] = (
        (i, at(i).isoformat(timespec="milliseconds").replace("+00:00", "Z")) for i in range(count)
    )
    return {
        f"00000000-0000-4000-8000-{i:012}": {
            "id": f"00000000-0000-4000-8000-{i:012}",
            "orgId": "00000000-0000-4000-8000-0000000000aa",
            "createdAt": made,
            "updatedAt": made,
            "name": f"number {i}",
        }
        for i, made in times
    }
