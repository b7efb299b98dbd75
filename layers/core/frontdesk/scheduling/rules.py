"""The rules an appointment type is booked by."""

from datetime import timedelta
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Bounded, so that a slip of the keyboard is refused where it is made and not met as an overflow in a call.
_Minutes = Annotated[int, Field(ge=0, le=1440)]
_SomeMinutes = Annotated[int, Field(ge=1, le=1440)]


class Rules(BaseModel):
    """How one appointment type is booked; edited by the clinic, read on every search."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    duration_min: _SomeMinutes
    """Length of the visit, in minutes."""
    buffer_before_min: _Minutes = 0
    """Minutes kept free before the visit, e.g. for setting up the room."""
    buffer_after_min: _Minutes = 0
    """Minutes kept free after the visit, e.g. for cleaning the room."""
    cleanup_min: _Minutes = 0
    """Minutes kept free between this visit and the next, on top of the buffer; also past closing."""
    buffers_inside_hours: bool = False
    """Whether the buffers must lie within working hours too; else they may run past opening and closing."""
    notice_min: int = Field(default=0, ge=0, le=527_040)
    """Least time between the call and the start, in minutes; equal is allowed."""
    horizon_days: int = Field(default=180, ge=0, le=3660)
    """How far ahead a caller may book: whole local days, counted from today."""
    slot_interval_min: _SomeMinutes = 15
    """Minutes between starts on the clock's grid, counted from each midnight: with 15, at 9:00, 9:15 ..."""
    slot_offset_min: _Minutes = 0
    """Minutes the grid is moved by: with an interval of 30 and an offset of 10, at 9:10, 9:40 ..."""
    packed: bool = False
    """Leave the grid: start as soon as the time before is over, and one visit right after the other."""

    @cached_property
    def duration(self) -> timedelta:
        """Length of the visit."""
        return timedelta(minutes=self.duration_min)

    @cached_property
    def buffer_before(self) -> timedelta:
        """Time kept free before the visit."""
        return timedelta(minutes=self.buffer_before_min)

    @cached_property
    def buffer_after(self) -> timedelta:
        """Time kept free after the visit."""
        return timedelta(minutes=self.buffer_after_min)

    @cached_property
    def kept_after(self) -> timedelta:
        """Time in which nobody else is seen after the visit."""
        return timedelta(minutes=self.buffer_after_min + self.cleanup_min)

    @cached_property
    def notice(self) -> timedelta:
        """Least time between the call and the start."""
        return timedelta(minutes=self.notice_min)
