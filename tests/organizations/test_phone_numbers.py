"""`/phone-numbers`: one number, one clinic; Vapi asks us who answers it, until it is let go."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from frontdesk.settings import settings
from frontdesk.vapi import phone_numbers
from gitops import tools
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import Member, token
from tests.vapi_account import VapiAccount, vapi_account

MAPLES, HARBOURS = Member(token()), Member(token(demo.HARBOUR))
NEW, PATH = "+16045550142", "/phone-numbers/+16045550142"
URL = "https://desk.example/vapi/messages"


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as made:
        yield made


@pytest.fixture
def vapi(account: VapiAccount, database: Database, monkeypatch: pytest.MonkeyPatch) -> VapiAccount:
    monkeypatch.setenv("FRONTDESK_VAPI_API_URL", account.url)
    monkeypatch.setenv("FRONTDESK_VAPI_PRIVATE_KEY", account.key)
    monkeypatch.setenv("FRONTDESK_PUBLIC_URL", "https://desk.example")
    settings.cache_clear()
    account.faults()
    for one in account.all("phone-number"):
        account.http.delete(f"/phone-number/{one['id']}")
    account.forget()
    return account


def bought(vapi: VapiAccount, **fields: Any) -> str:
    """A number of the platform's account, by its id."""
    body = {"provider": "twilio", "number": NEW, "twilioAccountSid": "AC1", "twilioAuthToken": "x", **fields}
    return vapi.create("phone-number", body)["id"]


def is_of(clinic: Clinic, entry: str) -> None:
    """The clinic's own assistant, or squad."""
    clinic.do("INSERT INTO vapi_entries (vapi_id, org_id) VALUES (%s, %s)", entry, clinic.org_id)


def until(is_so: Callable[[], bool]) -> None:
    """Waits for that, not for ever."""
    ends = time.monotonic() + 5
    while not is_so() and time.monotonic() < ends:
        time.sleep(0.01)


def at_vapi(vapi: VapiAccount) -> dict[str, Any]:
    [one] = vapi.all("phone-number")
    return {name: one[name] for name in ("assistantId", "squadId", "server") if name in one}


def listed(member: Member) -> dict[str, str]:
    return {one["e164"]: one["status"] for one in member.get("/phone-numbers").body["phoneNumbers"]}


def test_an_attached_number_asks_us_and_its_next_call_is_the_clinics(
    clinic: Clinic, vapi: VapiAccount
) -> None:
    assistant = vapi.create("assistant", {"name": "before"})["id"]
    is_of(clinic, assistant)
    bought(vapi, assistantId=assistant, server={"url": "https://before.example"})

    answer = MAPLES.put("/phone-numbers/+1 (604) 555-0142")

    assert (answer.status, answer.body) == (200, {"e164": NEW, "status": "attached", "failure": None})
    [credential] = [one["id"] for one in vapi.all("credential")]
    assert at_vapi(vapi) == {"server": {"url": URL, "credentialId": credential}}
    assert listed(MAPLES)[NEW] == "attached"
    clinic.number = NEW
    assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic"


@pytest.mark.parametrize("who", ["the clinic", "another", "nobody"])
def test_a_number_that_answers_somebody_elses_calls_can_not_be_had(
    clinic: Clinic, harbour: Clinic, vapi: VapiAccount, who: str
) -> None:
    squad = vapi.create("squad", {"members": [{"assistant": {"name": "before"}}]})["id"]
    if who != "nobody":
        is_of(clinic if who == "the clinic" else harbour, squad)
    bought(vapi, squadId=squad)
    before = at_vapi(vapi)

    answer = MAPLES.put(PATH)

    if who == "the clinic":
        assert answer.body["status"] == "attached"
        assert MAPLES.delete(PATH).body["status"] == "released"
    else:
        assert answer == MAPLES.put("/phone-numbers/+16045550143")
        assert (answer.status, NEW in listed(MAPLES)) == (409, False)
    assert at_vapi(vapi) == before


def test_a_number_that_asks_us_and_is_nobodys_is_not_to_be_had(clinic: Clinic, vapi: VapiAccount) -> None:
    bought(vapi, server={"url": URL})

    assert MAPLES.put(PATH).status == 409
    assert vapi.writes()[1:] == [], "but for its being bought"


def test_a_number_that_an_operator_gave_out_is_the_clinics_whoever_answers(
    clinic: Clinic, vapi: VapiAccount
) -> None:
    bought(vapi, number=clinic.number, assistantId=vapi.create("assistant", {"name": "before"})["id"])

    assert MAPLES.put(f"/phone-numbers/{clinic.number}").body["status"] == "attached"


def test_a_number_that_is_released_while_it_is_looked_up_is_left_alone(
    clinic: Clinic, vapi: VapiAccount
) -> None:
    bought(vapi, server={"url": "https://before.example"})
    vapi.forget()
    vapi.faults({"method": "GET", "latency_s": 0.2})
    with ThreadPoolExecutor(1) as pool:
        attaching = pool.submit(MAPLES.put, PATH)
        until(lambda: any(clinic.all("SELECT 1 FROM phone_numbers WHERE e164 = %s", NEW)))
        assert MAPLES.delete(PATH).body["status"] == "released"

    assert attaching.result().status == 404
    assert (vapi.writes(), NEW in listed(MAPLES)) == ([], False)


def test_a_number_that_is_released_before_vapi_is_done_has_what_it_had(
    clinic: Clinic, vapi: VapiAccount
) -> None:
    bought(vapi, server={"url": "https://before.example"})
    before = at_vapi(vapi)
    vapi.faults({"method": "PATCH", "latency_s": 0.4, "times": 1})
    with ThreadPoolExecutor(1) as pool:
        attaching = pool.submit(MAPLES.put, PATH)
        until(lambda: any(clinic.all("SELECT 1 FROM phone_numbers WHERE vapi_before IS NOT NULL")))
        time.sleep(0.1)  # so that it is the attaching whose request is slow
        assert MAPLES.delete(PATH).body["status"] == "released"
        assert not attaching.done()

    assert attaching.result().body["status"] == "released"
    assert (at_vapi(vapi), NEW in listed(MAPLES)) == (before, False)


def test_a_number_that_vapi_was_not_found_to_have_is_held_by_nobody(
    clinic: Clinic, vapi: VapiAccount
) -> None:
    clinic.do(
        "INSERT INTO phone_numbers (e164, org_id, status) VALUES (%s, %s, 'attaching')", NEW, demo.MAPLE
    )
    assert MAPLES.put(PATH).status == 409, "who died in the middle of it left a row"
    assert NEW not in listed(MAPLES)

    bought(vapi)
    vapi.faults({"method": "GET", "status": 400})

    assert MAPLES.put(PATH).status == 503
    assert NEW not in listed(MAPLES)
    assert MAPLES.put(f"/phone-numbers/{clinic.number}").body["status"] == "failed"
    assert clinic.number in listed(MAPLES), "an operator gave it out"


def test_a_released_number_has_what_it_had_and_another_may_attach_it(
    clinic: Clinic, harbour: Clinic, vapi: VapiAccount
) -> None:
    bought(vapi, server={"url": "https://before.example"})
    before = at_vapi(vapi)
    MAPLES.put(PATH)
    MAPLES.put(PATH)

    assert MAPLES.delete(PATH).body["status"] == "released"

    assert at_vapi(vapi) == before
    assert NEW not in listed(MAPLES)
    clinic.number = NEW
    assert "Maple" not in json.dumps(clinic.asked("get_clinic_info", {})), "nobody's, for now"
    assert HARBOURS.put(PATH).body["status"] == "attached"
    harbour.number = NEW
    assert harbour.ask("get_clinic_info")["name"] == "Harbour Clinic", "at the very next call"


def test_anothers_number_and_one_that_nobody_has_are_refused_alike(
    clinic: Clinic, harbour: Clinic, vapi: VapiAccount
) -> None:
    bought(vapi)
    MAPLES.put(PATH)
    was = at_vapi(vapi)

    anothers, nobodys = HARBOURS.put(PATH), HARBOURS.put("/phone-numbers/+16045550143")

    assert (anothers.status, anothers) == (409, nobodys)
    assert (listed(MAPLES)[NEW], list(listed(HARBOURS))) == ("attached", [harbour.number])
    assert HARBOURS.delete(PATH) == HARBOURS.delete("/phone-numbers/+16045550143")
    assert HARBOURS.delete(PATH).status == 404
    assert at_vapi(vapi) == was


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"status": 500}, "Vapi answered 500."),
        ({"status": 429}, "Vapi answered 429."),
        ({"status": 400}, "Vapi refused it with 400."),
    ],
)
def test_what_vapi_does_not_do_is_shown_and_tried_again(
    clinic: Clinic, vapi: VapiAccount, fault: dict[str, Any], why: str
) -> None:
    bought(vapi)
    vapi.faults({"method": "PATCH", **fault})

    failed = MAPLES.put(PATH)
    assert (failed.status, failed.body["status"], failed.body["failure"]) == (200, "failed", why)
    assert listed(MAPLES)[NEW] == "failed"
    vapi.faults()
    assert MAPLES.put(PATH).body == {"e164": NEW, "status": "attached", "failure": None}

    vapi.faults({"method": "PATCH", **fault})
    assert MAPLES.delete(PATH).body["failure"] == why
    assert listed(MAPLES)[NEW] == "failed", "it stays the clinic's until Vapi has given it back"
    vapi.faults()
    assert MAPLES.delete(PATH).body["status"] == "released"


def test_a_hiccup_of_vapis_is_nobodys_business(clinic: Clinic, vapi: VapiAccount) -> None:
    bought(vapi)
    vapi.faults({"method": "PATCH", "status": 503, "times": 1})

    assert MAPLES.put(PATH).body["status"] == "attached"


def test_a_key_that_is_not_the_private_one_is_said_to_be_that(
    clinic: Clinic, vapi: VapiAccount, monkeypatch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRONTDESK_VAPI_PRIVATE_KEY", "a-public-key")
    settings.cache_clear()
    bought(vapi)

    answer = MAPLES.put(PATH)

    assert (answer.status, NEW in listed(MAPLES)) == (503, False)
    assert "the private one, not the public" in answer.body["detail"]
    assert "a-public-key" not in printed.readouterr().out + str(answer.body)


def test_a_number_is_not_vapis_before_it_is_ours(clinic: Clinic, vapi: VapiAccount) -> None:
    """Whoever dies between the two leaves a row that says so, and what was there before."""
    bought(vapi, server={"url": "https://before.example"})
    seen: list[Any] = []
    vapi.faults({"method": "PATCH", "latency_s": 0.3})
    with ThreadPoolExecutor(1) as pool:
        attaching = pool.submit(MAPLES.put, PATH)
        while not attaching.done():
            seen += clinic.all("SELECT status, vapi_before FROM phone_numbers WHERE e164 = %s", NEW)
    assert ("attaching", {"server": {"url": "https://before.example"}}) in seen
    assert attaching.result().body["status"] == "attached"


def test_a_seeded_number_is_released_without_vapi_having_it(clinic: Clinic, vapi: VapiAccount) -> None:
    path = f"/phone-numbers/{clinic.number}"

    assert MAPLES.put(path).body["failure"] == "Vapi's account doesn't have this number."
    assert listed(MAPLES)[clinic.number] == "failed"
    assert MAPLES.delete(path).body["status"] == "released"


@pytest.mark.parametrize("text", ["abc", "911", "+1", "%00", "1" * 40])
def test_what_is_no_number_is_said_to_be_none(clinic: Clinic, vapi: VapiAccount, text: str) -> None:
    assert MAPLES.put(f"/phone-numbers/{text}").status == 400
    assert vapi.requests() == []


def test_who_only_looks_attaches_and_releases_nothing(clinic: Clinic, vapi: VapiAccount) -> None:
    clinic.lower_the_owner("viewer")

    assert MAPLES.get("/phone-numbers").status == 200
    assert MAPLES.put(PATH).status == 403
    assert MAPLES.delete(f"/phone-numbers/{clinic.number}").status == 403


def test_vapi_proves_itself_by_the_credential_that_the_tools_name() -> None:
    assert phone_numbers.CREDENTIAL == tools.CREDENTIAL
