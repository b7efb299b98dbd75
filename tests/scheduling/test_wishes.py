"""What a caller asks for, as stretches of time in which a visit may start."""

from datetime import date, datetime, time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.wishes import Wish, windows
from frontdesk.speech.when import Days, PartOfDay, When
from frontdesk.zones import wall_text, zone
from tests.scheduling.oracle import CHANGES, DAY, minutes, walls

MONDAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 8)
VANCOUVER = "America/Vancouver"
MORNING = PartOfDay(time(0), time(12))


def shown(wish: Wish, name: str = VANCOUVER) -> list[tuple[str, str]]:
    """The windows as the clocks show their ends."""
    place = zone(name)
    return [(wall_text(start, place), wall_text(end, place)) for start, end in windows(wish, place)]


def on(weekdays: set[int] | None, after: str = "00:00", before: str | None = None) -> When:
    part = PartOfDay(time.fromisoformat(after), time.fromisoformat(before) if before else None)
    return When(frozenset(weekdays) if weekdays else None, part=part)


# --- Which days and times


def test_without_a_wish_it_is_one_range_over_all_days() -> None:
    assert shown(Wish(MONDAY, SUNDAY)) == [("2026-03-02T00:00:00", "2026-03-09T00:00:00")]
    assert shown(Wish(MONDAY, date(9000, 1, 1))) == [("2026-03-02T00:00:00", "9000-01-02T00:00:00")]


def test_a_last_day_before_the_first_leaves_nothing() -> None:
    assert shown(Wish(SUNDAY, MONDAY)) == []
    assert shown(Wish(SUNDAY, MONDAY, suits=(on({1}),))) == []


def test_any_of_what_suits_is_enough() -> None:
    assert shown(Wish(MONDAY, SUNDAY, suits=(on({2, 4}, "12:00", "17:00"), on({2}, "16:00", "18:00")))) == [
        ("2026-03-03T12:00:00", "2026-03-03T18:00:00"),
        ("2026-03-05T12:00:00", "2026-03-05T17:00:00"),
    ]


def test_what_is_excluded_is_cut_out_of_what_suits() -> None:
    start = When(days=Days(date(2026, 3, 3), date(2026, 3, 3)), part=PartOfDay(time(9), time(9, 1)))

    assert shown(Wish(MONDAY, date(2026, 3, 4), suits=(When(part=MORNING),), excluded=(on({1}), start))) == [
        ("2026-03-03T00:00:00", "2026-03-03T09:00:00"),
        ("2026-03-03T09:01:00", "2026-03-03T12:00:00"),
        ("2026-03-04T00:00:00", "2026-03-04T12:00:00"),
    ]


def test_whole_days_next_to_each_other_are_one_range() -> None:
    assert shown(Wish(MONDAY, SUNDAY, excluded=(on({3}),))) == [
        ("2026-03-02T00:00:00", "2026-03-04T00:00:00"),
        ("2026-03-05T00:00:00", "2026-03-09T00:00:00"),
    ]


def test_an_evening_and_the_morning_after_it_are_one_range() -> None:
    assert shown(Wish(MONDAY, date(2026, 3, 3), suits=(on({1}, "17:00"), on({2}, "00:00", "12:00")))) == [
        ("2026-03-02T17:00:00", "2026-03-03T12:00:00")
    ]


def test_only_the_days_that_are_needed_are_looked_at() -> None:
    eight_thousand_years = Wish(MONDAY, date(9999, 12, 30), suits=(on({1}, "09:00", "12:00"),))

    first = next(windows(eight_thousand_years, zone(VANCOUVER)))

    assert wall_text(first.start, zone(VANCOUVER)) == "2026-03-02T09:00:00"


# --- Where the clocks are changed


@pytest.mark.parametrize(
    ("name", "day", "part", "expected"),
    [
        # 1:00 to 2:00 comes twice.
        (
            "America/New_York",
            date(2026, 11, 1),
            on(None, "00:00", "01:30"),
            [
                ("2026-11-01T00:00:00", "2026-11-01T01:30:00-04:00"),
                ("2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00"),
            ],
        ),
        (
            "America/New_York",
            date(2026, 11, 1),
            on(None, "01:30"),
            [
                ("2026-11-01T01:30:00-04:00", "2026-11-01T01:00:00-05:00"),
                ("2026-11-01T01:30:00-05:00", "2026-11-02T00:00:00"),
            ],
        ),
        (
            "America/New_York",
            date(2026, 11, 1),
            on(None, "00:30", "02:00"),
            [("2026-11-01T00:30:00", "2026-11-01T02:00:00")],
        ),
        # 2:00 to 3:00 is skipped.
        (
            "America/New_York",
            date(2026, 3, 8),
            on(None, "02:30", "04:00"),
            [("2026-03-08T03:00:00", "2026-03-08T04:00:00")],
        ),
        ("America/New_York", date(2026, 3, 8), on(None, "02:00", "03:00"), []),
        # No change at all: British Columbia stays on its summer time.
        (
            VANCOUVER,
            date(2026, 11, 1),
            on(None, "01:00", "01:30"),
            [("2026-11-01T01:00:00", "2026-11-01T01:30:00")],
        ),
        # Half an hour.
        (
            "Australia/Lord_Howe",
            date(2026, 4, 5),
            on(None, "01:45", "02:00"),
            [
                ("2026-04-05T01:45:00+11:00", "2026-04-05T01:30:00+10:30"),
                ("2026-04-05T01:45:00+10:30", "2026-04-05T02:00:00"),
            ],
        ),
        ("Pacific/Apia", date(2011, 12, 30), on(None, "09:00", "12:00"), []),
        ("Pacific/Apia", date(2011, 12, 30), on({5}), []),
    ],
)
def test_an_instant_counts_by_the_wall_time_it_has(
    name: str, day: date, part: When, expected: list[tuple[str, str]]
) -> None:
    assert shown(Wish(day, day, suits=(part,)), name) == expected


def test_a_skipped_day_is_no_gap() -> None:
    wish = Wish(date(2011, 12, 29), date(2011, 12, 31), excluded=(on({3}),))

    assert shown(wish, "Pacific/Apia") == [("2011-12-29T00:00:00", "2012-01-01T00:00:00")]


# --- Laws

TIMES = st.integers(0, 1439).map(lambda m: time(m // 60, m % 60))


@st.composite
def parts(draw: st.DrawFn) -> PartOfDay:
    after = draw(TIMES | st.just(time(0)))
    before = draw(st.none() | TIMES)
    return PartOfDay(after, before if before and before > after else None)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[str, Wish]:
    name, changing = draw(st.sampled_from(CHANGES))
    near = st.integers(-2, 2).map(lambda n: changing + n * DAY)
    days = st.tuples(near, near).map(lambda ends: Days(min(ends), max(ends)))
    weekdays = st.frozensets(st.integers(1, 7), min_size=1)
    whens = st.lists(st.builds(When, st.none() | weekdays, st.none() | days, parts()), max_size=3).map(tuple)
    return name, Wish(draw(near), draw(near), draw(whens), draw(whens))


def suits(wall: datetime, wish: Wish) -> bool:
    """Slow and obvious; calls nothing of what it checks."""

    def is_in(when: When) -> bool:
        return (
            (not when.weekdays or wall.isoweekday() in when.weekdays)
            and (not when.days or wall.date() in days_of(when.days))
            and wall.time() >= when.part.after
            and (not when.part.before or wall.time() < when.part.before)
        )

    return (
        wish.first <= wall.date() <= wish.last
        and (not wish.suits or any(is_in(when) for when in wish.suits))
        and not any(is_in(when) for when in wish.excluded)
    )


def days_of(days: Days) -> list[date]:
    return [days.first + n * DAY for n in range((days.last - days.first).days + 1)]


@settings(deadline=None)
@given(wishes())
def test_a_visit_may_start_exactly_when_the_clock_shows_a_time_that_suits(asked: tuple[str, Wish]) -> None:
    name, wish = asked
    days = [
        changing for changed, changing in CHANGES if changed == name and abs(changing - wish.first) < 5 * DAY
    ]

    found = list(windows(wish, zone(name)))

    clock = walls(name, days[0] - 2 * DAY, days[0] + 2 * DAY)
    assert minutes(found) == {minute for minute, wall in clock.items() if suits(wall, wish)}
    assert all(one.end < other.start for one, other in pairwise(found))


@settings(deadline=None)
@given(wishes(), TIMES.filter(lambda bound: bound > time(0)))
def test_before_a_time_and_from_it_on_are_each_instant_once(asked: tuple[str, Wish], bound: time) -> None:
    name, wish = asked
    before, after = When(part=PartOfDay(before=bound)), When(part=PartOfDay(after=bound))

    def covered(*suits: When) -> set[int]:
        return minutes(windows(Wish(wish.first, wish.last, suits), zone(name)))

    assert covered(before).isdisjoint(covered(after))
    assert covered(before) | covered(after) == covered()


def test_the_windows_are_ranges_in_utc() -> None:
    [window] = windows(Wish(MONDAY, MONDAY, suits=(on(None, "09:00", "10:00"),)), zone(VANCOUVER))

    assert window == Range(
        datetime.fromisoformat("2026-03-02T17:00:00+00:00"),
        datetime.fromisoformat("2026-03-02T18:00:00+00:00"),
    )
