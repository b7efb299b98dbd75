"""Finding people by a name heard over the phone. Pure; the database only ever compares keys for equality.

Two steps. Keys find candidates: a patient is stored under every key of their names, a name heard is looked up
under its own keys, and names an edit apart, or spelled differently for one sound, share at least one
(the deletion neighbourhood of Garbe's SymSpell, plus the consonants). `likeness` then ranks the candidates.

Han characters are compared through pinyin without tones, which is what a speech recogniser mistakes them by,
and which is one for traditional and simplified. All readings count: 单 is found as "Shan" and as "Dan".
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import chain, groupby, islice, product
from pathlib import Path
from typing import NamedTuple

LIKELY = 75
"""Least likeness at which a name may be the one heard: one wrong letter in four."""
MOST_KEYS = 160
"""A name has no more keys than this; "Meiling" has 9, "Katherine" 19, 陈美玲 49."""
LONGEST_KEY = 48
"""In characters."""

_SAME_SOUND = 95
"""Likeness of two spellings of one sound, and of a character and its pinyin."""
_PART_OF_NAME = 97
"""Likeness when all that was heard fits, but the person has more names than were said."""
_LONGEST_TEXT, _LONGEST_WORD, _LONGEST_JOIN = 200, 24, 3
_MOST_WORDS, _MOST_PARTNERS = 6, 8
_MOST_SPELLINGS = 8
_NO_MISHEARING = 3
"""Names of at most so many letters, such as Li, Liu and Lin, differ by a letter and are different names."""

_TONE_DIGITS = re.compile(r"(?<=[a-z])[0-9]+")
_PLAIN = str.maketrans(
    dict.fromkeys("'’‘ʼʻ`´＇′", "")
    | {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
"""What Unicode does not decompose; O'Neil is one word however the apostrophe came."""

_TITLES = frozenset({"dr", "doctor", "mr", "mister", "mrs", "ms", "miss", "madam"})
_HAN_TITLE = re.compile("(?:医生|醫生|医师|醫師|大夫|先生|女士|小姐|太太)$")

_SOUND = (
    (r"^([ln])(?:v|yu)(e?)$", r"\1u\2"),  # Lv, Lyu and Lü
    (r"^kn", "n"),
    (r"^wr", "r"),
    (r"^g(?=[ei])", "j"),  # Geoffrey, Jeffrey
    (r"ph|v", "f"),  # Stephen, Steven
    (r"sch|sh", "s"),  # Shaun, Sean
    (r"th", "t"),
    (r"c(?=[eiy])", "s"),
    (r"ch(?=[lr])|ck|c(?!h)", "k"),  # Christine, Catherine
    (r"ee|(?<=..)(?:ie|ey)$", "i"),  # Lee and Li, but not Lei; Marie, but not Xie
    (r"(?<=.)y", "i"),  # Smyth, Mary
    (r"w(?![aeiou])", "u"),  # Shawn
    (r"(?<=[aeiou])gh(?![aeiou])", ""),
    (r"(?<=[^cz])h(?![aeiou])|(?<=[bdgkr])h", ""),  # John, Singh, Khan
    (r"([a-z])\1+", r"\1"),
)
"""How English spellings of one sound come together, in this order; for folded Latin words."""


class Token(NamedTuple):
    """A word or a Han character as written, and the Latin spellings it may be heard as."""

    written: str
    spellings: tuple[str, ...]


def fold(text: str) -> str:
    """What is left of a text without case, accents, widths, punctuation, tones and invisible characters.

    Words stand apart by one space, Han characters together and apart from the rest, whatever spaces a
    recogniser put there. Folding twice changes nothing; empty when the text has no letters or digits.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN)).casefold()
    plain = unicodedata.normalize("NFKD", plain).translate(_PLAIN)
    words = unicodedata.normalize("NFC", "".join(map(_letter_or_space, plain))).split()
    scripts = (("" if han else " ").join(run) for han, run in groupby(words, key=_is_han))
    return _TONE_DIGITS.sub("", " ".join(scripts))


def _letter_or_space(character: str) -> str:
    kind = unicodedata.category(character)[0]
    if kind in "LN":
        return f" {character} " if _is_han(character) else character
    # Marks are accents; controls, bidi marks, surrogates and zero widths are nothing a caller said.
    return "" if kind in "MC" and not character.isspace() else " "


def _is_han(word: str) -> bool:
    """By the first letter; all letters from U+20000 on are Han. A pattern of these takes 10 ms to compile."""
    letter = word[0]
    return (
        "\u3400" <= letter <= "\u9fff"
        or "\uf900" <= letter <= "\ufaff"
        or letter >= "\U00020000"
        or letter in "々〇"
    )


def has_han(text: str) -> bool:
    """Whether any of it is written in Chinese characters."""
    return any(_is_han(word) for word in fold(text).split())


def index_keys(*names: str) -> frozenset[str]:
    """The keys a person is stored under: those of their first, last and native names, each given by itself.

    At most `MOST_KEYS` for each name, of at most `LONGEST_KEY` characters; none for a name without letters.
    Neighbouring words are also indexed joined, so that "Mei Ling" and "Meiling" meet.
    """
    return frozenset(key for name in names for key in _keys_of(_tokens(name)))


def _keys_of(name: Sequence[Token]) -> frozenset[str]:
    joined = _joined(name)
    # Of all the readings of joined characters, the first: misheard in the second is too rare to store.
    return _keys((*name, *joined), near=(*_spellings(name), *(token.spellings[0] for token in joined)))


def search_keys(heard: str) -> frozenset[str]:
    """The keys to look up for a name heard, in any order of its words; titles are not part of it.

    A person who shares a key is a candidate, the likelier the more are shared; `likeness` ranks them. What
    is near two words joined is left out: somebody called Chenwei would outnumber every Wei Chen.
    """
    words = _tokens(heard)
    return _keys((*words, *_joined(words)), near=_spellings(words))


def _keys(tokens: Sequence[Token], *, near: Iterable[str]) -> frozenset[str]:
    written = (token.written for token in tokens)
    # Should a long name run into the limit, what was said comes before what is near it.
    keys = chain(written, _spellings(tokens), *map(_neighbours, near))
    return frozenset(islice(dict.fromkeys(keys), MOST_KEYS))


def _spellings(tokens: Iterable[Token]) -> Iterator[str]:
    return (spelling for token in tokens for spelling in token.spellings)


def likeness(heard: str, *names: str) -> int:
    """How well a name heard fits a person's names: 0, or from `LIKELY` up to 100 for the whole name, folded.

    Every word heard must find its own partner, in any order, alone or joined; not every name need be said.
    Titles count on neither side, so the words "陈医生" fit "Dr. Wei Chen" and "Dr. Chen Liu" alike.
    """
    said = _tokens(heard)
    stored = [token for name in names for token in _tokens(name)]
    native = [token for token in stored if _is_han(token.written)]
    latin = [token for token in stored if not _is_han(token.written)]
    # A person has a Latin name and a native one; only an unusual caller mixes them.
    fit = max(_fit(said, latin), _fit(said, native))
    return fit or (_fit(said, stored) if latin and native else 0)


def _fit(said: Sequence[Token], stored: Sequence[Token]) -> int:
    """The likeness of the worst pair in the best pairing; 0 when a word that was said has no partner."""
    stored = stored[:_MOST_PARTNERS]
    names = list(_joins(stored))
    pairs = [
        (start, end, (1 << last) - (1 << first), likeness)
        for start, end, heard in _joins(said)
        for first, last, name in names
        # Joined on both sides, the many letters that agree would drown the one that tells Wei from Mei.
        if (end - start == 1 or last - first == 1) and (likeness := _alike(heard, name)) >= LIKELY
    ]

    @cache
    def rest(position: int, used: int) -> int:
        if position == len(said):
            return 100 if used + 1 == 1 << len(stored) else _PART_OF_NAME
        return max(
            (
                min(likeness, rest(end, used | partners))
                for start, end, partners, likeness in pairs
                if start == position and not used & partners
            ),
            default=0,
        )

    return rest(0, 0) if said else 0


def _alike(heard: Token, name: Token) -> int:
    if heard.written == name.written:
        return 100
    from rapidfuzz.fuzz import ratio  # 12 to 20 ms, spared until two words differ

    return max(
        (
            _SAME_SOUND if one == other else min(_SAME_SOUND, int(ratio(one, other)))
            for one in heard.spellings
            for other in name.spellings
            if one == other or max(len(one), len(other)) > _NO_MISHEARING
        ),
        default=0,
    )


def _tokens(text: str) -> tuple[Token, ...]:
    words = fold(text[:_LONGEST_TEXT]).split()
    named = [name for word in words if word not in _TITLES and (name := _HAN_TITLE.sub("", word))]
    return tuple(islice((token for word in named or words for token in _tokens_of(word)), _MOST_WORDS))


def _tokens_of(word: str) -> Iterator[Token]:
    if _is_han(word):
        return (Token(character, readings(character)) for character in word)
    written = word[:_LONGEST_WORD]
    return iter([Token(written, tuple(dict.fromkeys((written, _sound(written)))))])


def _joins(tokens: Sequence[Token]) -> Iterator[tuple[int, int, Token]]:
    """Each token and each run of neighbours joined to one, after the half-open range of places it covers."""
    for start, first in enumerate(tokens):
        yield start, start + 1, first
        for end in range(start + 2, min(start + _LONGEST_JOIN, len(tokens)) + 1):
            run = tokens[start:end]
            written = "".join(token.written for token in run)
            if len(written) <= LONGEST_KEY:
                spellings = map("".join, product(*(token.spellings for token in run)))
                yield start, end, Token(written, tuple(islice(spellings, _MOST_SPELLINGS)))


def _joined(tokens: Sequence[Token]) -> list[Token]:
    return [token for start, end, token in _joins(tokens) if end - start > 1]


def _neighbours(spelling: str) -> Iterator[str]:
    """The spelling with a letter missing, and its consonants; none for the short ones."""
    if len(spelling) > _NO_MISHEARING:
        yield from (spelling[:gap] + spelling[gap + 1 :] for gap in range(len(spelling)))
        consonants = re.sub(r"(?<=.)[aeiouhw]", "", _sound(spelling))
        if len(consonants) > 1:
            yield consonants


@lru_cache(1024)  # the candidates of one search have much the same names
def _sound(word: str) -> str:
    if not (word.isascii() and word.isalpha()):
        return word
    for pattern, sound in _SOUND:
        word = re.sub(pattern, sound, word)  # compiled and kept by `re` when first needed
    return word


@cache
def readings(character: str) -> tuple[str, ...]:
    """The first three readings of a Han character, without tones and with ü as u; itself when it has none."""
    readings = _table().get(str(ord(character)), character).split(",")
    return tuple(dict.fromkeys(map(fold, readings)))[:3]


@cache
def _table() -> dict[str, str]:
    """pypinyin's readings of single characters, by decimal code point, without the package around them.

    Importing pypinyin takes 165 ms, nearly all of it for phrases, which names are not; reading this file 16.
    """
    package = find_spec("pypinyin")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pypinyin is not installed")
    return json.loads(Path(package.origin).with_name("pinyin_dict.json").read_bytes())
