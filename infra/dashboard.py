"""The stage's page in CloudWatch, drawn of `infra.sections`. Figures, so nobody's words can be on it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.sections import STAGES_OWN, Graph, Line, Section
from infra.stages import Stage

_HEIGHT: Final = 6
_MOST_ALARMS: Final = 100
"""Of one widget: AWS, "Dashboard body structure and syntax"."""


class Dashboard(Construct):
    """One page a stage: its alarms first, then each section's graphs beneath a heading."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        sections: Sequence[Section],
        known: Mapping[str, Mapping[str, str]],
        alarms: Iterable[str],
    ) -> None:
        """Draws it.

        Args:
            scope: the stack.
            stage: whose.
            sections: what is shown.
            known: the dimensions of what only a deploy can name, by `Line.of`.
            alarms: their names, by which they are found in whatever stack.
        """
        super().__init__(scope, "Dashboard")
        self._known = known
        self._namespace = stage.metrics
        named = [self._alarm(name) for name in sorted(alarms)]
        rows: list[list[cloudwatch.IWidget]] = [
            [
                cloudwatch.AlarmStatusWidget(
                    title="Alarms: what to do is in docs/runbook.md",
                    width=24,
                    height=_HEIGHT,
                    alarms=named[first : first + _MOST_ALARMS],
                )
            ]
            for first in range(0, len(named), _MOST_ALARMS)
        ]
        for section in sections:
            rows.append([cloudwatch.TextWidget(markdown=f"## {section.title}", width=24, height=1)])
            rows.append([self._graph(graph) for graph in section.graphs])
        cloudwatch.Dashboard(self, "Dashboard", dashboard_name=f"frontdesk-{stage.name}", widgets=rows)

    def _alarm(self, name: str) -> cloudwatch.IAlarm:
        arn = Stack.of(self).format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return cloudwatch.Alarm.from_alarm_arn(self, name, arn)

    def _graph(self, graph: Graph) -> cloudwatch.GraphWidget:
        limit = (
            []
            if graph.limit is None
            else [cloudwatch.HorizontalAnnotation(value=graph.limit, label="alarm above")]
        )
        return cloudwatch.GraphWidget(
            title=graph.title,
            left=[self._line(line, graph.minutes) for line in graph.lines],
            left_annotations=limit,
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
            width=graph.width,
            height=_HEIGHT,
        )

    def _line(self, line: Line, minutes: int) -> cloudwatch.IMetric:
        if line.expression:
            return cloudwatch.MathExpression(
                expression=line.expression,
                using_metrics={name: self._line(part, minutes) for name, part in line.parts.items()},
                label=line.label,
                period=Duration.minutes(minutes),
            )
        return cloudwatch.Metric(
            namespace=self._namespace if line.namespace == STAGES_OWN else line.namespace,
            metric_name=line.metric,
            dimensions_map={**(self._known[line.of] if line.of else line.dimensions)},
            statistic=line.statistic,
            label=line.label,
            period=Duration.minutes(minutes),
        )
