"""What is understood of what a caller says, and what is asked again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.errors import Unclear
from frontdesk.speech.heard import (
    birth_date_heard,
    clock_heard,
    days_heard,
    digits_heard,
    number_heard,
    wall_heard,
)
from frontdesk.speech.language import LANGUAGES, Language
from frontdesk.speech.preferences import excluded_heard, preference_heard
from frontdesk.speech.times import say_date, say_digits, say_time
from frontdesk.speech.when import Days

TODAY = date(2026, 2, 19)  # a Thursday


def one(day: date) -> Days:
    return Days(day, day)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-02-20", date(2026, 2, 20)),
        ("2026/2/20", date(2026, 2, 20)),
        ("20260220", date(2026, 2, 20)),
        ("２０２６－０２－２０", date(2026, 2, 20)),
        (" 2026-02-20\u200b\n", date(2026, 2, 20)),
        ("2026-02-20T14:00:00", date(2026, 2, 20)),
        ("2026-02-20T14:00:00.000-08:00", date(2026, 2, 20)),
        ("2019-02-28", date(2019, 2, 28)),
        ("February 20", date(2026, 2, 20)),
        ("Feb 20th, 2026", date(2026, 2, 20)),
        ("february twenty-first", date(2026, 2, 21)),
        ("the 20th of February", date(2026, 2, 20)),
        ("20 FEB 2027", date(2027, 2, 20)),
        ("02/20/2026", date(2026, 2, 20)),
        ("2月20日", date(2026, 2, 20)),
        ("２ 月 ２０ 號", date(2026, 2, 20)),
        ("2026年2月20日", date(2026, 2, 20)),
        ("二零二六年二月二十日", date(2026, 2, 20)),
        ("the 20th", date(2026, 2, 20)),
        ("18号", date(2026, 3, 18)),
    ],
)
def test_a_date_is_understood_however_it_is_written(text: str, day: date) -> None:
    assert days_heard(text, today=TODAY) == one(day)


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("today", 0),
        ("今天", 0),
        ("Tomorrow", 1),
        ("明天", 1),
        ("tomorrow at half past two", 1),
        ("the day after tomorrow", 2),
        ("后天", 2),
        ("後天", 2),
        ("大后天", 3),
        ("in 3 days", 3),
        ("three days from now", 3),
        ("三天后", 3),
        ("in a week", 7),
        ("两个星期后", 14),
        ("Friday", 1),
        ("this Friday", 1),
        ("on Wednesday", 6),
        ("周三", 6),
        ("星期三", 6),
        ("礼拜三", 6),
        ("周日", 3),
        ("星期天", 3),
        ("next Tuesday", 5),
        ("next week Thursday", 7),
        ("Thursday next week", 7),
        ("下周三", 6),
        ("下个礼拜四", 7),
        ("这周五", 1),
        ("下周三下午", 6),
        ("tomorrow, Friday, February 20th", 1),
        ("明天，2月20日星期五", 1),
    ],
)
def test_a_day_is_counted_from_today(text: str, ahead: int) -> None:
    assert days_heard(text, today=TODAY) == one(TODAY + timedelta(ahead))


@pytest.mark.parametrize(
    ("text", "day"),
    [("February 19", date(2026, 2, 19)), ("February 18", date(2027, 2, 18)), ("2月29日", date(2028, 2, 29))],
)
def test_a_date_without_a_year_is_the_next_one_to_come(text: str, day: date) -> None:
    assert days_heard(text, today=TODAY) == one(day)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("next week", date(2026, 2, 23), date(2026, 3, 1)),
        ("下周", date(2026, 2, 23), date(2026, 3, 1)),
        ("下个星期", date(2026, 2, 23), date(2026, 3, 1)),
        ("this week", date(2026, 2, 16), date(2026, 2, 22)),
        ("本周", date(2026, 2, 16), date(2026, 2, 22)),
        ("this weekend", date(2026, 2, 21), date(2026, 2, 22)),
        ("at the weekend", date(2026, 2, 21), date(2026, 2, 22)),
        ("这个周末", date(2026, 2, 21), date(2026, 2, 22)),
        ("next weekend", date(2026, 2, 28), date(2026, 3, 1)),
        ("下周末", date(2026, 2, 28), date(2026, 3, 1)),
        ("this month", date(2026, 2, 1), date(2026, 2, 28)),
        ("next month", date(2026, 3, 1), date(2026, 3, 31)),
        ("下个月", date(2026, 3, 1), date(2026, 3, 31)),
        ("in March", date(2026, 3, 1), date(2026, 3, 31)),
        ("三月", date(2026, 3, 1), date(2026, 3, 31)),
        ("三月份", date(2026, 3, 1), date(2026, 3, 31)),
        ("February", date(2026, 2, 1), date(2026, 2, 28)),
        ("in January", date(2027, 1, 1), date(2027, 1, 31)),
        ("February 2028", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026年3月", date(2026, 3, 1), date(2026, 3, 31)),
    ],
)
def test_a_week_a_weekend_and_a_month_are_all_of_their_days(text: str, first: date, last: date) -> None:
    assert days_heard(text, today=TODAY) == Days(first, last)


def test_next_month_in_december_is_of_the_next_year() -> None:
    assert days_heard("next month", today=date(2026, 12, 31)) == Days(date(2027, 1, 1), date(2027, 1, 31))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("2019-02-30", "does not exist"),
        ("February 30", "does not exist"),
        ("2026-13-01", "does not exist"),
        ("0001-01-01", "all four digits"),
        ("2/20/26", "all four digits"),
        ("03/04/2026", "month by its name"),
        ("Friday, February 21st", "mean different days"),
        ("tomorrow, February 21st", "mean different days"),
        ("Thursday", "today or the same day next week"),
        ("Monday or Tuesday", "month and a day"),
        ("not Friday", "month and a day"),
        ("Friday 5", "month and a day"),
        ("下下周三", "month and a day"),
        ("week", "month and a day"),
        ("end of March", "month and a day"),
        ("March or April", "month and a day"),
        ("Tuesday in March", "month and a day"),
        ("Mondays", "month and a day"),
        ("March 20000", "month and a day"),
        ("March 2500", "all four digits"),
        ("上周三", "month and a day"),
        ("2026-02-20 2026-02-21", "month and a day"),
        ("in 9999999999 days", "month and a day"),
        ("", "month and a day"),
        ("tomorrow" * 99, "too long"),
    ],
)
def test_a_day_with_no_or_several_meanings_is_asked_for(text: str, asked: str) -> None:
    with pytest.raises(Unclear, match=asked):
        days_heard(text, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "1990-01-15",
        "January 15, 1990",
        "15 January 1990",
        "15-Jan-1990",
        "january fifteenth, nineteen ninety",
        "1990年1月15日",
        "一九九〇年一月十五号",
        "19900115",
        "1990 01 15",
        "15/01/1990",
        "01/15/1990",
        "15.1.1990",
        "1990-01-15T00:00:00Z",
    ],
)
def test_a_birth_date_is_repaired_when_it_has_one_meaning(text: str) -> None:
    assert birth_date_heard(text, today=TODAY) == date(1990, 1, 15)


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("05/05/1985", date(1985, 5, 5)),
        ("May second, two thousand five", date(2005, 5, 2)),
        ("May second, twenty twelve", date(2012, 5, 2)),
        ("twenty-first of June nineteen oh five", date(1905, 6, 21)),
        ("2026-02-19", TODAY),
    ],
)
def test_a_year_of_birth_may_be_spoken(text: str, born: date) -> None:
    assert birth_date_heard(text, today=TODAY) == born


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("03/04/1990", "month by its name"),
        ("01/15/90", "all four digits"),
        ("January 15, 90", "all four digits"),
        ("九零年一月十五日", "all four digits"),
        ("January 15", "all four digits"),
        ("1899-12-31", "all four digits"),
        ("2026-02-20", "in the future"),
        ("1990-02-30", "does not exist"),
        ("1990-01-15 or so", "month by name"),
        ("next Tuesday", "month by name"),
        ("", "month by name"),
    ],
)
def test_a_birth_date_is_never_guessed(text: str, asked: str) -> None:
    with pytest.raises(Unclear, match=asked):
        birth_date_heard(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2:30 PM", time(14, 30)),
        ("２：３０　ＰＭ", time(14, 30)),
        ("2pm", time(14)),
        ("2 p.m.", time(14)),
        ("14:30", time(14, 30)),
        ("14:30:00", time(14, 30)),
        ("09:30", time(9, 30)),
        ("0:30", time(0, 30)),
        ("noon", time(12)),
        ("12 noon", time(12)),
        ("midnight", time(0)),
        ("12am", time(0)),
        ("12:15 pm", time(12, 15)),
        ("half past two in the afternoon", time(14, 30)),
        ("half past 14", time(14, 30)),
        ("quarter past 3 pm", time(15, 15)),
        ("a quarter to one pm", time(12, 45)),
        ("two thirty pm", time(14, 30)),
        ("nine oh five am", time(9, 5)),
        ("nine o’clock in the morning", time(9)),
        ("下午两点半", time(14, 30)),
        ("下午 2:30", time(14, 30)),
        ("下午三點一刻", time(15, 15)),
        ("上午9点", time(9)),
        ("晚上八点", time(20)),
        ("十四点三十分", time(14, 30)),
        ("中午十二点", time(12)),
        ("中午一点", time(13)),
        ("凌晨零点零五分", time(0, 5)),
    ],
)
def test_a_time_is_understood_however_it_is_said(text: str, clock: time) -> None:
    assert clock_heard(text) == clock


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("half past two", "morning or the afternoon"),
        ("2:30", "morning or the afternoon"),
        ("三点", "morning or the afternoon"),
        ("two o'clock", "morning or the afternoon"),
        ("14:30 AM", "morning or the afternoon"),
        ("晚上十二点", "morning or the afternoon"),
        ("14", "morning or the afternoon"),
        ("25:00", "hour and the minutes"),
        ("2:75 PM", "hour and the minutes"),
        ("2 PM or 3 PM", "hour and the minutes"),
        ("soon", "hour and the minutes"),
        ("", "hour and the minutes"),
    ],
)
def test_a_time_with_no_or_two_meanings_is_asked_for(text: str, asked: str) -> None:
    with pytest.raises(Unclear, match=asked):
        clock_heard(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-20T14:30:00",
        "2026-02-20T14:30",
        "2026-02-20 14:30",
        "2026-02-20 2:30 PM",
        "２０２６-０２-２０　１４：３０",
        "tomorrow 2:30 PM",
        "tomorrow at half past two in the afternoon",
        "February 20 two thirty pm",
        "2:30 pm, February 20",
        "明天下午两点半",
        "2月20日星期五下午两点半",
        "周五十四点三十分",
    ],
)
def test_a_start_without_an_offset_is_a_wall_time(text: str) -> None:
    assert wall_heard(text, today=TODAY) == datetime.fromisoformat("2026-02-20T14:30")


@pytest.mark.parametrize("text", ["tonight at 8", "今晚八点", "this evening at 8"])
def test_the_evening_meant_is_todays(text: str) -> None:
    assert wall_heard(text, today=TODAY) == datetime.fromisoformat("2026-02-19T20:00")


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-02-20T14:00:00Z", UTC),
        ("2026-02-20T14:00:00.000Z", UTC),
        ("2026-02-20T14:00:00-08:00", timezone(-timedelta(hours=8))),
        ("2026-02-20T14:00+0530", timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_a_start_keeps_the_offset_it_was_given(text: str, zone: timezone) -> None:
    heard = wall_heard(text, today=TODAY)

    assert heard == datetime(2026, 2, 20, 14, tzinfo=zone)
    assert heard.utcoffset() == zone.utcoffset(None)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("2026-02-20", "hour and the minutes"),
        ("tomorrow morning", "hour and the minutes"),
        ("2026-02-20T14:00:00+99:00", "hour and the minutes"),
        ("2026-02-20T25:00:00", "hour and the minutes"),
        ("tomorrow at half past two", "morning or the afternoon"),
        ("Friday 15", "morning or the afternoon"),
        ("2:30 PM", "month and a day"),
        ("next week 2:30 PM", "month and a day"),
    ],
)
def test_a_start_needs_its_day_and_its_time(text: str, asked: str) -> None:
    with pytest.raises(Unclear, match=asked):
        wall_heard(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+1 (604) 555-0100", "+16045550100"),
        ("＋１ ６０４.555.0100", "+16045550100"),
        ("plus one six oh four", "+1604"),
        ("six oh four five five five", "604555"),
        ("double five, triple zero", "55000"),
        ("six oh four, five fifty-five, oh one hundred", "6045550100"),
        ("六零四，五五五，〇幺两三", "6045550123"),
        ("my number is 604 555 0100, thanks", "6045550100"),
        ("none of your business", ""),
    ],
)
def test_only_the_digits_of_a_number_are_kept(text: str, digits: str) -> None:
    assert digits_heard(text) == digits


@pytest.mark.parametrize("sent", [4711, "4711", "４７１１", " 4711 ", "4711.0", 4711.0])
def test_an_id_is_understood_however_it_is_sent(sent: object) -> None:
    assert number_heard(sent) == 4711


@pytest.mark.parametrize(
    "sent",
    ["", "any", "4711.5", "-1", "1e3", "9" * 19, -1, 2**63, True, None, [4711], float("nan")],
)
def test_what_is_not_an_id_is_refused(sent: object) -> None:
    with pytest.raises(Unclear, match="not one of our numbers"):
        number_heard(sent)


# --- Laws

WALL_TIMES = st.builds(datetime.combine, st.dates(TODAY, date(2199, 12, 31)), st.times())
DAYS = st.dates(date(2020, 1, 1), date(2100, 12, 31))
SCRAPS = st.sampled_from(
    [
        *("2026-02-20", "T14:00", ":", "-", "+08:00", "z", "12", "0", "31st", "february", "two", "twenty"),
        *("half past", "quarter to", "pm", "night", "noon", "next", "friday", "in 3 days", "double", "oh"),
        *(
            "before",
            "between",
            "and",
            "to",
            "not",
            "mondays",
            "weekend",
            "<0>",
            "any",
            "不要",
            "下",
            "周",
            "日",
            "十",
            "三",
            "月",
            "年",
            "点",
            "半",
            "一刻",
            "天",
            "后",
            "明",
            "晚上",
        ),
        *(" ", ",", "\0", "😀", "\u202e", "\u05d0", "\ud800", "ﷺ", "½", "٣", "①", "İ"),
    ]
)
ANYTHING = st.text() | st.lists(SCRAPS).map("".join) | st.lists(SCRAPS).map(" ".join)

HEARD: list[Callable[[str], object]] = [
    lambda text: days_heard(text, today=TODAY),
    lambda text: birth_date_heard(text, today=TODAY),
    clock_heard,
    lambda text: preference_heard(text, today=TODAY),
    lambda text: excluded_heard(text, today=TODAY),
    lambda text: wall_heard(text, today=TODAY),
    digits_heard,
    number_heard,
]


@settings(deadline=None, max_examples=500)
@given(text=ANYTHING)
def test_any_text_is_understood_or_asked_again(text: str) -> None:
    for heard in HEARD:
        with suppress(Unclear):
            heard(text)


@pytest.mark.parametrize("scrap", ["9", " ", "周", "half past ", "\0", "ﷺ"])
def test_a_huge_text_is_refused_unread(scrap: str) -> None:
    for heard in HEARD:
        with pytest.raises(Unclear, match="too long"):
            heard(scrap * 10**6)


def test_a_huge_number_is_no_id() -> None:
    with pytest.raises(Unclear):
        number_heard(10**5000)


@given(moment=st.times(), language=st.sampled_from(LANGUAGES))
def test_every_time_said_is_heard_as_the_same_time(moment: time, language: Language) -> None:
    moment = moment.replace(second=0, microsecond=0)

    assert clock_heard(say_time(moment, language)) == moment


@settings(deadline=None)
@given(today=DAYS, ahead=st.integers(0, 800), language=st.sampled_from(LANGUAGES))
def test_every_day_said_is_heard_as_the_same_day(today: date, ahead: int, language: Language) -> None:
    day = today + timedelta(ahead)

    assert days_heard(say_date(day, today=today, language=language), today=today) == one(day)


@settings(deadline=None)
@given(start=WALL_TIMES, language=st.sampled_from(LANGUAGES))
def test_every_start_said_is_heard_as_the_same_start(start: datetime, language: Language) -> None:
    start = start.replace(second=0, microsecond=0)
    said = f"{say_date(start.date(), today=TODAY, language=language)} {say_time(start, language)}"

    assert wall_heard(said, today=TODAY) == start


@given(start=WALL_TIMES)
def test_an_iso_start_is_heard_as_written(start: datetime) -> None:
    start = start.replace(microsecond=0)

    assert wall_heard(start.isoformat(), today=TODAY) == start
    assert days_heard(start.date().isoformat(), today=TODAY) == one(start.date())


@given(born=st.dates(date(1900, 1, 1), TODAY))
def test_a_birth_date_said_with_its_year_is_heard_back(born: date) -> None:
    for text in (born.isoformat(), f"{born:%Y%m%d}", f"{born.year}年{born.month}月{born.day}日"):
        assert birth_date_heard(text, today=TODAY) == born


@given(number=st.from_regex(r"[2-9][0-9]{9}", fullmatch=True), language=st.sampled_from(LANGUAGES))
def test_every_number_said_is_heard_as_the_same_number(number: str, language: Language) -> None:
    assert digits_heard(say_digits(number, language)) == number
