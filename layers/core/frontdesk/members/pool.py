"""The stage's Cognito user pool, which mails an invited person and gives them a user to sign in as.

boto3 is in Lambda's own runtime. Only the function that invites pays for importing it.
"""

from typing import Any, Final, Protocol

from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings

_CONNECT_S: Final = 1
_READ_S: Final = 2
"""Tried once: what a second try finds is the first one's user."""


class Pool(Protocol):
    """Where people become users."""

    def invite(self, email: str) -> bool:
        """Makes a user of the address, who is mailed; False when it is one already, who is not.

        Raises `ProviderFailed`.
        """
        ...


class NoPool:
    """Of a stage without one: people come by an issuer that asks us nothing."""

    def invite(self, email: str) -> bool:  # noqa: ARG002 - the protocol's
        """Mails nobody."""
        return False


class Cognito:
    """A user pool of Amazon Cognito."""

    def __init__(self, pool_id: str) -> None:
        import boto3  # pyright: ignore[reportMissingTypeStubs]
        from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

        patience = Config(connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries={"total_max_attempts": 1})
        self._pool_id = pool_id
        self._client: Any = boto3.client("cognito-idp", config=patience)  # pyright: ignore[reportUnknownMemberType]

    def invite(self, email: str) -> bool:
        """As of a `Pool`; one who never used their first password gets another by mail."""
        try:
            self._create(email)
        except self._client.exceptions.UsernameExistsException:
            try:
                self._create(email, MessageAction="RESEND")
            except self._client.exceptions.UnsupportedUserStateException:
                return False
        return True

    def _create(self, email: str, **how: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

        attributes = {"email": email, "email_verified": "true", "custom:invited": "true"}
        told = (
            self._client.exceptions.UsernameExistsException,
            self._client.exceptions.UnsupportedUserStateException,
        )
        try:
            self._client.admin_create_user(
                UserPoolId=self._pool_id,
                Username=email,
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
                DesiredDeliveryMediums=["EMAIL"],
                **how,
            )
        except told:
            raise
        except (BotoCoreError, ClientError) as error:
            raise ProviderFailed(type(error).__name__) from error


def of_stage() -> Pool:
    """The pool that this function may make users in."""
    pool_id = settings().user_pool_id
    return Cognito(pool_id) if pool_id else NoPool()
