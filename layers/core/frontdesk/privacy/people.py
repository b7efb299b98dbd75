"""The people of a call: names known to it in every spelling, and those it has taught since.

A clinic's own provider survives with a title, or by the whole name. A word that is also an ordinary one
("may", "will") is taken for a name only where it stands like one. What is neither known nor cued is left.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import permutations
from typing import Final, NamedTuple

from frontdesk.patients.names import fold, readings
from frontdesk.privacy.lexicon import COMMON, FUNCTION, HAN_DOUBLE, SIMPLIFIED, listed
from frontdesk.privacy.said import HAN, Said

_DOCTORS: Final = frozenset(
    {"dr", "doctor", "doc", "doctors", "dr's", "practitioner", "np", "nurse", "professor"}
)
_HAN_DOCTORS: Final = ("医生", "大夫", "医师", "主任", "中医师", "护士")
TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mister", "missus", "mx", "madam", "madame"})
MONTH_NAMES: Final = frozenset({"may", "april", "june", "august", "january", "march", "summer", "autumn"})
_IN_TIME: Final = listed(
    """
    in on of this next last early late mid by until since every to from through between before after
    during
    """
)


class Person(NamedTuple):
    """One patient known to the call, from our own rows."""

    first_name: str
    last_name: str
    native_name: str | None = None
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    """E.164."""
    email: str | None = None
    address: str = ""
    city: str = ""
    postal_code: str = ""
    health_card_number: str | None = None


class Known(NamedTuple):
    """What is known of a call before a word of it is read."""

    people: tuple[Person, ...] = ()
    phones: tuple[str, ...] = ()
    """The caller's number, E.164."""
    providers: tuple[str, ...] = ()
    """The clinic's own providers, by their names in any language, with a title or without."""
    clinic: tuple[str, ...] = ()
    """The clinic's own name, address and telephone: public, so they survive."""


def simplified(text: str) -> str:
    """Chinese characters in the form in which texts are compared."""
    return "".join(SIMPLIFIED.get(character, character) for character in text)


class Names:
    """The names that are known to a call; those cued in it are learned."""

    def __init__(self, known: Known) -> None:
        self.words: dict[str, str] = {}
        """Single words of names to whom they belong."""
        self.joined: dict[str, str] = {}
        """Whole names without spaces, for what is spelled or run together."""
        self.pairs: dict[tuple[str, ...], str] = {}
        self.native: dict[str, str] = {}
        self.fresh: set[str] = set()
        """Names learned of which the text was not yet asked again."""
        names = [tuple(word for word in _latin(name) if word not in _DOCTORS) for name in known.providers]
        self._provider_names = [name for name in names if name]
        self.provider_words = {word for name in names for word in name}
        natives = [re.sub(f"[^{HAN}]", "", simplified(name)) for name in known.providers]
        self.provider_natives = sorted(
            {re.sub("(?:医生|医师|大夫|主任|中医师)$", "", name) for name in natives} - {""},
            key=len,
            reverse=True,
        )
        for at, person in enumerate(known.people):
            self._know(person, f"person {at}")

    def _know(self, person: Person, key: str) -> None:
        first, last = _latin(person.first_name), _latin(person.last_name)
        parts = tuple(re.findall("[a-z]+", person.last_name.lower().replace("’", "'")))
        if "'" in person.last_name and len(parts) > 1:
            self.pairs.setdefault(parts, key)  # O'Rourke is heard as "o rourke" too
            self.words.setdefault(max(parts, key=len), key)
        for words in {*first} | {*last}:
            if len(words) > 1:
                self.words.setdefault(words, key)
        self._whole([*first], [*last], key)
        for name in (
            person.native_name or "",
            person.first_name + person.last_name,
            person.last_name + person.first_name,
        ):
            native = re.sub(f"[^{HAN}]", "", simplified(name))
            if len(native) > 1:
                self._know_native(native, key)
        if person.first_name and not first:
            given = simplified(person.first_name)
            if len(given) > 1:
                self.native.setdefault(given, key)

    def _know_native(self, native: str, key: str) -> None:
        self.native.setdefault(native, key)
        surname = 2 if native[:2] in HAN_DOUBLE else 1
        given = native[surname:]
        if len(given) > 1:
            self.native.setdefault(given, key)
        sounds = [readings(character)[0] for character in native]
        if all(sound.isascii() for sound in sounds):
            self._whole(["".join(sounds[surname:])], ["".join(sounds[:surname])], key)
            self._whole(sounds[surname:], ["".join(sounds[:surname])], key)
            if len(given) > 1:
                self.words.setdefault("".join(sounds[surname:]), key)

    def _whole(self, first: Sequence[str], last: Sequence[str], key: str) -> None:
        if first:
            self.joined.setdefault("".join(first), key)
        if last:
            self.joined.setdefault("".join(last), key)
        if not (first and last):
            return
        for order in (
            (*first, *last),
            (*last, *first),
            (first[0], *last),
            (first[0], last[-1]),
            (last[-1], first[0]),
        ):
            self.pairs.setdefault(tuple(order), key)
            self.joined.setdefault("".join(order), key)
        if len(last) > 1:
            self.pairs.setdefault(tuple(last), key)
        if len(first) > 1:
            self.pairs.setdefault(tuple(first), key)
            self.words.setdefault("".join(first), key)
            for order in permutations(("".join(first), "".join(last))):
                self.pairs.setdefault(order, key)

    def learn(self, words: Sequence[str], key: str) -> None:
        """Remembers a cued name for the rest of the call; ordinary words only as a part of the whole."""
        if len(words) > 1:
            self.pairs.setdefault(tuple(words), key)
        for word in words:
            if len(word) > 2 and word not in COMMON and word not in self.provider_words:
                if word not in self.words:
                    self.fresh.add(word)
                self.words.setdefault(word, key)

    def learn_native(self, name: str, key: str) -> None:
        """Remembers a cued Chinese name."""
        if len(name) > 1 and name not in self.provider_natives:
            if name not in self.native:
                self.fresh.add(name)
            self.native.setdefault(name, key)

    def key_of(self, text: str) -> str | None:
        """Whose name this is, written together; None when it is nobody's."""
        return self.joined.get(text) or self.words.get(text)

    def keep_providers(self, said: Said) -> None:
        """Claims the clinic's own providers where they stand with a title, or by the whole name."""
        for at, word in enumerate(said.words):
            if word in _DOCTORS and said.kinds[at] == "w":
                self._keep_titled(said, at)
        own = {name[0] for name in self._provider_names if len(name) > 1}
        for at, word in enumerate(said.words):
            if word in own:
                for name in self._provider_names:
                    if (
                        len(name) > 1
                        and tuple(said.words[at : at + len(name)]) == name
                        and name not in self.pairs
                    ):
                        said.keep(said.starts[at], said.ends[at + len(name) - 1])
        if self.provider_natives:
            self._keep_native(said)

    def _keep_titled(self, said: Said, at: int) -> None:
        here = at + 1
        while said.word(here) in (".", "-", "uh", "um") and here - at < 3:
            here += 1
        end = here
        while said.word(end) in self.provider_words or (
            said.word(end) == "-" and said.word(end + 1) in self.provider_words and end > here
        ):
            end += 1
        native = next(
            (
                name
                for name in self.provider_natives
                if said.low.startswith(name, said.starts[here] if here < said.size else 0)
            ),
            None,
        )
        if end > here:
            said.keep(said.starts[at], said.ends[end - 1])
        elif native is not None and here < said.size:
            said.keep(said.starts[at], said.starts[here] + len(native))
        elif here < said.size and any(said.words[here] == name[0] for name in self.provider_natives):
            said.keep(said.starts[at], said.ends[here])

    def _keep_native(self, said: Said) -> None:
        for title in re.finditer("|".join(_HAN_DOCTORS), said.low):
            surnames = {name[0] for name in self.provider_natives} | {w[-1] for w in self._provider_names}
            for name in (*self.provider_natives, *surnames):
                for written in (name, f"{name} "):
                    if said.low.endswith(written, max(0, title.start() - 24), title.start()):
                        said.keep(title.start() - len(written), title.end())
                if said.low.startswith(name, title.end()):
                    said.keep(title.start(), title.end() + len(name))
            before = said.token_before(title.start())
            if said.word(before) in self.provider_words:
                first = before
                while said.word(first - 1) in self.provider_words:
                    first -= 1
                said.keep(said.starts[first], title.end())
        for name in self.provider_natives:
            if len(name) > 1 and name not in self.native:
                longer = [native for native in self.native if native.startswith(name)]
                for place in re.finditer(re.escape(name), said.low):
                    if not any(said.low.startswith(native, place.start()) for native in longer):
                        said.keep(*place.span())

    def take_known(self, said: Said) -> None:
        """Takes known names, whole or in part."""
        longest = max((len(pair) for pair in self.pairs), default=0)
        starts = {pair[0] for pair in self.pairs}
        parts = starts.union(self.words, (name for name in self.joined if len(name) > 5))
        for at, word in enumerate(said.words):
            bare = bared(word) if "'" in word else word
            if bare not in parts or said.kinds[at] != "w" or not said.is_free_token(at):
                continue
            if bare in starts and self._take_pair(said, at, longest):
                continue
            owner = self.words.get(bare) or (self.joined.get(bare) if len(bare) > 5 else None)
            if owner and (bare not in COMMON or _stands_as_name(said, at)):
                self.take(said, at, at, owner)
        for native, owner in sorted(self.native.items(), key=lambda one: -len(one[0])):
            for place in re.finditer("[ ]?".join(map(re.escape, native)), said.low):
                if said.is_free(*place.span()):
                    said.take(*place.span(), "NAME", owner)

    def _take_pair(self, said: Said, at: int, longest: int) -> bool:
        words: list[str] = []
        here = at
        best: tuple[int, str] | None = None
        while len(words) < longest and said.is_free_token(here):
            word, kind = said.words[here], said.kinds[here]
            if kind == "w":
                words.append(bared(word))
                owner = self.pairs.get(tuple(words))
                if owner:
                    best = here, owner
            elif not (word in ("-", ",", ".", "'") and words):
                break
            here += 1
        if best is None:
            return False
        if all(word in FUNCTION for word in words) and not said.is_capital(at):
            return False
        self.take(said, at, best[0], best[1])
        return True

    def take(self, said: Said, first: int, last: int, key: str) -> None:
        """Takes these tokens, both included, as this one's name, without the 's behind it."""
        end = said.ends[last] - (2 if said.words[last].endswith("'s") else 0)
        said.take(said.starts[first], end, "NAME", key)


def _latin(name: str) -> list[str]:
    plain = name.replace("-", " ")
    if plain.isascii() and plain.replace(" ", "").isalpha():
        return plain.lower().split()
    return re.findall("[a-z]+", fold(plain))


def bared(word: str) -> str:
    """A word without its 's and apostrophes, as names are kept."""
    word = word.removesuffix("'s")
    return word.replace("'", "")


def _stands_as_name(said: Said, at: int) -> bool:
    """Whether an ordinary word that is also a known name is meant as the name."""
    word, before, after = said.words[at], said.word(at - 1), said.word(at + 1)
    if before in TITLES or (before == "." and said.word(at - 2) in TITLES):
        return True
    if len(word) > 2 and (after, said.word(at + 2)) in ((word[0], word[1]), (word[0], "-")):
        return True  # "price, p r i c e"
    if not said.is_capital(at):
        return False
    opens = said.kind(at - 1) in ("", "t") or before in (".", "!", "?")
    if opens and after not in (",", "!"):
        return False
    if word in MONTH_NAMES:
        return not (
            before in _IN_TIME
            or said.kind(at - 1) == "d"
            or said.kind(at + 1) == "d"
            or before in ("st", "nd", "rd", "th", "the")
            or after in ("first", "second", "third", "the", "or", "and", "to")
            or after.endswith(("th", "eth", "first"))
            or before.endswith("th")
        )
    return True
