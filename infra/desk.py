"""The stack: everything of one stage.

81 resources, 8 a tool or schedule, 5 a folder of endpoints and 2 each of its routes, 12 a queue, 1 a heavy
dependency group; 500 is the limit.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from frontdesk.endpoint import LAYER, Endpoint
from frontdesk.tool import Tool
from frontdesk.trigger import Queue, Schedule, UserPool
from infra.alarms import Alarms
from infra.api import Api
from infra.bus import Bus
from infra.dashboard import Dashboard
from infra.database import Database
from infra.endpoint_function import EndpointFunction
from infra.function import Shared
from infra.member_pool import MemberPool
from infra.migration import Migration
from infra.network import Network
from infra.packaging import PYTHON, REGION, Bundle
from infra.queue_function import QueueFunction
from infra.scheduled_function import ScheduledFunction
from infra.stages import Stage
from infra.tool_function import ToolFunction
from infra.vapi import Vapi


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
        endpoints: Mapping[str, tuple[Endpoint[Any, Any], ...]],
        user_pool_triggers: Mapping[str, UserPool],
    ) -> None:
        super().__init__(
            scope, f"frontdesk-{stage.name}", env=Environment(region=REGION), termination_protection=True
        )
        Tags.of(self).add("frontdesk:stage", stage.name)
        network = Network(self, stage)
        database = Database(self, stage, network)
        triggers = (*schedules.values(), *queues.values())
        groups = sorted({trigger.layer for trigger in triggers if trigger.layer} | {LAYER})
        of_groups = Construct(self, "Layers")
        shared = Shared(
            *(stage, network, code),
            # The packages, which change with the lock, apart from our own code, which changes daily.
            layers=[_layer(self, "Dependencies", code.dependencies), _layer(self, "Core", code.core)],
            asked_for={group: _layer(of_groups, group, code.layer(group)) for group in groups},
        )
        migration = Migration(self, shared, database)
        api = Api(self, stage)
        alarms = Alarms(self)
        bus = Bus(self, stage, alarms)
        two = "two while one is rotated"
        vapi_secrets = self._secret("VapiSecrets", f'{{"hmac": [...], "shared": []}}, {two}')
        member_secrets = self._secret("MemberSecrets", f'{{"hs256": [...]}}, {two}')
        vapi_key = self._secret("VapiKey", "the platform's private key at Vapi, bare")
        vapi = Vapi(vapi_key, api)
        group = Construct(self, "Queues")
        fed = {
            folder: QueueFunction(
                group, folder, queue, shared, database=database, bus=bus, vapi=vapi, alarms=alarms
            )
            for folder, queue in queues.items()
        }
        group = Construct(self, "Tools")
        made: list[ToolFunction | ScheduledFunction | EndpointFunction | QueueFunction] = [
            *fed.values(),
        ]
        made += [
            ToolFunction(group, tool, shared, api=api, database=database, vapi_secrets=vapi_secrets)
            for tool in tools
        ]
        group = Construct(self, "Schedules")
        made += [
            ScheduledFunction(
                group,
                folder,
                schedule,
                shared,
                database=database,
                fed=fed,
                vapi=vapi,
                public_url=api.http.api_endpoint,
            )
            for folder, schedule in schedules.items()
        ]
        pool = MemberPool(self, user_pool_triggers, shared, database, migration)
        group = Construct(self, "Members")
        made += [
            EndpointFunction(
                *(group, folder, of_folder, shared),
                api=api,
                database=database,
                bus=bus,
                vapi=vapi,
                member_secrets=member_secrets,
                pool=pool,
            )
            for folder, of_folder in endpoints.items()
        ]
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


def _layer(scope: Construct, name: str, folder: Path) -> lambda_.ILayerVersion:
    return lambda_.LayerVersion(
        scope,
        name,
        code=lambda_.Code.from_asset(str(folder)),
        compatible_architectures=[lambda_.Architecture.ARM_64],
        compatible_runtimes=[lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON)],
    )
