"""Vapi's secret for a verb that speaks as Vapi does: from the environment, or from AWS."""

import json
from collections.abc import Iterator
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from moto import mock_aws

from cli.explained import Misnamed
from cli.origin import hmac_secret

REGION = "ca-central-1"


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in (("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("NO_PROXY", "*")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        client: Any = make("secretsmanager", region_name=REGION)
        yield client
        client.close()


def made(vault: Any, **content: str) -> str:
    return vault.create_secret(Name="VapiSecrets-1a2B3c", **content)["ARN"]


def test_the_first_of_those_that_are_believed_is_taken(vault: Any) -> None:
    arn = made(vault, SecretString=json.dumps({"hmac": ["older", "newer"], "shared": []}))

    assert hmac_secret(arn) == "older"


def test_one_that_nobody_has_filled_in_yet_is_told_from_one_that_can_not_be_read(vault: Any) -> None:
    with pytest.raises(Misnamed, match="does not hold"):
        hmac_secret(made(vault))
    with pytest.raises(Misnamed, match="is no ARN"):
        hmac_secret("VapiSecrets")


@pytest.mark.parametrize("content", ["bare-words", '{"hmac": [], "shared": []}', "[]"])
def test_another_content_is_refused_without_being_shown(vault: Any, content: str) -> None:
    with pytest.raises(Misnamed, match="does not hold") as refused:
        hmac_secret(made(vault, SecretString=content))

    assert content not in str(refused.value).replace('{"hmac": ["…"], "shared": []}', "")


def test_without_an_arn_it_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_HMAC_SECRET", "given")

    assert hmac_secret(None) == "given"
