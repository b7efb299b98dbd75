"""The stack of one stage: network, database, what calls need, and what clocks and queues call.

What members ask for has a stack beside it (`infra.member_api`): CloudFormation takes 500 resources in each.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack, Tags
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from frontdesk.tool import Tool
from frontdesk.trigger import Invoked, Messages, Queue, Schedule, UserPool
from infra.alarms import Alarms
from infra.api import Api
from infra.bus import Bus
from infra.calendars import Calendars
from infra.dashboard import Dashboard
from infra.database import Database
from infra.embedding import Embedding
from infra.emrs import Emrs
from infra.function import Shared
from infra.invoked_function import InvokedFunction
from infra.member_pool import MemberPool
from infra.message_function import MessageFunction
from infra.migration import Migration
from infra.network import Network
from infra.packaging import REGION, Bundle
from infra.queue_function import QueueFunction
from infra.scheduled_function import ScheduledFunction
from infra.stages import Stage
from infra.store import Store
from infra.tool_function import ToolFunction
from infra.vapi import Vapi

_Made = ToolFunction | ScheduledFunction | QueueFunction | MessageFunction | InvokedFunction


class Desk(Stack):
    """One stage of frontdesk, named `frontdesk-dev` or `frontdesk-prod`."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        code: Bundle,
        *,
        tools: Iterable[Tool[Any]],
        schedules: Mapping[str, Schedule],
        queues: Mapping[str, Queue],
        messages: Mapping[str, Messages],
        invoked: Mapping[str, Invoked],
        user_pool_triggers: Mapping[str, UserPool],
    ) -> None:
        super().__init__(
            scope, f"frontdesk-{stage.name}", env=Environment(region=REGION), termination_protection=True
        )
        Tags.of(self).add("frontdesk:stage", stage.name)
        self.network = network = Network(self, stage)
        self.database = database = Database(self, stage, network)
        triggers = (*schedules.values(), *queues.values(), *invoked.values())
        shared = Shared.in_stack(
            self, stage, network, code, {trigger.layer for trigger in triggers if trigger.layer}
        )
        self.migration = migration = Migration(self, shared, database)
        self.api = api = Api(self, stage)
        alarms = Alarms(self)
        self.bus = bus = Bus(self, stage, alarms)
        two = "two while one is rotated"
        vapi_secrets = self._secret("VapiSecrets", f'{{"hmac": [...], "shared": []}}, {two}')
        self.member_secrets = member_secrets = self._secret("MemberSecrets", f'{{"hs256": [...]}}, {two}')
        vapi_key = self._secret("VapiKey", "the platform's private key at Vapi, bare")
        self.vapi = vapi = Vapi(vapi_key, api)
        self.store = store = Store(self, stage)
        group = Construct(self, "Invoked")
        held = {
            folder: InvokedFunction(group, folder, definition, shared, database=database)
            for folder, definition in invoked.items()
        }
        self.embedding = embedding = Embedding(stage, held)
        emrs = Emrs(self, held)
        self.calendars = calendars = Calendars(self, stage)
        group = Construct(self, "Queues")
        self.fed = fed = {
            folder: QueueFunction(
                *(group, folder, queue, shared),
                database=database,
                bus=bus,
                store=store,
                vapi=vapi,
                embedding=embedding,
                alarms=alarms,
                calendars=calendars,
                public_url=api.http.api_endpoint,
            )
            for folder, queue in queues.items()
        }
        group = Construct(self, "Tools")
        made: list[_Made] = [
            *fed.values(),
            *held.values(),
        ]
        made += [
            ToolFunction(
                *(group, tool, shared),
                api=api,
                database=database,
                vapi_secrets=vapi_secrets,
                embedding=embedding,
                emrs=emrs,
                calendars=calendars,
                fed=fed,
            )
            for tool in tools
        ]
        group = Construct(self, "Messages")
        made += [
            MessageFunction(
                *(group, folder, definition, shared),
                api=api,
                database=database,
                store=store,
                fed=fed,
                vapi=vapi,
                embedding=embedding,
                vapi_secrets=vapi_secrets,
                alarms=alarms,
            )
            for folder, definition in messages.items()
        ]
        group = Construct(self, "Schedules")
        made += [
            ScheduledFunction(
                group,
                folder,
                schedule,
                shared,
                database=database,
                store=store,
                fed=fed,
                vapi=vapi,
                embedding=embedding,
                public_url=api.http.api_endpoint,
            )
            for folder, schedule in schedules.items()
        ]
        self.pool = pool = MemberPool(self, user_pool_triggers, shared, database, migration)
        Dashboard(self, stage, fed, alarms)
        for one in made:
            one.function.node.add_dependency(migration.trigger)
        CfnOutput(self, "ApiUrl", value=api.url)
        CfnOutput(self, "VapiSecretsArn", value=vapi_secrets.secret_arn)
        CfnOutput(self, "MemberSecretsArn", value=member_secrets.secret_arn)
        CfnOutput(self, "UserPoolId", value=pool.pool_id)
        CfnOutput(self, "UserPoolClientId", value=pool.client_id)
        CfnOutput(self, "VapiKeyArn", value=vapi_key.secret_arn)
        CfnOutput(self, "AlarmsArn", value=alarms.topic.topic_arn)

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
