"""What fell behind at Vapi is found; what nobody needs goes, and nothing that a call has is taken away."""

from contextlib import closing
from typing import Any

import pytest

from frontdesk.agents import reconciling, registry
from frontdesk.agents.reconciling import Found
from frontdesk.vapi.api import Vapi
from local import demo
from tests.agents.conftest import Platform
from tests.clinic import Clinic

NOTHING = Found(0, 0, 0, 0, 0, 0, 0)


def reconcile(platform: Platform) -> Found:
    with closing(Vapi(platform.vapi.url, platform.vapi.key, attempts=1)) as vapi:
        return reconciling.reconcile(vapi)


def retired(platform: Platform) -> int:
    """How many tools go at two runs, between which every lease that was held at the first has run out."""
    first = reconcile(platform).tools_retired
    Clinic(platform.owner_url).do("UPDATE vapi_tools SET unlinked_at = unlinked_at - interval '10 min'")
    return first + reconcile(platform).tools_retired


def heal(platform: Platform) -> None:
    """What the queue does with everything that is behind."""
    for saved in reconciling.agents_behind():
        platform.sync(saved)


def running_call(platform: Platform) -> str:
    """A call that goes on until it is ended by hand."""
    [assistant, *_] = platform.assistants()
    call = platform.vapi.create(
        "call", {"assistantId": assistant["id"], "transport": {"provider": "vapi.websocket"}}
    )
    return call["id"]


@pytest.fixture
def moved(platform: Platform) -> Platform:
    """Two clinics' agents, and one of them moved to a tool with another definition."""
    saved = platform.save()
    platform.sync(saved)
    platform.sync(platform.save(demo.HARBOUR))
    platform.publish(get_patient="Says more.")
    platform.sync(saved)
    return platform


def test_where_all_is_well_nothing_is_written(platform: Platform) -> None:
    platform.sync(platform.save())
    platform.vapi.forget()

    assert reconcile(platform) == NOTHING
    assert (platform.vapi.writes(), reconciling.agents_behind()) == ([], [])


def test_a_deploy_moves_everybody_though_nobody_saves(platform: Platform) -> None:
    saves = [platform.save(), platform.save(demo.HARBOUR)]
    for saved in saves:
        platform.sync(saved)
    platform.publish(get_patient="Says more.")

    reconcile(platform)
    heal(platform)

    new, _ = platform.tools()["get_patient"]
    assert all(new in platform.assistants(saved)[0]["model"]["toolIds"] for saved in saves)


def test_an_agent_whose_event_was_lost_is_behind(platform: Platform) -> None:
    lost = platform.save()

    assert reconciling.agents_behind() == [lost]
    heal(platform)
    assert (platform.agent(lost).sync, reconciling.agents_behind()) == ("synced", [])


def test_a_tool_that_was_deleted_in_the_dashboard_comes_back_for_everybody(platform: Platform) -> None:
    saves = [platform.save(), platform.save(demo.HARBOUR)]
    for saved in saves:
        platform.sync(saved)
    [gone] = platform.tools()["get_patient"]
    platform.vapi.http.delete(f"/tool/{gone}").raise_for_status()

    assert reconcile(platform).tools_gone == 1
    heal(platform)

    [made] = platform.tools()["get_patient"]
    for saved in saves:
        [assistant] = platform.assistants(saved)
        assert made in assistant["model"]["toolIds"]
        assert gone not in assistant["model"]["toolIds"]
    assert retired(platform) == 1
    assert reconcile(platform) == NOTHING


@pytest.mark.parametrize("change", [{"model": {"toolIds": []}}, {"model": {"toolIds": None}}])
def test_an_assistant_that_was_unlinked_in_the_dashboard_is_linked_again(
    platform: Platform, change: dict[str, Any]
) -> None:
    saved = platform.save()
    platform.sync(saved)
    [assistant] = platform.assistants()
    platform.vapi.edit("assistant", assistant["id"], change)

    assert reconcile(platform).assistants_drifted == 1
    heal(platform)

    [healed] = platform.assistants()
    assert sorted(healed["model"]["toolIds"]) == sorted(assistant["model"]["toolIds"])
    assert healed["model"]["messages"] == assistant["model"]["messages"]
    assert reconcile(platform) == NOTHING


def test_an_assistant_that_was_deleted_in_the_dashboard_is_made_again(platform: Platform) -> None:
    saved = platform.save()
    platform.sync(saved)
    [assistant] = platform.assistants()
    platform.vapi.http.delete(f"/assistant/{assistant['id']}").raise_for_status()

    assert reconcile(platform).assistants_drifted == 1
    heal(platform)

    assert len(platform.assistants(saved)) == 1
    assert reconcile(platform) == NOTHING


def test_what_is_nobodys_is_told_and_left_alone(platform: Platform) -> None:
    platform.sync(platform.save())
    platform.vapi.create("assistant", {"name": "lost", "metadata": {"agentId": "somebody"}})
    platform.vapi.create("tool", {"type": "function", "function": {"name": "get_patient"}})

    found = reconcile(platform)

    assert (found.assistants_nobodys, found.tools_twice) == (1, 1)
    assert (len(platform.assistants()), len(platform.tools()["get_patient"])) == (2, 2)


def test_an_old_tool_goes_when_nobody_is_linked_to_it_any_more(moved: Platform) -> None:
    new, old = moved.tools()["get_patient"]
    assert reconcile(moved).tools_waiting == 1
    assert moved.tools()["get_patient"] == [new, old]

    heal(moved)
    assert retired(moved) == 1

    assert moved.tools()["get_patient"] == [new]
    assert reconcile(moved) == NOTHING


def test_an_old_tool_stays_while_somebodys_own_assistant_links_it(moved: Platform) -> None:
    new, old = moved.tools()["get_patient"]
    model = {"provider": "openai", "model": "gpt-4o", "toolIds": [old]}
    other = moved.vapi.create("assistant", {"name": "router", "model": model})
    heal(moved)

    assert reconcile(moved).tools_waiting == 1
    moved.vapi.http.delete(f"/assistant/{other['id']}").raise_for_status()
    assert retired(moved) == 1
    assert moved.tools()["get_patient"] == [new]


def test_an_old_tool_stays_until_the_calls_that_began_with_it_are_over(moved: Platform) -> None:
    new, old = moved.tools()["get_patient"]
    call = running_call(moved)
    heal(moved)

    assert reconcile(moved).tools_waiting == 1
    assert moved.tools()["get_patient"] == [new, old]
    running_call(moved)  # one that began after is none of its business
    moved.vapi.edit("call", call, {"status": "ended"})
    assert retired(moved) == 1


def test_a_tool_that_another_registers_now_is_not_retired_meanwhile(moved: Platform) -> None:
    heal(moved)
    with registry.leased():
        assert retired(moved) == 0
    assert retired(moved) == 1


def test_a_tool_that_a_clinic_is_linked_to_cannot_be_forgotten(moved: Platform, clinic: Clinic) -> None:
    _, old = moved.tools()["get_patient"]
    with pytest.raises(Exception, match="org_tools_vapi_tool_id_fkey"):
        registry.forget(old)
    assert clinic.all("SELECT count(*) FROM vapi_tools WHERE vapi_tool_id = %s", old) == [(1,)]


def test_a_tool_is_not_taken_from_somebody_who_is_about_to_link_it(moved: Platform) -> None:
    """Who read the old tools just before may still write them."""
    heal(moved)
    assert (reconcile(moved).tools_retired, reconcile(moved).tools_retired) == (0, 0)


@pytest.mark.parametrize("status", [409, 500])
def test_a_tool_that_vapi_does_not_let_go_holds_nothing_else_up(moved: Platform, status: int) -> None:
    heal(moved)
    lost = moved.save()
    moved.vapi.faults({"method": "DELETE", "path": "/tool", "status": status})

    assert retired(moved) == 0
    assert reconciling.agents_behind() == [lost]


def test_an_old_tool_stays_while_anything_names_it(moved: Platform) -> None:
    new, old = moved.tools()["get_patient"]
    overrides = {"model": {"provider": "openai", "model": "gpt-4o", "toolIds": [old]}}
    squad = {
        "name": "another",
        "members": [{"assistant": {"name": "inside"}, "assistantOverrides": overrides}],
    }
    kept = moved.vapi.create("squad", squad)
    heal(moved)

    assert retired(moved) == 0
    moved.vapi.http.delete(f"/squad/{kept['id']}").raise_for_status()
    assert retired(moved) == 1
    assert moved.tools()["get_patient"] == [new]


def test_of_two_assistants_of_one_agent_the_one_that_nobody_recorded_goes(platform: Platform) -> None:
    """As when Vapi answers a creation twice."""
    saved = platform.save()
    platform.sync(saved)
    [ours] = platform.assistants()
    platform.vapi.create("assistant", {"name": "twin", "metadata": ours["metadata"]})

    assert reconcile(platform).assistants_twice == 1
    assert [each["id"] for each in platform.assistants()] == [ours["id"]]


def test_an_agent_that_is_degraded_and_right_is_looked_at_again(platform: Platform, clinic: Clinic) -> None:
    """As after a release that was taken back: what could not be done needs not be done any more."""
    saved = platform.save()
    platform.sync(saved)
    clinic.do("UPDATE agents SET sync_error = 'Vapi says 500'")

    heal(platform)

    assert platform.agent(saved).sync == "synced"
