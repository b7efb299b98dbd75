"""Which days and times a sentence names, and whether they speak against a start; pure."""

import re
from datetime import date, datetime
from typing import Final, NamedTuple

from frontdesk.errors import Unclear
from frontdesk.speech import plain_words

_LONGEST_READ: Final = 200
"""Characters of a sentence that times are looked for in; `plain_words` takes no more."""


class Times(NamedTuple):
    """The days and times that a sentence names; empty: none."""

    clocks: frozenset[tuple[int, int]] = frozenset()
    """Hour and minute; both halves of the day where the sentence doesn't say which."""
    weekdays: frozenset[int] = frozenset()
    """ISO, 1 is Monday."""
    dates: frozenset[tuple[int, int]] = frozenset()
    """Month and day; month 0 where only "the fifth" was said."""
    ahead: frozenset[int] = frozenset()
    """Days from today: 0 today, 1 tomorrow; only when no other day is named."""

    def fit(self, start: datetime, *, today: date) -> bool:
        """Whether nothing in the sentence speaks against this start, as the clinic's clock shows it."""
        return (
            (not self.clocks or (start.hour, start.minute) in self.clocks)
            and (not self.weekdays or start.isoweekday() in self.weekdays)
            and (not self.dates or bool(self.dates & {(start.month, start.day), (0, start.day)}))
            and (not self.ahead or (start.date() - today).days in self.ahead)
        )


def times(sentence: str) -> Times:
    """The days and times in a sentence."""
    try:
        left = plain_words.words(sentence[-_LONGEST_READ:])
    except Unclear:
        return Times()
    parts = {hour for part in _PART.findall(left) for hour in _HOURS[part]}
    dates: set[tuple[int, int]] = set()
    for pattern in _DATES:
        for said in pattern.finditer(left):
            named = said.groupdict().get("month")
            dates.add((_MONTHS.index(named[:3]) + 1 if named else 0, int(said["day"])))
        left = pattern.sub(" ; ", left)
    clocks: set[tuple[int, int]] = set()
    for pattern in _CLOCKS:
        for said in pattern.finditer(left):
            clocks |= _clocks(said, parts)
        left = pattern.sub(" ; ", left)
    weekdays = {_WEEKDAYS.index(said) + 1 for said in _WEEKDAY.findall(left)}
    ahead = (
        {_AHEAD[said] for said in _RELATIVE.findall(left)}
        if clocks and not (dates or weekdays)
        else set[int]()
    )
    return Times(frozenset(clocks), frozenset(weekdays), frozenset(dates), frozenset(ahead))


def _clocks(said: re.Match[str], parts: set[int]) -> set[tuple[int, int]]:
    part = said.groupdict()
    if part.get("named"):
        return {(12 if part["named"] in ("noon", "midday") else 0, 0)}
    hour, minute = int(part["hour"]), int(part.get("minute") or 0)
    if before := part.get("before"):
        hour, minute = hour - 1, 60 - {"quarter": 15}.get(before, int(before) if before.isdigit() else 0)
    elif past := part.get("past"):
        minute = {"half": 30, "quarter": 15}.get(past) or int(past)
    if not (0 <= hour < 24 and 0 <= minute < 60):
        return set()
    if half := part.get("half"):
        return {(hour % 12 + (12 if half == "pm" else 0), minute)}
    either = {hour} if hour == 0 or hour > 12 else {hour % 12, hour % 12 + 12}
    return {(one, minute) for one in either & parts or either}


_WEEKDAYS: Final = plain_words.WEEKDAYS
_MONTHS: Final = tuple(month[:3] for month in plain_words.MONTHS)
_HOURS: Final[dict[str, range]] = {
    "dawn": range(6),
    "morning": range(1, 12),
    "midday": range(11, 15),
    "afternoon": range(12, 19),
    "evening": range(16, 24),
    "night": range(17, 24),
}
_PART: Final = re.compile(rf"\b({'|'.join(_HOURS)})\b")
_MONTH: Final = rf"(?P<month>{'|'.join(plain_words.MONTHS)}|{'|'.join(_MONTHS)})"
_DATES: Final = (
    re.compile(rf"\b{_MONTH},? (?:the )?(?P<day>\d\d?)(?:st|nd|rd|th)?\b(?![:点]| ?[ap]m)"),
    re.compile(rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?,? (?:of )?{_MONTH}\b"),
    re.compile(r"(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th)\b"),
)
_CLOCKS: Final = (
    re.compile(r"\b(?P<past>half|quarter|\d\d?)(?: minutes?)? past (?P<hour>\d\d?)\b"),
    re.compile(r"\b(?P<before>quarter|\d\d?(?= minutes?))(?: minutes?)? (?:to|before) (?P<hour>\d\d?)\b"),
    re.compile(r"(?<![\d:])(?P<hour>\d\d?)(?:[:.点 ](?P<minute>\d\d))? ?(?P<half>am|pm)\b"),
    re.compile(r"(?<![\d:])(?P<hour>\d\d?)[:点](?P<minute>\d\d)(?!\d)"),
    re.compile(
        r"\b(?:at|until|till) (?:the )?(?P<hour>\d\d?)(?: (?P<minute>[0-5]\d))?(?![\d:]|th|st|nd|rd)\b"
    ),
    re.compile(
        r"(?:day|tomorrow|today|next week),? (?P<hour>\d\d?)(?: (?P<minute>[0-5]\d))?(?![\d:]|th|st|nd|rd)\b"
    ),
    re.compile(r"\b(?P<named>noon|midnight)\b"),
)
_WEEKDAY: Final = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\b")
_AHEAD: Final = {"today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2}
_RELATIVE: Final = re.compile(r"\b(day after tomorrow|tomorrow|tonight|today)\b")
