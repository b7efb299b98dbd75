"""The demo's two calendars, as a stack begins with them: connected, read, watched, and `status` says so."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from local import mailboxes
from local.directory import claimed
from local.stack import Stack

pytestmark = pytest.mark.slow


def connections(stack: Stack, home: Path) -> dict[str, dict[str, Any]]:
    """What `frontdesk calendars status` shows of Maple Clinic, by vendor, also while it is connected."""
    with claimed(home):
        stack.addresses.write(home)
        words = ["calendars", "status", "--data", str(home), "--org", "Maple Clinic", "--json"]
        shown = CliRunner().invoke(app, words)
    assert shown.exit_code == ("reconnect_needed" in shown.stdout), shown.output
    return {one["vendor"]: one for one in json.loads(shown.stdout)[0]["connections"]}


def test_the_demo_has_a_calendar_at_each_vendor_read_and_watched(
    running_stack: Stack, tmp_path: Path
) -> None:
    until = time.monotonic() + 30
    while len(there := connections(running_stack, tmp_path / "home")) < 2 or not all(
        one["status"] == "connected" and one["channelExpiresAt"] for one in there.values()
    ):
        assert time.monotonic() < until, there
        time.sleep(0.2)

    assert [there[vendor]["account"] for vendor in ("google", "outlook")] == [
        "wei.chen@maple.example",
        "priya.sharma@maple.example",
    ]
    [googles], [outlooks] = (there[vendor]["calendars"] for vendor in ("google", "outlook"))
    assert (googles["providerId"], outlooks["providerId"]) == (100, 101)
    assert googles["pulledAt"]
    assert outlooks["pulledAt"]

    again = mailboxes.connect(running_stack.addresses)
    assert sorted(again) == sorted(one["id"] for one in there.values()), "a second start connects no more"
