"""What a glance shows: how tool sync does, and every queue. Figures, so nobody's words can be on it."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import Alarms
from infra.queue_function import QueueFunction
from infra.stages import Stage

_SYNC: Final = "on_agent_saved"
"""What the function of that folder calls itself, in the metrics of `frontdesk.agents.delivery`."""
_MANY_FAILURES: Final = 10
"""Of linking, in five minutes. Each is retried, and one in fifty is the weather."""


class Dashboard(Construct):
    """One page a stage, and the alarm on what is retried too often."""

    def __init__(
        self, scope: Construct, stage: Stage, fed: Mapping[str, QueueFunction], alarms: Alarms
    ) -> None:
        super().__init__(scope, "Dashboard")
        succeeded, failed = _sync("SyncSucceeded"), _sync("SyncFailed")
        linking = _sync("LinkingFailures")
        rate = cloudwatch.MathExpression(
            expression="100 * s / (s + f)",
            using_metrics={"s": succeeded, "f": failed},
            label="agents that came to Vapi",
            period=Duration.minutes(5),
        )
        took = [_sync("SyncDuration", statistic) for statistic in ("p50", "p95", "p99")]
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"frontdesk-{stage.name}",
            widgets=[
                [
                    _graph("From save to link, in ms", *took),
                    _graph("Success of syncs, in %", rate),
                    _graph("Retries and linking failures", _sync("SyncRetries"), linking, failed),
                ],
                [
                    _graph(
                        "Oldest message of each queue, in s",
                        *(each.age(folder) for folder, each in fed.items()),
                    ),
                    _graph("Dead letters", *(each.buried(folder) for folder, each in fed.items())),
                ],
            ],
        )
        alarms.above(self, "Linking", linking, _MANY_FAILURES, "assistants can't be linked to their tools")


def _sync(name: str, statistic: str = "Sum") -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="frontdesk",
        metric_name=name,
        dimensions_map={"service": _SYNC},
        statistic=statistic,
        # Of a metric with a label, the CDK makes an alarm on an expression.
        label=None if statistic == "Sum" else statistic,
        period=Duration.minutes(5),
    )


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
