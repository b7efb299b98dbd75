"""What a text is found by in a search by words: stems, numbers, pairs of Chinese characters, concepts.

A concept is a line of `thesaurus.txt`: what callers and clinics call the same thing, in both languages. It is
how "bathroom" finds a washroom and 停车 finds parking where the words themselves don't meet.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from frontdesk.db.queries import beside
from frontdesk.db.transaction import Transaction
from frontdesk.privacy.lexicon import SIMPLIFIED

SQL: Final = beside(__file__)
CONCEPT: Final = "="
"""What a concept's term begins with; no word does."""
THESAURUS: Final = Path(__file__).with_name("thesaurus.txt")
_SIMPLIFIED: Final = str.maketrans(SIMPLIFIED)
_HAN: Final = "\u3400-\u9fff"
_TOKEN: Final = re.compile(rf"\+?\d[\d().,:/\s-]*\d(?![a-z\d])|[^\W_{_HAN}]+(?:'[^\W_{_HAN}]+)*|[{_HAN}]+")
_IS_HAN: Final = re.compile(f"[{_HAN}]")
_DIGITS: Final = re.compile(r"\D")
_CENTS: Final = re.compile(r"\.0+$")
_PHONE: Final = re.compile(r"(?<!\d)(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?!\d)")
_PHONE_DIGITS: Final = 10
"""Without the country's 1, which callers leave out."""
_APART: Final = re.compile(r"[\s()/:-]+|,(?!\d{3}(?!\d))")
_MOST_OFTEN: Final = 32_767
_SHORTEST_STEM: Final = 3
_LONGEST: Final = 64
"""Of a token: what is longer nobody says, and an index takes no more than some 2,700 bytes."""
_VOWEL: Final = re.compile("[aeiouy]")

_STOP: Final = frozenset(THESAURUS.with_name("stop_words.txt").read_text("utf-8").split())
"""What says nothing of what a question is about: English words, pairs of Chinese characters."""


def of(text: str) -> Counter[str]:
    """The terms of a text and how often each stands in it; a concept counts once."""
    tokens = [token for token in _tokens(text) if len(token) <= _LONGEST or _IS_HAN.match(token)]
    found = Counter(term for token in tokens for term in _terms(token))
    found.update(dict.fromkeys(_concepts(tokens), 1))
    return found


def write(db: Transaction, chunk_ids: Sequence[int], texts: Sequence[str], version_id: int) -> None:
    """Writes down what these passages, of which `texts` has heading and text, are found by."""
    rows = [
        (chunk_id, term, min(n, _MOST_OFTEN))
        for chunk_id, text in zip(chunk_ids, texts, strict=True)
        for term, n in of(text).items()
    ]
    if rows:
        chunks, terms, counts = map(list, zip(*rows, strict=True))
        db.run(SQL["add_terms"], version_id=version_id, chunk_ids=chunks, terms=terms, counts=counts)


def _tokens(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").translate(_SIMPLIFIED)
    for found in _TOKEN.finditer(folded):
        token = found[0]
        if token[0].isdigit() or token[0] == "+":
            yield from _numbers(token)
        elif token.isascii() or not _IS_HAN.match(token):
            yield token.removesuffix("'s")
        else:
            yield token


def _numbers(token: str) -> Iterator[str]:
    """604-555-0100 and +1 (604) 555 0100 as one; $35.00 as 35, 1,200 as 1200; what is beside by itself."""
    for phone in _PHONE.finditer(token):
        yield _DIGITS.sub("", phone[0])[-_PHONE_DIGITS:]
    for part in _APART.split(_PHONE.sub(" ", token)):
        if number := _CENTS.sub("", part.replace(",", "")).strip(".+"):
            yield number


def _terms(token: str) -> Iterator[str]:
    if not _IS_HAN.match(token):
        if token not in _STOP:
            yield stem(token)
    elif len(token) == 1:
        yield token
    else:
        yield from (a + b for a, b in pairwise(token) if a + b not in _STOP)


@lru_cache(20_000)
def stem(word: str) -> str:
    """An English word without its ending, roughly: `vaccinations` is `vaccinat`, `vaccinate` too."""
    if not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > _SHORTEST_STEM + 1:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    for ending in ("ation", "ating", "ated", "ing", "ion", "ed", "er", "ly", "ment"):
        begun = word.removesuffix(ending)
        if begun != word and len(begun) >= _SHORTEST_STEM and _VOWEL.search(begun):
            word = begun + ("at" if ending in ("ation", "ating", "ated") else "")
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > _SHORTEST_STEM else word


def _concepts(tokens: Sequence[str]) -> set[str]:
    phrases, pairs = _thesaurus()
    longest = max(map(len, phrases))
    stems = [stem(token) for token in tokens]
    found: set[str] = set()
    for start in range(len(stems)):
        for end in range(start + 1, min(start + longest, len(stems)) + 1):
            found |= phrases.get(tuple(stems[start:end]), set())
    for token in tokens:
        if _IS_HAN.match(token):
            found |= _named(token, pairs)
    return found


def _named(run: str, names: dict[str, set[str]]) -> set[str]:
    """The concepts in a run of Chinese, names within names too: 病假条多少钱 asks for a note and a fee."""
    longest = max(map(len, names))
    return {
        concept
        for start in range(len(run))
        for end in range(start + 1, min(start + longest, len(run)) + 1)
        for concept in names.get(run[start:end], ())
    }


@cache
def _thesaurus() -> tuple[dict[tuple[str, ...], set[str]], dict[str, set[str]]]:
    """The concepts of English phrases, in stems, and of Chinese words."""
    phrases: dict[tuple[str, ...], set[str]] = {}
    names: dict[str, set[str]] = {}
    for line in THESAURUS.read_text("utf-8").splitlines():
        english, chinese = line.split("|")
        concept = CONCEPT + english.split(",")[0].strip()
        for phrase in english.split(","):
            phrases.setdefault(tuple(map(stem, _tokens(phrase))), set()).add(concept)
        for name in chinese.split():
            names.setdefault("".join(_tokens(name)), set()).add(concept)
    return phrases, names
