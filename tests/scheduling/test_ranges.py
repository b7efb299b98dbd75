"""Ranges: half-open, in UTC, merged and subtracted lazily."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.scheduling.ranges import Range, merge, subtract
from frontdesk.zones import zone
from tests.scheduling.oracle import MINUTE, minutes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span(start_min: int, end_min: int) -> Range:
    return Range(EPOCH + start_min * MINUTE, EPOCH + end_min * MINUTE)


@st.composite
def spans(draw: st.DrawFn) -> Range:
    start = draw(st.integers(0, 200))
    return span(start, start + draw(st.integers(1, 50)))


ASCENDING = st.lists(spans()).map(sorted)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        span(5, 5)
    with pytest.raises(ValueError, match="must end after it starts"):
        span(6, 5)


def test_a_range_of_naive_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Range(datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 10))  # noqa: DTZ001 the point of it


def test_a_range_lasts_as_long_as_time_passes_and_not_as_the_clocks_show() -> None:
    place = zone("America/New_York")
    over_the_change = Range(
        datetime(2026, 11, 1, 1, 45, tzinfo=place), datetime(2026, 11, 1, 1, 15, tzinfo=place, fold=1)
    )
    assert over_the_change.end - over_the_change.start == timedelta(minutes=30)


def test_ranges_that_touch_become_one() -> None:
    assert list(merge([span(0, 5), span(5, 9), span(10, 12)])) == [span(0, 9), span(10, 12)]


def test_busy_time_that_touches_an_open_range_takes_nothing_of_it() -> None:
    assert list(subtract([span(10, 20)], [span(0, 10), span(20, 30)])) == [span(10, 20)]


def test_one_busy_range_may_reach_into_several_open_ones() -> None:
    assert list(subtract([span(0, 5), span(6, 9), span(10, 20)], [span(3, 12)])) == [
        span(0, 3),
        span(12, 20),
    ]


@given(ASCENDING)
def test_merging_keeps_the_same_time_in_disjoint_ranges_in_order(ranges: list[Range]) -> None:
    merged = list(merge(ranges))
    assert minutes(merged) == minutes(ranges)
    assert all(one.end < other.start for one, other in pairwise(merged))


@given(ASCENDING, ASCENDING)
def test_subtracting_leaves_exactly_what_is_open_and_not_busy(opened: list[Range], busy: list[Range]) -> None:
    gaps = list(subtract(merge(opened), busy))
    assert minutes(gaps) == minutes(opened) - minutes(busy)
    assert all(one.end < other.start for one, other in pairwise(gaps))


def test_no_more_is_read_than_the_first_gap_needs() -> None:
    read: list[Range] = []

    def watched(*ranges: Range) -> Iterator[Range]:
        for one in ranges:
            read.append(one)
            yield one

    opened = watched(span(0, 10), span(20, 30))
    busy = watched(span(4, 6), span(7, 8))

    assert next(subtract(opened, busy)) == span(0, 4)
    assert read == [span(4, 6), span(0, 10)]
