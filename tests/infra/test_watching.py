"""What is watched of a stage, as its template has it, and what the runbook says of each alarm."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.measures import Booking, Failure, Figures, name_of
from gitops import dashboard_picture
from infra.alarms import RUNBOOK
from infra.routes import resources, sources
from infra.sections import sections
from infra.template import ROOT, template
from tests.infra.conftest import Synthesised

pytestmark = pytest.mark.slow
NAMED = re.compile(r"^frontdesk-(dev|prod)-")


def alarms(stack: Synthesised) -> list[dict[str, Any]]:
    return [made["Properties"] for made in stack.all("AWS::CloudWatch::Alarm").values()]


def section_of(alarm: dict[str, Any]) -> str:
    return alarm["AlarmDescription"].partition(f"{RUNBOOK}#")[2]


def watched(alarm: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Metric, statistic and the first dimension's value of all that an alarm looks at."""
    if "MetricName" in alarm:
        yield alarm["MetricName"], _statistic(alarm), _value(alarm)
    for query in alarm.get("Metrics", []):
        if "MetricStat" in query:
            one = query["MetricStat"]
            yield one["Metric"]["MetricName"], one["Stat"], _value(one["Metric"])


def _statistic(alarm: dict[str, Any]) -> str:
    return alarm.get("Statistic") or alarm.get("ExtendedStatistic", "")


def _value(metric: dict[str, Any]) -> Any:
    match metric["Dimensions"][0]["Value"]:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return name
        case value:
            return value


def of_section(stack: Synthesised, section: str) -> list[dict[str, Any]]:
    found = [alarm for alarm in alarms(stack) if section_of(alarm) == section]
    assert found, section
    return found


def ids(stack: Synthesised, prefix: str = "") -> set[str]:
    """What the template calls our functions."""
    return {
        name
        for name, made in stack.all("AWS::Lambda::Function").items()
        if made["Properties"]["Handler"].startswith(f"functions.{prefix}")
    }


def test_every_function_wakes_somebody_when_it_fails_and_when_it_is_turned_away(stack: Synthesised) -> None:
    for metric, section in {"Errors": "function-errors", "Throttles": "function-throttles"}.items():
        found = [one for alarm in of_section(stack, section) for one in watched(alarm)]

        assert sorted(value for _, _, value in found) == sorted(ids(stack)), "each once"
        assert {(name, statistic) for name, statistic, _ in found} == {(metric, "Sum")}


def test_any_tools_p95_over_500_ms_wakes_somebody(stack: Synthesised) -> None:
    found = of_section(stack, "tool-slow")
    seen = [one for alarm in found for one in watched(alarm)]

    assert {alarm["Threshold"] for alarm in found} == {500}
    assert sorted(seen) == sorted(("Duration", "p95", tool) for tool in ids(stack, "tools."))
    assert {
        query["Expression"] for alarm in found for query in alarm["Metrics"] if "Expression" in query
    } == {"MAX(METRICS())"}


def test_every_queue_wakes_somebody_when_it_is_late_and_every_dead_letter_does(stack: Synthesised) -> None:
    seen = {
        (name, value): alarm["Threshold"]
        for section in ("dead-letters", "queue-late")
        for alarm in of_section(stack, section)
        for name, _, value in watched(alarm)
    }
    feeding = {one.queue: one.timeout_s for one in sources(stack.template)}
    buried = set(stack.all("AWS::SQS::Queue")) - feeding.keys()

    assert seen == {("ApproximateNumberOfMessagesVisible", queue): 0 for queue in buried} | {
        ("ApproximateAgeOfOldestMessage", queue): max(60, timeout_s) for queue, timeout_s in feeding.items()
    }


def test_the_database_is_watched_before_it_is_full(stack: Synthesised) -> None:
    [cluster] = stack.all("AWS::RDS::DBCluster")
    found = {
        name: alarm["ComparisonOperator"]
        for alarm in alarms(stack)
        for name, _, value in watched(alarm)
        if value == cluster
    }

    above = ("ACUUtilization", "CPUUtilization", "DatabaseConnections")
    assert found == dict.fromkeys(above, "GreaterThanThreshold") | {"FreeableMemory": "LessThanThreshold"}
    [connections] = of_section(stack, "database-connections")
    assert connections["Threshold"] < 2_000, "Aurora's limit where its floor is below one unit"


def test_a_figure_that_nobody_takes_any_more_wakes_somebody(stack: Synthesised) -> None:
    [alarm] = of_section(stack, "not-measured")

    assert (alarm["TreatMissingData"], alarm["ComparisonOperator"]) == ("breaching", "LessThanThreshold")
    others = [one for one in alarms(stack) if section_of(one) not in ("not-measured", "no-calls")]
    assert {one["TreatMissingData"] for one in others} == {"notBreaching"}


def test_every_alarm_reaches_the_topic_is_named_by_its_section_and_looks_at_ten_metrics_at_most(
    stack: Synthesised,
) -> None:
    [topic] = stack.all("AWS::SNS::Topic")
    for alarm in alarms(stack):
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert NAMED.sub("", alarm["AlarmName"]).startswith(section_of(alarm)), alarm["AlarmName"]
        assert 1 <= len([*watched(alarm)]) <= 10, "CloudWatch takes no more"
    [policy] = stack.all("AWS::SNS::TopicPolicy").values()
    assert {"Service": "cloudwatch.amazonaws.com"} in [
        statement["Principal"] for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_every_alarm_has_a_section_of_the_runbook_and_every_section_an_alarm() -> None:
    told = {
        section_of(made["Properties"])
        for stage in ("dev", "prod")
        for made in resources(template(stage), "AWS::CloudWatch::Alarm").values()
    }
    runbook = (ROOT / RUNBOOK).read_text(encoding="utf-8")
    found: list[tuple[str, str]] = re.findall(r"^### (.+)\n((?:(?!^##).*\n?)*)", runbook, re.MULTILINE)
    written = dict(found)

    assert told == written.keys()
    for heading, text in written.items():
        for part in ("- **Callers notice:** ", "- **Look at:** ", "- **Do:** "):
            assert text.count(part) == 1, (heading, part)
    for link in re.findall(r"\]\(#([^)]+)\)", runbook):
        assert link in written.keys() | {"follow-one-call", "ask-postgres"}, link


def shown(stack: Synthesised) -> list[dict[str, Any]]:
    """The widgets of the page, with what only a deploy knows left as a word."""
    [page] = stack.all("AWS::CloudWatch::Dashboard").values()
    body = page["Properties"]["DashboardBody"]
    whole = "".join(part if isinstance(part, str) else "known" for part in body["Fn::Join"][1])
    return json.loads(whole)["widgets"]


def test_the_dashboard_shows_what_its_definition_says_and_so_does_the_picture(stack: Synthesised) -> None:
    defined = sections(stack.tools, stack.queues)
    graphs = [graph for section in defined for graph in section.graphs]
    widgets = [widget for widget in shown(stack) if widget["type"] == "metric"]
    picture = dashboard_picture.draw(stack.tools, [*stack.queues])

    assert [widget["properties"]["title"] for widget in widgets] == [graph.title for graph in graphs]
    for widget, graph in zip(widgets, graphs, strict=True):
        labels = [one[-1]["label"] for one in widget["properties"]["metrics"] if one[-1].get("visible", True)]
        assert labels == [line.label for line in graph.lines], graph.title
        assert f">{graph.title.replace('&', '&amp;')}</text>" in picture
    assert (picture.count("<polyline"), "sample data" in picture) == (
        sum(len(graph.lines) for graph in graphs),
        True,
    )


def test_the_dashboard_names_every_alarm_and_every_queue(stack: Synthesised) -> None:
    widgets = shown(stack)
    rows = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    names = {arn.rpartition(":alarm:")[2] for row in rows for arn in row}
    titles = {widget["properties"].get("title"): widget["properties"] for widget in widgets}

    assert names == {alarm["AlarmName"] for alarm in alarms(stack)}
    assert max(map(len, rows)) <= 100, "CloudWatch shows no more in one"
    for title in ("Oldest message, in s", "Dead letters"):
        assert [one[-1]["label"] for one in titles[title]["metrics"]] == list(stack.queues)


def test_every_outcome_every_failure_and_every_figure_is_on_the_dashboard() -> None:
    lines = [line for section in sections([], []) for graph in section.graphs for line in graph.lines]
    of = {(line.metric, *line.dimensions.values()) for line in lines}

    for outcome in Booking:
        assert ("Booking", "frontdesk", outcome.value) in of
    for kind in Failure:
        assert ("Failure", "frontdesk", kind.value) in of
    for figure in Figures._fields:
        assert (name_of(figure), "frontdesk") in of


def test_metrics_are_the_stages_own(stack: Synthesised) -> None:
    [stage] = {told["FRONTDESK_STAGE"] for told in stack.environments.values()}

    assert {told["POWERTOOLS_METRICS_NAMESPACE"] for told in stack.environments.values()} == {
        f"frontdesk-{stage}"
    }
    ours = {alarm["Namespace"] for alarm in alarms(stack) if "Namespace" in alarm} - {
        *("AWS/SQS", "AWS/RDS", "AWS/ApiGateway", "AWS/Lambda")
    }
    assert ours == {f"frontdesk-{stage}"}
