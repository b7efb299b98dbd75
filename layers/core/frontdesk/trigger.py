"""What calls a function that nobody asks: a clock, or people signing up.

Infrastructure reads it, so it imports next to nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

TIMEOUT_S: Final = 50
"""Of one run: over before the next begins, at the shortest rate there is."""


@dataclass(frozen=True)
class Schedule:
    """Every so often, the first time one such span after a deploy. A run that fails is not repeated."""

    every: timedelta
    """Whole minutes: EventBridge Scheduler knows nothing shorter."""
    layer: str | None = None
    """A dependency group of pyproject.toml: what is too heavy for the layer that every function has."""

    def __post_init__(self) -> None:
        """Refuses what Scheduler would, but when the definition is read, not in a deploy."""
        if self.every < timedelta(minutes=1) or self.every % timedelta(minutes=1):
            raise ValueError(f"a schedule goes by whole minutes, not by {self.every}")


@dataclass(frozen=True)
class UserPool:
    """A moment of the stage's Cognito user pool, which waits 5 s for the answer and asks three times."""

    moment: Literal["PostConfirmation", "PreTokenGeneration"]
    """By Cognito's name; the second in its version 2, which writes both tokens."""
