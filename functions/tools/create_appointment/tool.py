"""What the model is told about `create_appointment`, and what its Lambda is given."""

from typing import Annotated

from frontdesk.arguments import Id, ProviderId, WallTime, Words
from frontdesk.scheduling.wire import BookedAnswer
from frontdesk.tool import ASKED_FOR, Messages, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    demographic_id: Id | None = None
    """The patient's `id` from the search or registration; left out, the proven caller."""
    provider_id: Annotated[ProviderId, ASKED_FOR] = None
    """The offered time's `providerId`."""
    start_time: WallTime
    """The offered time's `startTime`, exactly as it was given."""
    appointment_type: Words
    """The kind of visit, by name or a near word."""
    reason: Words
    """What the visit is about, in the caller's own words."""
    is_virtual: bool = False
    """True for a visit by telephone or video."""
    text_me: bool = False
    """True only if the caller agreed to a text message with the time."""


TOOL = Tool(
    name="create_appointment",
    description=(
        "Books a time that find_earliest_appointment has offered, after the caller has agreed to it. It "
        "is booked only when the answer's status is BOOKED. PENDING means asked for: say that the clinic has "
        "yet to confirm it, and look for no other time. NOT_BOOKED: offer the alternatives from the answer."
    ),
    arguments=Arguments,
    answer=BookedAnswer,
    refused={"status": "NOT_BOOKED", "booked": False, "appointmentId": None, "alternatives": ()},
    needs=frozenset({Need.DATABASE, Need.CALENDARS, Need.CALENDAR_QUEUE, Need.EMR}),
    writes=True,
    counts="booked",
    messages=Messages(delayed="Still looking that up.", delayed_zh="还在办，请您稍等。"),
    example={
        "demographicId": 4711,
        "providerId": 100,
        "startTime": "2026-03-02T09:30:00",
        "appointmentType": "General consultation",
        "reason": "sore throat",
        "language": "en",
    },
)
