"""Free starts: each rule by name, then the laws, against the minute-by-minute oracle."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from frontdesk.scheduling.hours import Shift, open_ranges
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from frontdesk.scheduling.slots import Refusal, earliest, free_starts, occupied, why_not
from frontdesk.zones import utc, wall_text, zone
from tests.scheduling import oracle
from tests.scheduling.test_hours import shift

pytestmark = pytest.mark.slow

VANCOUVER = zone("America/Vancouver")
DAY = date(2026, 3, 2)


def at(text: str) -> datetime:
    """A time of that Monday, `9:00`, or of any day, `2026-03-03 09:00`; in Vancouver."""
    text = text if "-" in text else f"{DAY} {text:0>5}"
    return datetime.fromisoformat(text).replace(tzinfo=VANCOUVER)


def span(text: str) -> Range:
    start, end = text.split(" to ")
    return Range(at(start), at(end))


def free(opened: str, *busy: str, now: str = "2026-03-01 12:00", **rules: Any) -> list[str]:
    """The free starts of a day, as `9:00`."""
    found = free_starts(
        [span(part) for part in opened.split(", ")],
        [span(part) for part in busy],
        Rules.model_validate({"duration_min": 30} | rules),
        now=at(now),
        zone=VANCOUVER,
    )
    return [f"{start.astimezone(VANCOUVER):%-H:%M}" for start in found]


def starts_of(week: oracle.Week, rules: Rules) -> list[datetime]:
    return list(free_starts(hours_of(week), week.busy, rules, now=week.now, zone=zone(week.zone_name)))


def hours_of(week: oracle.Week, *more: Shift) -> Iterator[Range]:
    return open_ranges(
        [*week.shifts, *more],
        zone(week.zone_name),
        first=week.first,
        last=week.last,
        closed=week.closed,
    )


def test_a_visit_that_touches_closing_time_still_fits() -> None:
    assert free("9:00 to 10:00") == ["9:00", "9:15", "9:30"]


def test_touching_is_not_overlapping() -> None:
    assert free("9:00 to 10:30", "9:30 to 10:00") == ["9:00", "10:00"]


def test_busy_time_may_overlap_itself() -> None:
    assert free("9:00 to 12:00", "9:00 to 11:30", "9:15 to 9:30", "10:00 to 11:00") == ["11:30"]


def test_a_visit_does_not_reach_over_a_break() -> None:
    assert free("9:00 to 9:30, 9:45 to 10:15") == ["9:00", "9:45"]


def test_the_grid_is_the_clocks_and_not_counted_from_opening() -> None:
    assert free("9:05 to 10:00") == ["9:15", "9:30"]
    assert free("9:05 to 11:00", slot_interval_min=30) == ["9:30", "10:00", "10:30"]


def test_the_grid_can_be_moved_by_an_offset() -> None:
    assert free("9:00 to 11:00", slot_interval_min=30, slot_offset_min=10) == ["9:10", "9:40", "10:10"]


def test_the_grid_is_counted_from_each_midnight() -> None:
    assert free("2026-03-02 22:00 to 2026-03-03 02:30", slot_interval_min=50) == [
        "22:30",
        "23:20",
        "0:00",
        "0:50",
        "1:40",
    ]


def test_packed_visits_start_as_soon_as_the_time_before_is_over() -> None:
    assert free("9:05 to 11:00", "9:40 to 9:52", packed=True) == ["9:05", "9:52", "10:22"]


def test_packed_visits_leave_room_for_their_buffers_and_no_more() -> None:
    assert free("9:00 to 11:00", "9:00 to 9:20", packed=True, buffer_before_min=5, buffer_after_min=10) == [
        "9:25",
        "10:10",
    ]


def test_packed_starts_stay_where_they_are_as_time_goes_by() -> None:
    assert free("9:00 to 11:00", now="9:01", packed=True) == ["9:30", "10:00", "10:30"]


def test_round_the_clock_visits_are_packed_from_each_midnight_wherever_one_looks() -> None:
    rules = Rules(duration_min=50, packed=True)
    always = [shift(weekday, "00:00-00:00") for weekday in range(1, 8)]

    def that_day(first: date) -> list[str]:
        found = free_starts(
            open_ranges(always, VANCOUVER, first=first, last=DAY),
            [],
            rules,
            now=at("2026-02-20 12:00"),
            zone=VANCOUVER,
        )
        local = (start.astimezone(VANCOUVER) for start in found)
        return [f"{start:%-H:%M}" for start in local if start.date() == DAY]

    assert that_day(DAY)[:3] == ["0:00", "0:50", "1:40"]
    assert that_day(DAY) == that_day(DAY - timedelta(days=1)) == that_day(DAY - timedelta(days=5))


def test_a_start_is_a_whole_minute_whatever_ends_before_it() -> None:
    assert free("9:00 to 10:00", "9:00 to 09:10:20", packed=True) == ["9:11"]
    assert free("9:00 to 10:00", "9:00 to 09:14:59") == ["9:15", "9:30"]


def test_buffers_of_neighbours_add_up() -> None:
    # The neighbour's visit ends at 9:50; its own 10 minutes are in what it occupies.
    assert free("9:00 to 11:00", "9:00 to 10:00", buffer_before_min=15) == ["10:15", "10:30"]
    assert free("9:00 to 11:00", "10:00 to 11:00", buffer_after_min=15) == ["9:00", "9:15"]


def test_buffers_may_run_past_opening_and_closing() -> None:
    assert free("9:00 to 10:00", buffer_before_min=15, buffer_after_min=15) == ["9:00", "9:15", "9:30"]


def test_buffers_stay_inside_hours_when_the_clinic_says_so() -> None:
    inside = partial(free, buffer_before_min=15, buffer_after_min=15, buffers_inside_hours=True)
    assert inside("9:00 to 10:00") == ["9:15"]
    assert inside("9:00 to 9:30") == []


def test_a_buffer_past_closing_still_may_not_meet_what_is_busy() -> None:
    assert free("9:00 to 10:00", "10:05 to 11:00", buffer_after_min=15) == ["9:00", "9:15"]


def test_notice_equal_to_the_minimum_is_allowed() -> None:
    assert free("9:00 to 10:00", now="8:15", notice_min=60) == ["9:15", "9:30"]
    assert free("9:00 to 10:00", now="08:15:01", notice_min=60) == ["9:30"]


def test_without_notice_a_start_right_now_is_allowed() -> None:
    assert free("9:00 to 10:00", now="9:15") == ["9:15", "9:30"]


def test_the_horizon_is_whole_local_days_counted_from_today() -> None:
    days = "2026-03-02 23:00 to 2026-03-03 00:30"
    assert free(days, now="2026-03-01 00:00", horizon_days=1) == ["23:00", "23:15", "23:30", "23:45"]
    assert free(days, now="2026-03-01 23:59", horizon_days=1) == ["23:00", "23:15", "23:30", "23:45"]
    assert free(days, now="2026-03-02 00:00", horizon_days=1)[-1] == "0:00"


@pytest.mark.parametrize(
    ("place", "night", "opened", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), "01:00-04:00", "01:00 01:30 03:00 03:30"),
        (
            "America/New_York",
            date(2026, 11, 1),
            "01:00-03:00",
            "01:00-04:00 01:30-04:00 01:00-05:00 01:30-05:00 02:00 02:30",
        ),
        ("Europe/London", date(2026, 3, 29), "00:00-03:00", "00:00 00:30 02:00 02:30"),
        (
            "Europe/London",
            date(2026, 10, 25),
            "00:30-02:30",
            "00:30 01:00+01:00 01:30+01:00 01:00+00:00 01:30+00:00 02:00",
        ),
        ("America/Vancouver", date(2025, 11, 2), "01:30-02:30", "01:30-07:00 01:00-08:00 01:30-08:00 02:00"),
        ("America/Vancouver", date(2026, 3, 8), "01:30-03:30", "01:30 03:00"),
        ("America/Vancouver", date(2026, 11, 1), "01:00-03:00", "01:00 01:30 02:00 02:30"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "01:00-02:30", "01:00 01:30+11:00 01:30+10:30 02:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "01:00-03:30", "01:00 01:30 02:30 03:00"),
    ],
)
def test_the_grid_stays_the_clocks_through_a_change(
    place: str, night: date, opened: str, expected: str
) -> None:
    found = free_starts(
        open_ranges([shift(7, opened)], zone(place), first=night, last=night),
        [],
        Rules(duration_min=30, slot_interval_min=30),
        now=datetime(night.year, night.month, night.day, tzinfo=UTC) - timedelta(days=1),
        zone=zone(place),
    )
    texts = [wall_text(start, zone(place)) for start in found]
    assert " ".join(text[11:16] + text[19:] for text in texts) == expected


def test_a_long_step_of_the_grid_does_not_jump_over_a_change() -> None:
    night = date(2026, 3, 8)
    found = free_starts(
        open_ranges([shift(7, "00:00-00:00")], VANCOUVER, first=night, last=night),
        [],
        Rules(duration_min=30, slot_interval_min=240),
        now=at("2026-03-07 12:00"),
        zone=VANCOUVER,
    )
    assert [start.astimezone(VANCOUVER).hour for start in found] == [0, 4, 8, 12, 16, 20]


def test_the_first_start_costs_only_the_first() -> None:
    read: list[Range] = []

    def watched(*ranges: Range) -> Iterator[Range]:
        for one in ranges:
            read.append(one)
            yield one

    opened = watched(span("9:00 to 12:00"), span("13:00 to 17:00"))
    busy = watched(span("9:30 to 10:00"), span("10:00 to 10:30"))
    found = free_starts(opened, busy, Rules(duration_min=30), now=at("8:00"), zone=VANCOUVER)

    assert next(found) == at("9:00")
    assert read == [span("9:30 to 10:00"), span("9:00 to 12:00")]


def test_no_more_is_read_past_the_horizon_than_shows_that_it_is_past() -> None:
    def three_days() -> Iterator[Range]:
        yield span("2026-03-02 09:00 to 2026-03-02 10:00")
        yield span("2026-03-03 09:00 to 2026-03-03 10:00")
        yield span("2026-03-04 09:00 to 2026-03-04 10:00")
        pytest.fail("read on")

    rules = Rules(duration_min=60, horizon_days=1)
    found = free_starts(three_days(), [], rules, now=at("8:00"), zone=VANCOUVER)
    assert [start.astimezone(VANCOUVER).day for start in found] == [2, 3]


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 3))
def test_the_cost_is_linear_in_the_days_asked(days: int, shifts: int) -> None:
    """Of full days, each stretch of hours and of busy time is read once, whatever else there is."""
    read = 0

    def counted(ranges: list[Range]) -> Iterator[Range]:
        nonlocal read
        for one in ranges:
            read += 1
            yield one

    begin = at("9:00")
    full = [
        Range(begin + timedelta(days=day, hours=4 * shift), begin + timedelta(days=day, hours=4 * shift + 3))
        for day in range(days)
        for shift in range(shifts)
    ]
    visits = [
        Range(start + n * timedelta(minutes=30), start + (n + 1) * timedelta(minutes=30))
        for start, _ in full
        for n in range(6)
    ]

    found = free_starts(
        counted(full), counted(visits), Rules(duration_min=30), now=at("8:00"), zone=VANCOUVER
    )

    assert list(found) == []
    assert read == len(full) + len(visits)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("2026-03-02 07:45", Refusal.PAST),
        ("2026-03-02 08:30", Refusal.TOO_SOON),
        ("2026-03-04 09:00", Refusal.TOO_FAR),
        ("2026-03-02 11:45", Refusal.CLOSED),
        ("2026-03-03 09:00", Refusal.CLOSED),
        ("2026-03-02 10:15", Refusal.TAKEN),
        ("2026-03-02 10:00", Refusal.TAKEN),
        ("2026-03-02 09:10", Refusal.OFF_GRID),
        ("2026-03-02 09:00", None),
        ("2026-03-02 11:30", None),
    ],
)
def test_a_refused_start_has_its_reason(start: str, reason: Refusal | None) -> None:
    rules = Rules(duration_min=30, buffer_after_min=5, notice_min=60, horizon_days=1)
    opened, busy = [span("9:00 to 12:00"), span("13:00 to 17:00")], [span("10:30 to 11:00")]
    assert why_not(at(start), opened, busy, rules, now=at("8:00"), zone=VANCOUVER) == reason


def test_without_notice_a_start_right_now_is_not_refused() -> None:
    opened, rules = [span("9:00 to 10:00")], Rules(duration_min=30)
    assert why_not(at("9:15"), opened, [], rules, now=at("9:15"), zone=VANCOUVER) is None


def test_a_visit_occupies_its_time_and_its_buffers() -> None:
    rules = Rules(duration_min=30, buffer_before_min=5, buffer_after_min=10)
    assert occupied(at("9:00"), rules) == span("8:55 to 9:40")


def test_of_several_providers_the_earliest_comes_first_and_ties_keep_their_order() -> None:
    offers = earliest(
        {
            101: iter([at("9:30"), at("10:00")]),
            100: iter([at("9:00"), at("9:30"), at("10:30")]),
            102: iter([]),
        }
    )
    assert list(offers) == [
        (at("9:00"), 100),
        (at("9:30"), 101),
        (at("9:30"), 100),
        (at("10:00"), 101),
        (at("10:30"), 100),
    ]


def test_the_first_of_a_repeated_hour_comes_before_the_second() -> None:
    place = zone("America/New_York")
    first_145 = utc(datetime(2026, 11, 1, 1, 45, tzinfo=place))
    second_115 = utc(datetime(2026, 11, 1, 1, 15, tzinfo=place, fold=1))
    offers = earliest({100: iter([second_115]), 101: iter([first_145])})
    assert [provider for _, provider in offers] == [101, 100]


def test_the_earliest_of_many_is_found_without_making_the_rest() -> None:
    def endless(start: datetime) -> Iterator[datetime]:
        while True:
            yield start
            start += timedelta(minutes=15)

    offers = earliest({provider: endless(at("9:00")) for provider in range(3)})
    assert [provider for _, provider in islice(offers, 4)] == [0, 1, 2, 0]


@pytest.mark.parametrize(
    "slip",
    [
        {"duration_min": 0},
        {"buffer_after_min": -1},
        {"notice_min": 10**12},
        {"horizon_days": 10**6},
        {"slot_interval_min": 0},
        {"interval": 15},
    ],
)
def test_rules_that_make_no_sense_are_refused(slip: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Rules.model_validate({"duration_min": 30} | slip)


@settings(max_examples=200, deadline=None)
@given(oracle.weeks(), oracle.rules(packed=st.booleans()))
def test_free_starts_equal_the_oracle(week: oracle.Week, rules: Rules) -> None:
    assert [oracle.minute(start) for start in starts_of(week, rules)] == oracle.free_starts(week, rules)


@settings(max_examples=100, deadline=None)
@given(oracle.weeks(), oracle.rules(packed=st.booleans()), st.data())
def test_a_wish_leaves_of_the_starts_exactly_those_it_covers(
    week: oracle.Week, rules: Rules, data: st.DataObject
) -> None:
    ends = sorted(data.draw(st.sets(st.integers(-300, 4 * 1440), max_size=8)))
    begin = datetime.combine(week.first, datetime.min.time(), UTC)
    wished = [
        Range(begin + a * oracle.MINUTE, begin + b * oracle.MINUTE)
        for a, b in zip(ends[::2], ends[1::2], strict=False)
    ]

    found = free_starts(
        hours_of(week), week.busy, rules, now=week.now, zone=zone(week.zone_name), starting=wished
    )

    expected = [start for start in starts_of(week, rules) if any(a <= start < b for a, b in wished)]
    assert list(found) == expected


@settings(max_examples=100, deadline=None)
@given(oracle.weeks(), oracle.rules(packed=st.booleans()), st.data())
def test_a_start_is_refused_exactly_when_it_is_not_offered(
    week: oracle.Week, rules: Rules, data: st.DataObject
) -> None:
    offered = starts_of(week, rules)
    near = [hours.start for hours in hours_of(week)] + offered + [week.now]
    asked = data.draw(st.sampled_from(near)).astimezone(UTC)
    asked += data.draw(st.sampled_from([-60, -15, -1, 0, 1, 15, 60])) * oracle.MINUTE

    reason = why_not(asked, hours_of(week), week.busy, rules, now=week.now, zone=zone(week.zone_name))

    assert (reason is None) == (asked in {start.astimezone(UTC) for start in offered})


@settings(max_examples=100, deadline=None)
@given(oracle.weeks(), oracle.rules(packed=st.booleans()))
def test_no_slot_meets_what_is_busy_nor_while_packing_another_slot(week: oracle.Week, rules: Rules) -> None:
    slots = [occupied(start, rules) for start in starts_of(week, rules)]
    assert not any(slot.start < block.end and block.start < slot.end for slot in slots for block in week.busy)
    # Else the buffers of two may run into the same short break; booking one then takes the other.
    if rules.packed and rules.buffers_inside_hours:
        assert all(one.end <= other.start for one, other in pairwise(slots))


@settings(max_examples=100, deadline=None)
@given(
    oracle.weeks(),
    oracle.rules(packed=st.just(False)),
    st.builds(Shift, st.integers(1, 7), st.times(), st.times(), st.none()),
)
def test_wider_hours_never_remove_a_slot_of_the_clocks_grid(
    week: oracle.Week, rules: Rules, more: Shift
) -> None:
    wider = free_starts(hours_of(week, more), week.busy, rules, now=week.now, zone=zone(week.zone_name))
    assert set(starts_of(week, rules)) <= set(wider)
