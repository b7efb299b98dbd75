"""What a caller meant by a day, a time or a number, in English or Chinese, however it was written down.

Whatever can't be understood in exactly one way raises `Unclear` with what to ask. A text is first put
into plain words: one width, lower case, figures for number words, English for Chinese. Then what is
known is taken out of it, piece by piece; if anything is left over ("not Friday", "Monday or Tuesday"),
it was not understood.
"""

import re
from datetime import date, datetime, time
from functools import lru_cache

from frontdesk.errors import Unclear
from frontdesk.speech import plain_words
from frontdesk.speech.clocks import ASK_TIME, drop_time, take_clock, take_offset, take_parts
from frontdesk.speech.days import ASK_DAY, ASK_YEAR, existing, take_date, take_day, take_days
from frontdesk.speech.plain_words import Words
from frontdesk.speech.when import Days

_ASK_BIRTH_DATE = (
    "The birth date was not understood. Ask the caller for its month by name, its day and its year."
)
_ASK_PAST_DAY = "That birth date is in the future. Ask the caller for the birth date once more."
_ASK_NUMBER = "That is not one of our numbers. Use an id exactly as an earlier answer gave it."


# Models ask for the same few days again and again, by "tomorrow" or by date.
@lru_cache(maxsize=512)
def days_heard(text: str, *, today: date) -> Days:
    """The day meant, seen from `today`, or the whole week, weekend or month; of a day with a time, the day.

    A month and day without a year are the next ones to come. "Next Tuesday" and 下周二 are the Tuesday of
    the week that begins next Monday, and "next week" is that week. A past date with its year stays past.
    """
    words = Words.of(text)
    days = take_days(words, today)
    drop_time(words)
    words.end(ASK_DAY)
    return days


def birth_date_heard(text: str, *, today: date) -> date:
    """The birth date meant, between 1900 and `today`; figures whose order could be swapped are asked for."""
    words = Words.of(text)
    spelled = take_date(words)
    if not spelled:
        raise Unclear(_ASK_BIRTH_DATE)
    year, month, day = spelled
    if year is None or month is None:
        raise Unclear(ASK_YEAR)
    drop_time(words)  # a model may write midnight behind it
    words.end(_ASK_BIRTH_DATE)
    born = existing(year, month, day)
    if born > today:
        raise Unclear(_ASK_PAST_DAY)
    return born


def clock_heard(text: str) -> time:
    """The time of day meant. "14:30" and "09:30" are read as written; "2:30" alone has two meanings."""
    words = Words.of(text)
    clock = take_clock(words, take_parts(words))
    words.end(ASK_TIME)
    if clock is None:
        raise Unclear(ASK_TIME)
    return clock


def wall_heard(text: str, *, today: date) -> datetime:
    """The day and time meant: naive local wall time, or aware when an offset or Z stood with it."""
    words = Words.of(text)
    day = take_day(words, today)
    zone = take_offset(words)
    clock = take_clock(words, take_parts(words))
    words.end(ASK_TIME)
    if clock is None:
        raise Unclear(ASK_TIME)
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
