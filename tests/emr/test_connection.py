"""A clinic's EMR by its row and its secret; what is wrong with either is told, without what is secret."""

import json
import time
from typing import Any
from uuid import UUID

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest

from frontdesk.emr import connection
from frontdesk.emr.connection import NotAnEmr
from frontdesk.emr.emr import NotAllowed
from frontdesk.errors import FrontdeskError, ProviderFailed
from frontdesk.settings import settings
from tests.clinic import Clinic
from tests.emr.asks import MAPLE, AskedWorld, Asks, connect, forget, keep
from tests.emr.contract import soon
from tests.emr.oscars import OscarWorld

WORD = "s3cret-pass-word"
OSCAR: dict[str, Any] = {
    "base_url": "https://93.184.215.14:8443/oscar",
    "flavour": "oscar19",
    "codes": [{"letter": "1", "minutes": 15}],
}
FHIR: dict[str, Any] = {
    "base": "https://93.184.215.14/fhir/",
    "client_id": "us",
    "key_id": "k-1",
    "strategy": "transaction",
}


def made(emr: Any, server: dict[str, Any]) -> object:
    return connection.made(MAPLE, emr, server, "America/Halifax", ends=soon())


@pytest.fixture
def secrets(asked: Asks) -> None:
    """With a login of that clinic."""
    keep(str(MAPLE), {"user": "us", "password": WORD})


@pytest.mark.usefixtures("secrets")
def test_a_description_is_taken_whole() -> None:
    server = connection.oscar(MAPLE, OSCAR | {"ca_pem": None, "provider_ids": ["101"]}, "America/Halifax")

    assert (server.base_url, server.user, server.time_zone) == (OSCAR["base_url"], "us", "America/Halifax")
    assert server.codes == (("1", 15),)
    assert server.provider_ids == {"101"}
    assert WORD not in repr(server)
    told = connection.fhir(FHIR | {"login_host": "login.example"}, "America/Halifax")
    assert (told.base, told.hosts) == (
        "https://93.184.215.14/fhir",
        ("93.184.215.14", "login.example"),
    )
    assert connection.place("fhir", FHIR) == told.base


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("emr", "server", "named"),
    [  # pyright: ignore[reportUnknownArgumentType]
        ("oscar", OSCAR | {"password": WORD}, "`password`"),
        ("oscar", OSCAR | {"flavour": "oscar12"}, "`flavour`"),
        ("oscar", {"flavour": "oscar19"}, "`base_url`"),
        ("oscar", OSCAR | {"codes": []}, "`codes`"),
        ("oscar", OSCAR | {"ca_pem": "-----BEGIN"}, "`ca_pem`"),
        ("fhir", FHIR | {"strategy": "hope"}, "`strategy`"),
        ("fhir", OSCAR, "`base_url`"),
    ],
)
def test_what_is_no_description_is_told_by_its_field(emr: str, server: dict[str, Any], named: str) -> None:
    with pytest.raises(NotAnEmr, match=named) as refused:
        made(emr, server)

    assert WORD not in str(refused.value)


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    "base",
    [
        "http://93.184.215.14/oscar",
        "https://93.184.215.14:9443/oscar",
        "https://us:word@93.184.215.14/oscar",
        "https://10.1.2.3/oscar",
        "https://127.0.0.1/oscar",
        "https://localhost/oscar",
        "http://127.0.0.1:8080/oscar",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/oscar",
        "https://[fd00:ec2::254]/oscar",
        "https://[::ffff:10.1.2.3]/oscar",
        "https://100.64.1.1/oscar",
        "https:///oscar",
        "https://[oops/oscar",
        "file:///etc/passwd",
        "oscar",
    ],
)
def test_no_address_of_our_own_network_is_asked(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_STAGE", "prod")
    settings.cache_clear()

    for emr, server in (("oscar", OSCAR | {"base_url": base}), ("fhir", FHIR | {"base": base})):
        with pytest.raises(NotAllowed, match="address"):
            made(emr, server)


def test_fhir_is_asked_on_its_own_port_alone(asked: Asks) -> None:
    with pytest.raises(NotAllowed, match="port"):
        connection.fhir(FHIR | {"base": "https://93.184.215.14:8443/fhir"}, "America/Halifax")


@pytest.mark.parametrize(
    "held", [None, WORD, json.dumps({"user": "us", "passwort": WORD}), json.dumps([WORD])]
)
def test_a_login_that_is_not_there_or_no_login_is_told_without_it(asked: Asks, held: str | None) -> None:
    if held is not None:
        boto3.client("secretsmanager").create_secret(  # pyright: ignore[reportUnknownMemberType]
            Name=connection.secret_name(MAPLE), SecretString=held
        )

    with pytest.raises(NotAllowed, match="login") as refused:
        made("oscar", OSCAR)

    assert WORD not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_key_of_ours_that_is_missing_or_broken_is_told_without_it(asked: Asks) -> None:
    with pytest.raises(NotAllowed, match="key"):
        made("fhir", FHIR)
    boto3.client("secretsmanager").create_secret(  # pyright: ignore[reportUnknownMemberType]
        Name=connection.keys_name(), SecretString=json.dumps([{"id": "k-1", "private": WORD}])
    )

    with pytest.raises(ProviderFailed, match="keys") as failed:
        made("fhir", FHIR)

    assert WORD not in str(failed.value)


def test_a_clinic_without_an_emr_has_none(asked: Asks, clinic: Clinic) -> None:
    with pytest.raises(NotAllowed, match="no EMR"):
        connection.opened(UUID(clinic.org_id), ends=soon())


def test_one_is_kept_until_it_is_another(asked: Asks, clinic: Clinic, oscar: OscarWorld) -> None:
    org_id = connect(clinic, oscar.server)
    first = connection.opened(org_id, ends=soon())
    assert connection.opened(org_id, ends=soon()) is first

    clinic.do("UPDATE emr_connections SET version = version + 1")
    second = connection.opened(org_id, ends=soon())

    assert second is not first
    with pytest.raises((RuntimeError, FrontdeskError)):
        first.providers(deadline=soon())
    assert second.providers(deadline=soon())
    forget()


def test_a_new_secret_counts_from_the_next_version_on(
    asked: Asks, asked_world: AskedWorld, clinic: Clinic
) -> None:
    assert asked_world.emr.providers(deadline=soon())
    boto3.client("secretsmanager").put_secret_value(  # pyright: ignore[reportUnknownMemberType]
        SecretId=connection.secret_name(MAPLE), SecretString=json.dumps({"user": "us", "password": WORD})
    )
    assert asked_world.emr.providers(deadline=soon())

    clinic.do("UPDATE emr_connections SET version = version + 1")

    with pytest.raises(NotAllowed) as refused:
        asked_world.emr.providers(deadline=soon())
    assert WORD not in str(refused.value)


def test_no_time_is_no_opening(asked: Asks) -> None:
    with pytest.raises(ProviderFailed):
        connection.made(MAPLE, "oscar", OSCAR, "America/Halifax", ends=time.monotonic() - 1)
