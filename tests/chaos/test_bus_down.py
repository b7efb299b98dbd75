"""EventBridge is down when a clinic saves: the save stands, the doctor sees it, a schedule heals it.

That each save stands is in `tests/agents/test_endpoints.py`, and that each kind of event is made up for in
`tests/agents/test_reconciling.py`, `tests/calls/test_entries.py` and `tests/knowledge/test_documents.py`;
here one is followed to its end, over the wire.
"""

import json
from uuid import UUID, uuid4

import pytest
from moto import mock_aws

from cli.doctor import database as doctor
from cli.doctor.finding import State
from frontdesk import aws
from frontdesk.settings import settings
from functions.agents.reconcile.handler import handler as reconcile
from local import demo
from tests.agents.conftest import Platform
from tests.chaos.lives import Mortal, assert_well
from tests.clinic import Clinic, Context
from tests.conftest import Database
from tests.member import Member, token

REGION = "ca-central-1"


def test_an_agent_saved_meanwhile_is_kept_told_of_and_healed(
    process: Mortal, platform: Platform, clinic: Clinic, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    for name, value in (told | {"FRONTDESK_EVENT_BUS": "frontdesk-test"}).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    with monkeypatch.context() as down:
        down.setenv("AWS_ENDPOINT_URL_EVENTS", "http://127.0.0.1:1")
        aws.client.cache_clear()
        saved = Member(token()).put(f"/agents/{uuid4()}", {"name": "Front desk", "template": "assistant"})
    assert saved.status == 200
    assert saved.body["sync"] == "pending"

    clinic.do("UPDATE agents SET updated_at = now() - interval '1 hour'")
    with doctor.connected(database.app_url) as seen:
        found = list(doctor.invariants(seen, [UUID(demo.MAPLE)]))
    assert [one.name for one in found if one.state is not State.OK] == ["agents_behind"]

    with mock_aws():
        aws.client.cache_clear()
        url = aws.client("sqs").create_queue(QueueName="on_agent_saved")["QueueUrl"]
        monkeypatch.setenv("FRONTDESK_QUEUE_URL", url)
        settings.cache_clear()
        assert reconcile({}, Context(60))["sent"] == 1
        [sent] = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
        [life] = process.live("agents/on_agent_saved", json.loads(sent["Body"]))
    aws.client.cache_clear()

    assert life.is_done
    assert len(platform.assistants()) == 1
    assert clinic.all("SELECT synced_version, version FROM agents") == [(1, 1)]
    assert_well(database, demo.MAPLE)
