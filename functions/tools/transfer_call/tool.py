"""What the model is told about `transfer_call`, and what its Lambda is given."""

from frontdesk.arguments import Words
from frontdesk.calls.wire import TransferReason, TransferStatus
from frontdesk.tool import Answer, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    reason: TransferReason
    """Why the caller needs a person."""
    notes: Words | None = None
    """What the person should know, in a sentence."""


class Transferred(Answer):
    """What came of asking for a person."""

    transferred: bool
    status: TransferStatus


TOOL = Tool(
    name="transfer_call",
    description=(
        "Passes the call to a person at the clinic: when the caller asks for one, is frustrated, asks "
        "something medical or about bills, or can't be helped here. Say what the answer says: it may be "
        "that nobody is there."
    ),
    arguments=Arguments,
    answer=Transferred,
    refused={"transferred": False},
    needs=frozenset({Need.DATABASE, Need.LIVE_CONTROL}),
    writes=True,
    example={"reason": "patient_request", "language": "en"},
)
