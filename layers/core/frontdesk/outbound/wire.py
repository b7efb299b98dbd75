"""The words by which calls of ours are told apart."""

from typing import Literal

Purpose = Literal["reminder", "waitlist_offer", "approval_result", "recall"]
Status = Literal["waiting", "calling", "done", "gave_up", "cancelled"]
