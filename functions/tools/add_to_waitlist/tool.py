"""What the model is told about `add_to_waitlist`, and what its Lambda is given."""

from frontdesk.arguments import Name, Phone, Words
from frontdesk.tool import Answer, Tool, ToolArguments


class Arguments(ToolArguments):
    first_name: Name
    last_name: Name
    phone: Phone
    """The number the clinic should call."""
    notes: Words | None = None
    """What they hope for, e.g. "any Friday morning"."""


class Waitlisted(Answer):
    """The person is on the list, once."""

    waitlisted: bool
    waitlist_id: int
    was_already: bool


TOOL = Tool(
    name="add_to_waitlist",
    description=(
        "Puts a person on the clinic's waitlist, once. Use it when nothing is free or no new patients are "
        "taken."
    ),
    arguments=Arguments,
    answer=Waitlisted,
    refused={"waitlisted": False},
    writes=True,
    example={"firstName": "Alex", "lastName": "Sample", "phone": "+16045550150", "language": "en"},
)
