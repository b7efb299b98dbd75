"""The password for Aurora, against what AWS' own library gives for the same key at the same instant."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from frontdesk.db import iam

HOST = "db.example.ca-central-1.rds.amazonaws.com"
AT = datetime(2026, 2, 20, 14, 0, 0, tzinfo=UTC)
# botocore 1.44.5, `generate_db_auth_token`, its clock held at AT; AWS' documented example key.
BY_BOTOCORE = (
    "db.example.ca-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=frontdesk_app"
    "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIDEXAMPLE%2F20260220%2Fca-central-1%2Frds-db%2Faws4_request"
    "&X-Amz-Date=20260220T140000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=a63a27d8ec601e0b6389f4d8223cb2254f880e5446b91cbd7306ea0b7ec0b1ab"
)
SIGNATURE_OF_A_SESSION = "6e7bc9eca89844ee82883a8a21635e3595ba2b6ac2b6448c5bbb74b40776a672"
"""The same with the session token below, as a Lambda's role has one."""


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "ca-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def test_the_token_is_the_one_that_awss_own_library_makes() -> None:
    assert iam.token(HOST, 5432, "frontdesk_app", now=AT) == BY_BOTOCORE


def test_a_roles_session_token_is_signed_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a/session+token==")

    asked = parse_qs(iam.token(HOST, 5432, "frontdesk_app", now=AT).split("?", 1)[1], strict_parsing=True)

    assert asked["X-Amz-Security-Token"] == ["a/session+token=="]
    assert asked["X-Amz-Signature"] == [SIGNATURE_OF_A_SESSION]


def test_without_an_instant_the_token_is_of_now() -> None:
    asked = parse_qs(iam.token(HOST, 5432, "frontdesk_app").split("?", 1)[1])

    signed = datetime.strptime(asked["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - signed).total_seconds()) < 60
