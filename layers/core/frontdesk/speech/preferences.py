"""When a visit would suit a caller, or wouldn't, as they say it: "Tuesday mornings", 十点以前, 除了周五.

The days named are taken out of the text first, and a mark left where each stood. What remains between the
marks, the commas and the "or"s are times of day. Days and times that stand together belong together, all of
one "or" with all of the other: "Tuesday or Thursday afternoon" is two afternoons.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from frontdesk.errors import Unclear
from frontdesk.speech.clocks import PARTS, take_clock, take_parts
from frontdesk.speech.days import ASK_ONE_DAY, take_exact_days, take_weekday
from frontdesk.speech.plain_words import GAP, Words, words
from frontdesk.speech.when import Days, PartOfDay, Preference, When

_ASK_PREFERENCE = (
    "The part of the day was not understood. Ask for weekdays, or for morning, afternoon or evening, or "
    "from what time on."
)
_ASK_EXCLUDED = "What to leave out was not understood. Ask the caller for the days or times that don't suit."

# Most callers name no day here, and are spared the compiling of the patterns of days.
_NAMES_DAYS = (
    r"\d{4}|\d[-/.]\d|\d(?:st|nd|rd|th)|day|week|month|tomorrow"
    r"|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
)
_ANY = r"\b(?:any(?: ?time| ?day)?|whenever|no preference|flexible|all day)\b"
_NOT = (
    r"\b(?:but )?(?:not|no(?! preference)|never|except(?: for)?|excluding|other than|apart from)\b"
    r"|(?<=\bany) but\b|(?<=\banytime) but\b|(?<=\bany time) but\b|(?<=\bany day) but\b"
)
_FILLER = rf"{_ANY}|\b(?:every|each|only|either)\b"
# A model writes midnight behind a date that has no time, and an offset that nobody said.
_ISO = (
    r"(?<!\d)(\d{4}-\d\d-\d\d)(?:t(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:z\b|[+-]\d\d:?\d\d\b)?"
    r"| 00:00(?::00)?)(?![\d:])"
)
_WEEKLY = {
    r"\bweek ?days?\b": frozenset(range(1, 6)),
    r"(?<!\bthis )(?<!\bnext )\bweekends?\b": frozenset((6, 7)),
}
_WEEKDAY = r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
_LISTED = r" ?(?:,|-|\b(?:or|and|to|through)\b) ?"
# What is said of one weekday goes for the others of its list: 下周二或周四, "Tuesday or Thursday next week".
_SAME_WEEK = {
    rf"({_WEEKDAY}(?:{_LISTED}{_WEEKDAY})+),? (?:of )?next week\b": r"next \1",
    rf"\b((?:next|this)(?: week)?) ({_WEEKDAY}{_LISTED})(?={_WEEKDAY})": r"\1 \2\1 ",
}
_MARK = r"<(\d+)>"
_TO = r"(?:(?<!quarter)(?<!minutes) (?:to|through|thru|until|till)\b|(?<=[\dm]) ?- ?(?=\d))"
_FIGURE = r"(?:\d|\bnoon\b|\bmidnight\b)"
_FROM_TO = rf"(?P<around>.*)\bfrom\b(?P<start>.*{_FIGURE}.*?){_TO}(?P<end>.*)"
_TO_ONLY = rf"(?P<around>)(?P<start>.*{_FIGURE}.*?){_TO}(?P<end>.*)"
_BOUND = r"(?P<around>.*?)\b(?P<bound>after|from|since|before|until|till)\b(?P<tail>.*)"
# A bare number may as well be a day of the month.
_TOLD_TIME = r"\bat\b|[:点]|\b[ap]m\b|\bpast\b|\bto\b|\bnoon\b|\bmidnight\b"
_MINUTE = timedelta(minutes=1)


# Models ask with the same few words again and again; taking them apart is a tenth of the finder's own time.
@lru_cache(maxsize=512)
def preference_heard(text: str, *, today: date) -> Preference:
    """What suits and what doesn't; "any" is no preference.

    A bare weekday is every such day, one with "this" or "next" a single one. A bare time is from then on;
    after "not" it is that very start. Without AM or PM a clinic's day is assumed: 1 to 6 are after noon.
    """
    named = _Named(text, today)
    said, *denied = re.split(_NOT, named.left)
    suiting = _whens(said, named.days, ask=_ASK_PREFERENCE)
    excluded = [_whens(piece, named.days, ask=_ASK_PREFERENCE, is_start=True) for piece in denied]
    if not (suiting or denied or re.search(_ANY, said)):
        raise Unclear(_ASK_PREFERENCE)
    # "Not Mondays, after 4" and "not before 10 or Tuesdays" can be meant in two ways.
    if any(len({(when.part == PartOfDay(), _is_any_day(when)) for when in whens}) != 1 for whens in excluded):
        raise Unclear(_ASK_PREFERENCE)
    return Preference(suiting, tuple(when for whens in excluded for when in whens))


def excluded_heard(text: str, *, today: date) -> tuple[When, ...]:
    """What doesn't suit: days, weekdays, parts of days, or one start, "2026-02-20 14:00"."""
    named = _Named(text, today)
    head, *denied = re.split(_NOT, named.left)  # the "not" of "not Mondays" is what is asked for here
    if len(denied) > 1 or (denied and head.strip()) or re.search(_ANY, named.left):
        raise Unclear(_ASK_EXCLUDED)
    listed = (denied or [head])[0].replace(",", " or ")
    excluded = _whens(listed, named.days, ask=_ASK_EXCLUDED, is_start=True)
    if not excluded:
        raise Unclear(_ASK_EXCLUDED)
    return excluded


# --- Days


class _Named(Words):
    """A text in plain words, and the days it names: in the place of each stands `<n>`, its index."""

    def __init__(self, text: str, today: date) -> None:
        # Our own marks and gaps are not the caller's.
        plain = re.sub(r"[<>]", "#", re.sub(r"[;、]", ",", words(text)))
        super().__init__(re.sub(_ISO, _without_midnight, plain))
        self.days: list[When] = []
        if re.search(_NAMES_DAYS, self.left):
            self._take_days(today)
        self._rewrite(r"\bbetween\b([^,]+?)\band\b", r"from\1to")
        self._rewrite(r"\b(?:after|from)\b([^,<]+?)\b(?:and|but) before\b", r"from\1to")
        self._rewrite(r"\b(?:or|and) later\b|\bonwards?\b", "on")
        if self.days:
            self._rewrite(rf"{_MARK}([ ,]*){_MARK}", self._one_day)
            self._rewrite(
                rf"(?:\bfrom )?{_MARK} *(?:to|through|thru|until|till|-) *(?:every )?{_MARK}", self._span
            )

    def _take_days(self, today: date) -> None:
        for pattern, weekdays in _WEEKLY.items():
            while self.take(pattern):
                self._mark(When(weekdays))
        for pattern, meaning in _SAME_WEEK.items():
            while re.search(pattern, self.left):
                self._rewrite(pattern, meaning)
        while exact := take_exact_days(self, today):
            self._mark(When(days=exact))
        self._rewrite(r"\b(mon|tues|wednes|thurs|fri|satur|sun)days\b", r"every \1day")
        while weekday := take_weekday(self):
            self._mark(When(frozenset((weekday,))))

    def _rewrite(self, pattern: str, meaning: str | Callable[[re.Match[str]], str]) -> None:
        self.left = " ".join(re.sub(pattern, meaning, self.left).split())

    def _mark(self, when: When) -> None:
        self.left = self.left.replace(GAP, f"<{len(self.days)}>")
        self.days.append(when)

    def _one_day(self, said: re.Match[str]) -> str:
        """One mark for "Monday, March 2"; two that only stand side by side stay as they are."""
        one, other = int(said[1]), int(said[3])
        exact, weekly = (one, other) if self.days[one].days else (other, one)
        days, weekdays = self.days[exact].days, self.days[weekly].weekdays
        if not days or not weekdays:
            return said[0]
        if days.first == days.last and days.first.isoweekday() in weekdays:
            return f"<{exact}>"
        if "," in said[2]:
            return said[0]
        raise Unclear(ASK_ONE_DAY)

    def _span(self, said: re.Match[str]) -> str:
        """One mark for "Monday to Friday", and for one date to another."""
        one, other = self.days[int(said[1])], self.days[int(said[2])]
        if one.days and other.days and one.days.first <= other.days.last:
            self.days.append(When(days=Days(one.days.first, other.days.last)))
        elif one.weekdays and other.weekdays and len(one.weekdays) == len(other.weekdays) == 1:
            [first], [last] = one.weekdays, other.weekdays
            count = (last - first) % 7 + 1
            self.days.append(When(frozenset((first + n - 1) % 7 + 1 for n in range(count))))
        else:
            raise Unclear(ASK_ONE_DAY)
        return f"<{len(self.days) - 1}>"


def _without_midnight(said: re.Match[str]) -> str:
    return said[1] if said[2] in (None, "00:00") else f"{said[1]} {said[2]}"


def _is_any_day(when: When) -> bool:
    return when.weekdays is None and when.days is None


# --- Days and times together


class _Run(NamedTuple):
    """Days, or times of day, with nothing but commas and "or" between them."""

    separator: str
    """What parts it from the run before it: an "or", a comma or nothing."""
    days: list[When]
    parts: list[PartOfDay]


def _whens(plain: str, days: list[When], *, ask: str, is_start: bool = False) -> tuple[When, ...]:
    """All that is meant by a list of days, times and both; nothing when nothing was named."""
    runs = _runs(plain, days, ask=ask, is_start=is_start)
    if len(runs) == 2 and runs[1].separator == "," and not is_start:
        runs[1] = runs[1]._replace(separator="")  # "Tuesday, in the afternoon"
    found: list[When] = []
    while runs:
        run = runs.pop(0)
        if runs and not runs[0].separator:
            other = runs.pop(0)
            run = _Run("", run.days + other.days, run.parts + other.parts)
            if runs and not runs[0].separator:  # "Tuesday mornings or after 4 on Wednesday"
                raise Unclear(ask)
        if any(
            one.before and other.before is None and one.after <= other.after < one.before
            for one, other in product(run.parts, run.parts)
        ):
            raise Unclear(ask)  # "before 4 and after 10" is no choice, and hardly meant as one
        found += (
            when._replace(part=part)
            for when, part in product(_united(run.days) or [When()], run.parts or [PartOfDay()])
        )
    return tuple(found)


def _runs(plain: str, days: list[When], *, ask: str, is_start: bool) -> list[_Run]:
    """What was named, in the order in which it was said."""
    runs: list[_Run] = []
    separator = ""
    for piece in re.split(r"(<\d+>|,|\bor\b|\band\b)", plain):
        mark = re.fullmatch(_MARK, piece)
        if piece in (",", "or", "and"):
            separator = "," if piece == "," and not separator else "or"
        elif mark or re.sub(rf"{_FILLER}|\b(?:on|the|at|in|of)\b|[\s.!?的在]", "", piece):
            if not runs or bool(runs[-1].days) != bool(mark):
                runs.append(_Run(separator, [], []))
            elif mark and not separator and (days[int(mark[1])].days or runs[-1].days[-1].days):
                raise Unclear(ASK_ONE_DAY)  # two dates in one breath; 周一周三 are two weekdays
            if mark:
                runs[-1].days.append(days[int(mark[1])])
            else:
                runs[-1].parts.append(_part(re.sub(_FILLER, "", piece), ask=ask, is_start=is_start))
            separator = ""
    return runs


def _united(days: list[When]) -> list[When]:
    """The same days, those of every week as one."""
    weekly = [when.weekdays for when in days if when.weekdays]
    exact = [when for when in days if not when.weekdays]
    return [*([When(frozenset[int]().union(*weekly))] if weekly else []), *exact]


# --- Times of day


def _part(plain: str, *, ask: str, is_start: bool) -> PartOfDay:
    """The part of a day that is meant; by a bare time just that start if it `is_start`, else from then on."""
    if said := re.fullmatch(_FROM_TO, plain) or re.fullmatch(_TO_ONLY, plain):
        outer = _outer(said["around"], ask)
        return _within(outer, _between(said["start"], said["end"], outer, ask), ask)
    said = re.fullmatch(_BOUND, plain)
    bound = said["bound"] if said else ""
    around, tail = (said["around"], said["tail"]) if said else ("", plain)
    if not re.search(_FIGURE, tail):  # 四点以后: the time comes first
        around, tail = "", f"{around} {tail}"
    outer = _outer(around, ask)
    clock, parts = _clock(tail, outer, ask)
    if clock is None:
        if len(parts) != 1 or bound:
            raise Unclear(ask)
        return PARTS[parts[0]]
    if bound in ("before", "until", "till"):
        return _within(outer, PartOfDay(before=clock if clock > time(0) else None), ask)
    if bound or not is_start:
        return _within(outer, PartOfDay(clock), ask)
    if not (parts or re.search(_TOLD_TIME, plain)):
        raise Unclear(ask)
    end = (datetime.combine(date.min, clock) + _MINUTE).time()
    return PartOfDay(clock, end if end > clock else None)


def _outer(plain: str, ask: str) -> list[str]:
    """The part of the day around a bound, as in "afternoons after 3"; mostly none."""
    left = Words(plain)
    parts = take_parts(left)
    left.end(ask)
    if len(parts) > 1 or not PARTS.keys() >= set(parts):
        raise Unclear(ask)
    return parts


def _clock(plain: str, half: list[str], ask: str) -> tuple[time | None, list[str]]:
    """The time in a piece, and the parts of the day it names; without any, its half is told by `half`."""
    left = Words(plain)
    parts = take_parts(left)
    clock = take_clock(left, parts or half, by_day=True)
    left.take(r"\bon\b")
    left.end(ask)
    return clock, parts


def _between(start: str, end: str, outer: list[str], ask: str) -> PartOfDay:
    """From one time to a later one; a half that was said of one of them is tried for the other first."""
    halves_of_start = [outer or take_parts(Words(end)), []]
    halves_of_end = [outer or take_parts(Words(start)), [], ["pm"]]
    for half_of_start, half_of_end in product(halves_of_start, halves_of_end):
        try:
            (first, _), (last, _) = _clock(start, half_of_start, ask), _clock(end, half_of_end, ask)
        except Unclear:
            continue  # not in that half
        if first is not None and last is not None and (first < last or last == time(0)):
            return PartOfDay(first, last if last > time(0) else None)
    raise Unclear(ask)


def _within(outer: list[str], part: PartOfDay, ask: str) -> PartOfDay:
    """What of the part is in the outer one, if there is one."""
    if not outer:
        return part
    whole = PARTS[outer[0]]
    after = max(part.after, whole.after)
    before = min((end for end in (part.before, whole.before) if end), default=None)
    if before and before <= after:
        raise Unclear(ask)
    return PartOfDay(after, before)
