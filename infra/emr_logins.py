"""What a function is given that asks clinics' EMRs itself: our logins there, and our keys."""

from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.stages import Stage

_KEYS: Final = "fhir-keys-??????"
"""By six characters each has its ARN's end."""


def let_log_in(function: lambda_.Function, stage: Stage) -> None:
    """Lets a function read our logins at clinics' EMRs, one a clinic, and our own keys for FHIR."""
    _let_read(function, stage, "emr/*", _KEYS)


def let_show_keys(function: lambda_.Function, stage: Stage) -> None:
    """Lets a function read our own keys for FHIR, and nothing else."""
    _let_read(function, stage, _KEYS)


def _let_read(function: lambda_.Function, stage: Stage, *names: str) -> None:
    """They are no resources of the template's: operators make them, and they come and go with clinics."""
    arns = [
        Stack.of(function).format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"frontdesk/{stage.name}/{name}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        for name in names
    ]
    function.add_to_role_policy(
        iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=arns)
    )
