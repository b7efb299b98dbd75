"""What the model is told about `get_providers`, and what its Lambda is given."""

from frontdesk.arguments import Words
from frontdesk.tool import Answer, Tool, ToolArguments, Wire


class Arguments(ToolArguments):
    specialty: Words | None = None
    """Only those of this specialty, e.g. "family medicine"."""


class ProviderLine(Wire):
    """One provider."""

    provider_id: str
    """Numeric text."""
    name: str
    """In the call's language."""
    specialty: str
    languages: list[str]


class Providers(Answer):
    """Who can be seen."""

    found: bool
    providers: list[ProviderLine]


TOOL = Tool(
    name="get_providers",
    description="Lists the clinic's doctors with their ids, specialties and languages.",
    arguments=Arguments,
    answer=Providers,
    refused={"found": False, "providers": ()},
    example={"specialty": "family medicine", "language": "en"},
)
