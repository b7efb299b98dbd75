"""What is measured of a save's way to Vapi, as CloudWatch reads it from the log."""

import json
from typing import Any

import pytest

from frontdesk.agents import delivery
from frontdesk.agents.syncing import Saved
from frontdesk.queue import Attempt, GiveUp, Retry
from tests.agents.conftest import Platform
from tests.clinic import Clinic

FIRST, LAST = Attempt(1, float("inf")), Attempt(4, float("inf"))


def measured(printed: pytest.CaptureFixture[str]) -> dict[str, tuple[str, float]]:
    """Unit and sum of each metric."""
    found: dict[str, tuple[str, float]] = {}
    for line in printed.readouterr().out.splitlines():
        one: dict[str, Any] = json.loads(line)
        for group in one.get("_aws", {}).get("CloudWatchMetrics", []):
            assert group["Namespace"] == "frontdesk"
            for metric in group["Metrics"]:
                name = metric["Name"]
                found[name] = (metric["Unit"], found.get(name, ("", 0.0))[1] + sum(one[name]))
    return found


def deliver(saved: Saved, attempt: Attempt = FIRST) -> None:
    delivery.deliver(saved, attempt)


def test_a_sync_is_measured_from_the_save_to_the_link(
    platform: Platform, maple: Clinic, printed: pytest.CaptureFixture[str]
) -> None:
    saved = platform.save()
    maple.do("UPDATE agents SET updated_at = updated_at - interval '30 s'")

    deliver(saved)

    found = measured(printed)
    assert found.keys() == {"SyncDuration", "SyncSucceeded"}
    unit, took = found["SyncDuration"]
    assert unit == "Milliseconds"
    assert 30_000 <= took < 60_000
    assert found["SyncSucceeded"] == ("Count", 1)


def test_what_was_saved_long_ago_is_no_slow_save(platform: Platform, printed: Any) -> None:
    """An event that comes again, and an agent moved to another definition."""
    saved = platform.save()
    platform.sync(saved)
    platform.publish(get_patient="Says more.")
    platform.sync(platform.save())
    printed.readouterr()

    deliver(saved)
    deliver(saved)

    assert measured(printed) == {"SyncSucceeded": ("Count", 2)}


def test_where_registering_fails_no_linking_has_failed(platform: Platform, printed: Any) -> None:
    platform.vapi.faults({"method": "POST", "path": "/tool", "status": 502, "when": "before"})

    with pytest.raises(Retry):
        deliver(platform.save())

    assert measured(printed) == {"SyncRetries": ("Count", 1)}


def test_linking_that_fails_is_counted_at_each_try_and_the_sync_as_failed_at_the_last(
    platform: Platform, printed: Any
) -> None:
    saved = platform.save()
    platform.vapi.faults({"method": "POST", "path": "/assistant", "status": 502, "when": "before"})

    for attempt in (FIRST, LAST):
        with pytest.raises(Retry):
            deliver(saved, attempt)

    assert measured(printed) == {
        "SyncRetries": ("Count", 1),
        "SyncFailed": ("Count", 1),
        "LinkingFailures": ("Count", 2),
    }
    assert platform.agent(saved).sync == "degraded"


def test_what_no_retry_heals_is_a_failure_at_once(platform: Platform, printed: Any) -> None:
    saved = platform.save()
    platform.vapi.faults({"method": "POST", "path": "/assistant", "status": 422})

    with pytest.raises(GiveUp):
        deliver(saved)

    assert measured(printed) == {"SyncFailed": ("Count", 1), "LinkingFailures": ("Count", 1)}
