"""What a stage costs in a month: the resources of its template, at list prices, and what calls add.

    python -m infra.costs            # prints the table
    python -m infra.costs --write    # puts it into docs/deploying.md

The prices were written down on 2026-11-23 without AWS's price list at hand: us-east-1's, best known, and a
tenth more for ca-central-1. Check them before a budget hangs on them. Free tiers, taxes, support and what
leaves AWS aren't counted, nor is Vapi, which bills each minute and costs most of all.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from infra.packaging import ROOT
from infra.routes import resources
from infra.template import template
from infra.usage import DAYS, uses

CALLS_A_DAY: Final = (0, 1_000, 10_000)
DOCUMENT: Final = ROOT / "docs" / "deploying.md"
BEGINS: Final = "<!-- costs: made by `python -m infra.costs --write` -->"
ENDS: Final = "<!-- end of costs -->"
_CANADA: Final = 1.1
"""What ca-central-1 costs for one dollar's worth in us-east-1."""
_HOURS: Final = 730
_ZONES: Final = 2

# USD in us-east-1.
_NAT_HOUR, _NAT_GB = 0.045, 0.045
_ENDPOINT_HOUR: Final = 0.01
_KEY, _SECRET, _ALARM, _DASHBOARD, _METRIC = 1.0, 0.4, 0.1, 3.0, 0.3
_ACU_HOUR: Final = 0.12
_STORAGE_GB, _IO_MILLION = 0.10, 0.20
_LOG_GB, _TRACE_MILLION = 0.50, 5.0
_API_MILLION, _REQUEST_MILLION, _GB_SECOND = 1.0, 0.20, 0.0000133334
_MESSAGE_MILLION: Final = 0.40
_KEPT_GB_SECOND: Final = 0.0000033334
"""Of environments that are kept started."""

# What is assumed of the stage and of a call, beside what `usage` has.
_METRICS: Final = 60
"""Custom ones: a row of tools, each with its outcomes."""
_DATA_GB: Final = 20
"""In the database, and as much again in backups beyond the free ones."""
_GB: Final = 1.0
"""Of memory, of almost every function."""
_IO_A_CALL, _LOG_KB, _OUT_KB = 80, 2.0, 60.0
"""Reads and writes of pages; log lines an invocation; what goes out by NAT, tokens and transcripts."""
_POLLS_A_MONTH: Final = 5 * 3 * 60 * 24 * DAYS
"""Of one queue by Lambda: five pollers, each 20 s long."""
_BUSY_HOURS: Final = 10
_CALLS_AN_ACU: Final = 20_000
"""A day, in those hours. A call takes some tenths of a second of a core; an ACU is about a quarter of one."""


class Line(NamedTuple):
    """One row of the bill."""

    what: str
    usd: list[float]
    """A month, for each of `CALLS_A_DAY`."""


def bill(made: Mapping[str, Any]) -> list[Line]:
    """The rows for a stage's template, in ca-central-1."""

    def count(kind: str) -> int:
        return len(resources(made, kind))

    endpoints = [
        one
        for one in resources(made, "AWS::EC2::VPCEndpoint").values()
        if one["Properties"].get("VpcEndpointType") == "Interface"
    ]
    [cluster] = resources(made, "AWS::RDS::DBCluster").values()
    floor_acu = cluster["Properties"]["ServerlessV2ScalingConfiguration"]["MinCapacity"]
    instances = count("AWS::RDS::DBInstance")
    kept = sum(
        one["Properties"].get("ProvisionedConcurrencyConfig", {}).get("ProvisionedConcurrentExecutions", 0)
        for one in resources(made, "AWS::Lambda::Version").values()
    )
    timed = sum(
        a_month(one["Properties"]["ScheduleExpression"])
        for one in resources(made, "AWS::Scheduler::Schedule").values()
    )
    use = uses()
    requests = use["tools_a_call"] + use["messages_a_call"]
    calls = [each * DAYS for each in CALLS_A_DAY]
    invoked = [timed + each * (requests + use["afterwards_a_call"]) for each in calls]
    more_acu = [each / _CALLS_AN_ACU * _BUSY_HOURS * DAYS for each in CALLS_A_DAY]
    rows = [
        Line(
            "NAT gateways",
            [
                count("AWS::EC2::NatGateway") * _NAT_HOUR * _HOURS + each * _OUT_KB / 1e6 * _NAT_GB
                for each in calls
            ],
        ),
        Line("interface endpoints", [len(endpoints) * _ZONES * _ENDPOINT_HOUR * _HOURS] * len(calls)),
        Line(
            "database: capacity",
            [(floor_acu * _HOURS * instances + each * instances) * _ACU_HOUR for each in more_acu],
        ),
        Line(
            "database: storage, reads and writes",
            [2 * _DATA_GB * _STORAGE_GB + each * _IO_A_CALL / 1e6 * _IO_MILLION for each in calls],
        ),
        Line(
            "functions, API and queues",
            [
                _ran(each, use["invocation_s"])
                + of_calls * requests / 1e6 * _API_MILLION
                + count("AWS::Lambda::EventSourceMapping") * _POLLS_A_MONTH / 1e6 * _MESSAGE_MILLION
                for each, of_calls in zip(invoked, calls, strict=True)
            ],
        ),
        Line("functions that are kept warm", [kept * _GB * _HOURS * 3600 * _KEPT_GB_SECOND] * len(calls)),
        Line(
            "keys and secrets",
            [count("AWS::KMS::Key") * _KEY + (count("AWS::SecretsManager::Secret") + 1) * _SECRET]
            * len(calls),
        ),
        Line(
            "logs, traces, metrics, alarms, dashboard",
            [
                each * _LOG_KB / 1e6 * _LOG_GB
                + each * 0.05 / 1e6 * _TRACE_MILLION
                + count("AWS::CloudWatch::Alarm") * _ALARM
                + count("AWS::CloudWatch::Dashboard") * _DASHBOARD
                + _METRICS * _METRIC
                for each in invoked
            ],
        ),
    ]
    return [Line(what, [each * _CANADA for each in usd]) for what, usd in rows]


def _ran(invoked: float, seconds: float) -> float:
    return invoked / 1e6 * _REQUEST_MILLION + invoked * seconds * _GB * _GB_SECOND


def a_month(rate: str) -> float:
    """How often `rate(5 minutes)` comes."""
    number, unit = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", rate).groups()  # pyright: ignore[reportOptionalMemberAccess]
    return {"minute": 60 * 24, "hour": 24, "day": 1}[unit] * DAYS / int(number)


def table(bills: Mapping[str, Sequence[Line]]) -> str:
    """In Markdown: a row a line, a column a stage and number of calls a day."""
    heads = [f"{stage}, {each:,} calls" for stage in bills for each in CALLS_A_DAY]
    first = next(iter(bills.values()))
    rows = [
        [line.what, *(f"{usd:,.0f}" for of_stage in bills.values() for usd in of_stage[number].usd)]
        for number, line in enumerate(first)
    ]
    totals = [
        f"**{sum(line.usd[number] for line in lines):,.0f}**"
        for lines in bills.values()
        for number in range(len(CALLS_A_DAY))
    ]
    parts = [["USD a month", *heads], ["---", *["---:"] * len(heads)], *rows, ["**together**", *totals]]
    return "\n".join(f"| {' | '.join(part)} |" for part in parts)


def current() -> str:
    """The table of both stages as they are in the templates."""
    return table({stage: bill(template(stage)) for stage in ("dev", "prod")})


def written(document: str) -> str:
    """The table that stands in the document."""
    return document.partition(BEGINS)[2].partition(ENDS)[0].strip()


def main() -> None:
    """Prints the table, or writes it."""
    if "--write" not in sys.argv:
        sys.stdout.write(f"{current()}\n")
        return
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGINS)
    DOCUMENT.write_text(
        f"{before}{BEGINS}\n\n{current()}\n\n{ENDS}{rest.partition(ENDS)[2]}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
