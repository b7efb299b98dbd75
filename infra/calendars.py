"""What a function is given that connects clinics' calendars: their key, and our clients at both vendors."""

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.secret import Secret
from infra.stages import Stage


class Calendars(Construct):
    """The key of the tokens, and two secrets: made empty, for an operator to fill in."""

    def __init__(self, scope: Construct, stage: Stage, secrets_key: kms.Key) -> None:
        super().__init__(scope, "Calendars")
        self._stage = stage
        self._key = kms.Key(
            self,
            "Key",
            description=f"frontdesk {stage.name}: tokens that open clinics' calendars",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self._secrets = {
            name: Secret(self, name, f"the secret of our client at {name}, bare", secrets_key)
            for name in ("Google", "Microsoft")
        }
        for name, secret in self._secrets.items():
            CfnOutput(self, f"{name}SecretArn", value=secret.arn)

    def admit(self, function: lambda_.Function) -> None:
        """Lets a function seal and open tokens, and tells it who we are at the vendors."""
        for name, secret in self._secrets.items():
            secret.admit(function)
            function.add_environment(f"FRONTDESK_{name.upper()}_SECRET_ARN", secret.arn)
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["kms:Decrypt", "kms:Encrypt"], resources=[self._key.key_arn])
        )
        function.add_environment("FRONTDESK_CALENDARS_KEY_ARN", self._key.key_arn)
        function.add_environment("FRONTDESK_GOOGLE_CLIENT_ID", self._stage.google_client_id)
        function.add_environment("FRONTDESK_MICROSOFT_CLIENT_ID", self._stage.microsoft_client_id)
