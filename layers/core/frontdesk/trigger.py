"""What calls a function that nobody asks: a clock, a queue, Vapi, people signing up, or another of ours.

Infrastructure reads it, so it imports next to nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

TIMEOUT_S: Final = 50
"""Of one run: over before the next begins, at the shortest rate there is."""
SOURCE: Final = "frontdesk"
"""Of our own events on the stage's bus."""
Kept = Literal["messages", "entries", "originals", "recordings", "documents"]
"""A folder of the stage's store: what Vapi told us, what a call is answered by in an outage, what was said
word for word, how it sounded; and what clinics upload."""
Model = Literal["amazon.titan-embed-text-v2:0", "universal-sentence-encoder-multilingual-3"]
"""What makes vectors of texts, by name: at Bedrock, or in a function of our own."""
MAX_RECEIVE_COUNT: Final = 4
"""How often a message is tried, at 0, 2, 6 and 14 s, before it goes to the dead-letter queue."""


@dataclass(frozen=True)
class Schedule:
    """Every so often, the first time one such span after a deploy. A run that fails is not repeated."""

    every: timedelta
    """Whole minutes: EventBridge Scheduler knows nothing shorter."""
    layer: str | None = None
    """A dependency group of pyproject.toml: what is too heavy for the layer that every function has."""
    sends_to: str | None = None
    """The folder of the one function whose queue this one may send to, such as `agents/on_agent_saved`."""
    uses_vapi: bool = False
    """Whether it is given the platform's key, Vapi's address and a way there."""
    sends: Literal["texts", "mail"] | None = None
    """What it may send to people, by SNS or by SES."""
    deletes: tuple[Kept, ...] = ()
    """What of the stage's store it may delete."""
    embeds: bool = False
    """Whether it makes vectors of texts, so may ask Bedrock's model and the function that holds the other."""

    def __post_init__(self) -> None:
        """Refuses what Scheduler would, but when the definition is read, not in a deploy."""
        if self.every < timedelta(minutes=1) or self.every % timedelta(minutes=1):
            raise ValueError(f"a schedule goes by whole minutes, not by {self.every}")


@dataclass(frozen=True)
class Queue:
    """Messages of an SQS queue of its own, with a dead-letter queue beside it; it may send to both."""

    events: tuple[str, ...] = ()
    """Detail types, such as `AgentSaved`: what is raised on the stage's bus by these names is a message."""
    batch_size: int = 1
    """The most messages of one call."""
    max_concurrency: int = 10
    """The most calls at once."""
    timeout_s: int = 30
    """Of one call. A message whose call was cut off comes back after six times as long."""
    layer: str | None = None
    """As of a `Schedule`."""
    uses_vapi: bool = False
    """As of a `Schedule`."""
    reads: tuple[Kept, ...] = ()
    """What of the stage's store it may read."""
    writes: tuple[Kept, ...] = ()
    """What there it may write."""
    deletes: tuple[Kept, ...] = ()
    """What there it may delete."""
    raises: tuple[str, ...] = ()
    """Events it may raise on the stage's bus, such as `AgentSynced`."""
    uploads: tuple[Kept, ...] = ()
    """Folders of the stage's store: whatever is put there is a message, as S3 tells EventBridge."""
    embeds: bool = False
    """As of a `Schedule`."""
    connects: bool = False
    """Whether it asks for clinics' calendars, so has their key, our clients' secrets and our own address."""
    asks_emrs: bool = False
    """Whether it asks clinics' EMRs, so may read our logins there."""

    def __post_init__(self) -> None:
        """Refuses what Lambda would, but when the definition is read, not in a deploy."""
        if not 1 <= self.batch_size <= 10:
            raise ValueError(f"a call takes 1 to 10 messages, not {self.batch_size}")
        if not 2 <= self.max_concurrency <= 1000:
            raise ValueError(f"Lambda makes 2 to 1000 calls of one queue at once, not {self.max_concurrency}")
        if not 1 <= self.timeout_s <= 900:
            raise ValueError(f"a call takes 1 to 900 s, not {self.timeout_s}")


@dataclass(frozen=True)
class Messages:
    """Vapi's server messages, over HTTP: answered at once, or kept in the stage's store and sent on."""

    path: str
    """Such as `/vapi/messages`; what is posted there must be proven to come from Vapi."""
    sends_to: str
    """As of a `Schedule`: who takes what is not answered."""
    timeout_s: int = 10
    reads: tuple[Kept, ...] = ()
    writes: tuple[Kept, ...] = ()
    """As of a `Queue`."""
    uses_vapi: bool = False
    embeds: bool = False
    """As of a `Schedule`."""


@dataclass(frozen=True)
class Page:
    """A browser that somebody else sent here, so without a member's token: the query is what proves it."""

    path: str
    """Such as `/calendars/{vendor}/callback`, asked with GET."""
    timeout_s: int = 10
    connects: bool = False
    """As of an `Endpoint`; and its own form is posted to the same path."""
    layer: str | None = None
    """As of a `Schedule`."""
    shows_keys: bool = False
    """Whether it reads our keys at FHIR servers, and nothing else: neither Postgres nor anybody outside."""


@dataclass(frozen=True)
class Console:
    """Pages of the clinic's own people, whom a session's cookie proves."""

    routes: tuple[str, ...]
    """Such as `GET /console/today`."""
    uses: tuple[str, ...] = ()
    """Folders whose handlers it calls, such as `calls/stories`: it is shipped with them, and may do what they
    may."""
    deadline_s: float = 8.0
    """Of the work; API Gateway waits 29 seconds for an answer, all in all."""


@dataclass(frozen=True)
class Hook:
    """A vendor's server that says something changed; not the route proves it, but what the server knows."""

    path: str
    """Such as `/calendars/{vendor}/hints`, posted to."""
    sends_to: str
    """As of a `Schedule`: who goes and looks."""
    timeout_s: int = 5


@dataclass(frozen=True)
class UserPool:
    """A moment of the stage's Cognito user pool, which waits 5 s for the answer and asks three times."""

    moment: Literal["PostConfirmation", "PreTokenGeneration"]
    """By Cognito's name; the second in its version 2, which writes both tokens."""


@dataclass(frozen=True)
class Invoked:
    """Others of our functions, or operators, by name, who wait for the answer.

    It asks nobody itself, not even Postgres; but for one that `asks_emrs`, as of a `Queue`.
    """

    layer: str | None = None
    """As of a `Schedule`."""
    asks_emrs: bool = False
    timeout_s: int = 10
    at_once: int = 40
    """Calls of it; who asks waits for the answer, for a second at the most, where all is well."""
    memory_mb: int = 1769
    """At this much Lambda gives one whole CPU (AWS, "Configure Lambda function memory", read 2026-11-22)."""
