"""Working hours: weekly shifts on the clinic's clock, as instants."""

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings

from frontdesk.scheduling.hours import NO_DATES, Dates, Shift, by_place, open_ranges, whole_days
from frontdesk.scheduling.ranges import Range
from frontdesk.zones import zone
from tests.scheduling import oracle

VANCOUVER = "America/Vancouver"
MONDAY = date(2026, 3, 2)


def shift(weekday: int, text: str, location_id: int | None = None) -> Shift:
    starts, ends = map(time.fromisoformat, text.split("-"))
    return Shift(weekday, starts, ends, location_id)


def opened(
    *shifts: Shift,
    first: date = MONDAY,
    last: date | None = None,
    place: str = VANCOUVER,
    closed: Iterable[Range] = (),
    dates: Dates = NO_DATES,
) -> list[str]:
    """The ranges as the zone's clocks show them, offsets included."""
    ranges = open_ranges(shifts, zone(place), first=first, last=last or first, closed=closed, dates=dates)
    return [" to ".join(f"{end.astimezone(zone(place)):%a %H:%M %z}" for end in whole) for whole in ranges]


def test_a_day_with_a_break_has_two_ranges() -> None:
    assert opened(shift(1, "13:00-17:00"), shift(1, "09:00-12:00"), shift(2, "09:00-10:00")) == [
        "Mon 09:00 -0800 to Mon 12:00 -0800",
        "Mon 13:00 -0800 to Mon 17:00 -0800",
    ]


def test_shifts_that_touch_or_overlap_are_one_range() -> None:
    assert opened(shift(1, "09:00-12:00"), shift(1, "12:00-15:00"), shift(1, "14:00-17:00")) == [
        "Mon 09:00 -0800 to Mon 17:00 -0800"
    ]


def test_a_shift_whose_end_is_not_after_its_start_crosses_midnight() -> None:
    assert opened(shift(1, "22:00-06:00")) == ["Mon 22:00 -0800 to Tue 06:00 -0800"]
    assert opened(shift(1, "09:00-09:00")) == ["Mon 09:00 -0800 to Tue 09:00 -0800"]
    assert opened(shift(1, "00:00-00:00")) == ["Mon 00:00 -0800 to Tue 00:00 -0800"]


def test_a_shift_that_began_the_evening_before_is_there_whole() -> None:
    assert opened(shift(7, "22:00-06:00"), shift(7, "09:00-17:00")) == ["Sun 22:00 -0800 to Mon 06:00 -0800"]


def test_hours_of_a_date_replace_that_days_and_no_others() -> None:
    weekly = [shift(1, "09:00-17:00"), shift(2, "09:00-17:00")]
    dates = {MONDAY: [shift(1, "10:00-11:00"), shift(1, "12:00-13:00")]}
    assert opened(*weekly, last=date(2026, 3, 3), dates=dates) == [
        "Mon 10:00 -0800 to Mon 11:00 -0800",
        "Mon 12:00 -0800 to Mon 13:00 -0800",
        "Tue 09:00 -0800 to Tue 17:00 -0800",
    ]
    assert opened(*weekly, dates={MONDAY: []}) == []


def test_a_night_shift_runs_into_a_date_with_hours_of_its_own() -> None:
    night = shift(7, "22:00-06:00")
    assert opened(night, dates={MONDAY: []}) == ["Sun 22:00 -0800 to Mon 06:00 -0800"]


def test_hours_at_two_places_stay_two_ranges_though_they_touch() -> None:
    assert opened(shift(1, "09:00-12:00", 1), shift(1, "12:00-17:00", 2)) == [
        "Mon 09:00 -0800 to Mon 12:00 -0800",
        "Mon 12:00 -0800 to Mon 17:00 -0800",
    ]


def test_where_hours_at_two_places_overlap_the_first_has_the_time() -> None:
    worked = by_place(
        [shift(1, "09:00-12:00", 2), shift(1, "10:00-11:00", 1), shift(1, "11:30-13:00", 1)],
        zone(VANCOUVER),
        first=MONDAY,
        last=MONDAY,
    )
    assert [(f"{one.range.start.astimezone(zone(VANCOUVER)):%H:%M}", one.location_id) for one in worked] == [
        ("09:00", 2),
        ("12:00", 1),
    ]


def test_round_the_clock_is_one_range() -> None:
    always = [shift(weekday, "00:00-00:00") for weekday in range(1, 8)]
    assert opened(*always, last=date(2026, 3, 4)) == ["Sun 00:00 -0800 to Thu 00:00 -0800"]


def test_time_off_and_holidays_are_closed() -> None:
    place = zone(VANCOUVER)
    off = [
        Range(datetime(2026, 3, 3, tzinfo=place), datetime(2026, 3, 4, tzinfo=place)),
        Range(datetime(2026, 3, 2, 12, tzinfo=place), datetime(2026, 3, 2, 13, tzinfo=place)),
    ]
    week = [shift(weekday, "09:00-17:00") for weekday in range(1, 4)]
    assert opened(*week, last=date(2026, 3, 4), closed=off) == [
        "Mon 09:00 -0800 to Mon 12:00 -0800",
        "Mon 13:00 -0800 to Mon 17:00 -0800",
        "Wed 09:00 -0800 to Wed 17:00 -0800",
    ]


@pytest.mark.parametrize(("place", "day"), oracle.CHANGES)
def test_a_whole_day_off_closes_that_day_and_no_minute_more(place: str, day: date) -> None:
    always = [shift(weekday, "00:00-00:00") for weekday in range(1, 8)]
    off = whole_days(day, day, zone(place))

    days = partial(open_ranges, always, zone(place), first=day - oracle.DAY, last=day + oracle.DAY)
    shown = oracle.walls(place, day, day)

    left = oracle.minutes(days(closed=[off] if off else []))

    assert left == {m for m in oracle.minutes(days()) if shown[m].date() != day}


def test_without_days_there_is_nothing() -> None:
    assert opened(shift(1, "09:00-17:00"), last=date(2026, 3, 1)) == []


@pytest.mark.parametrize(
    ("place", "sunday", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), "Sun 00:30 -0500 to Sun 09:00 -0400"),
        ("America/New_York", date(2026, 11, 1), "Sun 00:30 -0400 to Sun 09:00 -0500"),
        ("Europe/London", date(2026, 3, 29), "Sun 00:30 +0000 to Sun 09:00 +0100"),
        ("Europe/London", date(2026, 10, 25), "Sun 00:30 +0100 to Sun 09:00 +0000"),
        ("America/Vancouver", date(2025, 11, 2), "Sun 00:30 -0700 to Sun 09:00 -0800"),
        ("America/Vancouver", date(2026, 3, 8), "Sun 00:30 -0800 to Sun 09:00 -0700"),
        ("America/Vancouver", date(2026, 11, 1), "Sun 00:30 -0700 to Sun 09:00 -0700"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "Sun 00:30 +1100 to Sun 09:00 +1030"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "Sun 00:30 +1030 to Sun 09:00 +1100"),
    ],
)
def test_hours_follow_the_clocks_through_a_change(place: str, sunday: date, expected: str) -> None:
    assert opened(shift(7, "00:30-09:00"), place=place, first=sunday) == [expected]


def test_a_repeated_local_time_starts_and_ends_a_shift_at_its_first_occurrence() -> None:
    that_night = partial(opened, place="America/New_York", first=date(2026, 11, 1))
    assert that_night(shift(7, "01:30-03:00")) == ["Sun 01:30 -0400 to Sun 03:00 -0500"]
    assert that_night(shift(7, "00:00-01:30")) == ["Sun 00:00 -0400 to Sun 01:30 -0400"]


def test_a_skipped_local_time_moves_the_start_or_the_end_of_a_shift_forward() -> None:
    that_night = partial(opened, place="America/New_York", first=date(2026, 3, 8))
    assert that_night(shift(7, "02:30-09:00")) == ["Sun 03:30 -0400 to Sun 09:00 -0400"]
    assert that_night(shift(7, "01:00-02:30")) == ["Sun 01:00 -0500 to Sun 03:30 -0400"]
    assert that_night(shift(7, "02:45-03:15")) == []


def test_a_day_the_zone_skipped_has_no_hours() -> None:
    week = [shift(weekday, "09:00-17:00") for weekday in (4, 5, 6)]
    assert opened(*week, place="Pacific/Apia", first=date(2011, 12, 29), last=date(2011, 12, 31)) == [
        "Thu 09:00 -1000 to Thu 17:00 -1000",
        "Sat 09:00 +1400 to Sat 17:00 +1400",
    ]


def test_a_night_shift_over_a_skipped_day_lasts_its_hours() -> None:
    night = shift(4, "22:00-06:00")
    assert opened(night, place="Pacific/Apia", first=date(2011, 12, 29)) == [
        "Thu 22:00 -1000 to Sat 06:00 +1400"
    ]


def test_a_start_moved_over_midnight_keeps_the_order() -> None:
    # Clocks in Scoresbysund go from Saturday 23:00 to Sunday 0:00.
    assert opened(
        shift(6, "23:30-07:00"),
        shift(7, "00:00-00:15"),
        place="America/Scoresbysund",
        first=date(2026, 3, 28),
        last=date(2026, 3, 29),
    ) == ["Sun 00:00 -0100 to Sun 00:15 -0100", "Sun 00:30 -0100 to Sun 07:00 -0100"]


def test_days_are_made_only_as_they_are_asked_for() -> None:
    week = [shift(weekday, "09:00-17:00") for weekday in range(1, 8)]
    endless = open_ranges(week, zone(VANCOUVER), first=MONDAY, last=date(9000, 1, 1))
    assert next(endless).start == datetime(2026, 3, 2, 9, tzinfo=zone(VANCOUVER))


@settings(max_examples=150, deadline=None)
@given(oracle.weeks())
def test_hours_equal_the_oracle(week: oracle.Week) -> None:
    ranges = list(
        open_ranges(week.shifts, zone(week.zone_name), first=week.first, last=week.last, closed=week.closed)
    )
    assert oracle.minutes(ranges) == oracle.open_minutes(week)
    assert all(one.end < other.start for one, other in pairwise(ranges))
