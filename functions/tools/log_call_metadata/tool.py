"""What the model is told about `log_call_metadata`, and what its Lambda is given."""

from frontdesk.arguments import Id
from frontdesk.calls.wire import Outcome
from frontdesk.tool import Answer, Tool, ToolArguments


class Arguments(ToolArguments):
    call_outcome: Outcome
    """What the call came to."""
    demographic_id: Id | None = None
    """The patient it was about, when there was one."""
    appointment_id: Id | None = None
    """The appointment it was about, when there was one."""


class Logged(Answer):
    """The outcome is noted."""

    logged: bool


TOOL = Tool(
    name="log_call_metadata",
    description="Notes how the call ended. Call it once, just before goodbye.",
    arguments=Arguments,
    answer=Logged,
    refused={"logged": False},
    writes=True,
    example={"language": "en", "callOutcome": "booked"},
)
