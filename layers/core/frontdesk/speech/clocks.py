"""Times of the day as they are said: clock times, their halves, parts of the day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import time, timedelta, timezone

from frontdesk.errors import Unclear
from frontdesk.speech.plain_words import Words
from frontdesk.speech.when import PartOfDay

ASK_TIME = "The time was not understood. Ask the caller for the hour and the minutes."
_ASK_HALF = "The hour is not certain. Ask the caller whether they mean the morning or the afternoon."

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
PARTS: Mapping[str, PartOfDay] = {
    "am": PartOfDay(time(0), time(12)),
    "pm": PartOfDay(time(12), None),
    "dawn": PartOfDay(time(0), time(6)),
    "morning": PartOfDay(time(0), time(12)),
    "midday": PartOfDay(time(11), time(14)),
    "afternoon": PartOfDay(time(12), time(17)),
    "evening": PartOfDay(time(17), None),
    "night": PartOfDay(time(17), None),
}

_OFFSET = r"(?<=\d)(?:z\b|([+-])(\d\d):?(\d\d)\b)"
_PART = rf"(?<![a-z])({'|'.join(_HOURS)})s?\b"
_HOUR = r"[01]?\d|2[0-3]"
_MINUTES = r"[1-5]\d|[1-9]"
_PAST = (
    rf"\b(?:a )?(?:(half|quarter|(?:{_MINUTES})(?: minutes?)?) past|(quarter|(?:{_MINUTES}) minutes?) to)"
    rf" ({_HOUR})(?:点00)?(?![\d:])"
)
_CLOCK = rf"(?<![\d:.])({_HOUR})(?:([:.点])([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?| ([0-5]\d))?(?![\d:])"


def take_parts(words: Words) -> list[str]:
    """The parts of the day named, AM and PM among them."""
    parts: list[str] = []
    while part := words.take(_PART):
        parts.append(part[1])
    return parts


def take_clock(words: Words, parts: Sequence[str], *, by_day: bool = False) -> time | None:
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


def take_offset(words: Words) -> timezone | None:
    """The offset from UTC that stands right behind the figures of a time."""
    said = words.take(_OFFSET)
    if not said:
        return None
    sign, hours, minutes = said[1] or "+", int(said[2] or 0), int(said[3] or 0)
    ahead = timedelta(hours=hours, minutes=minutes)
    if ahead > timedelta(hours=14):
        raise Unclear(ASK_TIME)
    return timezone(-ahead if sign == "-" else ahead)


def drop_time(words: Words) -> None:
    """Takes out a time nobody asked for; a bare number stays, for it may be a day or a year."""
    for pattern in (
        _OFFSET,
        _PAST,
        r"\b\d\d?[:点]\d\d(?::\d\d(?:\.\d+)?)?(?![\d:])",
        r"\b\d\d?(?= [ap]m)",
    ):
        words.take(pattern)
    take_parts(words)


def _hour(hour: int, parts: Sequence[str], *, by_day: bool) -> int:
    """The one hour of 24 that can be meant."""
    hours = {hour % 12, hour % 12 + 12} if 0 < hour <= 12 else {hour}
    hours.intersection_update(*(_HOURS[part] for part in parts))
    if by_day and len(hours) == 2:
        return hour + 12 if hour <= 6 else hour
    if len(hours) != 1:
        raise Unclear(_ASK_HALF)
    return hours.pop()
