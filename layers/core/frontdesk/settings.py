"""What a function is told by its environment; read once, checked whole, nothing guessed."""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from frontdesk.tool import DEADLINE_S
from frontdesk.trigger import Model

Stage = Literal["local", "dev", "prod"]


class Issuer(BaseModel):
    """Whose tokens of members are believed: an OpenID Connect issuer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(min_length=1)
    """Exactly as its tokens name it in `iss`."""
    audience: tuple[str, ...] = Field(min_length=1)
    """Whom its tokens must be meant for, one of these: Cognito's client ids, Supabase's `authenticated`."""
    jwks_url: str | None = None
    """Where its keys are; None: its discovery document says it."""


class Settings(BaseModel):
    """One function's settings, from the variables `FRONTDESK_*`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: Stage = "local"
    database_url: str | None = None
    """A whole libpq URL; when set, the parts below are not read."""
    database_host: str | None = None
    database_port: int = 5432
    database_name: str = "frontdesk"
    database_user: str = "frontdesk_app"
    database_auth: Literal["iam", "none"] = "iam"
    vapi_hmac_secrets: tuple[str, ...] = ()
    """Live HMAC secrets, two while one is being rotated; empty when they lie in Secrets Manager."""
    vapi_shared_secrets: tuple[str, ...] = ()
    """Live `x-vapi-secret` values. Production has none by default: a bare secret can be replayed."""
    vapi_secrets_arn: str | None = None
    """A secret holding `{"hmac": [...], "shared": [...]}`."""
    member_secrets: tuple[str, ...] = ()
    """Live secrets of members' tokens (HS256); empty when they lie in Secrets Manager."""
    member_secrets_arn: str | None = None
    """A secret holding `{"hs256": [...]}`."""
    member_audience: str = "authenticated"
    """Whom an HS256 token must be meant for if it names anybody; Supabase's word."""
    issuers: tuple[Issuer, ...] = ()
    """Whose tokens are checked by the issuer's own public keys."""
    user_pool_id: str | None = None
    """The Cognito pool in which an invited person gets a user, and by it a mail; None: nobody is mailed."""
    sign_in_url: str = ""
    """Where the stage's user pool has its pages for signing in, without a slash at its end."""
    sign_in_client_id: str = ""
    """The client there that the console signs people in as."""
    vapi_private_key: str | None = None
    """The platform's one key to Vapi's REST API; None when it lies in Secrets Manager."""
    vapi_key_arn: str | None = None
    """A secret whose text is that key."""
    vapi_api_url: str = "https://api.vapi.ai"
    graph_api_url: str = "https://graph.microsoft.com/v1.0"
    microsoft_consent_url: str = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize"
    microsoft_token_url: str = "https://login.microsoftonline.com/common/oauth2/v2.0/token"  # noqa: S105
    microsoft_client_id: str = ""
    """Our app's registration at Microsoft."""
    microsoft_client_secret: str | None = None
    """Its secret; None when it lies in Secrets Manager."""
    microsoft_secret_arn: str | None = None
    """A secret whose text is that one."""
    public_url: str = ""
    """Where Vapi finds our API, without a slash at its end."""
    mail_from: str | None = None
    """Who clinics are mailed by, an address that SES knows; None: nobody is mailed."""
    event_bus: str | None = None
    """The stage's own bus, for functions that raise events."""
    queue_url: str | None = None
    """The queue that this function may send to: a queue-fed one's own."""
    dead_letter_url: str | None = None
    """That queue's dead-letter queue, for a queue-fed function."""
    google_client_id: str | None = None
    """Of the client that is registered at Google for clinics' calendars."""
    google_client_secret: str | None = None
    """That client's; None when it lies in Secrets Manager."""
    google_secret_arn: str | None = None
    """A secret whose text is that client's secret."""
    google_api_url: str = "https://www.googleapis.com/calendar/v3"
    google_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    """Beside it lies `revoke`."""
    google_consent_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    calendars_key_arn: str = ""
    """The key under which lie the tokens that open clinics' calendars, and nothing else."""
    live_control_hosts: tuple[str, ...] = ("*.vapi.ai",)
    """Hosts that `controlUrl` may name; `*.` stands for any name below."""
    store: str | None = None
    """The bucket that holds what calls say on its way, and what a call is answered by in an outage."""
    originals_key_arn: str | None = None
    """The key that unredacted transcripts lie under, and nothing else."""
    recording_hosts: tuple[str, ...] = ("storage.vapi.ai",)
    """Hosts that a recording may be fetched from."""
    embedding_model: Model = "amazon.titan-embed-text-v2:0"
    """What makes the vectors of a clinic's first documents; those it has keep theirs until embedded anew."""
    embed_function: str | None = None
    """The function that runs the universal sentence encoder, by name."""
    emr_function: str | None = None
    """The function that asks clinics' EMRs, by name."""
    test_clinic: bool = False
    """Whether the migrator furnishes the invented clinic that is called after each deploy."""
    deadline_s: PositiveFloat = DEADLINE_S
    phi_debug: bool = False
    """Prints callers' words in logs, each line marked `[PHI-DEBUG]`; has no effect in prod."""


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in these variables; a list is JSON. Raises pydantic's error, which names the variable."""
    found: dict[str, object] = {}
    for name, info in Settings.model_fields.items():
        text = environment.get(f"FRONTDESK_{name.upper()}")
        if text:
            found[name] = json.loads(text) if "tuple" in str(info.annotation) else text
    return Settings.model_validate(found)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """This process's settings, read at the first need."""
    return read(os.environ)
