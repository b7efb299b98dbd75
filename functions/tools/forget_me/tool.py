"""What the model is told about `forget_me`, and what its Lambda is given."""

from frontdesk.tool import Answer, Tool, ToolArguments


class Arguments(ToolArguments):
    from_now_on: bool = False
    """True when they don't want to be remembered in later calls either."""


class Forgotten(Answer):
    """Nothing is remembered; what stays is in `say`."""

    forgotten: bool
    proven: bool
    """Whether it was a proven patient's own memory, on every number; else only what this number had left."""


TOOL = Tool(
    name="forget_me",
    description=(
        "Deletes what the desk remembers of the caller's earlier calls, when they ask for that or don't want "
        "to be remembered. Find and prove them first, if they agree: of an unproven caller only what their "
        "number left is deleted. Their file and their appointments stay; say so as the answer does."
    ),
    arguments=Arguments,
    answer=Forgotten,
    refused={"forgotten": False},
    writes=True,
    example={"fromNowOn": True, "language": "en"},
)
