"""A name in Latin letters that is announced: where it ends, and whether it is one."""

import re
from typing import Final

from frontdesk.privacy.lexicon import COMMON, FUNCTION, GIVEN, SURNAMES, listed
from frontdesk.privacy.people import MONTH_NAMES, TITLES, Names, bared
from frontdesk.privacy.said import TURN, Said
from frontdesk.privacy.spoken_digits import DIGITS, TEENS, TENS

SPEAKING: Final = frozenset({"calling", "speaking", "here", "again"})
_PARTICLES: Final = listed("van de von der den la le bin al da dos del st mac mc el ibn")
_NEVER: Final = FUNCTION - {"will", "may", "an", "do", "so", "he", "you", "in", "on", "her", "out", "she"}


def take_announced(
    names: Names, said: Said, place: int, *, strong: bool, title: bool = False, lead: str = ""
) -> None:
    """Takes the name that begins here, if one does, and learns it.

    Args:
        names: the call's.
        said: the text.
        place: where the cue ends.
        strong: whether the cue is said of names only ("my name is").
        title: whether it is a title ("Mrs.").
        lead: the cue itself.
    """
    at = said.token_at(place)
    for _ in range(3):
        if (
            said.word(at) in (":", ",", "uh", "um", "actually", "is", ".", "-", "'", '"', "ah", "er")
            or said.word(at) in TITLES
        ):
            if said.word(at) == "," and lead in ("to", "with", "for", "and", "about", "from"):
                return
            at += 1
    last = last_of_name(names, said, at, strong=strong, title=title, lead=lead)
    if last:
        take_words(names, said, at, last)


def take_words(names: Names, said: Said, at: int, last: int) -> None:
    """Takes these tokens as a name, both included, and learns it."""
    words = [bared(said.words[one]) for one in range(at, last + 1) if said.kinds[one] == "w"]
    joined = "".join(words)
    key = (
        names.pairs.get(tuple(words))
        or names.key_of(joined)
        or next((owner for word in words if (owner := names.words.get(word))), joined)
    )
    names.take(said, at, last, key)
    names.learn(words, key)


def last_of_name(names: Names, said: Said, at: int, *, strong: bool, title: bool, lead: str) -> int | None:
    """The last token of the name that begins here; None when none does."""
    cased = _is_cased(said, at)
    last, count, here = None, 0, at
    while count < 3 and said.is_free_token(here) and said.kinds[here] in "wo":
        word = bared(said.words[here])
        if (
            (word in DIGITS and said.words[here + 1] != "'")
            or word in TEENS
            or word in TENS
            or said.words[here] in ("i'm", "it's", "i'd", "i'll", "i've")
        ):
            break
        capital = said.is_capital(here)
        ordinary = word in COMMON
        if count == 0 and _are_letters(said, here):
            break
        if count == 0:
            if word in _NEVER and not (
                cased and capital and word in ("will", "may", "an", "in", "on", "so", "do", "he")
            ):
                break
            if strong:
                fine = (capital or not cased) if ordinary else True
                if (
                    ordinary
                    and not cased
                    and not title
                    and word in FUNCTION
                    and word not in ("will", "may", "an")
                ):
                    fine = False
                if (
                    ordinary
                    and not cased
                    and not (
                        word in GIVEN
                        or word in SURNAMES
                        or title
                        or (_ends(said, here) and not lead.endswith("under"))
                    )
                    and word
                    not in (
                        "will",
                        "may",
                        "mark",
                        "grace",
                        "rose",
                        "april",
                        "june",
                        "hope",
                        "joy",
                        "frank",
                        "jack",
                        "rob",
                        "bob",
                        "faith",
                        "dawn",
                        "art",
                        "bill",
                    )
                ):
                    fine = False
            else:
                fine = _fits_medium(names, said, here, word, cased=cased, capital=capital, lead=lead)
            if not fine:
                break
        elif word in ("d", "o", "l") and said.words[here + 1] == "'":
            pass  # O'Rourke
        elif len(word) == 1 and len(said.words[here + 1]) == 1 and said.kinds[here + 1] == "w":
            break  # it is being spelled
        elif (len(word) == 1 and word != "i" and not _ends(said, here) and not ordinary) or (
            word in _PARTICLES and said.kind(here + 1) == "w"
        ):
            pass
        elif (ordinary or (cased and not capital) or _is_inflected(word)) and not (
            cased and capital and word not in FUNCTION and word in SURNAMES | GIVEN
        ):
            break
        last, count = here, count + 1
        if word in ("d", "o", "l") and said.words[here + 1] == "'" and said.kinds[here + 2] == "w":
            last = here = here + 2  # D'Angelo
        if said.words[here].endswith("'s"):
            break
        here += 1
        if (
            said.word(here) == "-"
            and said.touches(here)
            and said.touches(here - 1)
            and said.kind(here + 1) == "w"
        ) or (said.word(here) == "." and len(word) == 1 and said.kind(here + 1) == "w"):
            here += 1
    return last


def _fits_medium(
    names: Names, said: Said, at: int, word: str, *, cased: bool, capital: bool, lead: str
) -> bool:
    if word in COMMON:
        weak = lead in (
            "for",
            "with",
            "about",
            "to",
            "and",
            "from",
            "called",
            "sorry",
            "tell",
            "it's",
            "that's",
        )
        return cased and capital and not weak and word not in MONTH_NAMES and word in GIVEN | SURNAMES
    if len(word) < 2:
        return False
    listed = word in GIVEN or word in SURNAMES or word in names.words
    if lead in ("from", "and", "about", "to", "with", "called", "tell", "ask for"):
        return False if lead != "ask for" else (listed or (cased and capital))
    if lead == "for":
        return listed and (capital or not cased) and word in GIVEN
    if cased:
        if not capital:
            return False
        personal = (
            lead in ("this is", "is this", "i'm", "i am", "it's", "it is")
            or lead.split(" ")[0] in ("my", "his", "her", "our", "their", "your")
            or lead in ("hi", "hello", "hey", "thanks", "thank you", "patient", "named")
        )
        return listed or personal
    if said.word(at + 1) in SPEAKING or said.word(at + 2) in SPEAKING:
        return True
    if lead.split(" ")[0] in ("my", "his", "her", "our", "their", "your"):
        return listed or not (_is_inflected(word) or word.endswith("s"))
    return listed


def _is_inflected(word: str) -> bool:
    """Calling, booked, kindly; a short one may be a name: Ling, Ted, Ely."""
    return len(word) > 4 and word.endswith(("ing", "ed", "ly")) and word not in SURNAMES | GIVEN


def _are_letters(said: Said, at: int) -> bool:
    """Whether two letters stand here in a row: what follows is spelled."""
    return all(len(said.words[one]) == 1 and said.kinds[one] == "w" for one in (at, at + 1))


def _ends(said: Said, at: int) -> bool:
    return said.kind(at + 1) in ("", "t", "p")


def _is_cased(said: Said, at: int) -> bool:
    """Whether capitals mean something here: the turn has some beside "I" and its own first letter."""
    if at >= said.size:
        return False
    place = said.starts[at]
    start = max(said.low.rfind(TURN, max(0, place - 240), place), place - 240) + 1
    raw = said.raw[said.origin[max(0, start)] : said.origin[min(len(said.low) - 1, place + 120)] + 1]
    return re.search(r"[A-Z][a-z]", raw.split(TURN, 1)[0] if TURN in raw else raw) is not None
