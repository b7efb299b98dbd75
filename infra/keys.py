"""Keys for what isn't a clinic's data: secrets, and what is kept of running. Data have theirs beside them."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.stages import Stage


class Keys(Construct):
    """One key a purpose: who may open one kind of thing opens no other."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Keys")
        self._stage = stage
        self.secrets = self._key("Secrets", "our secrets")
        self.watch = self._key("Watch", "logs and alarms")
        here = Stack.of(self)
        self.watch.grant_encrypt_decrypt(
            iam.ServicePrincipal(
                f"logs.{here.region}.amazonaws.com",
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": here.format_arn(
                            service="logs", resource="log-group", resource_name=f"/frontdesk/{stage.name}/*"
                        ).replace("log-group/", "log-group:")
                    }
                },
            )  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )
        self.watch.grant_encrypt_decrypt(
            iam.ServicePrincipal(
                "cloudwatch.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": here.account}}
            )  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )

    def _key(self, name: str, of: str) -> kms.Key:
        return kms.Key(
            self,
            name,
            description=f"frontdesk {self._stage.name}: {of}",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
