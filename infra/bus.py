"""The stage's own event bus: who may raise what on it, and where that goes."""

from collections.abc import Iterable
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_events_targets import SqsQueue
from constructs import Construct

from frontdesk.trigger import SOURCE
from infra.stages import Stage


class Bus(Construct):
    """The bus. What it can't hand on is among the dead letters of whom it was for, and redriven there."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Bus")
        self._name = f"frontdesk-{stage.name}"
        self._bus = events.EventBus(self, "Bus", event_bus_name=self._name)

    def admit(self, function: lambda_.Function, raises: Iterable[str]) -> None:
        """Tells a function where the bus is, and lets it raise those events, as us and as nobody else."""
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["events:PutEvents"],
                resources=[self._bus.event_bus_arn],
                conditions={"StringEquals": {"events:source": SOURCE, "events:detail-type": sorted(raises)}},
            )
        )
        function.add_environment("FRONTDESK_EVENT_BUS", self._name)

    def send(self, scope: Construct, raised: Iterable[str], queue: sqs.Queue, buried: sqs.Queue) -> None:
        """Makes a message in that queue of each event of those detail types."""
        ours = events.EventPattern(source=[SOURCE], detail_type=sorted(raised))
        self._rule(scope, "Rule", ours, queue, buried, event_bus=self._bus)

    def send_puts(
        self, scope: Construct, puts: events.EventPattern, queue: sqs.Queue, buried: sqs.Queue
    ) -> None:
        """Makes a message in that queue of each object put: S3 tells the account's own bus, and no other."""
        self._rule(scope, "Puts", puts, queue, buried)

    def _rule(
        self,
        scope: Construct,
        name: str,
        pattern: events.EventPattern,
        queue: sqs.Queue,
        buried: sqs.Queue,
        **on: Any,
    ) -> None:
        events.Rule(
            scope,
            name,
            event_pattern=pattern,
            **on,
            # SQS moves messages back out of a dead-letter queue only where it is one of another queue's.
            targets=[SqsQueue(queue, dead_letter_queue=buried)],  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )
