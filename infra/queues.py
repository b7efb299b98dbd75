"""What every SQS queue here has: encryption at rest, and TLS on the way."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def queue(scope: Construct, name: str, **properties: Any) -> sqs.Queue:
    """A queue. SQS's own key: EventBridge may send there without a policy of a key of ours."""
    return sqs.Queue(scope, name, encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True, **properties)


def dead_letters(scope: Construct, name: str) -> sqs.Queue:
    """A queue for what could not be handled, kept as long as SQS keeps anything."""
    return queue(scope, name, retention_period=Duration.days(14))
