"""What proves Vapi and members to us, and us to Vapi: from the environment, or AWS's own extension.

The Parameters and Secrets extension answers on localhost inside the Lambda, so neither boto3 (350 ms
of a cold start) nor a cache of ours is needed. AWS, "Use Secrets Manager secrets in Lambda functions",
read 2026-11-21.
"""

import http.client
import json
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from frontdesk.vapi.origin import Secrets

_PORT: Final = 2773
_TIMEOUT_S: Final = 2
_KEPT_S: Final = 60
"""How long a rotated secret may go unnoticed; Vapi signs with the new one at once, so two are live."""

S = TypeVar("S", bound=tuple[tuple[str, ...], ...])
T = TypeVar("T")


class MemberSecrets(NamedTuple):
    """The live secrets of members' tokens: two while one is being rotated."""

    hs256: tuple[str, ...] = ()


_kept: dict[str, tuple[float, Any]] = {}
"""When each secret was read, and what it said; by ARN."""


def vapi_secrets() -> Secrets:
    """The live secrets of Vapi. Raises `ProviderFailed` when none can be had and none are remembered."""
    given = settings()
    if given.vapi_secrets_arn is None:
        return Secrets(given.vapi_hmac_secrets, given.vapi_shared_secrets)
    return _live(given.vapi_secrets_arn, partial(_parsed, kind=Secrets))


def member_secrets() -> MemberSecrets:
    """The live secrets of members' tokens. Raises `ProviderFailed` likewise."""
    given = settings()
    if given.member_secrets_arn is None:
        return MemberSecrets(given.member_secrets)
    return _live(given.member_secrets_arn, partial(_parsed, kind=MemberSecrets))


def vapi_private_key() -> str:
    """The platform's private key at Vapi. Raises `ProviderFailed` likewise, and when there is none."""
    given = settings()
    return _word(given.vapi_key_arn, given.vapi_private_key, "there is no key for Vapi")


def microsoft_client_secret() -> str:
    """Our app's secret at Microsoft. Raises `ProviderFailed` likewise, and when there is none."""
    given = settings()
    return _word(
        given.microsoft_secret_arn, given.microsoft_client_secret, "there is no client secret for Microsoft"
    )


def _word(arn: str | None, given: str | None, missing: str) -> str:
    word = _live(arn, str.strip) if arn else given
    if not word:
        raise ProviderFailed(missing)
    return word


def google_client_secret() -> str:
    """That of our client at Google. Raises `ProviderFailed` likewise, and when there is none."""
    given = settings()
    arn = given.google_secret_arn
    if not (secret := _live(arn, str.strip) if arn else given.google_client_secret):
        raise ProviderFailed("there is no client for Google")
    return secret


def _live(arn: str, parsed: Callable[[str], T]) -> T:
    kept = _kept.get(arn)
    if kept is None or time.monotonic() - kept[0] > _KEPT_S:
        try:
            kept = _kept[arn] = (time.monotonic(), parsed(read(arn)))
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            if kept is None:
                raise ProviderFailed("the secrets extension did not answer") from error
    return kept[1]


def _parsed(text: str, kind: type[S]) -> S:
    # Checked whole: a word where a list belongs would make a live secret of each of its letters.
    found = TypeAdapter(kind).validate_json(text)
    if not any(any(live) for live in found):
        raise ValueError("no secret in it")
    return found


def read(arn: str) -> str:
    """A secret's text, from the extension; raises `OSError` or `HTTPException` when it gives none."""
    port = int(os.environ.get("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", _PORT))
    extension = http.client.HTTPConnection("localhost", port, timeout=_TIMEOUT_S)
    try:
        extension.request(
            "GET",
            f"/secretsmanager/get?secretId={quote(arn, safe='')}",
            headers={"X-Aws-Parameters-Secrets-Token": os.environ.get("AWS_SESSION_TOKEN", "")},
        )
        answer = extension.getresponse()
        body = answer.read()
    finally:
        extension.close()
    if answer.status != 200:
        raise http.client.HTTPException(f"status {answer.status}")
    return json.loads(body)["SecretString"]
