"""The words by which agents report a call's end, or ask for a person, and what is marked in a call."""

from typing import Literal

Outcome = Literal[
    "booked",
    "rescheduled",
    "cancelled",
    "registered",
    "waitlisted",
    "transferred",
    "no_action",
    "clinic_info",
    "out_of_scope",
    "record_not_found",
    "registration_error",
]
TransferReason = Literal[
    "patient_request",
    "frustrated",
    "medical_question",
    "billing",
    "registration_error",
    "record_not_found",
    "out_of_scope",
]
TransferStatus = Literal["asked", "accepted", "failed", "nobody_there"]
Flag = Literal["promise_broken", "not_told", "outcome_differs", "emergency", "no_report"]
"""In order: a promise without a row; a row nobody was told of; a logged outcome that didn't happen; a caller
in danger; no report came."""
