"""What the model is told about `check_appointments`, and what its Lambda is given."""

from frontdesk.arguments import Days, Id, ProviderId
from frontdesk.scheduling.wire import Slot, Visit
from frontdesk.tool import Answer, Messages, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    start_date: Days
    """The first day, `YYYY-MM-DD`."""
    end_date: Days
    """The last day, itself included."""
    demographic_id: Id | None = None
    """The proven patient's id; left out, the proven caller."""
    provider_id: ProviderId = None
    """Only those with this doctor."""
    find_available: bool = False
    """True to get free times in these days as well."""


class Appointments(Answer):
    """The proven patient's next appointments in those days, at most ten, in order."""

    found: bool
    appointments: list[Visit]
    available: list[Slot]
    """Free times, at most three; only when they were asked for."""


TOOL = Tool(
    name="check_appointments",
    description=(
        "Lists the proven caller's own coming appointments between two days, at most ten. The caller's "
        "date of birth must have matched in a search first. With findAvailable it also gives a few free "
        "times."
    ),
    arguments=Arguments,
    answer=Appointments,
    needs=frozenset({Need.DATABASE, Need.EMR}),
    refused={"found": False, "appointments": ()},
    messages=Messages(start="Let me look that up.", start_zh="我查一下您的预约。"),
    example={"startDate": "2026-03-02", "endDate": "2026-03-31", "language": "en"},
)
