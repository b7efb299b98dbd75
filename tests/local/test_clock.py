import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra.routes import Timer, timers
from infra.template import template
from local import child
from local.gateway import Gateway

EVENTS = Path(__file__).parents[2] / "events"
EVERY_S = 0.2


@contextmanager
def ticking(folder: Path, **environment: str) -> Generator[Gateway]:
    """A gateway without routes, whose clock calls `tests.local.ticks` five times a second."""
    timer = Timer(
        function="Ticks",
        handler="tests.local.ticks.handler",
        environment={"TICKS": str(folder / "ticks"), **environment},
        timeout_s=3,
        memory_mb=512,
        every_s=EVERY_S,
    )
    with child.listen() as listening, (folder / "log").open("wb") as output:
        made = Gateway(listening, list, {}, timers=lambda: [timer], workers=1, log=output)
        made.start()
        try:
            yield made
        finally:
            made.stop()


def ticks(folder: Path, count: int) -> list[dict[str, Any]]:
    """What the function saw, when it has seen so much."""
    deadline = time.monotonic() + 20
    while True:
        assert time.monotonic() < deadline, (folder / "log").read_text()
        if (folder / "ticks").exists():
            lines = (folder / "ticks").read_text().splitlines()
            if len(lines) >= count:
                return [json.loads(line) for line in lines]
        time.sleep(0.02)


def test_a_function_is_called_at_its_rate_and_after_a_failed_run_again(tmp_path: Path) -> None:
    since = time.monotonic()
    with ticking(tmp_path):
        seen = ticks(tmp_path, 4)

    assert time.monotonic() - since >= 4 * EVERY_S
    assert (tmp_path / "log").read_text().count("RuntimeError: as asked") == 1
    assert len({one["pid"] for one in seen}) == 1
    assert all(0 < one["left_ms"] <= 3000 for one in seen)
    assert len({one["event"]["id"] for one in seen}) == len(seen)


def test_the_event_is_of_schedulers_shape(tmp_path: Path) -> None:
    with ticking(tmp_path):
        event = ticks(tmp_path, 1)[0]["event"]

    real = json.loads((EVENTS / "scheduler.json").read_text())
    assert event.keys() == real.keys()
    assert {name: event[name] for name in ("source", "detail-type", "detail")} == {
        name: real[name] for name in ("source", "detail-type", "detail")
    }


def test_a_new_start_puts_a_new_clock_in_place_of_the_old_and_a_stop_ends_it(tmp_path: Path) -> None:
    with ticking(tmp_path) as gateway:
        before = ticks(tmp_path, 1)[0]["pid"]

        gateway.start()
        seen = ticks(tmp_path, len(ticks(tmp_path, 1)) + 2)
        assert seen[-1]["pid"] != before
        assert not psutil.pid_exists(before)

    assert not psutil.pid_exists(seen[-1]["pid"])
    count = len(ticks(tmp_path, 1))
    time.sleep(3 * EVERY_S)
    assert len(ticks(tmp_path, 1)) == count


def test_a_dead_clock_is_noticed(tmp_path: Path) -> None:
    edited_by_nobody = tmp_path / "sources"
    edited_by_nobody.mkdir()
    with ticking(tmp_path, DIES="yes") as gateway:
        ticks(tmp_path, 2)

        assert next(iter(gateway.changes(edited_by_nobody))) == "a worker died"


def test_what_deploys_is_what_is_called_here() -> None:
    """At its own rate and with its own environment; a stack names both from the same template."""
    [sweep] = [
        timer for timer in timers(template()) if timer.handler == "functions.scheduling.sweep.handler.handler"
    ]

    assert sweep.every_s == 60
    assert sweep.environment["FRONTDESK_DATABASE_USER"] == "frontdesk_app"


@pytest.mark.parametrize(
    ("rate", "every_s"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(12 hours)", 43_200), ("rate(1 day)", 86_400)],
)
def test_a_rate_is_read_as_scheduler_writes_it(rate: str, every_s: int) -> None:
    resources = {
        "Code": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Handler": "a.b", "Timeout": 3, "MemorySize": 128},
        },
        "Clock": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {"ScheduleExpression": rate, "Target": {"Arn": {"Fn::GetAtt": ["Code", "Arn"]}}},
        },
    }

    [timer] = timers({"Resources": resources})

    assert (timer.function, timer.handler, timer.every_s) == ("Code", "a.b", every_s)
