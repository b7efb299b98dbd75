"""Dates as they are said and written, and which of them are somebody's birth date.

A date of birth is one that is cued (
    "born"
, 生日), that equals a known one, or whose year lies far back; a visit's
date survives.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from frontdesk.privacy.cues import VISIT, Cues
from frontdesk.privacy.said import TURN, Said
from frontdesk.privacy.spoken_digits import Item, value

LAST_OLD_YEAR: Final = 2015
"""A whole date up to this year is a birth date unless the words before it say what happened then."""

_MONTHS: Final = {
    name: at
    for at, names in enumerate(
        (
            *("january jan", "february feb febuary", "march mar", "april apr", "may", "june jun"),
            *("july jul", "august aug", "september sept sep", "october oct", "november nov", "december dec"),
        ),
        1,
    )
    for name in names.split()
}
_LOOSE: Final = frozenset({"may", "march", "mar", "jan", "sep", "dec", "jun", "mark"})
_N: Final = "[0-9零〇一二三四五六七八九十两幺]"
_M: Final = "正|冬|腊"
"""The first, eleventh and twelfth month of the old calendar."""
_REPUBLIC: Final = 1911
"""The year before the first of 民国, by which Taiwan counts; its years are said as numbers (八十年)."""
_HAN_WHOLE: Final = re.compile(
    rf"(?<!{_N})(?P<era>民国)?(?P<y>[两二]千(?:零{_N}|{_N}{{1,3}})?|{_N}{{2,4}}) ?年(?:的|,|，| |嗯|呃)*"
    rf"(?:(?:农历|阴历|阳历|公历|大概|是)?(?P<m>{_N}{{1,3}}|闰?{_N}{{1,2}}|{_M}) ?月份?(?:的|,|，| |嗯|呃)*"
    rf"(?:(?P<d>{_N}{{1,3}}) ?[日号]?|初(?P<c>[一二三四五六七八九十]))?)?"
)
_HAN_YEAR: Final = re.compile(rf"[ ,，的]{{0,2}}((?:19|20|一九|二零|二〇){_N}{{2}})(?!{_N}) ?年?")
_HAN_DAY: Final = re.compile(
    rf"(?<!{_N})(?P<m>{_N}{{1,2}}|{_M}) ?月份?(?:的|,|，| |嗯|呃)*(?:(?P<d>{_N}{{1,3}}) ?[日号]?"
    rf"|初(?P<c>[一二三四五六七八九十]))"
)
_ISO: Final = re.compile(r"(?<![0-9])([0-9]{4}) ?[-/.] ?([0-9]{1,2}) ?[-/.] ?([0-9]{1,2})(?![0-9])")
_SLASHED: Final = re.compile(
    r"(?<![0-9])([0-9]{1,2}) ?([-/.]) ?([0-9]{1,2}) ?\2 ?((?:19|20)[0-9]{2}|[0-9]{2})(?![0-9])(?!"
    r" ?[-/] ?[0-9])"
)
_BIRTH: Final = frozenset({"DOB"})
_BETWEEN: Final = (",", "-", "/", ".", "uh", "um", "the", "of")
_APPOINTED: Final = re.compile(
    r"\s*,?\s*(?:at|from|between|around|for|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|works|is (?:open|free|available)|"
    r"[0-9]{1,2}:[0-9]{2}|(?:星期|周|礼拜)[一二三四五六日天]|上午|下午|早上|晚上|中午)(?![a-z])"
)


class Day(NamedTuple):
    """A date in a text; half-open place, parts that were not said are None."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None

    @property
    def key(self) -> str:
        """What was said of it."""
        return f"{self.year or ''}-{self.month or ''}-{self.day or ''}"


def days(said: Said, items: Sequence[Item], births: Sequence[date]) -> list[Day]:
    """All dates of a text, in order, none overlapping another; those of birth are the known ones."""
    spoken = *_english(said, items), *_three_numbers(said, items, births)
    found = sorted((*spoken, *_figures(said), *_chinese(said)), key=lambda day: day.start)
    kept: list[Day] = []
    for day in found:
        if not kept or day.start >= kept[-1].end:
            kept.append(day)
        elif day.end - day.start > kept[-1].end - kept[-1].start:
            kept[-1] = day
    return kept


def settle(said: Said, found: Sequence[Day], cues: Cues, births: Sequence[date]) -> None:
    """Takes the birth dates and keeps all others."""
    open_since = -1
    """Where a birth date lacks its year or its day still: the next turn may bring it."""
    wants_year = True
    spent = -1
    for day in found:
        if not said.is_free(day.start, day.end):
            continue
        near = cues.before(day.start)
        asked = (
            near is not None
            and near[0] == "DOB"
            and near[1] != spent
            and not cues.is_answered(*near, day.start)
        )
        if near is not None and not asked and near[0] in ("PHONE", "HEALTH_NUMBER", "EMAIL", "POSTAL_CODE"):
            wider = cues.before(day.start, within=80, turns=2, of=_BIRTH)
            asked = (
                wider is not None
                and wider[1] != spent
                and not cues.is_answered(*wider, day.start)
                and day.year is not None
            )
        if _is_birth(said, day, cues, births, asked=asked):
            said.take(day.start, day.end, "DOB", _key(day, births))
            if asked and near and day.year:
                spent = near[1]
            is_part = day.year is None or day.month is None
            open_since, wants_year = (day.end if is_part else -1), day.year is None
        elif (
            open_since >= 0
            and (day.month is None if wants_year else day.year is None)
            and day.start - open_since < 60
            and said.low.count(TURN, open_since, day.start) <= 3
        ):
            said.take(day.start, day.end, "DOB", day.key)
            open_since = -1
        elif day.month is not None or day.year is not None:
            said.keep(day.start, day.end)


def _key(day: Day, births: Sequence[date]) -> str:
    for born in births:
        if (born.month, born.day) == (day.month, day.day) and day.year in (None, born.year, born.year % 100):
            return str(born)
    return day.key


def _is_birth(said: Said, day: Day, cues: Cues, births: Sequence[date], *, asked: bool) -> bool:
    if day.year is not None:
        for born in births:
            if (born.month, born.day) == (day.month, day.day) and day.year % 100 == born.year % 100:
                return True
    if cues.after(day.end, within=14, of=_BIRTH):
        return True
    ahead = _APPOINTED.match(said.low, day.end)
    weekday = re.search(
        r"day,? (?:the )?$|[星期周拜][一二三四五六日天],?$", said.low[max(0, day.start - 12) : day.start]
    )
    if asked:
        if day.month is None and cues.after(day.end, within=1, of=frozenset({VISIT})):
            return False  # 二零一四年来的加拿大
        if day.year is not None:
            return day.year < 100 or day.year <= LAST_OLD_YEAR + 20
        return not ahead and not weekday and day.month is not None
    if day.year is None or day.month is None or day.day is None:
        return False
    if day.year < 100:
        return day.year > 20 and not ahead and not weekday and not _is_past(cues, day)
    return day.year <= LAST_OLD_YEAR and not weekday and not _is_past(cues, day)


def _is_past(cues: Cues, day: Day) -> bool:
    return cues.before(day.start, within=50, turns=1, of=frozenset({VISIT})) is not None


def _english(said: Said, items: Sequence[Item]) -> Iterator[Day]:
    first_at = {item.first: item for item in items}
    last_at = {item.last: item for item in items}
    for at, word in enumerate(said.words):
        month = _MONTHS.get(word) if said.kinds[at] == "w" else None
        if month is None:
            continue
        start, last, day, year = at, at, None, None
        before = last_at.get(at - 1) or (
            last_at.get(at - 2) if said.word(at - 1) in ("of", "-", "in", ",") else None
        )
        if before and _is_day(before) and said.word(before.first - 1) != ":":
            day, start = int(before.digits), before.first
            if said.word(start - 1) == "the":
                start -= 1
        ahead = _past(said, at + 1, ("the", ".", ",", "uh", "um", "-", "of", "'", "in", "/"))
        item = first_at.get(ahead)
        if item and day is None and item.digits == "0" and (unit := first_at.get(item.last + 1)):
            item = Item(item.first, unit.last, unit.digits, "c")
        if item and day is None and _is_day(item):
            day, last = int(item.digits), item.last
            ahead = _past(said, last + 1, (",", "of", "in", "uh", "um", "-", "'", "the", "year", "and", "/"))
        if day is None and before is None and word in _LOOSE and not item:
            continue
        found = _year(said, first_at, ahead)
        if found and (found[0] > 99 or day is not None or said.word(ahead - 1) in ("of", "'", "in")):
            year, last = found
        elif day is not None and (earlier := _year_before(said, last_at, start - 1)):
            year, start = earlier
        if day is None and year is None:
            continue
        if (
            day is None
            and word in _LOOSE
            and (year or 0) < 1900
            and said.word(at + 1) not in ("of", "in", "'")
        ):
            continue
        yield Day(said.starts[start], said.ends[last], year, month, day)


def _year_before(said: Said, last_at: dict[int, Item], at: int) -> tuple[int, int] | None:
    """A whole year that ends before this token, "nineteen ninety three" or 1993, and its first token."""
    while said.word(at) in (",", "the", "on", "uh", "um"):
        at -= 1
    item = last_at.get(at)
    if item is None or item.style in "oa":
        return None
    if len(item.digits) == 4 and 1900 <= int(item.digits) <= 2039:
        return int(item.digits), item.first
    century = last_at.get(item.first - 1)
    if century and century.digits in ("19", "20") and len(item.digits) == 2 and item.style in "cg":
        return int(century.digits + item.digits), century.first
    return None


def _three_numbers(said: Said, items: Sequence[Item], births: Sequence[date]) -> Iterator[Day]:
    """Days without a month's name: "the fifth of the third ninety one", or a known one's three numbers."""
    first_at = {item.first: item for item in items}
    for one, two in pairwise(items):
        if not (_is_day(one) and _is_day(two)) or _past(said, one.last + 1, _BETWEEN) != two.first:
            continue
        if (
            one.style == two.style == "o"
            and "of" in said.words[one.last : two.first]
            and int(two.digits) < 13
        ):
            year = _year(said, first_at, _past(said, two.last + 1, _BETWEEN))
            if year:
                yield Day(
                    said.starts[one.first], said.ends[year[1]], year[0], int(two.digits), int(one.digits)
                )
            continue
        pair = {int(one.digits), int(two.digits)}
        if not any(pair == {born.month, born.day} for born in births):
            continue
        year = _year(said, first_at, _past(said, two.last + 1, _BETWEEN))
        for born in births:
            if year and pair == {born.month, born.day} and year[0] % 100 == born.year % 100:
                yield Day(said.starts[one.first], said.ends[year[1]], born.year, born.month, born.day)
                break


def _past(said: Said, at: int, fillers: tuple[str, ...]) -> int:
    for _ in range(3):
        if said.word(at) not in fillers:
            break
        at += 1
    return at


def _is_day(item: Item) -> bool:
    return len(item.digits) <= 2 and item.style != "a" and 1 <= int(item.digits) <= 31


def _year(said: Said, first_at: dict[int, Item], at: int) -> tuple[int, int] | None:
    """A year from this token on and its last token; one of two digits only where it can't be a time."""
    item = first_at.get(at)
    if item is None or item.style in "oa":
        return None
    number = int(item.digits) if len(item.digits) < 5 else 0
    if 1900 <= number <= 2039:
        follows = first_at.get(item.last + 1 + (said.word(item.last + 1) == "and"))
        if number in (1900, 2000) and follows and follows.style in "cs" and item.style == "c":
            return number + int(follows.digits[:2]), follows.last
        return number, item.last
    second = first_at.get(item.last + 1 + (said.word(item.last + 1) == "-"))
    if number in (19, 20) and second:
        if len(second.digits) == 2 and second.style in "cg":
            return number * 100 + int(second.digits), second.last
        third = first_at.get(second.last + 1)
        if second.digits == "0" and third and len(third.digits) == 1:
            return number * 100 + int(third.digits), third.last
    digits, last = "", at
    while item is not None and item.style == "s" and len(digits) < 4:
        digits, last = digits + item.digits, item.last
        item = first_at.get(last + 1)
    if len(digits) == 4 and 1900 <= int(digits) <= 2039:
        return int(digits), last
    if len(digits) == 2 and (digits[0] == "0" or int(digits) > 31):
        return int(digits), last
    return (number, first_at[at].last) if 31 < number < 100 else None


def _figures(said: Said) -> Iterator[Day]:
    for piece in _ISO.finditer(said.low):
        year, month, day = map(int, piece.groups())
        if 1900 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= 31:
            yield Day(*piece.span(), year, month, day)
    for piece in _SLASHED.finditer(said.low):
        first, second, year = int(piece[1]), int(piece[3]), int(piece[4])
        if 1 <= first <= 31 and 1 <= second <= 31 and min(first, second) <= 12:
            month, day = (first, second) if first <= 12 else (second, first)
            yield Day(*piece.span(), year, month, day)


def _chinese(said: Said) -> Iterator[Day]:
    if "年" not in said.low and "月" not in said.low:
        return
    spans: list[tuple[int, int]] = []
    for piece in _HAN_WHOLE.finditer(said.low):
        figures = piece["y"]
        year = _thousands(figures) if figures[1:2] == "千" else value(figures)
        if year and year < 120 and (piece["era"] or ("十" in figures and piece["d"])):
            yield Day(
                *(piece.start(), _tight(said.low, piece.start(), piece.end()), _REPUBLIC + year),
                *(_month(piece["m"]) if piece["m"] else None, value(piece["d"]) if piece["d"] else None),
            )
            continue
        month = _month(piece["m"]) if piece["m"] else None
        day = value(piece["d"] or piece["c"]) if piece["d"] or piece["c"] else None
        if (
            year is None
            or ("十" in figures and "千" not in figures)
            or not (len(figures) in (2, 4) or figures[1] == "千")
        ):
            continue
        if month is None and len(figures) == 2 and year < 20:
            continue
        if month is not None and not 1 <= month <= 12:
            month = day = None
        if day is not None and not 1 <= day <= 31:
            day = None
        end = piece.end() if month is not None or piece["m"] is None else piece.end("y") + 1
        end = _tight(said.low, piece.start(), end)
        spans.append((piece.start(), end))
        yield Day(piece.start(), end, year, month, day)
    for piece in _HAN_DAY.finditer(said.low):
        month, day = _month(piece["m"]), value(piece["d"] or piece["c"])
        if month is None or day is None or not (1 <= month <= 12 and 1 <= day <= 31):
            continue
        start, year = piece.start(), None
        before = re.search(
            rf"(?<!{_N})((?:19|20|一九|二零|二〇){_N}{{2}}|[6-9六七八九]{_N})[ ,，的]{{0,2}}\Z",
            said.low[max(0, start - 8) : start],
        )
        if before and "十" not in before[1] and (start < 8 or before.start() > 0):
            year, start = value(before[1]), max(0, start - 8) + before.start(1)
        end = piece.end()
        if year is None and (behind := _HAN_YEAR.match(said.low, end)):
            year, end = value(behind[1]), behind.end()
        yield Day(start, _tight(said.low, start, end), year, month, day)


def _month(text: str) -> int | None:
    return {"正": 1, "冬": 11, "腊": 12}.get(text) or value(text.removeprefix("闰"))


def _thousands(text: str) -> int | None:
    """两千, 两千零五, 二千一十五."""
    rest = value(text[2:].lstrip("零")) if text[2:].strip("零") else 0
    return None if rest is None else 2000 + rest


def _tight(text: str, start: int, end: int) -> int:
    """Without what trails behind the last figure or 年月日号."""
    while end > start and text[end - 1] in "的,， 嗯呃":
        end -= 1
    return end
