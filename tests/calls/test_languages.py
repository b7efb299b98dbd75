"""The caller goes on in another language: who has the call from then on, if anybody else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from tests.clinic import Clinic
from tests.conversation import Conversation
from tests.vapi_account import VapiAccount, vapi_account


@pytest.fixture
def vapi(monkeypatch: pytest.MonkeyPatch) -> Iterator[VapiAccount]:
    with vapi_account() as account:
        host = re.sub(r"^https?://|:\d+.*$", "", account.url)
        monkeypatch.setenv("FRONTDESK_LIVE_CONTROL_HOSTS", f'["{host}"]')
        settings.cache_clear()
        yield account
    settings.cache_clear()


def changes(
    talk: Conversation,
    vapi: VapiAccount,
    *,
    speaking: object = "booking-en",
    to: object = "zh",
    squad: str | None = "squad-1",
    control_url: str = "",
) -> None:
    message = talk.message("language-change-detected", language=to, assistant={"name": speaking})
    message["call"]["monitor"] = {"controlUrl": control_url or f"{vapi.url}/calls/{talk.call}/control"}
    if squad:
        message["call"]["squadId"] = squad
    talk.tell(message)


def orders(vapi: VapiAccount) -> list[Any]:
    """What the running call was told to do."""
    return vapi.http.get("/calls/call-1/control").json()


def noted(clinic: Clinic) -> list[Any]:
    return [detail for (detail,) in clinic.all("SELECT detail FROM call_events WHERE kind = 'language'")]


@pytest.mark.parametrize(
    ("speaking", "to", "member"),
    [("booking-en", "zh", "booking-zh"), ("patient-id-zh", "English", "patient-id-en")],
)
def test_the_squads_member_of_the_other_language_goes_on(
    talk: Conversation, vapi: VapiAccount, speaking: str, to: str, member: str
) -> None:
    changes(talk, vapi, speaking=speaking, to=to)

    [order] = orders(vapi)
    assert (order["type"], order["destination"]["assistantName"]) == ("handoff", member)
    assert order["destination"]["contextEngineeringPlan"]["maxMessages"] == 20


def test_the_call_is_one_in_that_language_from_then_on(
    talk: Conversation, vapi: VapiAccount, clinic: Clinic
) -> None:
    changes(talk, vapi)

    assert talk.row()["language"] == "zh"
    assert noted(clinic) == [{"language": "zh", "assistant": "booking-en"}]


@pytest.mark.parametrize(
    "how",
    [
        {"squad": None},
        {"speaking": "router"},
        {"speaking": "booking-zh"},
        {"speaking": "somebody-en"},
        {"speaking": None},
    ],
)
def test_where_nobody_else_is_to_go_on_it_is_noted_and_no_more(
    talk: Conversation, vapi: VapiAccount, clinic: Clinic, how: dict[str, Any]
) -> None:
    changes(talk, vapi, **how)

    assert orders(vapi) == []
    assert talk.row()["language"] == "zh"
    # A name from outside isn't kept.
    [event] = noted(clinic)
    assert event["assistant"] in {how.get("speaking", "booking-en"), None}
    assert event["assistant"] != "somebody-en"


@pytest.mark.parametrize("to", ["fr", "", None, 7])
def test_a_language_that_nobody_speaks_here_changes_nothing(
    talk: Conversation, vapi: VapiAccount, clinic: Clinic, to: object
) -> None:
    changes(talk, vapi, to=to)

    assert (orders(vapi), noted(clinic), talk.row()["language"]) == ([], [], "en")


def test_nor_does_one_that_the_clinic_has_not(talk: Conversation, vapi: VapiAccount, clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET languages = '{en}'")

    changes(talk, vapi)

    assert (orders(vapi), noted(clinic), talk.row()["language"]) == ([], [], "en")


@pytest.mark.parametrize("control_url", ["", "http://127.0.0.2:9/control", "http://example.invalid/x"])
def test_a_control_url_that_fails_or_is_not_vapis_is_a_fault_and_the_note_stays(
    talk: Conversation, vapi: VapiAccount, clinic: Clinic, control_url: str
) -> None:
    vapi.faults({"path": "/calls/call-1/control", "status": 500})

    with pytest.raises(ProviderFailed):
        changes(talk, vapi, control_url=control_url)

    vapi.faults()
    assert orders(vapi) == []
    assert noted(clinic) == [{"language": "zh", "assistant": "booking-en"}]


def test_an_order_that_failed_is_given_again_as_long_as_it_is_of_use(
    talk: Conversation, vapi: VapiAccount, clinic: Clinic
) -> None:
    message = talk.message("language-change-detected", language="zh", assistant={"name": "booking-en"})
    message["call"] |= {
        "squadId": "squad-1",
        "monitor": {"controlUrl": f"{vapi.url}/calls/{talk.call}/control"},
    }
    vapi.faults({"path": "/calls/call-1/control", "status": 500})
    with pytest.raises(ProviderFailed):
        talk.tell(message)
    vapi.faults()

    talk.tell(message)

    [order] = orders(vapi)
    assert order["destination"]["assistantName"] == "booking-zh"
    assert len(noted(clinic)) == 1
    clinic.do("UPDATE call_messages SET taken_at = taken_at - interval '21 seconds'")
    talk.tell(message)
    assert len(orders(vapi)) == 1
