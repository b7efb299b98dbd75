"""What the model is told about `search_patient_by_phone`, and what its Lambda is given."""

from typing import Annotated

from frontdesk.arguments import BirthDate, PhoneOrPlaceholder
from frontdesk.patients.wire import PatientAnswer
from frontdesk.tool import ASKED_FOR, Messages, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    phone: Annotated[PhoneOrPlaceholder, ASKED_FOR] = None
    """The number to look under. Send `0000000000` for the number the caller is calling from."""
    date_of_birth: BirthDate | None = None
    """The caller's date of birth, `YYYY-MM-DD`, once they have said it. It proves who they are."""


TOOL = Tool(
    name="search_patient_by_phone",
    description=(
        "Finds the caller's file by telephone number. Call it first with the placeholder 0000000000, "
        "which means the number they call from. Without dateOfBirth it gives a name to greet; with a "
        "matching dateOfBirth the caller is proven and appointments can be read out, moved or cancelled."
    ),
    arguments=Arguments,
    answer=PatientAnswer,
    needs=frozenset({Need.DATABASE, Need.EMR}),
    refused={"found": False},
    messages=Messages(start="Let me pull up your file.", start_zh="我查一下您的资料。"),
    example={"phone": "+16045550123", "dateOfBirth": "1990-01-15", "language": "en"},
)
