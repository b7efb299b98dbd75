"""A process whose clock is off: `time.time` and `datetime.now`, for whoever imports them from now on."""

import datetime
import os
import time
from typing import Any, Self

VARIABLE = "CHAOS_CLOCK_OFF_S"
_RIGHT = datetime.datetime


class _AnyDatetime(type):
    def __instancecheck__(cls, one: object) -> bool:
        return isinstance(one, _RIGHT)  # those that Postgres' driver makes are of the class as it was


class _Off(_RIGHT, metaclass=_AnyDatetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        found: Any = _RIGHT.now(tz) + datetime.timedelta(seconds=float(os.environ[VARIABLE]))
        return found


def set_clock() -> None:
    """By what the environment says; nothing, where it says nothing."""
    if not os.environ.get(VARIABLE):
        return
    right = time.time
    time.time = lambda: right() + float(os.environ[VARIABLE])
    datetime.datetime = _Off
