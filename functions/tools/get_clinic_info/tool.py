"""What the model is told about `get_clinic_info`, and what its Lambda is given."""

from frontdesk.tool import Answer, Tool, ToolArguments


class Arguments(ToolArguments):
    """Nothing but the language."""


class ClinicInfo(Answer):
    """What the clinic says of itself."""

    name: str
    address: str
    phone: str | None
    hours_today: str
    """In words, e.g. "9 AM to 12 noon and 1 PM to 5 PM", or "closed"."""
    hours: str
    """The week in words: the clinic's own, if it has written any."""
    time_zone: str
    languages: list[str]
    accepting_new_patients: bool


TOOL = Tool(
    name="get_clinic_info",
    description=(
        "The clinic's name, address, telephone, opening hours today and in the week, languages, and "
        "whether it takes new patients. Call it to greet with the clinic's own name."
    ),
    arguments=Arguments,
    answer=ClinicInfo,
    example={"language": "en"},
)
