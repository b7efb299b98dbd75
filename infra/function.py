"""What every function here has: its own role, its own log, the layers, and no wider rights than it needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.log_group import log_group
from infra.network import Network, Place
from infra.packaging import PYTHON, Bundle
from infra.rights import JOIN_VPC
from infra.stages import Stage

MEMORY_MB: Final = 1024
"""Memory is CPU in Lambda, and a cold start is CPU: imports."""


@dataclass(frozen=True)
class Shared:
    """What functions have in common."""

    stage: Stage
    network: Network
    log_key: kms.Key
    code: Bundle
    layers: list[lambda_.ILayerVersion]
    """Those that every function has."""
    asked_for: Mapping[str, lambda_.ILayerVersion]
    """By dependency group: those that only some have."""

    @classmethod
    def in_stack(
        cls,
        stack: Construct,
        stage: Stage,
        network: Network,
        log_key: kms.Key,
        code: Bundle,
        groups: Iterable[str],
    ) -> "Shared":
        """With layers of the stack's own: what one stack has of another's can't change while it is used."""
        of_groups = Construct(stack, "Layers")
        return cls(
            *(stage, network, log_key, code),
            # The packages, which change with the lock, apart from our own code, which changes daily.
            layers=[_layer(stack, "Dependencies", code.dependencies), _layer(stack, "Core", code.core)],
            asked_for={group: _layer(of_groups, group, code.layer(group)) for group in sorted(set(groups))},
        )


def _layer(scope: Construct, name: str, folder: Path) -> lambda_.ILayerVersion:
    return lambda_.LayerVersion(
        scope,
        name,
        code=lambda_.Code.from_asset(str(folder)),
        compatible_architectures=[lambda_.Architecture.ARM_64],
        compatible_runtimes=[lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON)],
    )


def lambda_function(
    scope: Construct,
    folder: str,
    shared: Shared,
    *,
    place: Place,
    timeout_s: int,
    at_once: int,
    environment: dict[str, str],
    layer: str | None = None,
    memory_mb: int = MEMORY_MB,
) -> lambda_.Function:
    """The Lambda of one folder such as `tools/cancel_appointment`; its role and log group stand beside it.

    Args:
        scope: a construct of its own.
        folder: which, below `functions/`.
        shared: what functions have in common.
        place: where it stands.
        timeout_s: when it is ended.
        at_once: how many of it may run; kept free for it, and the most connections that it has to Postgres.
        environment: what it is told beside what all are told.
        layer: the dependency group that it asks for.
        memory_mb: and its share of CPU.
    """
    stage = shared.stage
    service = iam.ServicePrincipal("lambda.amazonaws.com")
    role = iam.Role(scope, "Role", assumed_by=service)  # pyright: ignore[reportArgumentType] - jsii renames arguments
    role.add_to_policy(iam.PolicyStatement(actions=list(JOIN_VPC), resources=["*"]))
    # For Lambda itself, which joins on the function's behalf. What the function's own code asks has this key.
    role.add_to_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=list(JOIN_VPC),
            resources=["*"],
            conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
        )
    )
    kept = log_group(scope, "Log", stage, folder, shared.log_key)
    kept.grant_write(role)
    return lambda_.Function(
        scope,
        "Function",
        description=f"frontdesk {stage.name}: {folder}",
        runtime=lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON),
        architecture=lambda_.Architecture.ARM_64,
        memory_size=memory_mb,
        timeout=Duration.seconds(timeout_s),
        reserved_concurrent_executions=at_once,
        # Packed under its import path, so tests and Lambda import it by one name.
        code=lambda_.Code.from_asset(str(shared.code.task(folder))),
        handler=f"functions.{folder.replace('/', '.')}.handler.handler",
        layers=[*shared.layers, *([shared.asked_for[layer]] if layer else [])],
        # Secrets come over localhost: an AWS library would cost a cold start 300 ms.
        params_and_secrets=lambda_.ParamsAndSecretsLayerVersion.from_version(
            lambda_.ParamsAndSecretsVersions.V1_0_103,
            log_level=lambda_.ParamsAndSecretsLogLevel.WARN,
            secrets_manager_timeout=Duration.seconds(2),
            # A rotated secret is noticed within a minute; the extension's own default is five.
            secrets_manager_ttl=Duration.seconds(60),
        ),
        role=role,  # pyright: ignore[reportArgumentType] - jsii renames arguments
        log_group=kept,
        # Lambda's own segments; a tracer inside the function would cost 400 ms.
        tracing=lambda_.Tracing.ACTIVE,
        vpc=shared.network.vpc,
        vpc_subnets=place.subnets,
        security_groups=[place.group],
        environment={
            "FRONTDESK_STAGE": stage.name,
            "POWERTOOLS_SERVICE_NAME": folder.split("/")[-1],
            "POWERTOOLS_METRICS_NAMESPACE": stage.metrics,
            # An event is what a caller said.
            "POWERTOOLS_LOGGER_LOG_EVENT": "false",
            # Zones come from the pinned tzdata package; system files are stale for British Columbia.
            "PYTHONTZPATH": "",
            **({"FRONTDESK_PHI_DEBUG": "true"} if stage.phi_debug else {}),
            **environment,
        },
    )
