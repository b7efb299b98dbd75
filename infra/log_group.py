"""What every log here has: a name below its stage's, an end, and the key of what is kept of running."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.stages import Stage


def log_group(scope: Construct, name: str, stage: Stage, of: str, key: kms.Key) -> logs.LogGroup:
    """The log `/frontdesk/dev/OF`."""
    return logs.LogGroup(
        scope,
        name,
        log_group_name=f"/frontdesk/{stage.name}/{of}",
        retention=stage.log_retention,
        encryption_key=key,  # pyright: ignore[reportArgumentType] - jsii renames arguments
        removal_policy=stage.removal_policy,
    )
