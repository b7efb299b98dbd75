"""How the stand-in lists: what a client must do to see everything."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.vapi_account import Account
from tests.vapi_account import VapiAccount, vapi_account

MANY = 230


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as running:
        for number in range(MANY):
            running.create("assistant", {"name": f"assistant {number}"})
            output = {"name": f"output {number}", "schema": {"type": "string"}}
            running.create("structured-output", output)
        yield running


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in found]


def listed(account: VapiAccount, kind: str, **query: Any) -> Any:
    return account.http.get(f"/{kind}", params=query).raise_for_status().json()


def test_a_client_that_sends_no_limit_sees_the_newest_hundred(account: VapiAccount) -> None:
    newest = [f"assistant {number}" for number in range(MANY - 1, MANY - 101, -1)]

    assert names(listed(account, "assistant")) == newest
    assert names(listed(account, "assistant", limit=3)) == newest[:3]
    assert len(listed(account, "assistant", limit=1000)) == MANY


def test_walking_back_by_creation_finds_each_once(account: VapiAccount) -> None:
    found: list[dict[str, Any]] = []
    while page := listed(account, "assistant", **({"createdAtLt": found[-1]["createdAt"]} if found else {})):
        found += page

    assert names(found) == [f"assistant {number}" for number in range(MANY - 1, -1, -1)]


def test_no_two_are_made_at_the_same_instant() -> None:
    account = Account()

    made = [account.create("tool", {"type": "endCall"})["createdAt"] for _ in range(100)]

    assert made == sorted(set(made))


def test_times_narrow_a_list_on_both_sides(account: VapiAccount) -> None:
    newest = listed(account, "assistant", limit=5)
    second, fourth = newest[1]["createdAt"], newest[3]["createdAt"]

    assert listed(account, "assistant", createdAtGe=fourth, createdAtLe=second) == newest[1:4]
    assert listed(account, "assistant", createdAtGt=fourth, createdAtLt=second) == newest[2:3]
    assert listed(account, "assistant", updatedAtGt=second) == newest[:1]


def test_pages_are_numbered_and_counted(account: VapiAccount) -> None:
    pages = [listed(account, "structured-output", page=page) for page in (1, 2, 3)]

    assert [len(page["results"]) for page in pages] == [100, 100, 30]
    assert names([one for page in pages for one in page["results"]]) == [
        f"output {number}" for number in range(MANY - 1, -1, -1)
    ]
    assert [page["metadata"]["hasNextPage"] for page in pages] == [True, True, False]
    assert pages[0]["metadata"].items() >= {"itemsPerPage": 100, "totalItems": MANY, "currentPage": 1}.items()
    oldest = listed(account, "structured-output", sortOrder="ASC", limit=1)
    assert names(oldest["results"]) == ["output 0"]
    assert names(listed(account, "structured-output", name="output 7")["results"]) == ["output 7"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"limit": 1001}, "limit must not be greater than 1000"),
        ({"limit": "all"}, "limit must be a number conforming to the specified constraints"),
        ({"page": 2}, "property page should not exist"),  # an array has no pages
        ({"createdAtLt": "yesterday"}, "createdAtLt must be a valid ISO 8601 date string"),
    ],
)
def test_a_wrong_query_is_refused(account: VapiAccount, query: dict[str, Any], said: str) -> None:
    refused = account.http.get("/assistant", params=query)

    assert (refused.status_code, refused.json()["message"]) == (400, [said])


def test_while_the_clock_stands_still_many_are_made_at_one_instant() -> None:
    with vapi_account() as account:
        account.freeze_clock("2026-03-02T09:00:00Z")
        for name in "abc":
            account.create("assistant", {"name": name})
        account.freeze_clock(None)
        account.create("assistant", {"name": "d"})

        found = account.all("assistant")

    assert {one["createdAt"] for one in found[1:]} == {"2026-03-02T09:00:00.000Z"}
    assert names(found)[0] == "d"
