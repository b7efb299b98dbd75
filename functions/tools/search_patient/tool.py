"""What the model is told about `search_patient`, and what its Lambda is given."""

from frontdesk.arguments import BirthDate, Name
from frontdesk.patients.wire import PatientAnswer
from frontdesk.tool import Need, Tool, ToolArguments


class Arguments(ToolArguments):
    name: Name
    """The name as the caller said or spelled it: the whole name, or the family name."""
    first_name: Name | None = None
    """The first name, when `name` is only the family name."""
    date_of_birth: BirthDate | None = None
    """The caller's date of birth, `YYYY-MM-DD`, once they have said it. It proves who they are."""


TOOL = Tool(
    name="search_patient",
    description=(
        "Finds a patient by name when the telephone number did not. Tolerates spelling, word order and "
        "Chinese names in characters or pinyin. Ask for the date of birth and send it too: only then is "
        "the caller proven."
    ),
    arguments=Arguments,
    answer=PatientAnswer,
    needs=frozenset({Need.DATABASE, Need.EMR}),
    refused={"found": False},
    example={"name": "John Doe", "dateOfBirth": "1990-01-15", "language": "en"},
)
