"""What a caller said without what tells who it was: typed placeholders, one for the same value in a call.

The rules run in this order, and what one has claimed or taken no later one touches:

1. placeholders that stand there; the clinic's own providers, name, address and telephone (they survive);
2. e-mail addresses (a name or a number in one belongs to it);
3. prices, times of day, dates; of the dates those of birth go;
4. postal codes, letters with figures, and runs of digits, by checksum, length or cue;
5. addresses, known and by their shape;
6. names: known, cued, spelled; what was cued is learned and looked for in the whole call.

Rules that know a call's people come first inside each step. What is found is replaced in the text as it was
written, so nothing else changes. Texts are redacted until nothing more is found: doing it again changes
nothing.
"""

import re
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from frontdesk.privacy import (
    cued_names,
    emails,
    identifiers,
    places,
    spelled_names,
    spoken_dates,
    spoken_digits,
)
from frontdesk.privacy.cues import Cues
from frontdesk.privacy.people import Known, Names, Person
from frontdesk.privacy.said import LABELS, TURN, Found, Said

if TYPE_CHECKING:
    from frontdesk.privacy.detecting import Detector

__all__ = ["Known", "Person", "Redactor"]

NOTHING_KNOWN: Final = Known()
_MOST_LOOKS: Final = 6
_REACH: Final = 400
"""Characters: further than any rule looks around what it takes."""
_MOST_AGAIN: Final = 50_000
"""Characters read again, an hour of talk: a longer text made to be slow costs little more than one look."""
_ABBREVIATED: Final = {
    "st": "street",
    "ave": "avenue",
    "rd": "road",
    "dr": "drive",
    "blvd": "boulevard",
    "ln": "lane",
    "hwy": "highway",
    "cres": "crescent",
    "ct": "court",
    "pl": "place",
    "w": "west",
    "e": "east",
    "n": "north",
    "s": "south",
    "apt": "apartment",
}


class Redactor:
    """One call's: it remembers which placeholder stands for what, and the names that were cued."""

    def __init__(self, known: Known = NOTHING_KNOWN, *, detector: "Detector | None" = None) -> None:
        self._detector = detector
        self._names = Names(known)
        self._places: dict[str, dict[str, str]] = {label: {} for label in LABELS}
        self._births = tuple(person.birth_date for person in known.people if person.birth_date)
        self._numbers = _numbers(known)
        self._mails = {person.email.lower() for person in known.people if person.email}
        self._own_numbers = {
            digits[-10:] for text in known.clinic if len(digits := re.sub("[^0-9]", "", text)) >= 7
        }
        self._own_texts = [words for text in known.clinic if (words := _plain_words(Said([text])))]
        self._addresses = [
            words for person in known.people if len(words := _plain_words(Said([person.address]))) > 1
        ]
        self._codes = {
            code: "POSTAL_CODE"
            for person in known.people
            if (code := re.sub("[^a-z0-9]", "", person.postal_code.lower()))
        }
        self._noted: list[str] = []
        self._heard: set[str] = set()
        self._read: Said | None = None
        self._steps: list[tuple[int, int, str]] = []
        self._done: dict[str, deque[str]] = {}

    def note(self, text: str) -> None:
        """Takes a turn down, in order, before any is redacted: numbers run over turns, names come later."""
        self._noted.append(text)

    def redact(self, text: str) -> str:
        """The text with placeholders; a turn that was noted is seen among its neighbours, any other alone."""
        if self._noted:
            self._redact_noted()
        if self._detector:
            return self._with_second_opinion(self._by_rules(text))
        return self._by_rules(text)

    def _by_rules(self, text: str) -> str:
        done = self._done.get(text)
        if done:
            return done.popleft() if len(done) > 1 else done[0]
        return self._alone(text)

    def call(self, turns: Sequence[str]) -> list[str]:
        """All turns of a call at once."""
        for turn in turns:
            self.note(turn)
        return [self.redact(turn) for turn in turns]

    def _redact_noted(self) -> None:
        turns, self._noted = self._noted, []
        redacted = self._settled(turns)
        for turn, made in zip(turns, redacted, strict=True):
            self._done.setdefault(turn, deque()).append(made)

    def _with_second_opinion(self, text: str) -> str:
        """What the detector finds beside the rules; what the rules claimed stays."""
        if self._detector is None:
            return text
        said = Said([text])
        self._names.keep_providers(said)
        self._keep_clinic(said)
        if said.low != said.raw.lower() or len(said.low) != len(text):
            return text  # not in the Latin script throughout: it knows English only
        for start, end, label in self._detector.detect(text):
            if said.is_free(start, end):
                said.take(start, end, label, text[start:end].lower())
        return self._replaced(said, sorted(said.found))[0]

    def _alone(self, text: str) -> str:
        return self._settled([text])[0]

    def _settled(self, turns: Sequence[str]) -> list[str]:
        """Until a look finds nothing; each leaves less to find.

        After the first only what lies near the last finds, or says a name they taught, is read again.
        """
        said = Said(turns)
        self._find(said)
        text, places = self._replaced(said, sorted(said.found))
        left = _MOST_AGAIN
        for _ in range(_MOST_LOOKS - 1):
            near = _stretches(sorted((*places, *self._taught(text))) if places else (), len(text), most=left)
            if not near:
                break
            left -= sum(end - start for start, end in near)
            text, places = self._again(text, near)
        return text.split(TURN)

    def _again(self, text: str, near: Sequence[tuple[int, int]]) -> tuple[str, list[int]]:
        """The text after another look at these stretches of it, and where that changed it."""
        pieces: list[str] = []
        changed: list[int] = []
        length = 0
        read = 0
        for start, end in near:
            said = Said(text[start:end].split(TURN))
            self._find(said)
            # At an edge a rule sees less than there is, so what it finds there doesn't count.
            first = _REACH if start else 0
            last = len(said.raw) - (_REACH if end < len(text) else 0)
            found = [
                one
                for one in sorted(said.found)
                if said.origin[one.start] >= first and said.origin[one.end - 1] < last
            ]
            made, where = self._replaced(said, found)
            changed += [length + start - read + place for place in where]
            pieces += (text[read:start], made)
            length += start - read + len(made)
            read = end
        return "".join((*pieces, text[read:])), changed

    def _taught(self, text: str) -> list[int]:
        """Where the text says names that were learned since this was last asked."""
        learned, self._names.fresh = self._names.fresh, set()
        low = text.lower()
        if not learned or len(low) != len(text):
            return []
        return [said.start() for said in re.finditer("|".join(map(re.escape, sorted(learned))), low)]

    def _find(self, said: Said) -> None:
        if not said.words:
            return
        cues = Cues(said)
        self._heard = {_ABBREVIATED.get(word, word) for word in set(said.words)}
        self._names.keep_providers(said)
        self._keep_clinic(said)
        emails.take(said, cues)
        identifiers.keep_times_and_prices(said)
        numbers = spoken_digits.items(said)
        self._take_addresses(said)
        places.take_postal_codes(said)
        spoken_dates.settle(said, spoken_dates.days(said, numbers, self._births), cues, self._births)
        identifiers.take_lettered(said, cues)
        places.take_half_codes(said, cues)
        runs = [run for run in spoken_digits.runs(said, numbers) if not self._is_own(said, run)]
        identifiers.settle(said, runs, cues, self._numbers)
        places.take_addresses(said, numbers)
        self._names.take_known(said)
        cued_names.take(self._names, said)
        spelled_names.take(self._names, said)
        self._names.take_known(said)

    def _is_own(self, said: Said, run: spoken_digits.Run) -> bool:
        if run.digits[-10:] not in self._own_numbers and not (
            len(run.digits) == 7 and any(own.endswith(run.digits) for own in self._own_numbers)
        ):
            return False
        said.keep(said.starts[run.first], said.ends[run.last])
        return True

    def _keep_clinic(self, said: Said) -> None:
        for words in self._own_texts:
            for first, last in self._where(said, words):
                said.keep(said.starts[first], said.ends[last])

    def _take_addresses(self, said: Said) -> None:
        for words in self._addresses:
            for first, last in self._where(said, words):
                said.take_tokens(first, last, "ADDRESS", " ".join(words))

    def _where(self, said: Said, words: tuple[str, ...]) -> list[tuple[int, int]]:
        """The first and last tokens of each place where these words stand in a row, whatever is between."""
        if not any(
            not word.isdigit() and len(word) > 1 and word in self._heard for word in words
        ) and not any(word in said.low for word in words if not word.isascii()):
            return []
        if self._read is not said:
            self._read, self._steps = said, _steps(said, spoken_digits.items(said))
        only = [word for _, _, word in self._steps]
        found: list[tuple[int, int]] = []
        at = 0
        while at + len(words) <= len(only):
            try:
                at = only.index(words[0], at)
            except ValueError:
                break
            if tuple(only[at : at + len(words)]) == words:
                found.append((self._steps[at][0], self._steps[at + len(words) - 1][1]))
            at += 1
        return found

    def _replaced(self, said: Said, found: Sequence[Found]) -> tuple[str, list[int]]:
        """The text with placeholders, and where in it they end."""
        pieces: list[str] = []
        ends: list[int] = []
        place = length = 0
        for one in _joined(said, found):
            start, end = said.origin[one.start], said.origin[one.end - 1] + 1
            if start < place:
                continue
            pieces += (said.raw[place:start], self._placeholder(one))
            length += start - place + len(pieces[-1])
            ends.append(length)
            place = end
        pieces.append(said.raw[place:])
        return "".join(pieces), ends

    def _placeholder(self, one: Found) -> str:
        given = self._places[one.label]
        if one.key not in given:
            number = len(given) + 1
            given[one.key] = f"[{one.label}]" if number == 1 else f"[{one.label}_{number}]"
        return given[one.key]


def _stretches(places: Sequence[int], length: int, *, most: int) -> list[tuple[int, int]]:
    """The stretches of a text of this length around these places, half-open and apart; both ascending.

    So many characters at most, of the first ones.
    """
    made: list[tuple[int, int]] = []
    for place in places:
        start, end = max(0, place - 2 * _REACH), min(length, place + 2 * _REACH)
        if made and start <= made[-1][1]:
            start, _ = made.pop()
        made.append((start, end))
    kept: list[tuple[int, int]] = []
    for start, end in made:
        if most < 2 * _REACH:
            break
        kept.append((start, min(end, start + most)))
        most -= end - start
    return kept


def _joined(said: Said, found: Sequence[Found]) -> list[Found]:
    """Neighbours of one value as one."""
    made: list[Found] = []
    for one in found:
        if (
            made
            and made[-1].label == one.label
            and made[-1].key == one.key
            and not said.low[made[-1].end : one.start].strip(" ,.;-")
        ):
            made[-1] = made[-1]._replace(end=one.end)
        else:
            made.append(one)
    return made


def _numbers(known: Known) -> dict[str, str]:
    made: dict[str, str] = {}
    for phone in (*known.phones, *(phone for person in known.people for phone in person.phones)):
        digits = re.sub("[^0-9]", "", phone)
        for form in (digits, digits.removeprefix("1"), digits[-10:], digits.removeprefix("86")):
            if len(form) >= 7:
                made[form] = "PHONE"
    for person in known.people:
        health = re.sub("[^0-9]", "", person.health_card_number or "")
        if len(health) >= 5:
            made[health] = "HEALTH_NUMBER"
    return made


def _plain_words(said: Said) -> tuple[str, ...]:
    """A text's words with numbers as figures and street types in full, to be found however it is said."""
    return tuple(word for _, _, word in _steps(said, spoken_digits.items(said)))


def _steps(said: Said, numbers: Sequence[spoken_digits.Item]) -> list[tuple[int, int, str]]:
    steps: list[tuple[int, int, str]] = []
    first_at = {item.first: item for item in numbers}
    at = 0
    while at < said.size:
        item = first_at.get(at)
        if item:
            joined = (
                bool(steps)
                and len(steps[-1][2]) < 6
                and steps[-1][2].isdigit()
                and item.first - steps[-1][1] == 1
            )
            if joined and item.style != "o":
                steps[-1] = steps[-1][0], item.last, steps[-1][2] + item.digits
            else:
                steps.append((at, item.last, item.digits))
            at = item.last + 1
            continue
        if said.kinds[at] in "who":
            steps.append((at, at, _ABBREVIATED.get(said.words[at], said.words[at])))
        at += 1
    return steps
