"""What wakes somebody: one topic for every alarm of the stage. Who listens is the operator's to say."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct


class Alarms(Construct):
    """The topic, over TLS only. This account's alarms alone may publish; none repeats a caller's word."""

    def __init__(self, scope: Construct, key: kms.Key) -> None:
        super().__init__(scope, "Alarms")
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=key)  # pyright: ignore[reportArgumentType] - jsii renames arguments
        # The rule for TLS takes the place of the topic's own policy, by which CloudWatch might publish.
        account = Stack.of(self).account
        self.topic.grant_publish(
            iam.ServicePrincipal(
                "cloudwatch.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": account}}
            )  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )

    def any_message(self, scope: Construct, queue: sqs.IQueue, what: str) -> None:
        """Wakes somebody when anything lies in a dead-letter queue."""
        metric = queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="max"
        )
        self.above(scope, "Buried", metric, 0, f"{what}: a message could not be handled")

    def oldest(self, scope: Construct, queue: sqs.IQueue, what: str, *, above_s: int) -> None:
        """Wakes somebody when a message has been waiting for longer than that."""
        metric = queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(1), statistic="max")
        self.above(scope, "Late", metric, above_s, f"{what}: a message waits for more than {above_s} s")

    def above(
        self,
        scope: Construct,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        what: str,
        *,
        periods: int = 1,
    ) -> cloudwatch.Alarm:
        """Wakes somebody when a figure is above that for so many of its periods in a row."""
        alarm = cloudwatch.Alarm(
            scope,
            name,
            alarm_description=what,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(SnsAction(self.topic))  # pyright: ignore[reportArgumentType] - jsii renames arguments
        return alarm
