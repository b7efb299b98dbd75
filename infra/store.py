"""What lies beside the database: what callers said, and what clinics upload."""

from collections.abc import Iterable
from typing import Final, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from frontdesk.trigger import Kept
from infra.api import Api
from infra.stages import Stage

UNDONE_FOR: Final = Duration.days(1)
"""How long what was deleted or overwritten can be had back: the least that S3 counts, as erased is erased."""
KEPT_FOR: Final = Duration.days(15)
"""A message: a day longer than its key may lie among the dead letters, from where it is sent again."""


class Store(Construct):
    """The bucket: encrypted, private, and over TLS only.

    What was said word for word has the other key, which only those may use who write or read it.
    """

    def __init__(self, scope: Construct, stage: Stage, api: Api) -> None:
        super().__init__(scope, "Store")
        self._key, self._originals_key = (
            kms.Key(
                self,
                name,
                description=f"frontdesk {stage.name}: {what}",
                enable_key_rotation=True,
                removal_policy=RemovalPolicy.RETAIN,
            )
            for name, what in (
                ("Key", "what calls say and clinics upload"),
                ("OriginalsKey", "calls word for word"),
            )
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
            versioned=True,
            server_access_logs_bucket=_seen(self),
            # The console's pages send files by a form that is signed for one key, and see how far they are.
            cors=[s3.CorsRule(allowed_methods=[s3.HttpMethods.POST], allowed_origins=[api.url])],
            lifecycle_rules=[
                s3.LifecycleRule(noncurrent_version_expiration=UNDONE_FOR, expired_object_delete_marker=True),
                s3.LifecycleRule(prefix="messages/", expiration=KEPT_FOR),
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        # The CDK's own way to say it brings a Lambda along.
        bucket = cast("s3.CfnBucket", self._bucket.node.default_child)
        bucket.add_property_override(
            "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True
        )

    def puts(self, kept: Iterable[Kept]) -> events.EventPattern:
        """What S3 tells the account's own bus when something is put below those folders."""
        return events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={
                "bucket": {"name": [self._bucket.bucket_name]},
                "object": {"key": [{"prefix": f"{one}/"} for one in sorted(kept)]},
            },
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
        for key, is_of_originals in ((self._key, False), (self._originals_key, True)):
            actions = {
                right
                for action, kept in allowed.items()
                for one in kept
                if (one == "originals") == is_of_originals
                for right in _key_rights(action, one)
            }
            if actions:
                function.add_to_role_policy(
                    iam.PolicyStatement(actions=sorted(actions), resources=[key.key_arn])
                )
        if "originals" in allowed.get("s3:PutObject", ()):
            function.add_environment("FRONTDESK_ORIGINALS_KEY_ARN", self._originals_key.key_arn)
        function.add_environment("FRONTDESK_STORE", self._bucket.bucket_name)


def _seen(scope: Construct) -> s3.Bucket:
    """Where S3 writes down who asked for what: names of objects, which are ids, and no content."""
    return s3.Bucket(
        scope,
        "Seen",
        encryption=s3.BucketEncryption.S3_MANAGED,  # S3's log delivery takes no other
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(365))],
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )


def _key_rights(action: str, kept: Kept) -> tuple[str, ...]:
    match action, kept:
        case "s3:GetObject", _:
            return ("kms:Decrypt",)
        case "s3:PutObject", "recordings":
            # Sent in parts, which S3 reads again to put them together.
            return ("kms:Decrypt", "kms:GenerateDataKey")
        case "s3:PutObject", _:
            return ("kms:GenerateDataKey",)
        case _:
            return ()
