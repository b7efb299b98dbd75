"""How days, times, hours and numbers are said aloud."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.speech.language import Language
from frontdesk.speech.times import say_date, say_digits, say_shifts, say_time, say_week, say_when

TODAY = date(2026, 11, 23)  # a Monday
TORONTO = ZoneInfo("America/Toronto")
DAY = [(time(9), time(12)), (time(13), time(17))]


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        (TODAY, "today", "今天"),
        (date(2026, 11, 24), "tomorrow, Tuesday, November 24th", "明天，11月24日星期二"),
        (date(2026, 11, 26), "this Thursday, November 26th", "11月26日星期四"),
        (date(2026, 11, 29), "this Sunday, November 29th", "11月29日星期日"),
        (date(2026, 11, 30), "Monday, November 30th", "11月30日星期一"),
        (date(2026, 12, 2), "Wednesday, December 2nd", "12月2日星期三"),
        (date(2026, 12, 11), "Friday, December 11th", "12月11日星期五"),
        (date(2026, 12, 21), "Monday, December 21st", "12月21日星期一"),
    ],
)
def test_a_day_is_said_with_what_tells_it_apart(day: date, english: str, chinese: str) -> None:
    assert say_date(day, today=TODAY, language="en") == english
    assert say_date(day, today=TODAY, language="zh") == chinese


def test_a_day_of_next_year_is_said_with_its_year_only_when_it_is_far() -> None:
    assert say_date(date(2027, 3, 5), today=TODAY, language="en") == "Friday, March 5th"
    assert say_date(date(2027, 8, 5), today=TODAY, language="en") == "Thursday, August 5th, 2027"
    assert say_date(date(2027, 8, 5), today=TODAY, language="zh") == "2027年8月5日星期四"


def test_a_day_of_last_year_is_said_with_its_year_however_near() -> None:
    said = say_date(date(2025, 12, 31), today=date(2026, 1, 2), language="en")

    assert said == "Wednesday, December 31st, 2025"


@given(ago=st.integers(1, 4000))
def test_a_past_day_is_never_said_as_if_it_were_to_come(ago: int) -> None:
    for language in ("en", "zh"):
        said = say_date(TODAY - timedelta(ago), today=TODAY, language=language)

        assert not any(word in said for word in ("today", "tomorrow", "this", "今天", "明天"))


@pytest.mark.parametrize(
    ("moment", "english", "chinese"),
    [
        (time(0), "12 midnight", "凌晨零点"),
        (time(0, 5), "12:05 AM", "凌晨零点零五分"),
        (time(2), "2 AM", "凌晨两点"),
        (time(8, 45), "8:45 AM", "早上八点四十五分"),
        (time(9), "9 AM", "上午九点"),
        (time(9, 15), "9:15 AM", "上午九点一刻"),
        (time(11, 50), "11:50 AM", "上午十一点五十分"),
        (time(12), "12 noon", "中午十二点"),
        (time(12, 30), "12:30 PM", "中午十二点半"),
        (time(14, 30), "2:30 PM", "下午两点半"),
        (time(15, 5), "3:05 PM", "下午三点零五分"),
        (time(20), "8 PM", "晚上八点"),
    ],
)
def test_a_time_is_said_with_its_half_of_the_day(moment: time, english: str, chinese: str) -> None:
    assert say_time(moment, "en") == english
    assert say_time(moment, "zh") == chinese


@pytest.mark.parametrize(
    ("start", "english", "chinese"),
    [
        (datetime(2026, 11, 23, 14, 30, tzinfo=TORONTO), "today at 2:30 PM", "今天下午两点半"),
        (
            datetime(2026, 11, 24, 9, tzinfo=TORONTO),
            "tomorrow, Tuesday, November 24th, at 9 AM",
            "明天，11月24日星期二上午九点",
        ),
        (
            datetime(2026, 11, 26, 12, tzinfo=TORONTO),
            "this Thursday, November 26th, at 12 noon",
            "11月26日星期四中午十二点",
        ),
    ],
)
def test_a_start_is_said_as_day_and_time(start: datetime, english: str, chinese: str) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=TORONTO)

    assert say_when(start, now=now, language="en") == english
    assert say_when(start, now=now, language="zh") == chinese


def test_today_is_the_clinics_day_and_not_the_servers() -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=TORONTO)
    late_on_sunday_in_toronto = datetime(2026, 11, 23, 3, tzinfo=UTC)

    said = say_when(start, now=late_on_sunday_in_toronto, language="en")

    assert said == "tomorrow, Monday, November 23rd, at 9 AM"


@pytest.mark.parametrize(
    ("fold", "language", "said"),
    [
        (0, "en", "today at the first 1:30 AM"),
        (1, "en", "today at the second 1:30 AM"),
        (0, "zh", "今天第一个凌晨一点半"),
        (1, "zh", "今天第二个凌晨一点半"),
    ],
)
def test_a_repeated_hour_is_told_apart(fold: int, language: Language, said: str) -> None:
    start = datetime(2026, 11, 1, 1, 30, tzinfo=TORONTO, fold=fold)

    assert say_when(start, now=start, language=language) == said


@pytest.mark.parametrize("wall", ["2026-11-01T02:30", "2026-03-08T02:30", "2026-07-01T01:30"])
def test_an_hour_that_is_not_repeated_is_not_counted(wall: str) -> None:
    start = datetime.fromisoformat(wall).replace(tzinfo=TORONTO)

    assert "first" not in say_when(start, now=start, language="en")


def test_the_shifts_of_a_day_are_said_in_a_row() -> None:
    assert say_shifts(DAY, "en") == "9 AM to 12 noon and 1 PM to 5 PM"
    assert say_shifts(DAY, "zh") == "上午九点到中午十二点和下午一点到下午五点"
    three = [*DAY, (time(18), time(20))]
    assert say_shifts(three, "en") == "9 AM to 12 noon, 1 PM to 5 PM and 6 PM to 8 PM"


def test_a_day_without_shifts_is_closed() -> None:
    assert say_shifts([], "en") == "closed"
    assert say_shifts([], "zh") == "休息"


@pytest.mark.parametrize(
    ("by_weekday", "english", "chinese"),
    [
        (
            dict.fromkeys(range(5), DAY),
            "Monday to Friday, 9 AM to 12 noon and 1 PM to 5 PM; closed Saturday and Sunday",
            "星期一到星期五，上午九点到中午十二点和下午一点到下午五点；星期六和星期日休息",
        ),
        (
            {0: DAY[:1], 1: DAY[:1], 4: [], 6: DAY[1:]},
            "Monday and Tuesday, 9 AM to 12 noon; Sunday, 1 PM to 5 PM; closed Wednesday to Saturday",
            "星期一和星期二，上午九点到中午十二点；星期日，下午一点到下午五点；星期三到星期六休息",
        ),
        (
            {3: DAY[:1]},
            "Thursday, 9 AM to 12 noon; closed Monday to Wednesday and Friday to Sunday",
            "星期四，上午九点到中午十二点；星期一到星期三和星期五到星期日休息",
        ),
        (dict.fromkeys(range(7), DAY[:1]), "every day, 9 AM to 12 noon", "每天，上午九点到中午十二点"),
        ({}, "closed every day", "每天休息"),
    ],
)
def test_days_with_the_same_hours_are_said_together(
    by_weekday: dict[int, list[tuple[time, time]]], english: str, chinese: str
) -> None:
    assert say_week(by_weekday, "en") == english
    assert say_week(by_weekday, "zh") == chinese


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        ("+16045550100", "6 0 4, 5 5 5, 0 1 0 0", "六零四，五五五，零一零零"),
        ("(604) 555-0100", "6 0 4, 5 5 5, 0 1 0 0", "六零四，五五五，零一零零"),
        ("5550100", "5 5 5, 0 1 0 0", "五五五，零一零零"),
        ("911", "9 1 1", "九一一"),
        ("", "", ""),
    ],
)
def test_a_telephone_number_is_said_in_groups(number: str, english: str, chinese: str) -> None:
    assert say_digits(number, "en") == english
    assert say_digits(number, "zh") == chinese
