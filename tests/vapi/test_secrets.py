"""The live secrets, from the environment or from AWS' extension: a stand-in on loopback, at the wire."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from frontdesk import secrets
from frontdesk.errors import ProviderFailed
from frontdesk.secrets import MemberSecrets
from frontdesk.settings import settings
from frontdesk.vapi.origin import Secrets
from tests.clinic import Clinic, signed

ARN = "arn:aws:secretsmanager:ca-central-1:000000000000:secret:vapi/hmac-AbC"


@dataclass
class Extension:
    """What the extension answers, and what it was asked."""

    port: int
    secret: str = '{"hmac": ["one", "two"], "shared": []}'
    status: int = 200
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> Iterator[Extension]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            body = json.dumps({"ARN": ARN, "SecretString": stand_in.secret, "VersionStages": ["AWSCURRENT"]})
            self.send_response(stand_in.status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    stand_in = Extension(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", str(server.server_port))
    monkeypatch.setenv("FRONTDESK_VAPI_SECRETS_ARN", ARN)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-this-function")
    monkeypatch.setattr(secrets, "_kept", {})
    settings.cache_clear()
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()
    settings.cache_clear()


def later(monkeypatch: pytest.MonkeyPatch, seconds: float = 61) -> None:
    """Ages what is remembered; nothing here waits for a clock."""
    kept = secrets._kept  # pyright: ignore[reportPrivateUsage] - else the test would take a minute
    assert kept
    aged = {
        arn: one._replace(read_at=one.read_at - seconds, ask_at=one.ask_at - seconds)
        for arn, one in kept.items()
    }
    monkeypatch.setattr(secrets, "_kept", aged)


def test_the_extension_is_asked_for_the_secret_with_the_functions_own_token(extension: Extension) -> None:
    assert secrets.vapi_secrets() == Secrets(hmac=("one", "two"), shared=())

    [(path, headers)] = extension.asked
    assert urlsplit(path).path == "/secretsmanager/get"
    assert parse_qs(urlsplit(path).query) == {"secretId": [ARN]}
    assert headers["x-aws-parameters-secrets-token"] == "token-of-this-function"


def test_what_it_said_is_remembered_for_a_minute(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        secrets.vapi_secrets()
    assert len(extension.asked) == 1

    later(monkeypatch)
    secrets.vapi_secrets()
    assert len(extension.asked) == 2


def test_a_rotated_secret_is_known_within_a_minute(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.vapi_secrets()
    extension.secret = '{"hmac": ["two", "three"]}'

    assert secrets.vapi_secrets().hmac == ("one", "two")
    later(monkeypatch)
    assert secrets.vapi_secrets() == Secrets(hmac=("two", "three"), shared=())


def test_while_the_extension_fails_what_is_remembered_stays_good(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = secrets.vapi_secrets()
    later(monkeypatch)
    extension.status = 500
    assert secrets.vapi_secrets() == first

    later(monkeypatch)
    monkeypatch.setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "1")
    assert secrets.vapi_secrets() == first


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_an_extension_that_is_throttled_is_not_asked_by_every_call(
    extension: Extension, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    first = secrets.vapi_secrets()
    later(monkeypatch)
    extension.status = status
    extension.asked.clear()
    assert [secrets.vapi_secrets() for _ in range(20)] == [first] * 20
    assert len(extension.asked) == 1

    later(monkeypatch, seconds=6)
    extension.status, extension.secret = 200, '{"hmac": ["three"]}'
    assert secrets.vapi_secrets().hmac == ("three",)


def test_what_is_remembered_is_not_good_for_ever(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a secret that was taken away stays good wherever the extension is kept from answering."""
    secrets.vapi_secrets()
    extension.status = 429
    for _ in range(59):
        later(monkeypatch)
        secrets.vapi_secrets()
    later(monkeypatch)

    with pytest.raises(ProviderFailed):
        secrets.vapi_secrets()
    extension.status = 200
    assert secrets.vapi_secrets().hmac == ("one", "two")


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "not json",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"hmacs": ["one"]}',
        '{"hmac": [""]}',
        '{"hmac": "a-word-instead-of-a-list"}',
        '{"hmac": ["one"], "shared": "word"}',
        '{"hmac": [1, 2]}',
        '{"hmac": [["nested"]]}',
    ],
)
def test_a_secret_of_another_shape_is_no_secret(extension: Extension, secret: str) -> None:
    """Above all not a list of single letters."""
    extension.secret = secret

    with pytest.raises(ProviderFailed):
        secrets.vapi_secrets()


def test_nothing_remembered_and_no_extension_is_a_failure(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension.status = 400
    with pytest.raises(ProviderFailed):
        secrets.vapi_secrets()

    monkeypatch.setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "1")
    with pytest.raises(ProviderFailed):
        secrets.vapi_secrets()


def test_a_function_proves_its_callers_by_the_extensions_secrets(
    clinic: Clinic, extension: Extension
) -> None:
    """With its own secret in the stack, the environment's count no more."""
    body = json.dumps({"message": clinic.message("get_clinic_info", {})}).encode()

    assert clinic.post("get_clinic_info", body, signed(body, "two"))[0] == 200
    assert clinic.post("get_clinic_info", body, signed(body))[0] == 401
    assert clinic.post("get_clinic_info", body, {"x-vapi-secret": "a-shared-secret"})[0] == 401


def test_a_function_that_cannot_read_its_secrets_lets_nobody_in(clinic: Clinic, extension: Extension) -> None:
    body = json.dumps({"message": clinic.message("get_clinic_info", {})}).encode()

    for extension.status, extension.secret in ((500, "{}"), (200, "[]"), (200, '{"hmac": [""]}')):
        assert clinic.post("get_clinic_info", body, signed(body))[0] == 503
        assert clinic.post("get_clinic_info", body, signed(body, ""))[0] == 503


def test_without_a_stored_secret_the_environments_are_the_live_ones(clinic: Clinic) -> None:
    assert secrets.vapi_secrets() == Secrets(("a-live-secret", "the-one-before"), ("a-shared-secret",))


def test_members_secrets_are_read_and_remembered_apart_from_vapis(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_MEMBER_SECRETS_ARN", f"{ARN}-of-members")
    settings.cache_clear()
    secrets.vapi_secrets()
    extension.secret = '{"hs256": ["one of members"]}'

    assert secrets.member_secrets() == secrets.member_secrets() == MemberSecrets(("one of members",))
    assert secrets.vapi_secrets() == Secrets(("one", "two"), ())
    assert [parse_qs(urlsplit(path).query)["secretId"] for path, _ in extension.asked] == [
        [ARN],
        [f"{ARN}-of-members"],
    ]


@pytest.mark.parametrize("secret", ["", "{}", "[]", '["one"]', '{"hs256": "word"}', '{"hs256": [""]}'])
def test_a_members_secret_of_another_shape_is_no_secret(
    extension: Extension, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("FRONTDESK_MEMBER_SECRETS_ARN", f"{ARN}-of-members")
    settings.cache_clear()
    extension.secret = secret

    with pytest.raises(ProviderFailed):
        secrets.member_secrets()


def test_the_platforms_vapi_key_is_the_secret_itself(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension.secret = " a-private-key\n"
    monkeypatch.setenv("FRONTDESK_VAPI_KEY_ARN", ARN + "-key")
    settings.cache_clear()

    assert secrets.vapi_private_key() == "a-private-key"
    extension.secret = "another"
    assert secrets.vapi_private_key() == "a-private-key", "for a minute"
    assert len(extension.asked) == 1


def test_without_a_key_there_is_none(extension: Extension, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTDESK_VAPI_KEY_ARN", raising=False)
    monkeypatch.delenv("FRONTDESK_VAPI_PRIVATE_KEY", raising=False)
    settings.cache_clear()
    with pytest.raises(ProviderFailed):
        secrets.vapi_private_key()

    extension.secret = "  "
    monkeypatch.setenv("FRONTDESK_VAPI_KEY_ARN", ARN + "-empty")
    settings.cache_clear()
    with pytest.raises(ProviderFailed):
        secrets.vapi_private_key()


def test_microsofts_secret_is_read_likewise(extension: Extension, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTDESK_MICROSOFT_CLIENT_SECRET", raising=False)
    settings.cache_clear()
    with pytest.raises(ProviderFailed):
        secrets.microsoft_client_secret()

    extension.secret = " a-client-secret\n"
    monkeypatch.setenv("FRONTDESK_MICROSOFT_SECRET_ARN", ARN + "-microsoft")
    settings.cache_clear()
    assert secrets.microsoft_client_secret() == "a-client-secret"


def test_the_secret_of_our_client_at_google_is_the_secret_itself(
    extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension.secret = " a-client-secret\n"
    monkeypatch.setenv("FRONTDESK_GOOGLE_SECRET_ARN", ARN + "-google")
    settings.cache_clear()
    assert secrets.google_client_secret() == "a-client-secret"

    monkeypatch.delenv("FRONTDESK_GOOGLE_SECRET_ARN")
    settings.cache_clear()
    with pytest.raises(ProviderFailed):
        secrets.google_client_secret()
