"""The figures that tool sync promises, where they are a law and not a time; `make bench` has the times.

Vapi fails by chance, half of the time with the work done nevertheless.
"""

import os
import time
from typing import Any

from frontdesk.agents import delivery, reconciling
from frontdesk.agents.syncing import Saved
from frontdesk.db import connection
from frontdesk.queue import Attempt, Retry
from frontdesk.trigger import MAX_RECEIVE_COUNT
from local import demo
from tests.agents.conftest import Platform
from tests.clinic import Clinic

# Of these seeds no four strikes are so near each other that one message could meet them all.
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 500, "chance": 0.02, "seed": 35},
    {"status": 502, "chance": 0.02, "seed": 27, "when": "after"},
)
WORKERS = 3


def through_the_queue(saves: list[Saved]) -> None:
    """Each message until it is done or dead, by a few workers at once, and without the waiting."""
    delivery.drop()
    children: list[int] = []
    for worker in range(WORKERS):
        child = os.fork()
        if child == 0:
            connection._own.connection = None  # pyright: ignore[reportPrivateUsage] - the parent's, not to be used here
            for saved in saves[worker::WORKERS]:
                _tried(saved)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * WORKERS


def _tried(saved: Saved) -> None:
    for number in range(1, MAX_RECEIVE_COUNT + 1):
        try:
            delivery.deliver(saved, Attempt(number, time.monotonic() + 30))
        except Retry:
            continue
        return


def saved(platform: Platform, count: int) -> list[Saved]:
    """Agents of two clinics, on a platform that has its tools."""
    platform.sync(platform.save())
    return [platform.save((demo.MAPLE, demo.HARBOUR)[each % 2]) for each in range(count)]


def test_every_one_of_a_hundred_saves_is_registered_though_vapi_fails(platform: Platform) -> None:
    everybody = saved(platform, 100)
    platform.vapi.faults(*FAULTS)

    through_the_queue(everybody)

    failed = [one["status"] for one in platform.vapi.requests() if one["status"] >= 500]
    assert {500, 502} == set(failed), "it did not fail"
    platform.vapi.faults()

    assert {platform.agent(each).sync for each in everybody} == {"synced"}
    owners = [each["metadata"]["agentId"] for each in platform.assistants()]
    assert len(owners) == len(set(owners)) == len(everybody) + 1


def test_all_are_moved_by_one_tool_and_a_write_each_and_none_loses_a_tool_meanwhile(
    platform: Platform, clinic: Clinic
) -> None:
    for each in saved(platform, 60):
        platform.sync(each)
    [before] = platform.tools()["get_patient"]
    platform.publish(get_patient="Says more.")
    platform.vapi.forget()
    reconciling.reconcile(delivery.client())
    behind = reconciling.agents_behind()
    platform.vapi.faults(*FAULTS)

    through_the_queue(behind[: len(behind) // 2])
    platform.vapi.faults()
    assert reconciling.reconcile(delivery.client()).tools_waiting == 1
    assert before in platform.tools()["get_patient"], "half of them still have it"
    platform.vapi.faults(*FAULTS)
    through_the_queue(behind[len(behind) // 2 :])
    platform.vapi.faults()
    assert reconciling.reconcile(delivery.client()).tools_waiting == 1
    clinic.do("UPDATE vapi_tools SET unlinked_at = unlinked_at - interval '10 min'")
    assert reconciling.reconcile(delivery.client()).tools_retired == 1

    # A 502 was done; a 500 and a 429 were not.
    done = [
        (one["method"], one["path"].split("/")[1])
        for one in platform.vapi.writes()
        if one["status"] in (200, 201, 502)
    ]
    assert done == [("POST", "tool"), *[("PATCH", "assistant")] * 61, ("DELETE", "tool")]
    assert reconciling.agents_behind() == []
    [after] = platform.tools()["get_patient"]
    assert all(after in each["model"]["toolIds"] for each in platform.assistants())
    assert clinic.all("SELECT DISTINCT vapi_tool_id FROM org_tools WHERE tool_name = 'get_patient'") == [
        (after,)
    ]
