"""Days as they are said: dates in every notation, weekdays, days counted from today, weeks and months."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from frontdesk.errors import Unclear
from frontdesk.speech.plain_words import MONTHS, WEEKDAYS, Words
from frontdesk.speech.when import Days

ASK_DAY = "The day was not understood. Ask the caller for it as a month and a day."
ASK_ONE_DAY = "Those words mean different days. Ask the caller for the one day, as a month and a day."
ASK_YEAR = "The year is missing, too short or too far away. Ask the caller for the year with all four digits."
_ASK_EXISTING_DAY = "That date does not exist. Ask the caller for the day once more."
_ASK_WHICH_WEEK = "Today is that weekday. Ask the caller whether they mean today or the same day next week."
_ASK_MONTH = "Day and month could be swapped. Ask the caller for the month by its name."

_YEAR = r"(?P<y>\d{4}|(?:19|20) \d\d)(?![\d:])"
_MONTH = (
    r"\b(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?<![\d:])(?P<d>\d\d?)(?:st|nd|rd|th)?(?![\d:])"
# The more a form says, the earlier it is tried.
_DATES = (
    r"(?<!\d)(?P<y>\d{4})([-/. ])(?P<m>\d\d?)\2(?P<d>\d\d?)(?![\d:])t?",
    r"(?<!\d)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?!\d)t?",
    r"(?<!\d)(?P<first>\d\d?)([-/.])(?P<second>\d\d?)\2(?P<y>\d{4}|\d\d)(?![\d:])",
    rf"(?P<y>\d{{4}}) {_MONTH}[ ,]+{_DAY}",
    rf"{_DAY}[ -]*(?:of )?{_MONTH}(?:[ ,-]+{_YEAR})?",
    rf"{_MONTH}[ ,]*(?:the )?{_DAY}(?:[ ,]+{_YEAR})?",
    r"(?<![\d:])(?P<d>\d\d?)(?:st|nd|rd|th)\b",
)
_NAME = r"\b(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:s|r|rs|day|sday|nesday|rsday|urday)?\b"
_WEEK = r"\b(?P<week>next|this|coming)(?: week)?,?(?: on)? "
_WEEK_BEHIND = r",? (?:of )?(?P<week_behind>next) week"
_WEEKDAY = rf"(?:{_WEEK})?{_NAME}(?:{_WEEK_BEHIND})?"
_SPAN = r"\b(?P<which>this|next) (?P<unit>week|weekend|month)\b"
_AHEAD = r"\bin (\d{1,3}|an?) (day|week)s?\b|\b(\d{1,3}|an?) (day|week)s? (?:from (?:now|today)|later)\b"


def take_day(words: Words, today: date) -> date:
    """The one day named; raises `Unclear` when there is none, or several."""
    day = _take_agreed_day(words, today)
    if day is None:
        raise Unclear(ASK_DAY)
    return day


def take_days(words: Words, today: date) -> Days:
    """The day named, or the whole week, weekend or month; raises `Unclear` when there is none."""
    day = _take_agreed_day(words, today)
    days = Days(day, day) if day else _take_span(words, today)
    if days is None:
        raise Unclear(ASK_DAY)
    return days


def take_exact_days(words: Words, today: date) -> Days | None:
    """The next piece that names certain days, a weekday with its week among them; a bare weekday does not."""
    weekday = words.take(rf"{_WEEK}{_NAME}(?P<week_behind>)") or words.take(
        rf"(?P<week>){_NAME}{_WEEK_BEHIND}"
    )
    day = (
        _coming(weekday, today)
        if weekday
        else _take_relative(words, today) or _take_date_to_come(words, today)
    )
    return Days(day, day) if day else _take_span(words, today)


def take_weekday(words: Words) -> int | None:
    """The next weekday named, as ISO counts them."""
    weekday = words.take(_WEEKDAY)
    return _index(WEEKDAYS, weekday["weekday"]) + 1 if weekday else None


def take_date(words: Words) -> tuple[int | None, int | None, int] | None:
    """Year, month and day as far as they were said, not yet a date that exists."""
    said = next((found for found in map(words.take, _DATES) if found), None)
    if not said:
        return None
    part = said.groupdict(default="")
    figures = {name: int(text.replace(" ", "")) for name, text in part.items() if text and name != "month"}
    year = figures.get("y")
    if year is not None and not 1900 <= year < 2200:  # two figures are too short for a year
        raise Unclear(ASK_YEAR)
    if "first" in figures:
        return year, *_month_and_day(figures["first"], figures["second"])
    month = _index(MONTHS, part["month"]) + 1 if part.get("month") else figures.get("m")
    return year, month, figures["d"]


def existing(year: int, month: int, day: int) -> date:
    """The date of that year; raises `Unclear` when the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Unclear(_ASK_EXISTING_DAY) from error


def _take_agreed_day(words: Words, today: date) -> date | None:
    weekday = words.take(_WEEKDAY)  # first, for "next week Tuesday"
    days = {day for day in (_take_relative(words, today), _take_date_to_come(words, today)) if day}
    number = _index(WEEKDAYS, weekday["weekday"]) if weekday else None
    if len(days) > 1 or any(number not in (None, day.weekday()) for day in days):
        raise Unclear(ASK_ONE_DAY)
    if days:
        return days.pop()
    return _coming(weekday, today) if weekday else None


def _coming(weekday: re.Match[str], today: date) -> date:
    """The day that a weekday means, which is never today."""
    number = _index(WEEKDAYS, weekday["weekday"])
    if "next" in (weekday["week"], weekday["week_behind"]):
        return today + timedelta(7 - today.weekday() + number)
    if number == today.weekday():
        raise Unclear(_ASK_WHICH_WEEK)
    return today + timedelta((number - today.weekday()) % 7)


def _take_relative(words: Words, today: date) -> date | None:
    if ahead := words.take(_AHEAD):
        count, unit = ahead[1] or ahead[3], ahead[2] or ahead[4]
        return today + (1 if count in ("a", "an") else int(count)) * timedelta(7 if unit == "week" else 1)
    known = {"day after tomorrow": 2, "tomorrow": 1, "today": 0}
    return next((today + timedelta(days) for name, days in known.items() if words.take(rf"\b{name}\b")), None)


def _take_span(words: Words, today: date) -> Days | None:
    """A week from its Monday on, a weekend or a month; without a year, the next one that is not over."""
    if said := words.take(_SPAN) or words.take(r"\b(?P<which>)(?P<unit>weekend)\b"):
        if said["unit"] == "month":
            return _month(today.year, today.month + (said["which"] == "next"))
        monday = today + timedelta((7 if said["which"] == "next" else 0) - today.weekday())
        return Days(monday + timedelta(5 if said["unit"] == "weekend" else 0), monday + timedelta(6))
    said = words.take(rf"{_YEAR} {_MONTH}") or words.take(rf"{_MONTH}(?:[ ,]+{_YEAR})?")
    if not said:
        return None
    month = _index(MONTHS, said["month"]) + 1
    year = int(said["y"].replace(" ", "")) if said["y"] else today.year + (month < today.month)
    if not 1900 <= year < 2200:
        raise Unclear(ASK_YEAR)
    return _month(year, month)


def _month(year: int, month: int) -> Days:
    """The days of a month; the thirteenth is the first of the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return Days(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _take_date_to_come(words: Words, today: date) -> date | None:
    spelled = take_date(words)
    if not spelled:
        return None
    year, month, day = spelled
    if year and month:
        return existing(year, month, day)
    # 29 February can be eight years off.
    days = (today + timedelta(ahead) for ahead in range(8 * 366))
    found = next((to_come for to_come in days if to_come.day == day and month in (None, to_come.month)), None)
    if not found:
        raise Unclear(_ASK_EXISTING_DAY)
    return found


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    """Two figures in the order of either continent, when only one order is possible."""
    if first <= 12 and second <= 12 and first != second:
        raise Unclear(_ASK_MONTH)
    return (second, first) if first > 12 else (first, second)


def _index(names: Sequence[str], said: str) -> int:
    """Which of the names begins like this, counted from 0."""
    return next(index for index, name in enumerate(names) if name[:3] == said[:3])
