"""What a caller meant by a day, a time or a number, in English or Chinese, however it was written down.

Whatever can't be understood in exactly one way raises `Unclear` with what to ask. A text is first put
into plain words: one width, lower case, figures for number words, English for Chinese. Then what is
known is taken out of it, piece by piece; if anything is left over ("not Friday", "Monday or Tuesday"),
it was not understood.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from frontdesk.errors import Unclear
from frontdesk.speech import plain_words

_ASK_DAY = "The day was not understood. Ask the caller for it as a month and a day."
_ASK_EXISTING_DAY = "That date does not exist. Ask the caller for the day once more."
_ASK_ONE_DAY = "Those words mean different days. Ask the caller for the one day, as a month and a day."
_ASK_WHICH_WEEK = "Today is that weekday. Ask the caller whether they mean today or the same day next week."
_ASK_MONTH = "Day and month could be swapped. Ask the caller for the month by its name."
_ASK_YEAR = (
    "The year is missing, too short or too far away. Ask the caller for the year with all four digits."
)
_ASK_BIRTH_DATE = (
    "The birth date was not understood. Ask the caller for its month by name, its day and its year."
)
_ASK_PAST_DAY = "That birth date is in the future. Ask the caller for the birth date once more."
_ASK_TIME = "The time was not understood. Ask the caller for the hour and the minutes."
_ASK_HALF = "The hour is not certain. Ask the caller whether they mean the morning or the afternoon."
_ASK_PART = (
    "The part of the day was not understood. Ask for morning, afternoon or evening, or from what time on."
)
_ASK_NUMBER = "That is not one of our numbers. Use an id exactly as an earlier answer gave it."


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """When in the day a start suits the caller: half-open, local wall time."""

    after: time
    """The earliest start; the start of the day when the caller named none."""
    before: time | None
    """The first time that is too late, or None for the end of the day."""


_WHOLE_DAY = PartOfDay(time(0), None)
# As wide as people use the words, and each hour of a twelve-hour clock at most once. Twelve at night is
# in none, for it belongs to the next day.
_HOURS: Mapping[str, Collection[int]] = {
    "am": range(12),
    "pm": range(12, 24),
    "dawn": range(6),
    "morning": range(1, 12),
    "midday": range(11, 15),
    "afternoon": range(12, 19),
    "evening": range(16, 24),
    "night": range(17, 24),
    "noon": (12,),
    "midnight": (0,),
}
_PARTS: Mapping[str, PartOfDay] = {
    "am": PartOfDay(time(0), time(12)),
    "pm": PartOfDay(time(12), None),
    "dawn": PartOfDay(time(0), time(6)),
    "morning": PartOfDay(time(0), time(12)),
    "midday": PartOfDay(time(11), time(14)),
    "afternoon": PartOfDay(time(12), time(17)),
    "evening": PartOfDay(time(17), None),
    "night": PartOfDay(time(17), None),
}


def date_heard(text: str, *, today: date) -> date:
    """The day meant, seen from `today`; of a day with a time, the day.

    A month and day without a year are the next ones to come. "Next Tuesday" and 下周二 are the Tuesday of
    the week that begins next Monday, and "next week" is that Monday. A past date with its year stays past.
    """
    words = _Words(text)
    day = _take_day(words, today)
    words.drop_time()
    words.end(_ASK_DAY)
    return day


def birth_date_heard(text: str, *, today: date) -> date:
    """The birth date meant, between 1900 and `today`; figures whose order could be swapped are asked for."""
    words = _Words(text)
    spelled = _take_date(words)
    if not spelled:
        raise Unclear(_ASK_BIRTH_DATE)
    year, month, day = spelled
    if year is None or month is None:
        raise Unclear(_ASK_YEAR)
    words.drop_time()  # a model may write midnight behind it
    words.end(_ASK_BIRTH_DATE)
    born = _existing(year, month, day)
    if born > today:
        raise Unclear(_ASK_PAST_DAY)
    return born


def clock_heard(text: str) -> time:
    """The time of day meant. "14:30" and "09:30" are read as written; "2:30" alone has two meanings."""
    words = _Words(text)
    clock = _take_clock(words, _take_parts(words))
    words.end(_ASK_TIME)
    if clock is None:
        raise Unclear(_ASK_TIME)
    return clock


def part_of_day_heard(text: str) -> PartOfDay:
    """The part of the day that suits the caller; "any" is the whole of it.

    A bare time is from then on. Without AM or PM a clinic's day is assumed: 1 to 6 are after noon.
    """
    words = _Words(text)
    if words.take(_ANY):
        words.end(_ASK_PART)
        return _WHOLE_DAY
    bound = words.take(r"\b(?:after|from|before|until|till)\b")
    parts = _take_parts(words)
    clock = _take_clock(words, parts, by_day=True)
    _ = words.take(r"\b(?:on|onwards?|or later)\b")
    words.end(_ASK_PART)
    if clock and bound and bound[0] in ("before", "until", "till"):
        return PartOfDay(time(0), clock if clock > time(0) else None)
    if clock:
        return PartOfDay(clock, None)
    if len(parts) != 1 or bound:
        raise Unclear(_ASK_PART)
    return _PARTS[parts[0]]


def wall_heard(text: str, *, today: date) -> datetime:
    """The day and time meant: naive local wall time, or aware when an offset or Z stood with it."""
    words = _Words(text)
    day = _take_day(words, today)
    zone = _take_offset(words)
    clock = _take_clock(words, _take_parts(words))
    words.end(_ASK_TIME)
    if clock is None:
        raise Unclear(_ASK_TIME)
    return datetime.combine(day, clock, tzinfo=zone)


def digits_heard(text: str) -> str:
    """The digits of a telephone number, with a leading + if it had one; everything else is dropped."""
    plain = plain_words.digits(text)
    for word, figures in {r"\d+th\b": "", "hundred": "00", "thousand": "000"}.items():
        plain = re.sub(word, figures, plain)
    plain = re.sub(r"(double|triple|treble) ?(\d)", lambda said: said[2] * (2 + (said[1] != "double")), plain)
    head, *_ = re.split(r"[0-9]", plain, maxsplit=1)
    return ("+" if "+" in head else "") + re.sub(r"[^0-9]", "", plain)


def number_heard(said: object) -> int:
    """The id meant, between 0 and what a `bigint` holds; 4711, 4711.0 and "４７１１" are the same one."""
    if isinstance(said, str | float):
        figures = re.fullmatch(r"([0-9]{1,19})(?:\.0+)?", plain_words.one_width(str(said)))
        said = int(figures[1]) if figures else None
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said < 2**63:
        raise Unclear(_ASK_NUMBER)
    return said


class _Words:
    """A text in plain words, and what is left of it while its pieces are taken out."""

    def __init__(self, text: str) -> None:
        self.left = plain_words.words(text)

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first piece like this, which is then gone; what stood around it stays apart."""
        found = re.search(pattern, self.left, re.ASCII)
        if found:
            self.left = f"{self.left[: found.start()]} ; {self.left[found.end() :]}"
        return found

    def drop_time(self) -> None:
        """Takes out a time nobody asked for; a bare number stays, for it may be a day or a year."""
        for pattern in (
            _OFFSET,
            _PAST,
            r"\b\d\d?[:点]\d\d(?::\d\d(?:\.\d+)?)?(?![\d:])",
            r"\b\d\d?(?= [ap]m)",
        ):
            self.take(pattern)
        _take_parts(self)

    def end(self, ask: str) -> None:
        """Raises `Unclear` if more was said than was taken."""
        if re.sub(r"\b(?:on|the|at|of|in|please)\b|[\s,.;!?、。；的在]", "", self.left, flags=re.ASCII):
            raise Unclear(ask)


# --- Days

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
    rf"(?P<y>\d{{4}})[ ,]+{_MONTH}[ ,]+{_DAY}",
    rf"{_DAY}[ ,-]*(?:of )?{_MONTH}(?:[ ,-]+{_YEAR})?",
    rf"{_MONTH}[ ,]*(?:the )?{_DAY}(?:[ ,]+{_YEAR})?",
    r"(?<![\d:])(?P<d>\d\d?)(?:st|nd|rd|th)\b",
)
_WEEKDAY = (
    r"(?:\b(next|this|coming)(?: week)?,?(?: on)? )?"
    r"\b(mon|tue|wed|thu|fri|sat|sun)(?:s|r|rs|day|sday|nesday|rsday|urday)?\b(?:,? (?:of )?(next) week)?"
)
_AHEAD = r"\bin (\d{1,3}|an?) (day|week)s?\b|\b(\d{1,3}|an?) (day|week)s? (?:from (?:now|today)|later)\b"


def _take_day(words: _Words, today: date) -> date:
    weekday = words.take(_WEEKDAY)  # first, for "next week Tuesday"
    days = {day for day in (_take_relative(words, today), _take_date_to_come(words, today)) if day}
    number = _index(plain_words.WEEKDAYS, weekday[2]) if weekday else None
    if len(days) > 1 or any(number not in (None, day.weekday()) for day in days):
        raise Unclear(_ASK_ONE_DAY)
    if days:
        return days.pop()
    if weekday is None or number is None:
        raise Unclear(_ASK_DAY)
    if weekday[1] == "next" or weekday[3]:
        return today + timedelta(7 - today.weekday() + number)
    if number == today.weekday():
        raise Unclear(_ASK_WHICH_WEEK)
    return today + timedelta((number - today.weekday()) % 7)


def _take_relative(words: _Words, today: date) -> date | None:
    if ahead := words.take(_AHEAD):
        count, unit = ahead[1] or ahead[3], ahead[2] or ahead[4]
        return today + (1 if count in ("a", "an") else int(count)) * timedelta(7 if unit == "week" else 1)
    known = {"day after tomorrow": 2, "tomorrow": 1, "today": 0, "next week": 7 - today.weekday()}
    return next((today + timedelta(days) for name, days in known.items() if words.take(rf"\b{name}\b")), None)


def _take_date_to_come(words: _Words, today: date) -> date | None:
    spelled = _take_date(words)
    if not spelled:
        return None
    year, month, day = spelled
    if year and month:
        return _existing(year, month, day)
    # 29 February can be eight years off.
    days = (today + timedelta(ahead) for ahead in range(8 * 366))
    found = next((to_come for to_come in days if to_come.day == day and month in (None, to_come.month)), None)
    if not found:
        raise Unclear(_ASK_EXISTING_DAY)
    return found


def _take_date(words: _Words) -> tuple[int | None, int | None, int] | None:
    """Year, month and day as far as they were said, not yet a date that exists."""
    said = next((found for found in map(words.take, _DATES) if found), None)
    if not said:
        return None
    part = said.groupdict(default="")
    figures = {name: int(text.replace(" ", "")) for name, text in part.items() if text and name != "month"}
    year = figures.get("y")
    if year is not None and not 1900 <= year < 2200:  # two figures are too short for a year
        raise Unclear(_ASK_YEAR)
    if "first" in figures:
        return year, *_month_and_day(figures["first"], figures["second"])
    month = _index(plain_words.MONTHS, part["month"]) + 1 if part.get("month") else figures.get("m")
    return year, month, figures["d"]


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    """Two figures in the order of either continent, when only one order is possible."""
    if first <= 12 and second <= 12 and first != second:
        raise Unclear(_ASK_MONTH)
    return (second, first) if first > 12 else (first, second)


def _existing(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Unclear(_ASK_EXISTING_DAY) from error


def _index(names: Sequence[str], said: str) -> int:
    """Which of the names begins like this, counted from 0."""
    return next(index for index, name in enumerate(names) if name[:3] == said[:3])


# --- Times

_OFFSET = r"(?<=\d)(?:z\b|([+-])(\d\d):?(\d\d)\b)"
_PART = rf"(?<![a-z])({'|'.join(_HOURS)})s?\b"
_HOUR = r"[01]?\d|2[0-3]"
_MINUTES = r"[1-5]\d|[1-9]"
_PAST = (
    rf"\b(?:a )?(?:(half|quarter|(?:{_MINUTES})(?: minutes?)?) past|(quarter|(?:{_MINUTES}) minutes?) to)"
    rf" ({_HOUR})(?:点00)?(?![\d:])"
)
_CLOCK = rf"(?<![\d:.])({_HOUR})(?:([:.点])([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?| ([0-5]\d))?(?![\d:])"
_ANY = r"\b(?:any(?: ?time| ?day)?|whenever|no preference|flexible|all day)\b"


def _take_parts(words: _Words) -> list[str]:
    """The parts of the day named, AM and PM among them."""
    parts: list[str] = []
    while part := words.take(_PART):
        parts.append(part[1])
    return parts


def _take_clock(words: _Words, parts: Sequence[str], *, by_day: bool = False) -> time | None:
    """The time of day, its half told by `parts`; or, `by_day`, by when clinics are open."""
    if past := words.take(_PAST):
        amount = past[1] or past[2]
        minute = {"half": 30, "quarter": 15}.get(amount) or int(amount.split()[0])
        hour = int(past[3])
        if past[2]:
            hour, minute = {0: 23, 1: 12}.get(hour, hour - 1), 60 - minute
        return time(_hour(hour, parts, by_day=by_day), minute)
    if said := words.take(_CLOCK):
        hour, minute, second = int(said[1]), int(said[3] or said[5] or 0), int(said[4] or 0)
        if not (said[3] or said[5] or parts or by_day):
            raise Unclear(_ASK_HALF)
        as_written = said[2] == ":" and len(said[1]) == 2 and not parts
        return time(hour if as_written else _hour(hour, parts, by_day=by_day), minute, second)
    return next((time(min(_HOURS[part])) for part in parts if part in ("noon", "midnight")), None)


def _hour(hour: int, parts: Sequence[str], *, by_day: bool) -> int:
    """The one hour of 24 that can be meant."""
    hours = {hour % 12, hour % 12 + 12} if 0 < hour <= 12 else {hour}
    hours.intersection_update(*(_HOURS[part] for part in parts))
    if by_day and len(hours) == 2:
        return hour + 12 if hour <= 6 else hour
    if len(hours) != 1:
        raise Unclear(_ASK_HALF)
    return hours.pop()


def _take_offset(words: _Words) -> timezone | None:
    said = words.take(_OFFSET)
    if not said:
        return None
    sign, hours, minutes = said[1] or "+", int(said[2] or 0), int(said[3] or 0)
    ahead = timedelta(hours=hours, minutes=minutes)
    if ahead > timedelta(hours=14):
        raise Unclear(_ASK_TIME)
    return timezone(-ahead if sign == "-" else ahead)
