"""Where what callers said lies on its way to the database: one bucket, under a key of its own."""

from collections.abc import Iterable
from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from frontdesk.trigger import Kept
from infra.stages import Stage

KEPT_FOR: Final = Duration.days(7)
"""A message: longer than it is tried for, and than anybody needs to send it again from the dead letters."""


class CallStore(Construct):
    """The bucket: encrypted with the stage's own key, private, and over TLS only."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "CallStore")
        self._key = kms.Key(
            self,
            "Key",
            description=f"frontdesk {stage.name}: what calls say",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self._bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self._key,  # pyright: ignore[reportArgumentType] - jsii renames arguments
            # One question to KMS for many objects, instead of one for each.
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=[
                s3.LifecycleRule(prefix="messages/", expiration=KEPT_FOR),
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

    def admit(
        self,
        function: lambda_.Function,
        *,
        reads: Iterable[Kept] = (),
        writes: Iterable[Kept] = (),
        deletes: Iterable[Kept] = (),
    ) -> None:
        """Tells a function where the bucket is, and lets it do that much below those folders.

        Nobody lists it: who asks for an object knows its name.
        """
        asked = {"s3:GetObject": reads, "s3:PutObject": writes, "s3:DeleteObject": deletes}
        allowed = {action: sorted(kept) for action, kept in asked.items() if kept}
        if not allowed:
            return
        for action, kept in allowed.items():
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=[action], resources=[self._bucket.arn_for_objects(f"{one}/*") for one in kept]
                )
            )
        keys = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}
        if actions := [keys[action] for action in allowed if action in keys]:
            self._key.grant(function, *actions)
        function.add_environment("FRONTDESK_CALL_STORE", self._bucket.bucket_name)
