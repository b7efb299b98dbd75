"""Days, times and numbers as they are said aloud: short, and never one thing for another."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from frontdesk.speech.language import Language

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Our own, because those of `calendar` and `strftime` follow the server's locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NUMERALS = "零一二三四五六七八九"
# The hour before which a Chinese part of the day is over.
_PARTS = ((6, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
_NEAR = timedelta(days=180)
"""How far ahead a day of another year is understood without its year."""


def say_date(day: date, *, today: date, language: Language) -> str:
    """The day as a receptionist names it: "this Thursday, February 26th", "2月26日星期四".

    Without its year it is always one of this year or the next one to come; only days from today on are given
    a relative word.
    """
    ahead = (day - today).days
    if ahead == 0:
        return "today" if language == "en" else "今天"
    has_year = day.year != today.year and not timedelta(0) <= day - today <= _NEAR
    weekday = day.weekday()
    if language == "zh":
        year = f"{day.year}年" if has_year else ""
        return f"{'明天，' if ahead == 1 else ''}{year}{day.month}月{day.day}日{say_weekday(weekday, 'zh')}"
    near = "tomorrow, " if ahead == 1 else "this " if 1 < ahead < 7 else ""
    year = f", {day.year}" if has_year else ""
    return f"{near}{_WEEKDAYS[weekday]}, {_MONTHS[day.month - 1]} {_ordinal(day.day)}{year}"


def say_time(moment: datetime | time, language: Language) -> str:
    """The time to the minute, never without its half of the day: "2:30 PM", "12 noon", "下午两点半".

    English stays with figures: "half past two" needs "in the afternoon" to be safe, and is then longer.
    """
    hour, minute = moment.hour, moment.minute
    if language == "zh":
        part = next(part for until, part in _PARTS if hour < until)
        spoken = {2: "两", 0: "零"}.get(hour % 12, _numeral(hour % 12)) if hour != 12 else "十二"
        return f"{part}{spoken}点{_minutes(minute)}"
    if minute == 0 and hour % 12 == 0:
        return "12 noon" if hour else "12 midnight"
    return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''} {'AM' if hour < 12 else 'PM'}"


def say_when(start: datetime, *, now: datetime, language: Language) -> str:
    """Day and time of a start, in the zone the start carries; the same wall time twice is told apart.

    Args:
        start: aware, in the clinic's zone.
        now: aware, in any zone; it decides what "today" is.
        language: of the caller.
    """
    day = say_date(start.date(), today=now.astimezone(start.tzinfo).date(), language=language)
    clock = say_time(start, language)
    # Skipped wall times differ by `fold` too, but the other way round (PEP 495).
    if start.replace(fold=0).timestamp() < start.replace(fold=1).timestamp():
        which = ("the first ", "the second ") if language == "en" else ("第一个", "第二个")
        clock = which[start.fold] + clock
    if language == "zh":
        return day + clock
    return f"{day}{',' if ',' in day else ''} at {clock}"


def say_moment(moment: datetime, language: Language) -> str:
    """Day, year and time, for who must know what "now" is: "Thursday, February 26th, 2026, 2:05 PM"."""
    clock, weekday = say_time(moment, language), say_weekday(moment.weekday(), language)
    if language == "zh":
        return f"{moment.year}年{moment.month}月{moment.day}日{weekday}，{clock}"
    return f"{weekday}, {_MONTHS[moment.month - 1]} {_ordinal(moment.day)}, {moment.year}, {clock}"


def say_shifts(shifts: Sequence[tuple[time, time]], language: Language) -> str:
    """The opening hours of one day: "9 AM to 12 noon and 1 PM to 5 PM"; none is "closed"."""
    if not shifts:
        return "closed" if language == "en" else "休息"
    to = " to " if language == "en" else "到"
    return _listed([to.join(say_time(edge, language) for edge in shift) for shift in shifts], language)


def say_week(by_weekday: Mapping[int, Sequence[tuple[time, time]]], language: Language) -> str:
    """The opening hours of a week, neighbouring days with the same hours said once, the closed days last.

    Args:
        by_weekday: shifts by weekday, 0 is Monday; a day that is missing or has none is closed.
        language: of the caller.
    """
    open_runs: list[str] = []
    closed_runs: list[str] = []
    for shifts, days in groupby(range(7), key=lambda day: tuple(by_weekday.get(day, ()))):
        run = _run(list(days), language)
        if shifts:
            open_runs.append(f"{run}{', ' if language == 'en' else '，'}{say_shifts(shifts, language)}")
        else:
            closed_runs.append(run)
    if not closed_runs:
        return ("; " if language == "en" else "；").join(open_runs)
    closed = _listed(closed_runs, language)
    if language == "zh":
        return "；".join([*open_runs, f"{closed}休息"])
    return "; ".join([*open_runs, f"closed {closed}"])


def say_digits(number: str, language: Language) -> str:
    """A telephone number digit by digit, in groups a caller can write down: "6 0 4, 5 5 5, 0 1 0 0".

    The 1 of North America is left out, as it is on the line.
    """
    digits = re.sub(r"\A1(?=\d{10}\Z)", "", re.sub(r"[^0-9]", "", number))
    groups = re.findall(r"\d{3}(?=\d\d)|\d+", digits)
    if language == "zh":
        return "，".join("".join(_NUMERALS[int(digit)] for digit in group) for group in groups)
    return ", ".join(" ".join(group) for group in groups)


def say_weekday(weekday: int, language: Language) -> str:
    """The name of a weekday, 0 for Monday, as `date.weekday` counts."""
    return _WEEKDAYS[weekday] if language == "en" else "星期" + "一二三四五六日"[weekday]


def _run(days: Sequence[int], language: Language) -> str:
    """Neighbouring weekdays in a few words: "Monday", "Saturday and Sunday", "Monday to Friday"."""
    if len(days) == 7:
        return "every day" if language == "en" else "每天"
    first, last = say_weekday(days[0], language), say_weekday(days[-1], language)
    if len(days) < 3:
        return _listed([first, last][: len(days)], language)
    return f"{first} to {last}" if language == "en" else f"{first}到{last}"


def _listed(parts: Sequence[str], language: Language) -> str:
    comma, last = (", ", " and ") if language == "en" else ("、", "和")
    return last.join([*([comma.join(parts[:-1])] if parts[1:] else []), parts[-1]])


def _ordinal(number: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number not in (11, 12, 13) else 0, "th")
    return f"{number}{suffix}"


def _numeral(number: int) -> str:
    """0 to 99 as Chinese says it: 五, 十五, 五十."""
    tens, units = divmod(number, 10)
    if not tens:
        return _NUMERALS[units]
    return (_NUMERALS[tens] if tens > 1 else "") + "十" + (_NUMERALS[units] if units else "")


def _minutes(minute: int) -> str:
    named = {0: "", 15: "一刻", 30: "半"}
    return named.get(minute, f"{'零' if minute < 10 else ''}{_numeral(minute)}分")
