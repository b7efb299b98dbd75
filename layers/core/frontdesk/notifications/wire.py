"""What a clinic can be told of, by its name."""

from typing import Literal

Kind = Literal[
    "booked",
    "moved",
    "cancelled",
    "waitlisted",
    "transfer_missed",
    "promise_broken",
    "sync_degraded",
    "approval_wanted",
    "emergency",
    "call_lost",
    "calendar_disconnected",
    "calendar_conflict",
    "calendar_edited",
    "emr_disconnected",
    "emr_unsure",
]
