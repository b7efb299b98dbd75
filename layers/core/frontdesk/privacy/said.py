"""Speech as redaction looks at it: folded to one form, cut into tokens, with a way back to what was written.

Several turns are one text with `TURN` between them. Folding: one width, lower case, no accents, no invisible
characters, digits of any script as ASCII, traditional characters simplified. Each folded character knows
where it came from, so the text itself is never changed but where something was found.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from frontdesk.privacy.lexicon import BRIDGE, HAN_BRIDGE, SIMPLIFIED

TURN: Final = "\x1e"
"""Between turns; in a turn itself it is a space."""
LABELS: Final = (
    *("PHONE", "EMAIL", "NAME", "DOB", "ADDRESS", "POSTAL_CODE"),
    *("HEALTH_NUMBER", "SIN", "CARD", "ID"),
)
HAN: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇"
PLACEHOLDER: Final = rf"\[(?:{'|'.join(LABELS).lower()})(?:_[0-9]{{1,6}})?\]"

_TOKEN: Final = re.compile(
    rf"[a-z]+(?:'[a-z]{{1,3}}(?![a-z]))?|[0-9]+|[{HAN}]|{PLACEHOLDER}|{TURN}"
    rf"|[^\W\d_]+?(?=[a-z{HAN}]|[\W\d_]|\Z)|[^\s]"
)
_HAN: Final = re.compile(f"[{HAN}]")
_ALONE: Final = {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "–": "-", "—": "-", "−": "-", "‐": "-"}

_EDGES: Final = " ,.;"
"""What a find does not begin or end with."""
_BEYOND: Final = ("",) * 64
"""More than any rule looks back before the first token, for which a negative index stands."""


class Found(NamedTuple):
    """A piece that is to go: half-open in the folded text."""

    start: int
    end: int
    label: str
    key: str
    """What it stands for: equal ones get the same placeholder."""


@lru_cache(4096)
def _folded(character: str) -> str:
    if character in _ALONE:
        return _ALONE[character]
    if character in "\n\r\t":
        return " "
    kept: list[str] = []
    for part in unicodedata.normalize("NFKD", character).lower():
        kind = unicodedata.category(part)
        if kind == "Nd":
            kept.append(str(unicodedata.decimal(part)))
        elif kind[0] not in "MC":
            kept.append(SIMPLIFIED.get(part, _ALONE.get(part, part)))
    return "".join(kept)


@lru_cache(4096)
def _kind(character: str) -> str:
    """The kind of the token that begins so; see `Said.kind`."""
    if character.isascii():
        is_letter, is_digit = "a" <= character <= "z", "0" <= character <= "9"
        return "w" if is_letter else "d" if is_digit else "t" if character == TURN else "p"
    if _HAN.match(character):
        return "h"
    return "o" if character.isalpha() else "p"


class Said:
    """A text of one or more turns, its tokens, and what was found or claimed in it so far."""

    def __init__(self, turns: Sequence[str]) -> None:
        self.raw = TURN.join(turn.replace(TURN, " ") for turn in turns)
        if self.raw.isascii() and self.raw.replace(TURN, "").replace("\n", "").isprintable():
            self.low = self.raw.lower().replace("\n", " ").replace("`", "'")
            self.origin: Sequence[int] = range(len(self.low))
        else:
            folded = [one if one == TURN else _folded(one) for one in self.raw]
            self.low = "".join(folded)
            is_even = len(self.low) == len(folded) and "" not in folded
            self.origin = (
                range(len(self.low))
                if is_even
                else list(
                    chain.from_iterable(
                        (at,) if len(one) == 1 else (at,) * len(one) for at, one in enumerate(folded) if one
                    )
                )
            )
        spans = [token.span() for token in _TOKEN.finditer(self.low)]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        self.words = [self.low[start:end] for start, end in spans]
        self.kinds = [_kind(word[0]) if word[0] != "[" or len(word) == 1 else "P" for word in self.words]
        self.size = len(self.words)
        """How many tokens; behind the last of `words` and `kinds` are empty ones."""
        self.words += _BEYOND
        self.kinds += _BEYOND
        self.word = self.words.__getitem__
        """The token at this place; empty where there is none."""
        self.kind = self.kinds.__getitem__
        """w(ord), d(igits), h(an), o(ther letters), p(unctuation), t(urn), P(laceholder); empty beyond."""
        self._settled = bytearray(len(self.low))
        self.found: list[Found] = []
        if "P" in self.kinds:
            for at, kind in enumerate(self.kinds):
                if kind == "P":
                    self.keep(self.starts[at], self.ends[at])

    def touches(self, at: int) -> bool:
        """Whether nothing stands between this token and the next."""
        return at + 1 < len(self.starts) and self.ends[at] == self.starts[at + 1]

    def token_at(self, place: int) -> int:
        """The first token that begins at this place or later."""
        return bisect_left(self.starts, place)

    def token_before(self, place: int) -> int:
        """The last token that begins before this place; -1 when there is none."""
        return bisect_left(self.starts, place) - 1

    def token_over(self, place: int) -> int:
        """The token in which this place is, or the last before it."""
        return bisect_right(self.starts, place) - 1

    def is_capital(self, at: int) -> bool:
        """Whether the word was written with a capital."""
        return self.raw[self.origin[self.starts[at]]].isupper()

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing of it was found or claimed yet."""
        return self._settled.find(b"\x01", start, end) < 0

    def is_free_token(self, at: int) -> bool:
        """Whether the token is there and neither found nor claimed."""
        return 0 <= at < len(self.starts) and not self._settled[self.starts[at]]

    def keep(self, start: int, end: int) -> None:
        """Claims what survives whatever the later rules think."""
        self._settled[start:end] = b"\x01" * (end - start)

    def take(self, start: int, end: int, label: str, key: str) -> None:
        """Takes what of it is free; the turns that it runs over have a piece each."""
        if start >= end:
            return
        place = start
        while place < end:
            stop = self._settled.find(b"\x01", place, end)
            stop = end if stop < 0 else stop
            if stop > place:
                self._take_free(place, stop, label, key)
            place = stop + 1
        self.keep(start, end)

    def take_tokens(self, first: int, last: int, label: str, key: str) -> None:
        """Takes from the first token to the last, both of them included."""
        self.take(self.starts[first], self.ends[last], label, key)

    def _take_free(self, start: int, end: int, label: str, key: str) -> None:
        text = self.low[start:end]
        is_one = TURN not in text
        for piece in text.split(TURN):
            left = start + len(piece) - len(piece.lstrip(_EDGES))
            right = start + len(piece.rstrip(_EDGES))
            start += len(piece) + 1
            if not is_one:
                left, right = self._without_bridges(left, right)
            if left < right:
                self.found.append(Found(left, right, label, key))

    def _without_bridges(self, left: int, right: int) -> tuple[int, int]:
        """Without the "yes, go on" of a turn that lies between two parts of a number."""
        first, last = self.token_at(left), self.token_before(right)
        while first <= last and self._is_bridge(first):
            first += 1
        while last >= first and self._is_bridge(last):
            last -= 1
        return (self.starts[first], self.ends[last]) if first <= last else (left, left)

    def _is_bridge(self, at: int) -> bool:
        word, kind = self.words[at], self.kinds[at]
        if len(word) == 1 == len(self.words[at - 1]) and kind == "w" == self.kinds[at - 1]:
            return False  # a letter that is spelled
        return kind == "p" or word in (HAN_BRIDGE if kind == "h" else BRIDGE)
