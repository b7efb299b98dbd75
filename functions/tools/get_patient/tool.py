"""What the model is told about `get_patient`, and what its Lambda is given."""

from datetime import date

from frontdesk.arguments import Id
from frontdesk.tool import Answer, Tool, ToolArguments


class Arguments(ToolArguments):
    demographic_id: Id | None = None
    """The patient's `id` from the search; left out, the proven caller."""


class PatientFile(Answer):
    """The proven patient's own record."""

    found: bool
    id: int
    first_name: str
    last_name: str
    date_of_birth: date
    gender: str
    phone: str
    email: str | None
    address: str
    city: str
    province: str | None
    postal_code: str
    health_card_type: str
    language: str


TOOL = Tool(
    name="get_patient",
    description="Reads the proven caller's own file: address, telephone, email. Never another person's.",
    arguments=Arguments,
    answer=PatientFile,
    refused={"found": False},
    example={"demographicId": 4711, "language": "en"},
)
