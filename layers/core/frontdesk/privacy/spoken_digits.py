"""Numbers as they are spoken: words and figures of both languages as items, and items in a row as runs.

"six oh four, 555 uh double-one two three", 六零四五五五零一二三 and 604-555-0123 have ten digits. A run
goes on over fillers, corrections and the other's "yes, go on"; a unit ("500 milligrams", 三点) ends it.
"""

from typing import Final, NamedTuple

from frontdesk.privacy.lexicon import BRIDGE, HAN_BRIDGE, HAN_UNITS, UNITS, listed
from frontdesk.privacy.said import Said

DIGITS: Final = {
    **dict.fromkeys(("zero", "oh", "o", "nought", "naught", "ought", "zeero"), "0"),
    **{word: str(at) for at, word in enumerate(str.split("one two three four five six seven eight nine"), 1)},
    "niner": "9",
    "fife": "5",
    "tree": "3",
}
TEENS: Final = {
    word: str(at)
    for at, word in enumerate(
        str.split(
            """
            ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
            """
        ),
        10,
    )
}
TENS: Final = {
    word: at
    for at, word in zip(
        range(20, 100, 10), str.split("twenty thirty forty fifty sixty seventy eighty ninety"), strict=True
    )
} | {"fourty": 40}
_ONES: Final = str.split("first second third fourth fifth sixth seventh eighth ninth")
ORDINALS: Final = (
    {word: str(at) for at, word in enumerate(_ONES, 1)}
    | {
        word: str(at)
        for at, word in enumerate(
            str.split(
                """
                tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth
                nineteenth twentieth
                """
            ),
            10,
        )
    }
    | {"thirtieth": "30", "fortieth": "40", "fiftieth": "50"}
)
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_HOMOPHONES: Final = {"for": "4", "to": "2", "too": "2", "ate": "8", "won": "1"}
HAN_DIGITS: Final = dict(
    zip("零〇一二三四五六七八九幺么两俩洞拐勾壹贰叁肆伍陆柒捌玖", "001234567891122079123456789", strict=True)
)
_AS_FIGURES: Final = str.maketrans(HAN_DIGITS)
_MILITARY: Final = frozenset("洞拐勾俩陆伍么")
"""Digits only among digits: each is a word or a surname of its own."""
_DOUBLED: Final = "孖"
"""Cantonese "double": 孖五 is 55."""
_POWERS: Final = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100}

_SEPARATORS: Final = listed(
    """
    uh um uhm umm er erm ah eh hmm hm mm mhm like dash hyphen minus space then and ok okay so dot comma
    period slash stroke no nope sorry wait actually i mean correction make that rather not yes yeah
    right well - , . ( ) + / : ; … ... _ ~ · ， 、 。 ! ? | # ' " * & = let me see oops scratch again
    it's sir ma'am let's plus hang on hold
    """
)
_HAN_SEPARATORS: Final = frozenset("嗯呃啊哦额唔喔诶欸呀吧呢杠横空格那然后就是再不对错了等区号减加说")
_FIXES: Final = frozenset({"no", "sorry", "wait", "mean", "correction", "oops", "scratch", "not", "错"})
_MOST_BETWEEN: Final = 7
_MOST_BETWEEN_TURNS: Final = 16
_MOST_ITEMS: Final = 60
_LOOSE_ONE: Final = listed(
    """
    more of moment second sec thing time minute day is other last question for person
    """
)
_MOST_HOURS: Final = 3
"""So many hours without minutes a row of times may have; more are a number's digits."""
_CLOCK: Final = frozenset({"00", "05", "10", "15", "20", "30", "40", "45", "50", "55"})

_BEGINNINGS: Final = frozenset(
    (
        *DIGITS,
        *TEENS,
        *TENS,
        *ORDINALS,
        *_TIMES,
        *_HOMOPHONES,
        "hundred",
        "thousand",
        *HAN_DIGITS,
        *_POWERS,
        _DOUBLED,
    )
)


class Item(NamedTuple):
    """A number as it was said."""

    first: int
    """Its first token."""
    last: int
    """Its last token, included."""
    digits: str
    style: str
    """s(ingle digits), g(roup of figures), c(omposite: forty five, 二十), o(rdinal), a(t letters)."""


class Run(NamedTuple):
    """Items in a row."""

    items: tuple[Item, ...]
    digits: str
    is_fixed: bool
    """Whether the speaker corrected something on the way."""

    @property
    def first(self) -> int:
        """Its first token."""
        return self.items[0].first

    @property
    def last(self) -> int:
        """Its last token, included."""
        return self.items[-1].last

    @property
    def plain(self) -> int:
        """How many digits were said one by one, or in figures of three and more."""
        return sum(
            len(item.digits)
            for item in self.items
            if item.style == "s" or (item.style == "g" and len(item.digits) > 2)
        )

    @property
    def is_clocks(self) -> bool:
        """Whether all of it reads as times of day: ten, ten thirty, eleven fifteen."""
        if any(len(item.digits) > 2 for item in self.items):
            return False
        parts = [item.digits for item in self.items]
        at, pairs = 0, 0
        while at < len(parts):
            if not 1 <= int(parts[at] or 0) <= 12 or parts[at][0] == "0":
                return False
            at += 1
            if at < len(parts) and len(parts[at]) == 2 and parts[at] in _CLOCK and parts[at] not in ("10",):
                at, pairs = at + 1, pairs + 1
        return pairs > 0 and len(parts) - 2 * pairs <= _MOST_HOURS


def items(said: Said) -> list[Item]:
    """All numbers of a text, in order."""
    found: list[Item] = []
    at = 0
    words, kinds = said.words, said.kinds
    while at < said.size:
        if words[at] not in _BEGINNINGS and kinds[at] != "d":
            at += 1
            continue
        item = _item(said, at, found[-1] if found else None)
        if item is None:
            at += 1
        else:
            found.append(item)
            at = item.last + 1
    return found


def _item(said: Said, at: int, before: Item | None) -> Item | None:
    kind, word = said.kinds[at], said.words[at]
    if kind == "d":
        return _figures(said, at)
    if kind == "h":
        return _han(said, at, before)
    return _english(said, at, word, before) if kind == "w" else None


def _figures(said: Said, at: int) -> Item:
    digits = said.words[at]
    after = said.word(at + 1)
    if said.touches(at) and said.kind(at + 1) == "w":
        if after in ("st", "nd", "rd", "th"):
            return Item(at, at + 1, digits, "o")
        if after not in DIGITS and after != "x":
            return Item(at, at, digits, "a")
    if at and said.touches(at - 1) and said.kind(at - 1) == "w" and said.words[at - 1] not in DIGITS:
        return Item(at, at, digits, "a")
    if after in ("个", "個") and len(digits) == 1 and digits in "23456":
        repeated = HAN_DIGITS.get(said.word(at + 2)) or (
            said.word(at + 2) if said.kind(at + 2) == "d" else ""
        )
        if repeated and len(repeated) == 1:
            return Item(at, at + 2, repeated * int(digits), "s")
    return Item(at, at, digits, "s" if len(digits) == 1 else "g")


def _is_digit(said: Said, at: int) -> bool:
    word = said.word(at)
    return said.kind(at) == "d" or (word in DIGITS and word != "o") or word in _TIMES


def _english(said: Said, at: int, word: str, before: Item | None) -> Item | None:
    follows = before is not None and at - before.last <= 2
    if word in _TIMES:
        step = 2 if said.word(at + 1) == "-" else 1
        digit = DIGITS.get(said.word(at + step)) or said.word(at + step)
        if len(digit) == 1 and digit.isascii() and digit.isdigit():
            return Item(at, at + step, digit * _TIMES[word], "s")
        return None
    if word in ("o", "oh"):
        near = before is not None and at - before.last <= 5 and before.style in "sg"
        ahead = at + 1
        while said.word(ahead) in ("uh", "um", ",", "-", "o", "oh") and ahead - at < 4:
            ahead += 1
        if follows or near or _is_digit(said, ahead):
            return Item(at, at, "0", "s")
        return None
    if word in DIGITS or word in TEENS or word in TENS:
        return _cardinal(said, at)
    if word in ORDINALS:
        return Item(at, at, ORDINALS[word], "o")
    if word in ("hundred", "thousand") and said.word(at - 1) in ("a", "one"):
        return Item(at, at, "100" if word == "hundred" else "1000", "c")
    between = said.word(at - 1) in DIGITS and said.word(at - 2) in DIGITS and _is_digit(said, at + 1)
    if word in _HOMOPHONES and between and before and before.style == "s" and _is_digit(said, at + 2):
        return Item(at, at, _HOMOPHONES[word], "s") if said.word(before.last) in DIGITS else None
    return None


def _cardinal(said: Said, at: int) -> Item:
    """Forty five, twelve hundred, two thousand twenty six; a lone digit as such."""
    word, last = said.words[at], at
    style = "s" if word in DIGITS else "c"
    if word in TENS:
        value = TENS[word]
        step = 2 if said.word(at + 1) == "-" and said.touches(at) else 1
        unit = said.word(at + step)
        if unit in DIGITS and unit not in ("o", "oh", "zero"):
            # "fifty five five five": the first five is the composite's.
            value, last = value + int(DIGITS[unit]), at + step
        elif unit in ORDINALS and len(ORDINALS[unit]) == 1:
            return Item(at, at + step, str(value + int(ORDINALS[unit])), "o")
    else:
        value = int(DIGITS.get(word) or TEENS[word])
    for power in ("hundred", "thousand"):
        if said.word(last + 1) == power and value:
            value, last, style = value * (100 if power == "hundred" else 1000), last + 1, "c"
            ahead = last + (2 if said.word(last + 1) == "and" else 1)
            rest = said.word(ahead)
            small = TENS.get(rest) or int(TEENS.get(rest, 0))
            unit = said.word(ahead + 1)
            joined = ahead != last + 1
            if rest in TENS and unit in DIGITS and unit not in ("o", "oh", "zero"):
                value, last = value + small + int(DIGITS[unit]), ahead + 1
            elif small:
                value, last = value + small, ahead
            elif rest in DIGITS and (joined or (unit not in DIGITS and power == "thousand")):
                value, last = value + int(DIGITS[rest]), ahead
    return Item(at, last, str(value), style)


def _han(said: Said, at: int, before: Item | None) -> Item | None:
    word = said.words[at]
    follows = before is not None and at - before.last <= 2
    if word == _DOUBLED:
        digit = HAN_DIGITS.get(said.word(at + 1))
        return Item(at, at + 1, digit * 2, "s") if digit else None
    if word in _POWERS and word not in ("百", "千"):
        return _han_composite(said, at)
    digit = HAN_DIGITS.get(word)
    if digit is None:
        return None
    after = said.words[at + 1]
    if after in HAN_DIGITS and word not in _MILITARY:
        return Item(at, at, digit, "s")
    if (
        word in _MILITARY
        and not (follows and said.word(at + 1) in HAN_DIGITS)
        and not (before is not None and before.last == at - 1)
    ):
        return None
    if said.word(at + 1) in _POWERS:
        return _han_composite(said, at)
    if said.word(at + 1) == "个" and digit in "23456":
        repeated = HAN_DIGITS.get(said.word(at + 2)) or (
            said.word(at + 2) if said.kind(at + 2) == "d" else ""
        )
        if repeated and len(repeated) == 1 and said.word(at + 3) not in HAN_UNITS:
            return Item(at, at + 2, repeated * int(digit), "s")
    return Item(at, at, digit, "s")


def _han_composite(said: Said, at: int) -> Item:
    value, digit, last = 0, 1, at
    here, pending = at, False
    while here < said.size and said.kinds[here] == "h":
        word = said.words[here]
        if word in _POWERS:
            value, digit, pending, last = value + digit * _POWERS[word], 0, False, here
        elif word in HAN_DIGITS and not pending:
            digit, pending = int(HAN_DIGITS[word]), word not in "零〇"
            last = here if pending else last
        else:
            break
        here += 1
    if pending:
        value += digit
    return Item(at, last, str(value), "c")


def runs(said: Said, numbers: list[Item]) -> list[Run]:
    """Items in a row, of those that no rule has claimed; ordinals and what is glued to letters stay out."""
    made: list[Run] = []
    row: list[Item] = []
    is_fixed = False

    def close() -> None:
        nonlocal row, is_fixed
        kept = _trimmed(said, row)
        if kept:
            made.append(Run(tuple(kept), "".join(item.digits for item in kept), is_fixed))
        row, is_fixed = [], False

    for item in numbers:
        if item.style in "oa" or not said.is_free_token(item.first):
            close()
            continue
        if row:
            gap = _gap(said, row[-1].last + 1, item.first)
            turned = "\x1e" in said.words[row[-1].last : item.first] and sum(
                len(one.digits) for one in row
            ) in (10, 11, 16)
            if gap is None or turned or len(row) >= _MOST_ITEMS:
                close()
            else:
                is_fixed = is_fixed or gap
        row.append(item)
        if _has_unit(said, item) and not _is_complete(row, is_han=said.kind(item.last + 1) == "h"):
            row = _without_counted(row)
            close()
    close()
    return made


def _is_complete(row: list[Item], *, is_han: bool) -> bool:
    """Whether a number may end here although the next word could be a unit ("... 0123 am I right")."""
    count = sum(len(item.digits) for item in row)
    if is_han and count - len(row[-1].digits) in (7, 10, 11) and row[-1].first - row[-2].last > 1:
        return False
    return (
        count in (7, 10, 11) and row[-1].style in "sg" and (row[-1].style == "s" or len(row[-1].digits) > 2)
    )


def _without_counted(row: list[Item]) -> list[Item]:
    """What stands before the number that the unit counts: all that is glued to it, or the last word of it."""
    glued = [row[-1]]
    for item in reversed(row[:-1]):
        if glued[0].first - item.last > 1 or not (item.style == "s" and len(item.digits) == 1):
            break
        glued.insert(0, item)
    count = sum(len(item.digits) for item in glued)
    return row[: -len(glued)] if count <= 4 else row[:-1]


def _has_unit(said: Said, item: Item) -> bool:
    after = said.word(item.last + 1)
    if said.kind(item.last + 1) == "h":
        if after == "号" and said.word(item.last + 2) == "码":
            return False
        return after in HAN_UNITS or after in "十百千万"
    if after in ("-", "/") and said.touches(item.last):
        after = said.word(item.last + 2)
    if said.word(item.last + 1) in ("a", "p") and said.word(item.last + 2) in ("m", "."):
        return said.word(item.last + 2) == "m" or said.word(item.last + 3) == "m"
    return after in UNITS or after == "%"


def _gap(said: Said, start: int, end: int) -> bool | None:
    """Whether something is corrected between two items; None when they are not of one row."""
    if start == end:
        return False
    if end - start > _MOST_BETWEEN_TURNS:
        return None
    between = said.words[start:end]
    if "\x1e" in between:
        for at in range(start, end):
            word, kind = said.words[at], said.kinds[at]
            bridges = (word in HAN_BRIDGE or word in _HAN_SEPARATORS) if kind == "h" else kind in "tp"
            if not (bridges or word in BRIDGE or word in _SEPARATORS):
                return None
    else:
        if end - start > _MOST_BETWEEN:
            return None
        for at in range(start, end):
            word = said.words[at]
            if word not in _SEPARATORS and word not in _HAN_SEPARATORS:
                if (
                    word == "area"
                    or (word == "个" and said.word(at - 1) == "那")
                    or (word == "code" and said.word(at - 1) == "area")
                ):
                    continue
                return None
    return not _FIXES.isdisjoint(between)


def _trimmed(said: Said, row: list[Item]) -> list[Item]:
    """Without an "oh" that is a sigh and a "one" that belongs to the next words."""
    count = sum(len(item.digits) for item in row)
    if len(row) > 1 and said.word(row[0].first) == "oh" and count in (8, 11, 17):
        row = row if dated_year("".join(item.digits for item in row)) else row[1:]
    if len(row) > 1 and _is_counted(said, row[0]):
        row = row[1:]
    if len(row) > 1 and _is_counted(said, row[-1]):
        row = row[:-1]
    if len(row) > 1 and said.word(row[-1].last) == "one" and said.word(row[-1].last + 1) in _LOOSE_ONE:
        row = row[:-1]
    return row


def dated_year(digits: str) -> int | None:
    """The year when eight digits read as a date, either way round."""
    for year, month, day in (
        (digits[:4], digits[4:6], digits[6:]),
        (digits[4:], digits[:2], digits[2:4]),
    ):
        if 1900 <= int(year) <= 2035 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return int(year)
    return None


def _is_counted(said: Said, item: Item) -> bool:
    """Whether it is the "one" of "this one," or the "three" of "the last three", and no digit."""
    before, ends = said.word(item.first - 1), said.kind(item.last + 1) in ("", "p", "t")
    if item.first == item.last and said.kinds[item.first] == "w" and ends:
        pointed = before in ("this", "that") and said.word(item.first) == "one"
        return pointed or (before in ("last", "first") and said.word(item.first - 2) == "the")
    return False


def value(text: str) -> int | None:
    """The value of a short Chinese or Arabic number such as 十五, 一九九零 or 15; None when it has none."""
    if text.isascii():
        return int(text) if text.isdigit() else None
    if not _POWERS.keys().isdisjoint(text):
        total, digit = 0, 0
        for at, character in enumerate(text):
            if character in _POWERS:
                total, digit = total + (digit or (1 if at == 0 else 0)) * _POWERS[character], 0
            elif character in HAN_DIGITS or character.isdigit():
                digit = int(HAN_DIGITS.get(character, character))
            else:
                return None
        return total + digit
    figures = text.translate(_AS_FIGURES)
    return int(figures) if figures.isascii() and figures.isdigit() else None
