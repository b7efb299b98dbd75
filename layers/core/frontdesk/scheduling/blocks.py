"""What fills a day from midnight to midnight: blocks of one kind each. Pure: no clock, no database."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from frontdesk.scheduling.ranges import Range, known, subtract


class Kind(StrEnum):
    """What a block of a provider's time is."""

    CLOSED = "closed"
    """No hours: before opening, after closing, a break."""
    OPEN = "open"
    HOLIDAY = "holiday"
    TIME_OFF = "time_off"
    OUTSIDE = "outside"
    """Taken in the provider's own calendar."""
    BUFFER = "buffer"
    """Kept free before or after a visit."""
    HELD = "held"
    PENDING = "pending"
    """Asked for; the clinic has yet to approve it."""
    BOOKED = "booked"


class Block(NamedTuple):
    """A stretch of one kind; of a visit or a hold, and of its buffers, with its id and status."""

    range: Range
    kind: Kind
    appointment_id: int | None = None
    status: str | None = None
    location_id: int | None = None
    """Where, at a clinic with several places; of open time and of what was taken from it."""


def fill(day: Range, layers: Iterable[Block]) -> list[Block]:
    """The day as blocks that are disjoint, ascend and leave no gap; what no layer covers is closed.

    Args:
        day: what is to be filled; layers are cut to it.
        layers: laid one over the other: where two meet, the later is seen.
    """
    seen = [Block(day, Kind.CLOSED)]
    for layer in layers:
        start, end = max(layer.range.start, day.start), min(layer.range.end, day.end)
        if start < end:
            laid = layer._replace(range=known(start, end))
            seen = [
                block._replace(range=left) for block in seen for left in subtract([block.range], [laid.range])
            ]
            seen.append(laid)
    return sorted(seen, key=lambda block: block.range)
