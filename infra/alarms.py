"""What wakes somebody: one topic for every alarm of the stage. Who listens is the operator's to say.

An alarm's name says its stage, then its section in docs/runbook.md, then whose it is where there are several.
"""

from typing import Any, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

RUNBOOK: Final = "docs/runbook.md"
_ABOVE: Final = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD


class Alarms(Construct):
    """The topic, over TLS only. This account's alarms alone may publish; none repeats a caller's word."""

    def __init__(self, scope: Construct, stage: str, key: kms.Key) -> None:
        super().__init__(scope, "Alarms")
        self._stage = stage
        self.names: list[str] = []
        """Of those made so far, in all stacks."""
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=key)  # pyright: ignore[reportArgumentType] - jsii renames arguments
        # The rule for TLS takes the place of the topic's own policy, by which CloudWatch might publish.
        account = Stack.of(self).account
        self.topic.grant_publish(
            iam.ServicePrincipal(
                "cloudwatch.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": account}}
            )  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )

    def any_message(self, scope: Construct, queue: sqs.IQueue, of: str) -> None:
        """Wakes somebody when anything lies in a dead-letter queue."""
        metric = queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="max"
        )
        self.when(
            *(scope, "dead-letters", metric, 0),
            of=of,
            what=f"{of}: a message could not be handled.",
        )

    def oldest(self, scope: Construct, queue: sqs.IQueue, of: str, *, above_s: int) -> None:
        """Wakes somebody when a message has been waiting for longer than that."""
        metric = queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(1), statistic="max")
        self.when(
            *(scope, "queue-late", metric, above_s),
            of=of,
            what=f"{of}: a message waits for more than {above_s} s.",
        )

    def when(
        self,
        scope: Construct,
        section: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        *,
        what: str,
        of: str = "",
        periods: int = 1,
        **otherwise: Any,
    ) -> cloudwatch.Alarm:
        """Wakes somebody when a figure is above that in each of so many of its periods.

        Args:
            scope: beside what it watches.
            section: of the runbook, which says what to do.
            metric: what is watched; a period without a figure is a good one.
            threshold: the highest good value.
            what: one sentence of what is so then.
            of: whose alarm it is, where the section has several.
            periods: how many, one after the other.
            otherwise: what else CloudWatch is told, such as another comparison.
        """
        name = "-".join(part for part in ("frontdesk", self._stage, section, of.replace("/", "-")) if part)
        if name in self.names:
            raise ValueError(f"two alarms are called {name}")
        self.names.append(name)
        told: dict[str, Any] = {
            "comparison_operator": _ABOVE,
            "treat_missing_data": cloudwatch.TreatMissingData.NOT_BREACHING,
        }
        alarm = cloudwatch.Alarm(
            scope,
            "".join(part.capitalize() for part in f"{section}-alarm".split("-")),
            alarm_name=name,
            alarm_description=f"{what} What to do: {RUNBOOK}#{section}",
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            **(told | otherwise),
        )
        alarm.add_alarm_action(SnsAction(self.topic))  # pyright: ignore[reportArgumentType] - jsii renames arguments
        return alarm
