"""The stack below the others: network, database, keys, the store, the API, and who may sign in.

What it holds outlives a deploy. Everything that runs stands in the stacks after it, but for the migrator,
and what the user pool itself calls.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from aws_cdk import App, CfnOutput

from frontdesk.trigger import UserPool
from infra.alarms import Alarms
from infra.api import Api
from infra.calendars import Calendars
from infra.database import Database
from infra.function import Shared
from infra.keys import Keys
from infra.member_pool import MemberPool
from infra.migration import Migration
from infra.network import Network
from infra.packaging import Bundle
from infra.secret import Secret
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
        self.keys = keys = Keys(self, stage)
        self.network = Network(self, stage, keys.watch)
        self.database = Database(self, stage, self.network)
        shared = self.shared_in(self)
        self.migration = Migration(self, shared, self.database)
        self.alarms = Alarms(self, stage.name, keys.watch)
        self.api = Api(self, stage)
        self.vapi_secrets = Secret(
            self, "VapiSecrets", f'{{"hmac": [...], "shared": []}}, {_TWO}', keys.secrets
        )
        self.member_secrets = Secret(self, "MemberSecrets", f'{{"hs256": [...]}}, {_TWO}', keys.secrets)
        vapi_key = Secret(self, "VapiKey", "the platform's private key at Vapi, bare", keys.secrets)
        self.vapi = Vapi(vapi_key, self.api)
        self.store = Store(self, stage, self.api)
        self.calendars = Calendars(self, stage, keys.secrets)
        self.pool = MemberPool(self, user_pool_triggers, shared, self.database, self.migration, self.api)
        CfnOutput(self, "ApiUrl", value=self.api.url)
        CfnOutput(self, "ConsoleUrl", value=f"{self.api.url}/console")
        CfnOutput(self, "VapiSecretsArn", value=self.vapi_secrets.arn)
        CfnOutput(self, "MemberSecretsArn", value=self.member_secrets.arn)
        CfnOutput(self, "UserPoolId", value=self.pool.pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.pool.client_id)
        CfnOutput(self, "VapiKeyArn", value=vapi_key.arn)
        CfnOutput(self, "AlarmsArn", value=self.alarms.topic.topic_arn)

    def shared_in(self, stack: StageStack, groups: Iterable[str] = ()) -> Shared:
        """What functions of a stack have in common; `groups` are the dependency groups that some ask for."""
        return Shared.in_stack(stack, self.stage, self.network, self.keys.watch, self.code, groups)
