"""Which days and times are understood to suit a caller, and which not."""

from datetime import date, time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from frontdesk.errors import Unclear
from frontdesk.speech.language import LANGUAGES, Language
from frontdesk.speech.preferences import excluded_heard, preference_heard
from frontdesk.speech.times import say_time, say_weekday
from frontdesk.speech.when import Days, PartOfDay, Preference, When

TODAY = date(2026, 2, 19)  # a Thursday
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def read(text: str) -> When:
    """`Tu Th 12:00-17:00` or `2026-02-20..2026-02-22` or `09:00-`, as a `When`."""
    words = text.split()
    weekdays = frozenset(n for n, name in enumerate(WEEKDAYS, 1) if name in words)
    days = next((Days(*map(date.fromisoformat, word.split(".."))) for word in words if ".." in word), None)
    after, _, before = next((word for word in words if ":" in word), "00:00-").partition("-")
    part = PartOfDay(time.fromisoformat(after), time.fromisoformat(before) if before else None)
    return When(weekdays or None, days, part)


def heard(text: str) -> Preference:
    return preference_heard(text, today=TODAY)


# --- Times of day


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("morning", "00:00-12:00"),
        ("mornings", "00:00-12:00"),
        ("mornings only", "00:00-12:00"),
        ("any morning", "00:00-12:00"),
        ("上午", "00:00-12:00"),
        ("早上", "00:00-12:00"),
        ("in the Afternoon", "12:00-17:00"),
        ("下午", "12:00-17:00"),
        ("每天下午", "12:00-17:00"),
        ("evenings", "17:00-"),
        ("晚上", "17:00-"),
        ("傍晚", "17:00-"),
        ("中午", "11:00-14:00"),
        ("after 4", "16:00-"),
        ("after 7", "07:00-"),
        ("after 12", "12:00-"),
        ("4 点以后", "16:00-"),
        ("下午四点以后", "16:00-"),
        ("下午四點以後", "16:00-"),
        ("after 7 pm", "19:00-"),
        ("4 or later", "16:00-"),
        ("before 10", "00:00-10:00"),
        ("before 10am", "00:00-10:00"),
        ("until 11", "00:00-11:00"),
        ("十点前", "00:00-10:00"),
        ("十点以前", "00:00-10:00"),
        ("before midnight", "00:00-"),
        ("2:30 PM", "14:30-"),
        ("at 3", "15:00-"),
        ("3pm", "15:00-"),
        ("from 9 on", "09:00-"),
        ("noon", "12:00-"),
    ],
)
def test_a_part_of_the_day_is_two_wall_times(text: str, part: str) -> None:
    assert heard(text) == Preference(suits=(read(part),))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("between 2 and 4", "14:00-16:00"),
        ("from 9 to 11", "09:00-11:00"),
        ("9 to 5", "09:00-17:00"),
        ("after 10 and before 4", "10:00-16:00"),
        ("9-11", "09:00-11:00"),
        ("14:00-16:00", "14:00-16:00"),
        ("11 to 1", "11:00-13:00"),
        ("2 to 4 pm", "14:00-16:00"),
        ("between 7 and 9 pm", "19:00-21:00"),
        ("between 10 and 2 pm", "10:00-14:00"),
        ("7 pm to 9", "19:00-21:00"),
        ("between 10 and 7", "10:00-19:00"),
        ("from 10 to noon", "10:00-12:00"),
        ("8 pm to midnight", "20:00-"),
        ("evenings between 6 and 8", "18:00-20:00"),
        ("两点到四点之间", "14:00-16:00"),
        ("下午两点到四点", "14:00-16:00"),
        ("晚上六点至八点", "18:00-20:00"),
        ("早上九点到下午三点", "09:00-15:00"),
    ],
)
def test_from_one_time_to_another(text: str, part: str) -> None:
    assert heard(text) == Preference(suits=(read(part),))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("mornings after 9", "09:00-12:00"),
        ("afternoons after 3", "15:00-17:00"),
        ("mornings before 10", "00:00-10:00"),
        ("evenings after 6", "18:00-"),
    ],
)
def test_a_bound_within_a_part_of_the_day_keeps_to_it(text: str, part: str) -> None:
    assert heard(text) == Preference(suits=(read(part),))


@pytest.mark.parametrize(
    "text",
    ["any", "Anytime", "any time", "any day", "no preference", "任何", "什么时候都可以"],
)
def test_any_time_is_no_preference(text: str) -> None:
    assert heard(text) == Preference()


# --- Days


@pytest.mark.parametrize(
    ("text", "whens"),
    [
        ("on Tuesdays", ["Tu"]),
        ("only Tuesdays", ["Tu"]),
        ("any Tuesday", ["Tu"]),
        ("Tuesday mornings", ["Tu 00:00-12:00"]),
        ("Tuesday, in the morning", ["Tu 00:00-12:00"]),
        ("mornings on Tuesdays", ["Tu 00:00-12:00"]),
        ("Tuesday at 3", ["Tu 15:00-"]),
        ("Tuesday or Thursday afternoon", ["Tu Th 12:00-17:00"]),
        ("after 4 on Mondays and Wednesdays", ["Mo We 16:00-"]),
        ("Monday, Wednesday or Friday", ["Mo We Fr"]),
        ("weekdays", ["Mo Tu We Th Fr"]),
        ("weekdays after 5", ["Mo Tu We Th Fr 17:00-"]),
        ("weekends", ["Sa Su"]),
        ("Monday to Wednesday", ["Mo Tu We"]),
        ("Friday through Monday", ["Fr Sa Su Mo"]),
        ("Mon-Fri mornings", ["Mo Tu We Th Fr 00:00-12:00"]),
        ("周二下午", ["Tu 12:00-17:00"]),
        ("每周二上午", ["Tu 00:00-12:00"]),
        ("周一周三", ["Mo We"]),
        ("周一和周三上午", ["Mo We 00:00-12:00"]),
        ("周一到周五上午", ["Mo Tu We Th Fr 00:00-12:00"]),
        ("工作日", ["Mo Tu We Th Fr"]),
        ("周末", ["Sa Su"]),
        ("next Wednesday afternoon", ["2026-02-25..2026-02-25 12:00-17:00"]),
        ("下周三下午", ["2026-02-25..2026-02-25 12:00-17:00"]),
        ("这周五上午", ["2026-02-20..2026-02-20 00:00-12:00"]),
        ("下周二或周四", ["2026-02-24..2026-02-24", "2026-02-26..2026-02-26"]),
        ("下周一到周三上午", ["2026-02-23..2026-02-25 00:00-12:00"]),
        ("next Monday, Tuesday or Friday", [f"2026-02-{n}..2026-02-{n}" for n in (23, 24, 27)]),
        (
            "Monday, Tuesday or Friday next week",
            [f"2026-02-{n}..2026-02-{n}" for n in (23, 24, 27)],
        ),
        ("in 3 days", ["2026-02-22..2026-02-22"]),
        ("the 24th", ["2026-02-24..2026-02-24"]),
        ("明天上午", ["2026-02-20..2026-02-20 00:00-12:00"]),
        ("tomorrow after 3", ["2026-02-20..2026-02-20 15:00-"]),
        ("next week", ["2026-02-23..2026-03-01"]),
        ("this weekend", ["2026-02-21..2026-02-22"]),
        ("mornings or evenings", ["00:00-12:00", "17:00-"]),
        ("before 10 or after 4", ["00:00-10:00", "16:00-"]),
        ("Tuesday before 10 or after 4", ["Tu 00:00-10:00", "Tu 16:00-"]),
        ("Tuesday morning or Thursday afternoon", ["Tu 00:00-12:00", "Th 12:00-17:00"]),
        ("Tuesday afternoon or Thursday", ["Tu 12:00-17:00", "Th"]),
        ("Tuesdays or mornings", ["Tu", "00:00-12:00"]),
        ("周二上午或周四下午", ["Tu 00:00-12:00", "Th 12:00-17:00"]),
    ],
)
def test_days_and_times_that_stand_together_belong_together(text: str, whens: list[str]) -> None:
    assert heard(text) == Preference(suits=tuple(map(read, whens)))


# --- What is denied


@pytest.mark.parametrize(
    ("text", "whens"),
    [
        ("not Mondays", ["Mo"]),
        ("not on Mondays or Fridays", ["Mo Fr"]),
        ("not before 10", ["00:00-10:00"]),
        ("not in the morning", ["00:00-12:00"]),
        ("not Tuesday mornings", ["Tu 00:00-12:00"]),
        ("not at 3", ["15:00-15:01"]),
        ("any time except Friday", ["Fr"]),
        ("any day but Friday", ["Fr"]),
        ("不要周一", ["Mo"]),
        ("周一不行", ["Mo"]),
        ("除了周五", ["Fr"]),
        ("除了周五以外都可以", ["Fr"]),
        ("not Mondays, not Fridays", ["Mo", "Fr"]),
        ("not Monday mornings or Friday afternoons", ["Mo 00:00-12:00", "Fr 12:00-17:00"]),
    ],
)
def test_what_is_denied_is_excluded(text: str, whens: list[str]) -> None:
    assert heard(text) == Preference(excluded=tuple(map(read, whens)))


@pytest.mark.parametrize("text", ["afternoons, but not on Fridays", "下午，除了周五"])
def test_what_suits_and_what_does_not_may_come_together(text: str) -> None:
    assert heard(text) == Preference(suits=(read("12:00-17:00"),), excluded=(read("Fr"),))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "改天",
            "after",
            "not",
            "not any time",
            "before lunch",
            "mornings after 4 pm",
        ),
        *("Tuesday morning or after 4 on Wednesday", "not Mondays, mornings", "not before 10 or Tuesdays"),
        *("before 4 and after 10", "not 3", "morning to 3", "after noon until", "<0>"),
    ],
)
def test_a_preference_with_no_or_two_meanings_is_asked_for(text: str) -> None:
    with pytest.raises(Unclear, match="part of the day"):
        heard(text)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("this Thursday afternoon", "today or the same day next week"),
        ("Friday, February 21st Saturday", "mean different days"),
        ("Monday to February 27", "mean different days"),
        ("tomorrow today", "mean different days"),
        ("2026-02-30", "does not exist"),
    ],
)
def test_a_day_in_a_preference_is_as_certain_as_any_other(text: str, asked: str) -> None:
    with pytest.raises(Unclear, match=asked):
        heard(text)


# --- What is left out


@pytest.mark.parametrize(
    ("text", "whens"),
    [
        ("2026-02-20", ["2026-02-20..2026-02-20"]),
        ("20260220", ["2026-02-20..2026-02-20"]),
        ("2026-02-20T00:00:00", ["2026-02-20..2026-02-20"]),
        ("tomorrow", ["2026-02-20..2026-02-20"]),
        ("February 20, 2026", ["2026-02-20..2026-02-20"]),
        ("Monday, February 23", ["2026-02-23..2026-02-23"]),
        ("2月20日星期五", ["2026-02-20..2026-02-20"]),
        ("2026-02-20, 2026-02-23", ["2026-02-20..2026-02-20", "2026-02-23..2026-02-23"]),
        ("Feb 20, March 3", ["2026-02-20..2026-02-20", "2026-03-03..2026-03-03"]),
        ("二月二十日、二月二十三日", ["2026-02-20..2026-02-20", "2026-02-23..2026-02-23"]),
        ("2026-03-02 to 2026-03-06", ["2026-03-02..2026-03-06"]),
        ("next week", ["2026-02-23..2026-03-01"]),
        ("in March", ["2026-03-01..2026-03-31"]),
        ("Mondays", ["Mo"]),
        ("not Mondays", ["Mo"]),
        ("周一", ["Mo"]),
        ("周一、周三", ["Mo We"]),
        ("weekends", ["Sa Su"]),
        ("mornings", ["00:00-12:00"]),
        ("before 10", ["00:00-10:00"]),
        ("Mondays, mornings", ["Mo", "00:00-12:00"]),
        ("Mondays, 2026-02-24", ["Mo", "2026-02-24..2026-02-24"]),
        ("after 4 on Fridays", ["Fr 16:00-"]),
    ],
)
def test_days_and_parts_of_days_can_be_left_out(text: str, whens: list[str]) -> None:
    assert set(excluded_heard(text, today=TODAY)) == set(map(read, whens))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-02-20 14:00", "2026-02-20..2026-02-20 14:00-14:01"),
        ("2026-02-20T14:00:00", "2026-02-20..2026-02-20 14:00-14:01"),
        ("2026-02-20T14:00:00-08:00", "2026-02-20..2026-02-20 14:00-14:01"),
        ("tomorrow at half past two", "2026-02-20..2026-02-20 14:30-14:31"),
        ("2月20日星期五下午两点", "2026-02-20..2026-02-20 14:00-14:01"),
        ("Friday at 2", "Fr 14:00-14:01"),
        ("周五两点", "Fr 14:00-14:01"),
        ("11:59 pm", "23:59-"),
    ],
)
def test_a_bare_time_leaves_out_just_that_start(text: str, when: str) -> None:
    assert excluded_heard(text, today=TODAY) == (read(when),)


@pytest.mark.parametrize(
    "text",
    ["", "everything", "any day except Friday", "Feb 20, 21 and 22", "not 3", "mornings not Mondays", "<5>"],
)
def test_what_to_leave_out_is_never_guessed(text: str) -> None:
    with pytest.raises(Unclear, match="to leave out"):
        excluded_heard(text, today=TODAY)


# --- Laws


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    ends=st.lists(st.times(), min_size=2, max_size=2, unique=True).map(sorted),
    language=st.sampled_from(LANGUAGES),
    is_denied=st.booleans(),
)
def test_all_days_and_times_said_are_heard_as_the_same(
    weekdays: set[int], ends: list[time], language: Language, is_denied: bool
) -> None:
    first, last = (end.replace(second=0, microsecond=0) for end in ends)
    days = (", " if language == "en" else "、").join(say_weekday(day, language) for day in weekdays)
    of_day = (" from {} to {}" if language == "en" else "{}到{}").format(
        say_time(first, language), say_time(last, language)
    )
    said = ("not " if language == "en" else "不要") * is_denied + days + of_day
    assume(first != last)

    when = When(frozenset(day + 1 for day in weekdays), part=PartOfDay(first, last))
    assert heard(said) == (Preference(excluded=(when,)) if is_denied else Preference(suits=(when,)))
