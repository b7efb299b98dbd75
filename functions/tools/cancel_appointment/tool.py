"""What the model is told about `cancel_appointment`, and what its Lambda is given."""

from frontdesk.arguments import Id, Words
from frontdesk.tool import Answer, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    appointment_id: Id
    """The `appointmentId` from `check_appointments`. Never invent one."""
    reason: Words | None = None
    """Why, in the caller's own words, if they said so."""
    text_me: bool = False
    """True only if the caller agreed to a text message that says so."""


class Cancelled(Answer):
    """The appointment is off."""

    cancelled: bool
    appointment_id: int
    was_already: bool
    """True when it had been cancelled before; nothing changed now."""


TOOL = Tool(
    name="cancel_appointment",
    description="Cancels one appointment of the proven caller. Confirm with the caller first.",
    arguments=Arguments,
    answer=Cancelled,
    refused={"cancelled": False},
    needs=frozenset({Need.DATABASE, Need.CALENDAR_QUEUE, Need.EMR}),
    writes=True,
    counts="cancelled",
    example={"appointmentId": 4711, "language": "en"},
)
