"""What the model is told about `find_earliest_appointment`, and what its Lambda is given."""

from frontdesk.arguments import Days, Excluded, Preference, ProviderId, Words
from frontdesk.scheduling.wire import Slot
from frontdesk.tool import Answer, Messages, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    start_date: Days | None = None
    """The first day to look at: `YYYY-MM-DD`, or words such as "tomorrow" or 下周三. Today when left out. Of
    "next week" or "March" only that week or month is looked at."""
    end_date: Days | None = None
    """The last day to look at, itself included."""
    time_of_day: Preference | None = None
    """When it suits, in the caller's words: morning, 下午, "after 4", "between 2 and 4", "Tuesday or Thursday
    mornings", "weekdays", "not Mondays", 周一到周五上午, or a clock time to start from."""
    provider_id: ProviderId = None
    """A doctor's `providerId`; "any" or 任何 for all of them."""
    provider_name: Words | None = None
    """The doctor's name as the caller said it, when the id is not known."""
    exclude_dates: Excluded = ()
    """What doesn't suit: dates, weekdays, "next week", "before 10", or one time, `2026-03-02 14:00`."""
    appointment_type: Words | None = None
    """The kind of visit, by name or a near word; the clinic's usual one when left out."""


class Earliest(Answer):
    """The first offer, held for this call for a few minutes, and two alternatives."""

    found: bool
    slot_id: str | None
    date: str
    day: str
    start_time: str
    """The clinic's local wall time, `2026-02-20T14:00:00`."""
    end_time: str
    provider_id: str
    provider_name: str
    clinic_name: str
    location_name: str | None
    appointment_type: str
    alternatives: list[Slot]


TOOL = Tool(
    name="find_earliest_appointment",
    description=(
        "Finds the earliest free time that suits the caller, holds it for a few minutes, and gives two "
        "alternatives. Offer the first; offer the alternatives only if it doesn't suit. Never offer a "
        "time that no tool has given."
    ),
    arguments=Arguments,
    answer=Earliest,
    refused={"found": False, "alternatives": ()},
    needs=frozenset({Need.DATABASE, Need.CALENDARS, Need.EMR}),
    messages=Messages(
        start="Let me check what's available.",
        start_zh="我看一下有哪些时间。",
        delayed="Still looking that up.",
        delayed_zh="还在查，请您稍等。",
    ),
    example={
        "startDate": "2026-03-02",
        "providerId": 100,
        "appointmentType": "General consultation",
        "language": "en",
    },
)
