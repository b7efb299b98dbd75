"""Half-open stretches of time, `start` in and `end` out, so that touching isn't overlapping."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Final, NamedTuple, Self

from frontdesk.zones import utc

_end: Final = attrgetter("end")


class _Ends(NamedTuple):
    start: datetime
    end: datetime


class Range(_Ends):
    """From one instant to a later one, kept in UTC whatever zone they came in; sorts by start.

    Raises `ValueError` when it would be empty, or when an end is naive.
    """

    __slots__ = ()

    def __new__(cls, start: datetime, end: datetime) -> Self:
        """Bring both ends to UTC, where comparing them is right and cheap."""
        start, end = utc(start), utc(end)
        if start >= end:
            raise ValueError(f"A range must end after it starts; {start} to {end} doesn't.")
        return super().__new__(cls, start, end)


_known: Final = partial(tuple.__new__, Range)  # pyright: ignore[reportUnknownMemberType]


def known(start: datetime, end: datetime) -> Range:
    """A range of ends that are in UTC and in order already; a third of the cost of looking once more."""
    return _known((start, end))


def all_known(starts: Iterable[datetime], ends: Iterable[datetime]) -> Iterator[Range]:
    """Many `known` ranges, lazily, each at a third of the cost of one alone; as many ends as starts."""
    return map(_known, zip(starts, ends, strict=True))


def merge(ranges: Iterable[Range]) -> Iterator[Range]:
    """The same time as disjoint ranges that don't touch, lazily; `ranges` ascend by start."""
    ascending = iter(ranges)
    whole = next(ascending, None)
    if whole is None:
        return
    for part in ascending:
        if part.start > whole.end:
            yield whole
            whole = part
        elif part.end > whole.end:
            whole = known(whole.start, part.end)
    yield whole


def subtract(open_ranges: Iterable[Range], busy: Iterable[Range]) -> Iterator[Range]:
    """What of `open_ranges` no range of `busy` covers, ascending.

    Lazy on both sides: of either, no more is read than the ranges asked for need.

    Args:
        open_ranges: ascending and disjoint.
        busy: ascending by start; may overlap.
    """
    blocks = iter(busy)
    block = next(blocks, None)
    for whole in open_ranges:
        start = whole.start
        while block is not None and block.start < whole.end:
            if block.start > start:
                yield known(start, block.start)
            start = max(start, block.end)
            if block.end > whole.end:
                break  # It may reach into the next open range too.
            block = next(blocks, None)
        if start < whole.end:
            yield known(start, whole.end)


def clip(ranges: Iterable[Range], whole: Range) -> Iterator[Range]:
    """What of the ranges, ascending and disjoint, lies within `whole`; read no further than that."""
    for one in ranges:
        if one.start >= whole.end:
            return
        if one.end > whole.start:
            yield known(max(one.start, whole.start), min(one.end, whole.end))


class Remembered:
    """Ranges that are made as they are asked for, and kept, to be gone through again and again."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._to_come = iter(ranges)
        self._made: list[Range] = []

    def __iter__(self) -> Iterator[Range]:
        """From the first one on; what nobody has asked for yet is made now."""
        return self._from(0)

    def after(self, moment: datetime) -> Iterator[Range]:
        """Without those, made before, that are over at that moment; the ranges ascend and are disjoint."""
        return self._from(bisect_right(self._made, moment, key=_end))

    def _from(self, place: int) -> Iterator[Range]:
        made, to_come = self._made, self._to_come
        while True:
            # Somebody else going through them may have made more meanwhile.
            if place == len(made):
                following = next(to_come, None)
                if following is None:
                    return
                made.append(following)
            yield made[place]
            place += 1
