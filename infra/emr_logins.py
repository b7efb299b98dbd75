"""What a function is given that asks clinics' EMRs itself: our logins there."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.stages import Stage


def let_log_in(function: lambda_.Function, stage: Stage) -> None:
    """Lets a function read our logins at clinics' EMRs, one a clinic, and our own keys for FHIR.

    They are no resources of the template's: they come and go with clinics. By six characters each has its
    ARN's end.
    """
    arns = [
        Stack.of(function).format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        for name in (f"frontdesk/{stage.name}/emr/*", f"frontdesk/{stage.name}/fhir-keys-??????")
    ]
    function.add_to_role_policy(
        iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=arns)
    )
