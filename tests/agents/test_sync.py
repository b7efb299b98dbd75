"""From a saved agent to one that answers: what stands at Vapi, and what our own database says of it."""

import os
import time
from itertools import count
from typing import Any

import httpx
import pytest

from frontdesk.agents import definitions, registry
from frontdesk.agents.registry import Busy
from frontdesk.agents.syncing import CannotHeal, Saved
from frontdesk.db import connection
from frontdesk.errors import ProviderFailed
from frontdesk.vapi.api import VapiFailed
from local import demo
from tests.agents.conftest import URL, Platform
from tests.clinic import Clinic

ALL = sorted(definitions.released())


def org_tools(clinic: Clinic) -> list[Any]:
    return clinic.all(
        "SELECT tool_name, vapi_tool_id FROM org_tools WHERE org_id = %s ORDER BY 1", clinic.org_id
    )


# One save


def test_a_saved_agent_becomes_an_assistant_that_is_linked_to_every_tool(
    platform: Platform, maple: Clinic
) -> None:
    saved = platform.save()
    assert platform.agent(saved).sync == "pending"

    platform.sync(saved)

    [assistant] = platform.assistants(saved)
    tools = platform.tools()
    assert sorted(assistant["model"]["toolIds"]) == sorted(id_ for ids in tools.values() for id_ in ids)
    assert len(assistant["model"]["toolIds"]) == len(ALL)
    assert assistant["name"] == "Front desk"
    assert assistant["firstMessage"].startswith("Hello, Maple Clinic. 您好")
    assert "Parking is behind the house." in assistant["model"]["messages"][0]["content"]
    assert assistant["server"]["url"] == f"{URL}/vapi/messages"
    agent = platform.agent(saved)
    assert (agent.sync, agent.synced_version, agent.vapi_assistant_id) == ("synced", 1, assistant["id"])
    assert [name for name, _ in org_tools(maple)] == ALL
    assert maple.all("SELECT vapi_id FROM vapi_entries WHERE org_id = %s", maple.org_id) == [
        (assistant["id"],)
    ]


def test_tools_go_to_our_own_address_and_are_signed(platform: Platform) -> None:
    platform.sync(platform.save())

    [tool] = [
        each for each in platform.vapi.all("tool") if each.get("function", {}).get("name") == "get_patient"
    ]
    [credential] = platform.vapi.all("credential")
    assert tool["server"]["url"] == f"{URL}/vapi/tools/get_patient"
    assert tool["server"]["credentialId"] == credential["id"]


def test_the_same_event_again_and_an_old_one_ask_vapi_for_nothing(platform: Platform) -> None:
    saved = platform.save()
    platform.sync(saved)
    platform.vapi.forget()

    platform.sync(saved)
    platform.sync(saved)

    assert platform.vapi.requests() == []


def test_of_three_saves_the_last_is_what_vapi_has_in_whatever_order_their_events_come(
    platform: Platform,
) -> None:
    saved = platform.save()
    for name in ("Second", "Third"):
        platform.save(agent_id=saved.agent_id, name=name)
    for _ in range(3):
        platform.sync(saved)

    [assistant] = platform.assistants()
    assert assistant["name"] == "Third"
    assert platform.agent(saved).synced_version == 3
    assert len([one for one in platform.vapi.writes() if one["path"].startswith("/assistant")]) == 1


def test_a_second_clinics_save_makes_no_tool_anew(platform: Platform, maple: Clinic, harbour: Clinic) -> None:
    platform.sync(platform.save())
    platform.vapi.forget()

    platform.sync(platform.save(demo.HARBOUR))

    assert [one["path"] for one in platform.vapi.writes()] == ["/assistant"]
    assert org_tools(harbour) == org_tools(maple)


def test_a_change_is_one_write_and_keeps_what_somebody_linked_besides(platform: Platform) -> None:
    saved = platform.save()
    platform.sync(saved)
    [assistant] = platform.assistants()
    own = platform.vapi.create("tool", {"type": "function", "function": {"name": "parking_meter"}})["id"]
    linked = [own, *assistant["model"]["toolIds"]]
    platform.vapi.edit("assistant", assistant["id"], {"model": {"toolIds": linked}})
    platform.vapi.forget()

    platform.save(agent_id=saved.agent_id, instructions="Ring twice.")
    platform.sync(saved)

    assert [(one["method"]) for one in platform.vapi.writes()] == ["PATCH"]
    [assistant] = platform.assistants()
    assert sorted(assistant["model"]["toolIds"]) == sorted(linked)
    assert "Ring twice." in assistant["model"]["messages"][0]["content"]
    assert assistant["model"]["temperature"] == 0.3


def test_an_agent_of_the_shared_squad_has_nothing_of_its_own_at_vapi(
    platform: Platform, maple: Clinic
) -> None:
    platform.vapi.create("squad", {"name": "frontdesk", "members": []})
    saved = platform.save(template="squad")

    platform.sync(saved)

    assert platform.assistants() == []
    assert platform.agent(saved).sync == "synced"
    assert [name for name, _ in org_tools(maple)] == ALL


def test_without_the_shared_squad_an_agent_of_it_is_not_called_well(platform: Platform) -> None:
    saved = platform.save(template="squad")

    with pytest.raises(CannotHeal, match="frontdesk vapi push"):
        platform.sync(saved)

    assert platform.agent(saved).sync == "pending"


def test_a_deleted_agent_takes_its_assistant_along_and_no_tool(platform: Platform, maple: Clinic) -> None:
    saved, other = platform.save(), platform.save()
    for one in (saved, other):
        platform.sync(one)
    tools = platform.tools()

    platform.delete(saved)
    platform.sync(saved)
    platform.sync(saved)

    assert [each["metadata"]["agentId"] for each in platform.assistants()] == [str(other.agent_id)]
    assert platform.tools() == tools
    assert [name for name, _ in org_tools(maple)] == ALL
    platform.delete(other)
    platform.sync(other)
    assert (org_tools(maple), platform.tools()) == ([], tools)
    assert maple.all("SELECT count(*) FROM vapi_entries WHERE org_id = %s", maple.org_id) == [(0,)]


# A definition changes


def test_another_definition_is_another_tool_and_the_old_one_stays_for_who_is_linked(
    platform: Platform,
) -> None:
    first, second = platform.save(), platform.save(demo.HARBOUR)
    for one in (first, second):
        platform.sync(one)
    [before] = platform.tools()["get_patient"]
    platform.publish(get_patient="Says more.")
    platform.vapi.forget()

    came = platform.sync(first)

    assert came.has_moved
    after, old = platform.tools()["get_patient"]
    assert old == before
    assert after in platform.assistants(first)[0]["model"]["toolIds"]
    assert before not in platform.assistants(first)[0]["model"]["toolIds"]
    assert before in platform.assistants(second)[0]["model"]["toolIds"]
    assert [(one["method"], one["path"].split("/")[1]) for one in platform.vapi.writes()] == [
        ("POST", "tool"),
        ("PATCH", "assistant"),
    ]
    assert not platform.sync(second).has_moved
    assert after in platform.assistants(second)[0]["model"]["toolIds"]


def test_a_release_that_is_taken_back_finds_its_tools_again(platform: Platform) -> None:
    saved = platform.save()
    platform.sync(saved)
    first = platform.tools()
    for description in ("One.", None, "One.", None, "One.", None):
        platform.publish(**({"get_patient": description} if description else {}))
        platform.sync(saved)

    assert len(platform.tools()["get_patient"]) == 2
    [assistant] = platform.assistants(saved)
    assert set(first["get_patient"]) <= set(assistant["model"]["toolIds"])
    assert set(assistant["model"]["toolIds"]) == set(registry.read().ids)


def test_a_tool_that_the_release_has_no_more_is_unlinked(platform: Platform, maple: Clinic) -> None:
    saved = platform.save()
    platform.sync(saved)
    fewer = definitions.released()
    del fewer["get_providers"]
    definitions.publish(platform.owner_url, fewer)

    assert platform.sync(saved).has_moved

    [gone] = platform.tools()["get_providers"]
    assert gone not in platform.assistants(saved)[0]["model"]["toolIds"]
    assert "get_providers" not in dict(org_tools(maple))


# What goes wrong


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", [{"status": 502}, {"reset": True}])
@pytest.mark.parametrize("path", ["/tool", "/assistant"])
def test_whatever_becomes_of_the_answer_each_is_made_once(
    platform: Platform, path: str, fault: dict[str, Any], when: str
) -> None:
    saved = platform.save()
    platform.vapi.faults({"method": "POST", "path": path, "when": when, "times": 1, **fault})

    for _ in range(3):
        try:
            platform.sync(saved)
            break
        except VapiFailed:
            assert platform.agent(saved).sync == "pending"

    assert len(platform.assistants()) == 1
    assert {name: len(ids) for name, ids in platform.tools().items()} == dict.fromkeys(platform.tools(), 1)
    assert len(platform.tools()) == len(ALL)
    assert platform.agent(saved).sync == "synced"


class Killing(httpx.HTTPTransport):
    """Ends the process after so many answers, as Lambda ends a function: nothing after that line runs."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self._left = count(answers, -1)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        response.read()
        if next(self._left) == 1:
            os._exit(9)
        return response


def killed_after(platform: Platform, saved: Saved, answers: int) -> bool:
    """Syncs in a process that dies after so many answers; whether it came to that."""
    child = os.fork()
    if child == 0:
        connection._own.connection = None  # pyright: ignore[reportPrivateUsage] - the parent's, not to be used or closed here
        platform.transport = Killing(answers)
        platform.sync(saved)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 9


@pytest.mark.parametrize("answers", [1, 2, 3, 10, 17, 18, 19])
def test_a_function_may_be_killed_after_any_answer(platform: Platform, maple: Clinic, answers: int) -> None:
    """Between what Vapi did and what we wrote down of it."""
    saved = platform.save()
    assert killed_after(platform, saved, answers)
    with pytest.raises(Busy):
        platform.sync(saved)
    maple.do("UPDATE agents SET leased_until = now() - interval '1 s'")
    maple.do("UPDATE leases SET until = now() - interval '1 s'")

    platform.sync(saved)

    assert len(platform.assistants()) == 1
    assert {len(ids) for ids in platform.tools().values()} == {1}
    assert len(platform.tools()) == len(ALL)
    assert platform.agent(saved).sync == "synced"


def test_a_clinic_that_is_deleted_while_its_assistant_is_made_leaves_none_behind(
    platform: Platform, maple: Clinic
) -> None:
    platform.sync(platform.save(demo.HARBOUR))
    saved = platform.save()

    class Deleting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if (request.method, request.url.path) == ("POST", "/assistant"):
                maple.do("DELETE FROM agents WHERE org_id = %s", maple.org_id)
            return super().handle_request(request)

    platform.transport = Deleting()
    platform.sync(saved)

    assert platform.assistants(saved) == []
    assert len(platform.assistants()) == 1


def test_an_assistant_that_was_deleted_in_the_dashboard_is_made_again(platform: Platform) -> None:
    saved = platform.save()
    platform.sync(saved)
    [before] = platform.assistants()
    platform.vapi.http.delete(f"/assistant/{before['id']}").raise_for_status()
    platform.save(agent_id=saved.agent_id, name="Anew")

    platform.sync(saved)

    [after] = platform.assistants()
    assert (after["name"], platform.agent(saved).vapi_assistant_id) == ("Anew", after["id"])


def test_a_tool_that_was_deleted_in_the_dashboard_is_made_again(platform: Platform) -> None:
    platform.sync(platform.save())
    [gone] = platform.tools()["get_patient"]
    platform.vapi.http.delete(f"/tool/{gone}").raise_for_status()
    saved = platform.save(demo.HARBOUR)

    with pytest.raises(VapiFailed, match="there is no tool"):
        platform.sync(saved)
    platform.sync(saved)

    [made] = platform.tools()["get_patient"]
    assert made in platform.assistants(saved)[0]["model"]["toolIds"]


def test_when_vapi_refuses_the_assistant_its_tools_are_registered_all_the_same(platform: Platform) -> None:
    saved = platform.save()
    platform.vapi.faults({"method": "POST", "path": "/assistant", "status": 422})
    with pytest.raises(CannotHeal, match="422"):
        platform.sync(saved)
    assert len(platform.tools()) == len(ALL), "what could be done is done"


def test_a_key_that_vapi_does_not_take_says_which_one_it_must_be(platform: Platform) -> None:
    saved = platform.save()

    with pytest.raises(CannotHeal, match="VAPI_PRIVATE_KEY must be a private key of the account"):
        platform.sync(saved, key="a-public-key")


def test_an_account_without_our_credential_says_so(platform: Platform) -> None:
    [credential] = platform.vapi.all("credential")
    platform.vapi.http.delete(f"/credential/{credential['id']}").raise_for_status()

    with pytest.raises(CannotHeal, match="exactly one credential named frontdesk-hmac"):
        platform.sync(platform.save())


def test_told_to_wait_it_says_how_long(platform: Platform) -> None:
    platform.vapi.faults({"status": 429, "headers": {"Retry-After": "7"}})

    with pytest.raises(VapiFailed) as failed:
        platform.sync(platform.save())

    assert failed.value.retry_after_s == 7


def test_an_agent_that_somebody_else_syncs_is_left_to_them(platform: Platform, maple: Clinic) -> None:
    saved = platform.save()
    maple.do("UPDATE agents SET leased_by = gen_random_uuid(), leased_until = now() + interval '1 min'")
    with pytest.raises(Busy):
        platform.sync(saved)
    assert platform.vapi.requests() == []

    maple.do("UPDATE agents SET leased_until = now() - interval '1 s'")
    platform.sync(saved)
    assert platform.agent(saved).sync == "synced"


def at_once(platform: Platform, saves: list[Saved]) -> None:
    """Each in a process of its own, coming back as the queue makes it until it is done."""
    children: list[int] = []
    for saved in saves:
        child = os.fork()
        if child == 0:
            connection._own.connection = None  # pyright: ignore[reportPrivateUsage]
            for _ in range(200):
                try:
                    platform.sync(saved)
                    os._exit(0)
                except ProviderFailed:
                    time.sleep(0.1)
            os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(saves)


def test_twenty_first_saves_at_once_make_each_tool_once(platform: Platform) -> None:
    saves = [platform.save((demo.MAPLE, demo.HARBOUR)[each % 2]) for each in range(20)]
    platform.vapi.faults({"latency_s": 0.05})

    at_once(platform, saves)

    assert {len(ids) for ids in platform.tools().values()} == {1}
    assert len(platform.tools()) == len(ALL)
    assert len(platform.assistants()) == 20
    assert {platform.agent(one).sync for one in saves} == {"synced"}


def test_twenty_events_of_one_agent_at_once_make_one_assistant(platform: Platform) -> None:
    saved = platform.save()
    platform.vapi.faults({"latency_s": 0.05})

    at_once(platform, [saved] * 20)

    assert len(platform.assistants()) == 1
    assert len([one for one in platform.vapi.writes() if one["path"] == "/assistant"]) == 1
