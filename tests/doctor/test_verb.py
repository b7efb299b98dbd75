"""What the verb says and how it exits; and what it finds beside Postgres, of a stage in AWS."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from cli.doctor import configuration, services
from cli.doctor import database as doctor
from cli.doctor.finding import Finding, State, unknown, well
from cli.doctor.place import Place
from cli.doctor.verb import exit_code
from cli.main import app
from frontdesk import aws
from local import demo
from local.addresses import Addresses, HmacPlan
from tests.conftest import Database
from tests.vapi_account import VapiAccount, vapi_account

REGION: Final = "ca-central-1"
DEV: Final = Place("dev", None, "https://api.vapi.ai", None, {"region_name": REGION}, None)
BAD: Final = Finding("rows", "x", State.FAIL, "1", "mend it")
ODD: Final = Finding("rows", "y", State.WARN, "1", "see to it")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        aws.client.cache_clear()
        yield
    aws.client.cache_clear()


def named(found: Iterator[Finding]) -> dict[str, Finding]:
    return {one.name: one for one in found}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([], 0),
        ([well("a", "b", "c"), ODD], 0),
        ([ODD, BAD], 1),
        ([unknown("a", "b", "c", "d"), BAD], 1),
        ([unknown("a", "b", "c", "d"), ODD], 2),
    ],
)
def test_it_exits_by_the_worst_that_it_found(found: list[Finding], code: int) -> None:
    assert exit_code(found) == code


def test_where_no_stack_runs_nothing_was_looked_at(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])

    assert ran.exit_code == 2
    assert "no stack runs on" in ran.stderr


def test_help_says_what_it_does_and_how_it_exits() -> None:
    said = " ".join(CliRunner().invoke(app, ["doctor", "--help"]).stdout.split())

    for word in ("change nothing", "Exits 0", "--stage", "--json", "--org"):
        assert word in said


def queue(name: str, *, buried: str | None = None) -> str:
    sqs = aws.client("sqs")
    attributes = {}
    if buried:
        arn = f"arn:aws:sqs:{REGION}:123456789012:{buried}"
        attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "4"})}
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def test_what_waits_and_what_was_given_up_is_told_by_queue(cloud: None) -> None:
    buried = queue("frontdesk-dev-work-DeadLetters")
    url = queue("frontdesk-dev-work-Queue", buried="frontdesk-dev-work-DeadLetters")
    queue("somebody-elses")
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    found = named(services.queues(DEV))
    assert found["waiting"].found == "1 messages in 1 queues, the oldest for 0 s"
    assert found["dead letters"].state is State.OK

    aws.client("sqs").send_message(QueueUrl=buried, MessageBody="{}")

    found = named(services.queues(DEV))
    assert found["dead letters"].state is State.FAIL
    assert found["dead letters"].examples == ("frontdesk-dev-work-DeadLetters: 1",)


def test_a_message_that_is_old_is_late(cloud: None) -> None:
    queue("frontdesk-dev-work-DeadLetters")
    queue("frontdesk-dev-work-Queue", buried="frontdesk-dev-work-DeadLetters")
    dimensions = [{"Name": "QueueName", "Value": "frontdesk-dev-work-Queue"}]
    metric: dict[str, Any] = {"MetricName": "ApproximateAgeOfOldestMessage", "Dimensions": dimensions}
    metric |= {"Value": 1800.0, "Timestamp": datetime.now(UTC) - timedelta(minutes=2)}
    DEV.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[metric])

    found = named(services.queues(DEV))

    assert found["waiting"].state is State.FAIL
    assert found["waiting"].examples == ("frontdesk-dev-work-Queue: 1800 s",)


def test_a_stage_without_queues_is_not_deployed(cloud: None) -> None:
    assert named(services.queues(DEV))["reachable"].state is State.FAIL


class Functions:
    """A stage's functions and secrets, as AWS tells of them; moto has no function without Docker."""

    def __init__(self, **environments: dict[str, str]) -> None:
        self.environments = environments
        self.secrets: dict[str, str] = {}

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, *, StackName: str) -> list[dict[str, Any]]:  # noqa: N803 - AWS's name
        names = self.environments if StackName == "frontdesk-dev-work" else ()
        kind = "AWS::Lambda::Function"
        return [
            {"StackResourceSummaries": [{"ResourceType": kind, "PhysicalResourceId": one} for one in names]}
        ]

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        return {"Environment": {"Variables": self.environments[FunctionName]}}


def seen(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    real = Place.client

    def client(self: Place, service: str) -> Any:
        return real(self, service) if service == "secretsmanager" else functions

    monkeypatch.setattr(Place, "client", client)
    return named(configuration.look(DEV))


def secret(text: str | None) -> str:
    client = DEV.client("secretsmanager")
    arn = client.create_secret(Name=f"s{text}".translate(str.maketrans("", "", '"{}[]: ')))["ARN"]
    if text is not None:
        client.put_secret_value(SecretId=arn, SecretString=text)
    return arn


@pytest.mark.parametrize(("client_id", "state"), [("", None), ("ours.example", State.FAIL)])
def test_a_stage_that_has_no_client_at_google_needs_no_secret_of_one(
    cloud: None, monkeypatch: pytest.MonkeyPatch, client_id: str, state: State | None
) -> None:
    told = {"FRONTDESK_STAGE": "dev", "FRONTDESK_GOOGLE_CLIENT_ID": client_id}
    told["FRONTDESK_GOOGLE_SECRET_ARN"] = secret(None)

    found = seen(Functions(calendars_sync=told), monkeypatch).get("google_secret")

    assert (found.state if found else None) == state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ('{"hmac": ["a-live-secret"], "shared": []}', State.OK),
        ("a-bare-key", State.OK),
        (None, State.FAIL),
        ('{"hmac": [], "shared": []}', State.FAIL),
        ('{"hmac": [""]}', State.FAIL),
        (" ", State.FAIL),
    ],
)
def test_a_secret_without_anything_in_it_is_missing_and_none_is_shown(
    cloud: None, monkeypatch: pytest.MonkeyPatch, text: str | None, state: State
) -> None:
    told = {"FRONTDESK_STAGE": "dev", "FRONTDESK_VAPI_SECRETS_ARN": secret(text)}

    found = seen(Functions(on_message=told), monkeypatch)

    assert found["functions"].state is State.OK
    assert found["vapi_secrets"].state is state
    assert "a-live-secret" not in str(found)
    assert "a-bare-key" not in str(found)


def test_a_function_that_is_told_what_it_can_not_read_is_named(
    cloud: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = {"FRONTDESK_STAGE": "dev", "FRONTDESK_DEADLINE_S": "soon"}
    other = {"FRONTDESK_STAGE": "prod"}
    list_ = {"FRONTDESK_STAGE": "dev", "FRONTDESK_RECORDING_HOSTS": "not json"}

    found = seen(Functions(sync=odd, sweep=other, ask=list_), monkeypatch)["functions"]

    assert found.state is State.FAIL
    assert found.examples == ("sync: deadline_s", "sweep: stage prod", "ask: unreadable")


@pytest.fixture
def vapi() -> Iterator[VapiAccount]:
    with vapi_account() as account:
        yield account


def test_vapi_is_asked_with_the_platforms_key(vapi: VapiAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Addresses("http://127.0.0.1:1", vapi.url, vapi.key, "s", HmacPlan("h"), "", "", [])
    here = Place("local", None, vapi.url, vapi.key, {}, stack)

    found = named(services.services(here))
    assert found["vapi"] == well("services", "vapi", "stand-in, knows our key")
    assert found["api"].state is State.FAIL

    assert named(services.services(here._replace(vapi_key="another")))["vapi"].found == "stand-in: 401"

    def answer(*_: object, **__: object) -> httpx.Response:
        return httpx.Response(401)

    monkeypatch.setattr(httpx, "get", answer)
    monkeypatch.setattr(httpx, "post", answer)
    found = named(services.services(DEV))
    assert found["vapi"].state is State.UNKNOWN
    assert found["google"] == well("services", "google", "the real one, from here, answers")


def test_one_clinics_rows_are_looked_into_alone(database: Database) -> None:
    found = {one.name: one for one in doctor.look(database.app_url, UUID(demo.HARBOUR))}
    assert found["clinics"].found == "1 looked into"

    found = {one.name: one for one in doctor.look(database.app_url, UUID(int=0))}
    assert found["clinics"].state is State.UNKNOWN
