"""One secret. Made empty: nothing is believed, or done, until an operator fills it in."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct


class Secret(Construct):
    """The template never holds a value, so a later deploy can't overwrite what is live."""

    def __init__(self, scope: Construct, name: str, holds: str, key: kms.Key) -> None:
        super().__init__(scope, name)
        self._key = key
        made = secretsmanager.CfnSecret(
            self, "Resource", description=f"{Stack.of(self).stack_name}: {holds}", kms_key_id=key.key_arn
        )
        made.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.arn: str = made.ref

    def admit(self, function: lambda_.Function) -> None:
        """Lets a function read it, and open it through Secrets Manager alone.

        In the function's own policy: the key's would name roles of stacks that come after it.
        """
        here = Stack.of(function)
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[self.arn])
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self._key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"secretsmanager.{here.region}.{here.url_suffix}"}
                },
            )
        )
