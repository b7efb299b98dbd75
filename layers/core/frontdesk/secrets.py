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
_AGAIN_S: Final = 5
"""After it gave none: until then nobody waits for it again, nor adds to what throttles it."""
_LONGEST_S: Final = 3600
"""How long what it said last is good meanwhile: a secret that was taken away would else be good for ever."""

S = TypeVar("S", bound=tuple[tuple[str, ...], ...])
T = TypeVar("T")


class MemberSecrets(NamedTuple):
    """The live secrets of members' tokens: two while one is being rotated."""

    hs256: tuple[str, ...] = ()


class _Kept(NamedTuple):
    found: Any
    read_at: float
    ask_at: float
    """From when on it is asked for again. Both on the clock of `time.monotonic`."""


_kept: dict[str, _Kept] = {}
"""What each secret said; by ARN."""


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


def google_client_secret() -> str:
    """Of our client at Google; raises `ProviderFailed` where there is none."""
    given = settings()
    return _word(
        given.google_secret_arn, given.google_client_secret, "there is no secret of our client at Google"
    )


def _word(arn: str | None, given: str | None, missing: str) -> str:
    word = _live(arn, str.strip) if arn else given
    if not word:
        raise ProviderFailed(missing)
    return word


def _live(arn: str, parsed: Callable[[str], T]) -> T:
    kept, now = _kept.get(arn), time.monotonic()
    if kept is None or now > kept.ask_at:
        try:
            kept = _kept[arn] = _Kept(parsed(read(arn)), now, now + _KEPT_S)
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            if kept is None or now > kept.read_at + _LONGEST_S:
                raise ProviderFailed("the secrets extension did not answer") from error
            kept = _kept[arn] = kept._replace(ask_at=now + _AGAIN_S)
    return kept.found


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
