"""The stack below the others: network, database, keys, the store, the API, and who may sign in.

What it holds outlives a deploy. Everything that runs stands in the stacks after it, but for the migrator,
and what the user pool itself calls.
"""

from collections.abc import Mapping
from typing import Final

from aws_cdk import App, CfnOutput, RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager

from frontdesk.trigger import UserPool
from infra.alarms import Alarms
from infra.api import Api
from infra.calendars import Calendars
from infra.database import Database
from infra.function import Shared
from infra.member_pool import MemberPool
from infra.migration import Migration
from infra.network import Network
from infra.packaging import Bundle
from infra.stack import StageStack
from infra.stages import Stage
from infra.store import Store
from infra.vapi import Vapi

_TWO: Final = "two while one is rotated"


class Base(StageStack):
    """`frontdesk-dev-base`: what the other stacks' functions are given."""

    def __init__(
        self, app: App, stage: Stage, code: Bundle, *, user_pool_triggers: Mapping[str, UserPool]
    ) -> None:
        super().__init__(app, stage, "base")
        self.code = code
        self.network = Network(self, stage)
        self.database = Database(self, stage, self.network)
        shared = Shared.in_stack(self, stage, self.network, code, ())
        self.migration = Migration(self, shared, self.database)
        self.api = Api(self, stage)
        self.alarms = Alarms(self, stage.name)
        self.vapi_secrets = self._secret("VapiSecrets", f'{{"hmac": [...], "shared": []}}, {_TWO}')
        self.member_secrets = self._secret("MemberSecrets", f'{{"hs256": [...]}}, {_TWO}')
        vapi_key = self._secret("VapiKey", "the platform's private key at Vapi, bare")
        self.vapi = Vapi(vapi_key, self.api)
        self.store = Store(self, stage)
        self.calendars = Calendars(self, stage)
        self.pool = MemberPool(self, user_pool_triggers, shared, self.database, self.migration)
        CfnOutput(self, "ApiUrl", value=self.api.url)
        CfnOutput(self, "VapiSecretsArn", value=self.vapi_secrets.secret_arn)
        CfnOutput(self, "MemberSecretsArn", value=self.member_secrets.secret_arn)
        CfnOutput(self, "UserPoolId", value=self.pool.pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.pool.client_id)
        CfnOutput(self, "VapiKeyArn", value=vapi_key.secret_arn)
        CfnOutput(self, "AlarmsArn", value=self.alarms.topic.topic_arn)

    def _secret(self, name: str, holds: str) -> secretsmanager.ISecret:
        """One secret. Made empty: nothing is believed until an operator fills it in.

        The template never holds a value: a later deploy can't overwrite what is live.
        """
        made = secretsmanager.CfnSecret(
            self,
            name,
            description=f"{self.stack_name}: {holds}",
        )
        made.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        return secretsmanager.Secret.from_secret_complete_arn(self, f"{name}Read", made.ref)
