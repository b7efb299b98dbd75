"""`/calls`: what calls came or were made, the whole story of one, and which of its flags were seen to."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from frontdesk.calls.wire import Flag, Outcome
from frontdesk.endpoint import Body, Day, Endpoint, Id, Parameters
from frontdesk.speech.language import Language
from frontdesk.tool import Wire


class Search(Parameters):
    """Everything narrows. A telephone number is no parameter: addresses of requests are logged."""

    first: Day | None = Field(default=None, alias="from")
    """The clinic's local date."""
    last: Day | None = Field(default=None, alias="to")
    """Included."""
    flagged: bool | None = None
    """True: only calls with a flag that nobody has seen to."""
    outcome: Outcome | None = None
    language: Language | None = None
    """That was spoken last."""
    patient_id: Id | None = None
    cursor: Annotated[str, Field(min_length=1, max_length=600)] | None = None
    """A page's `nextCursor`; the rest is asked as before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class Listed(Wire):
    """Times are in the clinic's zone, with their offset."""

    id: str
    kind: str
    """Vapi's: `inboundPhoneCall`, `outboundPhoneCall`, `webCall`."""
    caller_number: str | None
    language: str
    started_at: datetime
    ended_at: datetime | None
    """Null while it runs."""
    duration_s: int | None
    ended_reason: str | None
    """Vapi's word; `no-report` when it never told."""
    outcome: str | None
    """As the agent logged it."""
    patient_id: int | None
    """Whom the caller proved to be."""
    flags: list[str]
    """What somebody should look at."""


class Page(Wire):
    """Newest first."""

    calls: list[Listed]
    next_cursor: str | None
    """Null on the last page."""


class One(Parameters):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    """Vapi's id of the call."""


class Detail(Wire):
    """What else is known of it: names of assistants, and words of Vapi's or the desk's own."""

    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    """Of a handoff: the squad's members."""
    status: str | None = None
    language: str | None = None
    reason: str | None = None
    """Of a transfer."""


class Output(Wire):
    """What Vapi's analysis filled in."""

    name: str
    value: str
    """JSON, redacted."""


class Moment(Wire):
    """Something in the call: what is null doesn't belong to its kind."""

    at: datetime
    kind: str
    """`speech`, `tool`, `transfer`, `handoff`, `status`, `answered`, `language`, `hang`, `emergency`."""
    role: Literal["assistant", "caller"] | None
    assistant: str | None
    """Which of the squad spoke."""
    text: str | None
    """What was said, or of a tool that wrote what it had the desk say; redacted."""
    tool: str | None
    outcome: str | None
    """Of a tool such as `done` or `refused`; of a transfer such as `accepted` or `nobody_there`."""
    ms: int | None
    detail: Detail


class Visit(Wire):
    """A visit that the call made, moved or cancelled, as it stands now."""

    id: int
    status: str
    start_time: datetime
    end_time: datetime
    provider_id: str
    """Numeric text, as in the tools."""
    provider_name: str
    patient_id: int
    appointment_type: str


class Notice(Wire):
    """What the clinic was told of it."""

    id: int
    kind: str
    of: str
    at: datetime
    appointment_id: int | None
    is_read: bool


class Story(Listed):
    """All of a call."""

    resolved_flags: list[str]
    """Those of `flags` that somebody has seen to."""
    summary: str | None
    """Redacted."""
    structured: list[Output]
    """What Vapi's analysis made of it."""
    cost_usd: Decimal | None
    recording_url: str | None
    """At Vapi."""
    is_archived: bool
    """Whether the sound lies in the clinic's own store too."""
    has_original: bool
    """Whether the transcript is kept unredacted: `GET /calls/{id}/original`."""
    reported_at: datetime | None
    turns_left_out: int
    """At the end of a huge transcript."""
    timeline: list[Moment]
    appointments: list[Visit]
    notices: list[Notice]


class Changes(Body):
    """What somebody has seen to."""

    resolved_flags: Annotated[list[Flag], Field(max_length=20)]


LIST = Endpoint(method="GET", path="/calls", parameters=Search, answer=Page)
READ = Endpoint(method="GET", path="/calls/{id}", parameters=One, answer=Story)
RESOLVE = Endpoint(
    method="PATCH", path="/calls/{id}", parameters=One, body=Changes, answer=Story, role="admin"
)
ENDPOINTS = (LIST, READ, RESOLVE)
