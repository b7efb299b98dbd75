"""What the model is told about `confirm_appointment`, and what its Lambda is given."""

from frontdesk.arguments import Id
from frontdesk.tool import Answer, Tool, ToolArguments


class Arguments(ToolArguments):
    appointment_id: Id
    """The `appointmentId` from `check_appointments`. Never invent one."""


class Confirmed(Answer):
    """The patient is coming; date and time are as they were."""

    confirmed: bool
    appointment_id: int


TOOL = Tool(
    name="confirm_appointment",
    description="Notes that the proven caller will come to one appointment, once they have said so.",
    arguments=Arguments,
    answer=Confirmed,
    refused={"confirmed": False},
    writes=True,
    example={"appointmentId": 4711, "language": "en"},
)
