"""The alarms of a stage as a whole: on calls, on Vapi's messages, on what stands in the database, on the API.

What is one function's or one queue's stands beside it (`function_alarms`, `alarms`).
"""

from typing import Final, NamedTuple

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from frontdesk.measures import FAILURE, REFUSED, STAGE, Failure, name_of
from infra.alarms import Alarms
from infra.base import Base
from infra.stages import Stage

_MESSAGES: Final = {"service": "messages"}
_ALL: Final = {"service": STAGE}
_BELOW: Final = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_MISSING_IS_BAD: Final = cloudwatch.TreatMissingData.BREACHING
_ACU_BYTES: Final = 2 * 1024**3
"""AWS, "How Aurora Serverless v2 works": about 2 GiB a capacity unit."""


class _Of(NamedTuple):
    """An alarm on one of our own metrics, over so many periods of so many minutes."""

    section: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    threshold: float
    what: str
    minutes: int = 5
    periods: int = 1


_OURS: Final = (
    _Of("message-not-taken", "MessageNotTaken", _MESSAGES, "Sum", 0, "Vapi's messages could not be kept."),
    _Of("refused", REFUSED, _ALL, "Sum", 20, "Requests for calls are not proven to be Vapi's."),
    _Of(
        *("fault-of-ours", FAILURE, {**_ALL, "kind": Failure.OURS.value}, "Sum", 0),
        what="Our own code failed where somebody waited for it.",
    ),
    _Of(
        *("linking-failures", "LinkingFailures", {"service": "on_agent_saved"}, "Sum", 10),
        what="Assistants can't be linked to their tools.",
    ),
    _Of(
        *("sync-lagging", name_of("agents_behind"), _ALL, "Minimum", 0),
        what="An agent that was saved a quarter of an hour ago is not so at Vapi.",
        periods=3,
    ),
    _Of(
        *("calendars-stale", name_of("calendars_stale"), _ALL, "Minimum", 0),
        what="A connected calendar has not been read for half an hour.",
        periods=3,
    ),
    _Of(
        *("calendars-not-told", name_of("calendar_outbox_age_s"), _ALL, "Minimum", 900),
        what="A visit has waited a quarter of an hour for its place in a calendar.",
    ),
    _Of(
        *("emr-away", name_of("breakers_open_long"), _ALL, "Minimum", 0),
        what="A clinic's EMR has not answered for a quarter of an hour.",
    ),
    _Of(
        *("emr-stale", name_of("emrs_stale"), _ALL, "Minimum", 0),
        what="A clinic's EMR has not been read to its end for half an hour.",
        periods=3,
    ),
)


def watch_stage(scope: Construct, stage: Stage, base: Base, alarms: Alarms) -> None:
    """Makes them, in the stack that is deployed last."""
    for one in _OURS:
        metric = _metric(stage, one.metric, one.dimensions, one.statistic, one.minutes)
        beside = Construct(scope, one.section)
        alarms.when(beside, one.section, metric, one.threshold, what=one.what, periods=one.periods)
    _watch_answering(Construct(scope, "Answering"), stage, alarms)
    _watch_api(Construct(scope, "Api"), base, alarms)
    _watch_database(Construct(scope, "Database"), stage, base, alarms)


def _watch_answering(scope: Construct, stage: Stage, alarms: Alarms) -> None:
    answered = _metric(stage, "Answered", _MESSAGES, "Average", 5)
    alarms.when(
        *(scope, "calls-unanswered", answered, 0.9),
        what="More than one call in ten was answered by nobody.",
        periods=2,
        comparison_operator=_BELOW,
    )
    slowest = _metric(stage, "answering", _MESSAGES | {"answered": "agent"}, "Maximum", 5)
    alarms.when(*(scope, "answer-slow", slowest, 6_000), what="A call rang for over 6 s; Vapi waits 7.5.")
    if stage.name == "prod":  # nobody calls dev on a Sunday
        rang = _metric(stage, "Answered", _MESSAGES, "SampleCount", 360)
        alarms.when(
            *(scope, "no-calls", rang, 1),
            what="Nobody has called any clinic for a day.",
            periods=4,
            comparison_operator=_BELOW,
            treat_missing_data=_MISSING_IS_BAD,
        )
    counted = _metric(stage, name_of("calls_now"), _ALL, "SampleCount", 5)
    alarms.when(
        *(scope, "not-measured", counted, 1),
        what="How things stand has not been measured for ten minutes.",
        periods=2,
        comparison_operator=_BELOW,
        treat_missing_data=_MISSING_IS_BAD,
    )


def _watch_api(scope: Construct, base: Base, alarms: Alarms) -> None:
    # Longer than Lambda takes reaches no function: API Gateway refuses it and counts a server's error.
    refused = base.api.server_errors()
    alarms.when(scope, "api-errors", refused, 0, what="The API answered with a server's error.")
    failed = base.migration.function.metric_errors(period=Duration.minutes(5))
    alarms.when(scope, "migration-failed", failed, 0, what="The schema could not be brought up to date.")


def _watch_database(scope: Construct, stage: Stage, base: Base, alarms: Alarms) -> None:
    def of(metric: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/RDS",
            metric_name=metric,
            dimensions_map=database_dimensions(base),
            statistic=statistic,
            period=Duration.minutes(5),
        )

    for section, metric, threshold, what in (
        ("database-capacity", "ACUUtilization", 90, "The database is at the ceiling of its capacity."),
        ("database-cpu", "CPUUtilization", 80, "The database computes more than it will for long."),
    ):
        alarms.when(scope, section, of(metric, "Average"), threshold, what=what, periods=3)
    # Of the whole cluster's, what the smallest of its instances has free at its largest.
    bytes_free = 0.1 * stage.max_capacity_acu * _ACU_BYTES
    alarms.when(
        *(scope, "database-memory", of("FreeableMemory", "Minimum"), bytes_free),
        what="The database has less than a tenth of its memory left.",
        periods=3,
        comparison_operator=_BELOW,
    )
    most = most_connections(stage.max_capacity_acu)
    alarms.when(
        *(scope, "database-connections", of("DatabaseConnections", "Maximum"), round(0.7 * most)),
        what=f"Seven tenths of the database's {most} connections are taken.",
    )


def database_dimensions(base: Base) -> dict[str, str]:
    """What names the cluster in its metrics."""
    return {"DBClusterIdentifier": base.database.cluster.cluster_identifier}


def most_connections(max_capacity_acu: float) -> int:
    """What Aurora sets as `max_connections`: by its ceiling, at most 2,000 where the floor is below one unit.

    AWS, "Maximum connections for Aurora Serverless v2", and for PostgreSQL memory / 9,531,392.
    """
    return min(2_000, int(max_capacity_acu * _ACU_BYTES / 9_531_392))


def _metric(
    stage: Stage, name: str, dimensions: dict[str, str], statistic: str, minutes: int
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=stage.metrics,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=Duration.minutes(minutes),
    )
