"""What both drills have: how they fail, and how they tell the time."""

import time
from collections.abc import Callable

Say = Callable[[str], None]
"""Takes a line of what has been done."""


class DrillFailed(Exception):
    """Something isn't as it has to be after the drill; the message says what."""


class Stopwatch:
    """Runs from where it is made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def s(self) -> float:
        """Seconds."""
        return time.perf_counter() - self._began
