"""What a look came to."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """From well to worst."""

    OK = "ok"
    WARN = "warn"
    """Somebody should see to it; callers are answered all the same."""
    UNKNOWN = "unknown"
    """It could not be looked at."""
    FAIL = "fail"


class Finding(NamedTuple):
    """One check, and what it found."""

    area: str
    name: str
    state: State
    found: str
    """In a few words; ids and numbers only."""
    remedy: str = ""
    """What to do about it; empty where nothing is to be done."""
    examples: tuple[str, ...] = ()
    """Ids of the first few of what is wrong."""


def well(area: str, name: str, found: str) -> Finding:
    """Nothing is to be done."""
    return Finding(area, name, State.OK, found)


def unknown(area: str, name: str, found: str, remedy: str) -> Finding:
    """It could not be looked at."""
    return Finding(area, name, State.UNKNOWN, found, remedy)
