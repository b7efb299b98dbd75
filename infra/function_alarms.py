"""The alarms that every function has, of whatever kind: errors, throttles, and of a tool its p95.

An alarm may add up ten metrics, so ten functions of a stack share one: the graph behind it says which it was.
They stand in their functions' own stack: one that imported their names would keep each from being deleted.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import Alarms
from infra.stack import StageStack

TOGETHER: Final = 10
"""CloudWatch: metrics of one alarm's expression, at most."""
BUDGET_MS: Final = 500
"""What a caller may notice of a tool: its p95. Starting an environment is counted apart by Lambda."""
_OURS: Final = "functions."
_TOOLS: Final = "functions.tools."
_PERIOD: Final = Duration.minutes(5)


def watch_functions(stack: StageStack, part: str, alarms: Alarms) -> None:
    """Watches every function of ours that stands in the stack; `part` is its name, such as `calls`."""
    functions = sorted(_functions(stack), key=lambda one: str(one.node.path))
    scope = Construct(stack, f"{part}-alarms")
    for number, group in enumerate(_groups(functions), start=1):
        of = f"{part}-{number}"
        errors = _together("SUM(METRICS())", [one.metric_errors(period=_PERIOD) for one in group])
        alarms.when(
            *(Construct(scope, f"Errors{number}"), "function-errors", errors, 0),
            of=of,
            what=f"A function of {of} raised, or was cut off.",
        )
        throttles = _together("SUM(METRICS())", [one.metric_throttles(period=_PERIOD) for one in group])
        alarms.when(
            *(Construct(scope, f"Group{number}"), "function-throttles", throttles, 0),
            of=of,
            what=f"Lambda turned calls of a function of {of} away.",
        )
    tools = [one for one in functions if str(_handler(one)).startswith(_TOOLS)]
    for number, group in enumerate(_groups(tools), start=1):
        took = [one.metric_duration(statistic="p95", period=_PERIOD) for one in group]
        alarms.when(
            *(Construct(scope, f"Tools{number}"), "tool-slow", _together("MAX(METRICS())", took), BUDGET_MS),
            of=str(number),
            what=f"A tool's p95 has been over {BUDGET_MS} ms for a quarter of an hour.",
            periods=3,
        )


def _functions(stack: StageStack) -> Iterator[lambda_.Function]:
    for one in stack.node.find_all():
        # The CDK adds functions of its own, such as the one that calls the migrator.
        if isinstance(one, lambda_.Function) and str(_handler(one)).startswith(_OURS):
            yield one


def _groups(functions: Sequence[lambda_.Function]) -> Iterator[Sequence[lambda_.Function]]:
    for first in range(0, len(functions), TOGETHER):
        yield functions[first : first + TOGETHER]


def _handler(function: lambda_.Function) -> str | None:
    made = function.node.default_child
    return made.handler if isinstance(made, lambda_.CfnFunction) else None


def _together(expression: str, metrics: Sequence[cloudwatch.Metric]) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=expression,
        using_metrics={f"m{place}": metric for place, metric in enumerate(metrics)},
        period=_PERIOD,
    )
