"""How new code reaches callers: a version, the alias `live`, and a shift that goes back by itself.

Routes lead to the alias. In prod one call in ten gets the new version for five minutes; an alarm in that
time gives all of them the old one again, and fails the deploy. In dev all get it at once.

The alarms are about the new version alone. CodeDeploy refuses to begin while an alarm rings, so if they
counted what the old one does, a version that fails could never be followed by the one that mends it.
"""

from typing import Final, cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import Alarms
from infra.stages import Stage

ALIAS: Final = "live"


class Releases(Construct):
    """What CodeDeploy knows of one stack's functions."""

    def __init__(self, scope: Construct, stage: Stage, alarms: Alarms) -> None:
        super().__init__(scope, "Releases")
        self._stage = stage
        self._alarms = alarms
        configs = codedeploy.LambdaDeploymentConfig
        self._shift = configs.CANARY_10_PERCENT_5_MINUTES if stage.name == "prod" else configs.ALL_AT_ONCE
        self._application = codedeploy.LambdaApplication(self, "Application")

    def live(
        self, scope: Construct, function: lambda_.Function, folder: str, *, slowest_ms: int
    ) -> lambda_.Alias:
        """The alias of its newest version, made in `scope`: an error undoes a release, or a p95 over that."""
        version = self._warm(function)
        alias = lambda_.Alias(
            scope,
            "Live",
            alias_name=ALIAS,
            version=version,  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )

        def of_the_new(metric: str, statistic: str) -> cloudwatch.Metric:
            return cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name=metric,
                dimensions_map={
                    "FunctionName": function.function_name,
                    "Resource": f"{function.function_name}:{ALIAS}",
                    # Counted where an alias leads to two versions, so while a release is shifting.
                    "ExecutedVersion": version.version,
                },
                statistic=statistic,
                period=Duration.minutes(1),
            )

        failing = self._alarms.when(
            *(scope, "release-failing", of_the_new("Errors", "Sum"), 0),
            of=folder,
            what=f"A release of {folder} raised, or was cut off; it is taken back.",
        )
        slow = self._alarms.when(
            *(scope, "release-slow", of_the_new("Duration", "p95"), slowest_ms),
            of=folder,
            what=f"A release of {folder}: p95 over {slowest_ms} ms for three minutes; it is taken back.",
            periods=3,
        )
        # They know of the new version before the first call reaches it.
        alias.node.add_dependency(failing, slow)
        codedeploy.LambdaDeploymentGroup(
            scope,
            "Release",
            application=self._application,  # pyright: ignore[reportArgumentType] - jsii renames arguments
            alias=alias,  # pyright: ignore[reportArgumentType] - jsii renames arguments
            deployment_config=self._shift,
            alarms=[failing, slow],  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )
        return alias

    def _warm(self, function: lambda_.Function) -> lambda_.Version:
        """The newest version, as many of it started as the stage says, before the first call reaches it.

        Of the version, not of the alias: an alias that is kept warm can't lead to two versions, so no release
        could be shifted. One that doesn't start fails the deploy here, when nobody has been led to it.
        """
        many = self._stage.kept_warm
        # CloudFormation changes this of no version, so another number is another version.
        function.invalidate_version_based_on(f"kept warm: {many}")
        version = function.current_version
        if many:
            kept = lambda_.CfnVersion.ProvisionedConcurrencyConfigurationProperty
            made = cast("lambda_.CfnVersion", version.node.default_child)
            made.provisioned_concurrency_config = kept(provisioned_concurrent_executions=many)
        return version
