"""Plain words for what was heard: one width, lower case, figures for number words, English for Chinese."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self

from frontdesk.errors import Unclear

_LONGEST = 200
"""Characters; nobody says a day or a number in more, and every search below stays short."""
_ASK_SHORTER = "That was too long to understand. Ask the caller to say only what was asked for."

GAP: Final = ";"
"""Where a piece was taken out."""

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_CARDINALS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", *(f"{word}th" for word in _CARDINALS[12:]), "twentieth"),
)
_FIGURES: Mapping[str, str] = {
    **dict.fromkeys(("oh", "o", "zero"), "0"),
    **{word: str(number) for number, word in enumerate(_CARDINALS, 1)},
    **{word: f"{number}th" for number, word in enumerate(_ORDINALS, 1)},
    **{word: str(number) for number, word in zip(range(20, 100, 10), _TENS, strict=True)},
    "thirtieth": "30th",
}
_ONES = "|".join((*_CARDINALS[:9], *_ORDINALS[:9]))
_NUMBER_WORD = rf"\b(?:({'|'.join(_TENS)}|oh|o|zero)[ -]({_ONES})|({'|'.join(_FIGURES)}))\b"

_NUMERALS = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")
_SIMPLIFIED = str.maketrans("點後週號禮兩鐘鍾個時這間隨", "点后周号礼两钟钟个时这间随")

_Rewrite = tuple[str, str | Callable[[re.Match[str]], str]]


def _figure(said: re.Match[str]) -> str:
    """Number words as figures: "two thirty" is 2 30, "twenty-fifth" 25th, "oh five" 05."""
    return _FIGURES[said[3]] if said[3] else _FIGURES[said[1]][0] + _FIGURES[said[2]]


def _zh_weekday(said: re.Match[str]) -> str:
    week = {"下": "next ", "这": "this ", "本": "this "}.get(said[1], "")
    return f" {week}{WEEKDAYS[min('一二三四五六日天'.index(said[2]), 6)]} "


def _zh_number(said: re.Match[str]) -> str:
    tens, ten, units = said[0].translate(_NUMERALS).partition("十")
    return f"{tens or 1}{units or 0}" if ten else tens


def _zh_month(said: re.Match[str]) -> str:
    month = int(said[1])
    return f" {MONTHS[month - 1]} " if 1 <= month <= 12 else said[0]


def _zh_clock(said: re.Match[str]) -> str:
    minute = 30 if said[2] else 15 * int(said[3]) if said[3] else int(said[4] or 0)
    return f" {said[1]}点{minute:02} "


# In this order: weekdays before numerals, for 周二十点 is ten o'clock and not twenty.
_CHINESE: Sequence[_Rewrite] = (
    (r"\s*([〇一-鿿])\s*", r"\1"),
    (r"\A([^,、]+?)都?不(?:行|可以|方便)\Z", r"不要\1"),
    (r"(?:这|本)个?周末", " this weekend "),
    (r"下个?周末", " next weekend "),
    (r"周末", " weekend "),
    (r"(下|这|本)?个?(?:星期|礼拜|周)([一二三四五六日天])", _zh_weekday),
    (r"[一二三四五六七八九]?十[一二三四五六七八九]?|[零〇一二两三四五六七八九]+", _zh_number),
    (r"(\d{2,4})年", r" \1 "),
    (r"(\d{1,2})月份?", _zh_month),
    (r"(\d{1,2})[日号]", r" \1th "),
    (r"(\d{1,2})[点时]钟?(?:整|(半)|([123])刻|(\d{1,2})分?)?", _zh_clock),
    (r"(\d{1,3})个?天(?:以|之)?后", r" in \1 days "),
    (r"(\d{1,3})个?(?:星期|礼拜|周)(?:以|之)?后", r" in \1 weeks "),
    (r"下个?(?:星期|礼拜|周)", " next week "),
    (r"(?:这|本)个?(?:星期|礼拜|周)", " this week "),
    (r"下个?月", " next month "),
    (r"(?:这|本)个?月", " this month "),
    (r"工作日|平日", " weekdays "),
    (r"大后天", " in 3 days "),
    (r"后天", " day after tomorrow "),
    (r"明(?:天|日|(?=[早晚]))", " tomorrow "),
    (r"今(?:天|日|(?=[早晚]))", " today "),
    (r"凌晨", " dawn "),
    (r"上午|早上|早晨|清晨|早", " morning "),
    (r"下午|午后", " afternoon "),
    (r"傍晚", " evening "),
    (r"晚上|夜里|晚", " night "),
    (r"正午", " noon "),
    (r"中午", " midday "),
    (r"午夜", " midnight "),
    (r"[以之]?后|开始", " after "),
    (r"[以之]?前", " before "),
    (r"任何(?:时间|时候)?|任意|随便|随时|(?:什么时候)?都(?:可以|行)|不限|全天|整天|每[天日]", " any "),
    (r"除了?", " except "),
    (r"不想?要|别|不在", " not "),
    (r"之间|[以之]外", " "),
    (r"从", " from "),
    (r"[到至]", " to "),
    (r"或者?|和|与|及", " or "),
    (r"每个?", " every "),
    (r"只要?", " only "),
)
_ENGLISH: Sequence[_Rewrite] = (
    (r" ?\bo['’]? ?clock\b", "点00"),
    (_NUMBER_WORD, _figure),
    (r"\b2 thousand(?: and)?(?: (\d\d?)\b)?", lambda said: f"20{said[1] or '':0>2}"),
    (r"(?<![a-z])([ap])\.? ?m\b\.?", r" \1m "),
    (r"\btonight\b", " today night "),
    (r"\bthis (?=morning|afternoon|evening)", " today "),
)


class Words:
    """A text in plain words, and what is left of it while its pieces are taken out."""

    def __init__(self, plain: str) -> None:
        self.left = plain

    @classmethod
    def of(cls, text: str) -> Self:
        """Those of a text as it was heard."""
        return cls(words(text))

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first piece like this, which is then gone; a `GAP` keeps apart what stood around it."""
        found = re.search(pattern, self.left, re.ASCII)
        if found:
            self.left = f"{self.left[: found.start()]} {GAP} {self.left[found.end() :]}"
        return found

    def end(self, ask: str) -> None:
        """Raises `Unclear` if more was said than was taken."""
        if re.sub(r"\b(?:on|the|at|of|in|please)\b|[\s,.;!?、。；的在]", "", self.left, flags=re.ASCII):
            raise Unclear(ask)


def one_width(text: str) -> str:
    """Lower case, full-width forms and dashes made plain, invisible marks gone; too much is `Unclear`."""
    if len(text) > _LONGEST:
        raise Unclear(_ASK_SHORTER)
    plain = unicodedata.normalize("NFKC", text).lower()
    seen = "".join(character for character in plain if unicodedata.category(character) != "Cf")
    return re.sub(r"[‐-―−]", "-", seen).strip()


def words(text: str) -> str:
    """A text in plain words: figures for number words, English for Chinese, single spaces."""
    plain = one_width(text).translate(_SIMPLIFIED)
    # ISO 8601 has no words and English no Chinese; each is spared the compiling of patterns it doesn't
    # need, in a fresh process 5 ms and 2 ms.
    rewrites = [
        *(() if plain.isascii() else _CHINESE),
        *(_ENGLISH if re.search(r"[^0-9tz\s:+.-]", plain) else ()),
    ]
    for pattern, meaning in rewrites:
        plain = re.sub(pattern, meaning, plain, flags=re.ASCII)
    return " ".join(plain.split())


def digits(text: str) -> str:
    """A text whose number words and Chinese numerals are digits; "plus" is a plus sign."""
    plain = one_width(text).translate(_NUMERALS).replace("plus", "+")
    return re.sub(_NUMBER_WORD, _figure, plain, flags=re.ASCII)
