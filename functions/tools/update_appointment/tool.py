"""What the model is told about `update_appointment`, and what its Lambda is given."""

from frontdesk.arguments import Id, ProviderId, WallTime
from frontdesk.scheduling.wire import BookedAnswer
from frontdesk.tool import Need, Tool, ToolArguments


class Arguments(ToolArguments):
    appointment_id: Id
    """The `appointmentId` from `check_appointments`. Never invent one."""
    new_start_time: WallTime
    """The offered time's `startTime`, exactly as it was given."""
    new_provider_id: ProviderId = None
    """Another doctor's `providerId`; left out, the same doctor."""
    demographic_id: Id | None = None
    """The proven patient's id; left out, the proven caller."""
    text_me: bool = False
    """True only if the caller agreed to a text message with the time."""


TOOL = Tool(
    name="update_appointment",
    description=(
        "Moves one appointment of the proven caller to another free time. The old time is kept unless the "
        "new one is won. BOOKED: it has moved. PENDING: the old time is given back and the new one asked "
        "for; say that the clinic has yet to confirm it. NOT_BOOKED: offer the alternatives from the answer."
    ),
    arguments=Arguments,
    answer=BookedAnswer,
    refused={"status": "NOT_BOOKED", "booked": False, "alternatives": ()},
    needs=frozenset({Need.DATABASE, Need.CALENDARS, Need.CALENDAR_QUEUE, Need.EMR}),
    writes=True,
    counts="moved",
    example={"appointmentId": 4711, "newStartTime": "2026-03-03T10:00:00", "language": "en"},
)
