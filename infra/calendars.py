"""What a function is given that connects clinics' calendars: their key, and our clients at both vendors."""

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.stages import Stage


class Calendars(Construct):
    """The key of the tokens, and two secrets: made empty, for an operator to fill in."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Calendars")
        self._stage = stage
        self._key = kms.Key(
            self,
            "Key",
            description=f"frontdesk {stage.name}: tokens that open clinics' calendars",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self._secrets = {name: self._secret(stage, name) for name in ("Google", "Microsoft")}

    def admit(self, function: lambda_.Function) -> None:
        """Lets a function seal and open tokens, and tells it who we are at the vendors."""
        for name, secret in self._secrets.items():
            secret.grant_read(function)
            function.add_environment(f"FRONTDESK_{name.upper()}_SECRET_ARN", secret.secret_arn)
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["kms:Decrypt", "kms:Encrypt"], resources=[self._key.key_arn])
        )
        function.add_environment("FRONTDESK_CALENDARS_KEY_ARN", self._key.key_arn)
        function.add_environment("FRONTDESK_GOOGLE_CLIENT_ID", self._stage.google_client_id)
        function.add_environment("FRONTDESK_MICROSOFT_CLIENT_ID", self._stage.microsoft_client_id)

    def _secret(self, stage: Stage, name: str) -> secretsmanager.ISecret:
        made = secretsmanager.CfnSecret(
            self,
            name,
            description=f"frontdesk-{stage.name}: the secret of our client at {name}, bare",
        )
        made.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        CfnOutput(self, f"{name}SecretArn", value=made.ref)
        return secretsmanager.Secret.from_secret_complete_arn(self, f"{name}Read", made.ref)
