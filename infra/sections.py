"""What the dashboard shows, as data: sections of graphs of lines.

CloudWatch's page and docs/dashboard.svg are both drawn from it, so the picture shows what the page shows.
Nothing here needs the CDK. What only a deploy knows, such as a queue's name, is asked for by `Line.of`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from frontdesk.measures import BOOKING, FAILURE, REFUSED, STAGE, Booking, Failure, name_of

STAGES_OWN: Final = ""
"""The namespace of our own metrics, which each stage has another of."""
COLUMNS: Final = 24
"""Of CloudWatch's page."""
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Line:
    """One metric, or a sum of several ones."""

    label: str
    metric: str = ""
    dimensions: Mapping[str, str] = field(default_factory=lambda: _NONE)
    statistic: str = "Sum"
    namespace: str = STAGES_OWN
    of: str = ""
    """Whose, where only a deploy knows its name: `database`, `api`, `queue agents/on_agent_saved`."""
    expression: str = ""
    """Of CloudWatch's metric math, over `parts`."""
    parts: Mapping[str, "Line"] = field(default_factory=lambda: MappingProxyType[str, "Line"]({}))
    usual: float = 0.0
    """What it is on an invented day, for the picture; 0 is a line that should lie still."""
    is_level: bool = False
    """Whether it stays what it is at night, in the picture; else it goes with the hours that clinics keep."""


@dataclass(frozen=True)
class Graph:
    """Lines over time, in one unit."""

    title: str
    lines: Sequence[Line]
    width: int = 8
    """Of 24 columns."""
    minutes: int = 5
    """Of one point."""
    limit: float | None = None
    """Above it an alarm rings."""


@dataclass(frozen=True)
class Section:
    """Graphs of one subject, beneath its heading."""

    title: str
    graphs: Sequence[Graph]


def sections(tools: Iterable[str], queues: Iterable[str]) -> list[Section]:
    """The whole page, for the tools of these names, and these folders that are fed by queues."""
    return [_calls(), _tools([*tools]), _trouble(), _agents(), _queues([*queues]), _outside(), _database()]


def _calls() -> Section:
    by_how = {"agent": 60.0, "copy": 0.0, "forwarded": 4.0, "closed": 3.0, "blocked": 0.4, "no_line": 0.0}
    ways = [
        Line(how, "MessageAnswered", {"service": "messages", "answered": how}, usual=usual)
        for how, usual in (by_how | {"nobody": 0.0}).items()
    ]
    took = [
        Line(p, "answering", {"service": "messages", "answered": "agent"}, p, usual=ms, is_level=True)
        for p, ms in (("p50", 38.0), ("p99", 210.0))
    ]
    begun = Line("begun", "Answered", {"service": "messages"}, "SampleCount", usual=14)
    ended = Line("ended", "CallEnded", {"service": "messages"}, usual=14)
    return Section(
        "Calls",
        [
            Graph("Calls now", [_gauge("calls_now", "under way", usual=42)], minutes=1),
            Graph("Calls begun and ended, a minute", [begun, ended], minutes=1),
            Graph("How they were answered", ways),
            Graph("From ringing to an answer, in ms", took, limit=6_000),
            Graph(
                "What came of bookings", [_booking(outcome, usual) for outcome, usual in _OUTCOMES.items()]
            ),
            Graph(
                "Requests that were not proven to be Vapi's",
                [Line("refused", REFUSED, {"service": STAGE}, usual=0)],
            ),
        ],
    )


_OUTCOMES: Final[Mapping[Booking, float]] = {
    Booking.BOOKED: 22,
    Booking.ASKED_FOR: 3,
    Booking.MOVED: 5,
    Booking.CANCELLED: 6,
    Booking.TAKEN: 0.7,
    Booking.OFFERED_OTHERS: 4,
    Booking.DECLINED: 2,
    Booking.DOUBTFUL: 0,
    Booking.FAILED: 0,
}


def _booking(outcome: Booking, usual: float) -> Line:
    return Line(outcome.replace("_", " "), BOOKING, {"service": STAGE, "outcome": outcome.value}, usual=usual)


def _tools(names: Sequence[str]) -> Section:
    def took(statistic: str, slow: float) -> list[Line]:
        # As the function itself counts, so what a name costs in CloudWatch is known: no other id is in it.
        return [
            Line(
                name,
                "duration",
                {"service": name, "tool": name},
                statistic,
                usual=slow * (0.25 + place * 7 % 18 / 6),
                is_level=True,
            )
            for place, name in enumerate(names)
        ]

    return Section(
        "Tools",
        [
            Graph("p50 by tool, in ms", took("p50", 18), 12),
            Graph("p99 by tool, in ms", took("p99", 130), 12),
        ],
    )


def _trouble() -> Section:
    failures = [
        Line(kind.value, FAILURE, {"service": STAGE, "kind": kind.value}, usual=usual)
        for kind, usual in zip(Failure, (0, 0.2, 1.2, 0), strict=True)
    ]
    return Section(
        "Trouble",
        [
            Graph("Failures, by who failed", failures),
            Graph("The API's own errors", [_aws("5xx", "AWS/ApiGateway", "5xx", "api", "Sum")], limit=0),
            Graph(
                "Messages of Vapi that were not kept",
                [Line("not taken", "MessageNotTaken", {"service": "messages"})],
                limit=0,
            ),
        ],
    )


def _agents() -> Section:
    def sync(label: str, name: str, statistic: str = "Sum", usual: float = 0.0) -> Line:
        return Line(
            label,
            name,
            {"service": "on_agent_saved"},
            statistic,
            usual=usual,
            is_level=statistic != "Sum",
        )

    done, lost = sync("succeeded", "SyncSucceeded", usual=3), sync("failed", "SyncFailed")
    rate = Line(
        "came to Vapi",
        expression="100 * s / (s + f)",
        parts={"s": done, "f": lost},
        usual=99.6,
        is_level=True,
    )
    took = [sync(p, "SyncDuration", p, ms) for p, ms in (("p50", 900.0), ("p95", 2_300.0), ("p99", 4_100.0))]
    tries = [sync("retries", "SyncRetries", usual=0.6), sync("linking failed", "LinkingFailures"), lost]
    return Section(
        "Agents on their way to Vapi",
        [
            Graph("From save to link, in ms", took),
            Graph("Success of syncs, in %", [rate]),
            Graph("Retries and failures", [*tries, _gauge("agents_behind", "behind")]),
        ],
    )


def _queues(folders: Sequence[str]) -> Section:
    return Section(
        "Queues",
        [
            Graph(
                "Oldest message, in s",
                [
                    _aws(
                        *(each, "AWS/SQS", "ApproximateAgeOfOldestMessage", f"queue {each}"),
                        usual=1.5 + place,
                    )
                    for place, each in enumerate(folders)
                ],
                12,
                minutes=1,
            ),
            Graph(
                "Dead letters",
                [
                    _aws(each, "AWS/SQS", "ApproximateNumberOfMessagesVisible", f"dead letters {each}")
                    for each in folders
                ],
                12,
                minutes=1,
                limit=0,
            ),
        ],
    )


def _outside() -> Section:
    ages = [
        _gauge("calendar_age_s", "read longest ago", usual=640, is_level=True),
        _gauge("calendar_outbox_age_s", "oldest change not yet told", usual=9),
    ]
    stale = [
        _gauge("calendars_connected", "calendars connected", usual=31, is_level=True),
        _gauge("calendars_stale", "calendars stale"),
        _gauge("emrs_stale", "EMRs stale"),
    ]
    breakers = [
        _gauge("breakers_open", "open", usual=0.4),
        _gauge("breakers_open_long", "for a quarter of an hour"),
    ]
    return Section(
        "Calendars and EMRs",
        [
            Graph("Age of what we know of calendars, in s", ages, limit=1_800),
            Graph("Fresh and stale", stale),
            Graph("Breakers of EMRs", breakers),
        ],
    )


def _database() -> Section:
    def of(label: str, metric: str, usual: float, *, is_level: bool = False) -> Line:
        return _aws(label, "AWS/RDS", metric, "database", usual=usual, is_level=is_level)

    return Section(
        "Database",
        [
            Graph(
                "Capacity used and CPU, in %",
                [of("capacity", "ACUUtilization", 31), of("CPU", "CPUUtilization", 19)],
                limit=90,
            ),
            Graph("Connections", [of("connections", "DatabaseConnections", 58)]),
            Graph("Free memory, in bytes", [of("free", "FreeableMemory", 5.2e10, is_level=True)]),
        ],
    )


def _gauge(field: str, label: str, *, usual: float = 0.0, is_level: bool = False) -> Line:
    return Line(
        label, name_of(field), {"service": STAGE}, "Maximum", usual=usual, is_level=is_level or not usual
    )


def _aws(
    label: str,
    namespace: str,
    metric: str,
    of: str,
    statistic: str = "Maximum",
    *,
    usual: float = 0.0,
    is_level: bool = False,
) -> Line:
    return Line(
        label, metric, statistic=statistic, namespace=namespace, of=of, usual=usual, is_level=is_level
    )
