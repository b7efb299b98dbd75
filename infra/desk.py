"""The stack: everything of one stage. 58 resources and 8 a tool, of CloudFormation's 500."""

from collections.abc import Iterable
from typing import Any

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from frontdesk.tool import Tool
from infra.api import Api
from infra.database import Database
from infra.function import Shared
from infra.migration import Migration
from infra.network import Network
from infra.packaging import PYTHON, REGION, Bundle
from infra.stages import Stage
from infra.tool_function import ToolFunction


class Desk(Stack):
    """One stage of frontdesk, named `frontdesk-dev` or `frontdesk-prod`."""

    def __init__(self, scope: Construct, stage: Stage, tools: Iterable[Tool[Any]], code: Bundle) -> None:
        super().__init__(
            scope, f"frontdesk-{stage.name}", env=Environment(region=REGION), termination_protection=True
        )
        Tags.of(self).add("frontdesk:stage", stage.name)
        network = Network(self, stage)
        database = Database(self, stage, network)
        shared = Shared(stage, network, code, self._layers(code))
        migration = Migration(self, shared, database)
        api = Api(self, stage)
        vapi_secrets = self._vapi_secrets(stage)
        group = Construct(self, "Tools")
        for tool in tools:
            made = ToolFunction(group, tool, shared, api=api, database=database, vapi_secrets=vapi_secrets)
            made.function.node.add_dependency(migration.trigger)
        CfnOutput(self, "ApiUrl", value=api.url)
        CfnOutput(self, "VapiSecretsArn", value=vapi_secrets.secret_arn)

    def _layers(self, code: Bundle) -> list[lambda_.ILayerVersion]:
        """The packages, which change with the lock, apart from our own code, which changes daily."""
        folders = {"Dependencies": code.dependencies, "Core": code.core}
        return [
            lambda_.LayerVersion(
                self,
                name,
                code=lambda_.Code.from_asset(str(folder)),
                compatible_architectures=[lambda_.Architecture.ARM_64],
                compatible_runtimes=[lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON)],
            )
            for name, folder in folders.items()
        ]

    def _vapi_secrets(self, stage: Stage) -> secretsmanager.ISecret:
        """The live secrets of Vapi. Made empty, so that nothing is believed until an operator fills it in.

        The template never holds a value: a later deploy can't overwrite what is live.
        """
        made = secretsmanager.CfnSecret(
            self,
            "VapiSecrets",
            description=f'frontdesk {stage.name}: {{"hmac": [...], "shared": []}}, two while one is rotated',
        )
        made.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        return secretsmanager.Secret.from_secret_complete_arn(self, "Vapi", made.ref)
