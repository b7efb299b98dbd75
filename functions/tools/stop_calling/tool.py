"""What the model is told about `stop_calling`, and what its Lambda is given."""

from frontdesk.tool import Answer, Tool, ToolArguments


class Stopped(Answer):
    """The number is on the clinic's do-not-call list."""

    stopped: bool


TOOL = Tool(
    name="stop_calling",
    description="The person on the line wants no more calls from this assistant. Their appointments stay.",
    arguments=ToolArguments,
    answer=Stopped,
    refused={"stopped": False},
    writes=True,
    example={"language": "en"},
)
