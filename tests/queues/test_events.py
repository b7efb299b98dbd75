"""Raising an event never fails whoever raises it."""

import json
import time

import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.events import raise_event
from frontdesk.settings import settings
from frontdesk.tool import Wire
from local import child


class AgentSaved(Wire):
    agent_id: int


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("FRONTDESK_EVENT_BUS", "frontdesk-test")
    settings.cache_clear()
    aws.client.cache_clear()


def test_a_bus_that_takes_the_event_is_true() -> None:
    with mock_aws():
        aws.client("events").create_event_bus(Name="frontdesk-test")

        assert raise_event("AgentSaved", AgentSaved(agent_id=1))
        assert raise_event("AgentSaved", {"agentId": 1})


def test_who_was_told_of_no_bus_raises_none(
    monkeypatch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FRONTDESK_EVENT_BUS")
    settings.cache_clear()

    assert not raise_event("AgentSaved", {"agentId": 1})
    assert json.loads(printed.readouterr().out)["message"] == "an event was not handed over"


def test_a_bus_that_is_away_or_silent_is_false_and_costs_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with child.listen() as silent:
        for url in (child.address(silent), "http://127.0.0.1:1"):
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
            aws.client.cache_clear()
            began = time.monotonic()

            assert not raise_event("AgentSaved", {"agentId": 1})
            assert time.monotonic() - began < 8
