"""Runs of digits: whose number it is, by checksum, by length, or by what was asked for just before."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from frontdesk.errors import Unclear
from frontdesk.patients.health_cards import HealthCardType, checked_number
from frontdesk.privacy.cues import KEEP, VISIT, Cues
from frontdesk.privacy.lexicon import COMMON
from frontdesk.privacy.said import TURN, Said
from frontdesk.privacy.spoken_digits import Run, dated_year

_WHOLE: Final = 7
"""So many digits in a row are an identifier even where nothing is said of them."""
_NUMBERS: Final = frozenset({"PHONE", "HEALTH_NUMBER", "SIN", "CARD", "ID", "DOB", "POSTAL_CODE", KEEP})
_QUEBEC: Final = re.compile(r"(?<![a-z])[a-z]{4} ?-?[0-9]{4} ?-?[0-9]{4}(?! ?-?[0-9])")
_MIXED: Final = re.compile(
    r"(?<![a-z0-9])(?=[a-z0-9-]{6,20}(?![a-z0-9-]))[a-z]{1,4}-?[0-9]{4,}(?:-[0-9]{3,6}){0,3}[a-z]"
    r"{0,2}(?![a-z0-9])"
)
_MONEY: Final = re.compile(r"[$¥€£] ?[0-9][0-9,]*(?:\.[0-9]+)?")
_CLOCK: Final = re.compile(r"(?<![0-9:])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9:])(?: ?[ap]\.?m\b)?")
_ENDING: Final = re.compile(
    r"(?:ending|ends|end) (?:in|with)|last (?:three|four|4|3)(?: digits)?|尾号|最后[四三]位|末[四三]位"
)


def keep_times_and_prices(said: Said) -> None:
    """Claims what is written as a time of day or an amount of money."""
    for pattern in (_MONEY, _CLOCK):
        for piece in pattern.finditer(said.low):
            if said.is_free(*piece.span()):
                said.keep(*piece.span())


def take_lettered(said: Said, cues: Cues) -> None:
    """Takes what mixes letters and figures: Quebec's health numbers, passports, licences."""
    for piece in _QUEBEC.finditer(said.low):
        shouted = said.raw[said.origin[piece.start()] : said.origin[piece.start() + 3] + 1].isupper()
        if said.is_free(*piece.span()) and (shouted or piece[0][:4] not in COMMON):
            said.take(*piece.span(), "HEALTH_NUMBER", re.sub(r"[ -]", "", piece[0]))
    for piece in _MIXED.finditer(said.low):
        near = cues.before(piece.start(), within=90)
        if near and near[0] in ("HEALTH_NUMBER", "ID", "CARD", "SIN") and said.is_free(*piece.span()):
            said.take(*piece.span(), near[0], piece[0].replace("-", ""))


def settle(said: Said, found: Sequence[Run], cues: Cues, known: dict[str, str]) -> None:
    """Takes the runs that are somebody's number.

    Args:
        said: the text.
        found: its runs, in order.
        cues: its cues.
        known: digits of the call's own people, to their labels.
    """
    spent = -1
    """The cue that has had its whole number."""
    tails = {digits[-4:]: digits for digits, label in known.items() if label == "PHONE" and len(digits) >= 10}
    births = sorted(
        one.start for one in said.found if one.label == "DOB" and re.fullmatch(r"\d+-\d+-\d+", one.key)
    )
    for run in found:
        start = said.starts[run.first]
        if not said.is_free_token(run.first):
            continue
        near = cues.before(start, of=_NUMBERS)
        cue = near[0] if near else ""
        fresh = near is not None and near[1] != spent and not cues.is_answered(*near, start)
        if near and cue == "DOB" and run.last == run.first:
            fresh = fresh and not _has_birth(said, births, near[1], start)
        owner = known.get(run.digits) or known.get(run.digits.removeprefix("1"))
        ending = _ENDING.search(said.low, max(0, start - 24), start) is not None
        if owner:
            label = owner
        elif len(run.digits) == 4 and ending:
            label = cue if cue in ("CARD", "SIN", "HEALTH_NUMBER", "ID") else "PHONE"
        else:
            distance = start - near[1] if near else 0
            label = _label(run, cue, fresh=fresh, distance=distance, past=_is_past(cues, start))
        if label is None:
            continue
        if near and len(run.digits) >= (9 if cue != "DOB" else 4):
            spent = near[1]
        key = run.digits
        if label == "PHONE":
            key = run.digits[-10:]
            key = tails.get(key, key) if len(key) == 4 else key
        _take(said, run, label, key)


def _take(said: Said, run: Run, label: str, key: str) -> None:
    first, last = run.first, run.last
    if label in ("HEALTH_NUMBER", "ID"):
        first, last = _with_letters(said, first, last, label)
    if "version" in said.words[run.last + 2 : last] and said.kind(run.last + 1) == "p":
        said.take_tokens(first, run.last, label, key)
        first = last - (len(said.words[last]) == len(said.words[last - 1]) == 1)
    if label == "ID" and said.word(last + 1) in ("x", "叉"):
        last += 1
    while said.word(first - 1) in ("+", "(", "加", "plus") and said.is_free_token(first - 1):
        first -= 1
    said.take_tokens(first, last, label, key)


def _has_birth(said: Said, births: Sequence[int], cue: int, place: int) -> bool:
    """Whether this turn has a whole birth date, of those that begin here, between the cue and this place."""
    at = bisect_left(births, place) - 1
    return at >= 0 and births[at] >= cue and TURN not in said.low[births[at] : place]


def _is_past(cues: Cues, place: int) -> bool:
    return cues.before(place, within=50, turns=1, of=frozenset({VISIT})) is not None


def _label(run: Run, cue: str, *, fresh: bool, distance: int, past: bool) -> str | None:
    count = len(run.digits)
    if cue == KEEP and count < 9 and distance < 40:
        return None
    if count < _WHOLE:
        return _short(run, cue, distance) if fresh else None
    if count == 8 and (dated := dated_year(run.digits)):
        if cue == "DOB" or (dated <= 2015 and not past):
            return "DOB"
        if cue == "":
            return None
    if cue != "PHONE" and run.is_clocks:
        return None
    if run.plain < 4 and cue in ("", KEEP):
        return None
    if not cue and len(run.items) > 2 and all(item.digits.endswith(("00", "50")) for item in run.items):
        return None  # doses: 500, 500, then 250
    if cue and fresh:
        fits = {
            "PHONE": count <= 15,
            "HEALTH_NUMBER": count <= 14,
            "SIN": count <= 11,
            "CARD": count >= 12,
            "ID": True,
            "DOB": count <= 8 and not past,
            "POSTAL_CODE": count == 9 and run.digits.isdigit(),
        }
        if fits.get(cue):
            return cue
    return by_digits(run.digits, run)


def by_digits(digits: str, run: Run | None = None) -> str:
    """The likeliest label of digits of which nothing was said."""
    count = len(digits)
    if count == 9:
        return "SIN"
    if count == 10:
        groups = [len(item.digits) for item in run.items] if run else []
        if _is_health("BC", digits) or (groups[:1] == [4] and _is_health("ON", digits)):
            return "HEALTH_NUMBER"
        return "PHONE"
    if 13 <= count <= 19 and luhn(digits):
        return "CARD"
    if count in (15, 16):
        return "CARD"
    return "PHONE" if count <= 13 or count > 19 else "ID"


def _is_health(card: HealthCardType, digits: str) -> bool:
    try:
        return checked_number(card, digits, None) is not None
    except Unclear:
        return False


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0


def _short(run: Run, cue: str, distance: int) -> str | None:
    """Of fewer digits than an identifier has: a part of one, if one was just asked for."""
    count = len(run.digits)
    if distance > 120 or run.is_clocks or cue == KEEP:
        return None
    if cue == "DOB":
        if count == 4 and 1900 <= int(run.digits) <= 2030:
            return "DOB"
        if count == 2 and distance < 10 and int(run.digits) > 20:
            return "DOB"
        return "DOB" if count in (5, 6) and (len(run.items) > 1 or count == 6) else None
    if cue == "POSTAL_CODE":
        return cue if count in (5, 6) else None
    if cue in ("PHONE", "HEALTH_NUMBER", "SIN", "CARD", "ID"):
        if count >= 3 and run.plain == count:
            return cue
        return cue if count >= 5 and run.plain >= 3 else None
    return None


def _with_letters(said: Said, first: int, last: int, label: str) -> tuple[int, int]:
    """Up to four letters before the digits, and a version code of two behind them."""
    before = first
    while first - before < 4 and said.kind(before - 1) == "w" and said.is_free_token(before - 1):
        word = said.words[before - 1]
        if len(word) > 1 or (word in ("a", "i") and len(said.word(before - 2)) != 1):
            break
        before -= 1
    if before == first and said.kind(first - 1) == "w" and said.is_free_token(first - 1):
        word = said.words[first - 1]
        shouted = said.raw[said.origin[said.starts[first - 1]] : said.origin[said.ends[first - 1] - 1] + 1]
        if (
            len(word) in (2, 4)
            and (word not in COMMON or label == "ID")
            and shouted.isupper()
            and word not in ("ohip", "ramq", "ahcip", "id", "no", "is")
        ):
            before = first - 1
    if label == "HEALTH_NUMBER":
        last = _with_version(said, last)
    return before, last


def _with_version(said: Said, last: int) -> int:
    ahead = last + 1
    while said.word(ahead) in (",", "-", ".", "version", "code", "and", "then", "is", "the", "letters", "uh"):
        ahead += 1
        if ahead - last > 6:
            return last
    cued = "version" in said.words[last + 1 : ahead] or "letters" in said.words[last + 1 : ahead]
    letters = [at for at in (ahead, ahead + 1) if said.kind(at) == "w" and len(said.words[at]) == 1]
    if said.kind(ahead) == "w" and said.is_free_token(ahead):
        word = said.words[ahead]
        if len(word) == 2 and (word not in COMMON or said.is_capital(ahead)):
            return ahead
        if len(letters) == 2 and (letters[0] == ahead):
            if said.word(ahead + 2) in (",", "-") and not cued and said.words[ahead] in ("a", "i"):
                return last
            return ahead + 1
        if letters == [ahead] and (cued or said.words[ahead] not in ("a", "i")):
            if (
                said.word(ahead + 1) in (",", "-", "and")
                and said.kind(ahead + 2) == "w"
                and len(said.word(ahead + 2)) == 1
            ):
                return ahead + 2
            return ahead
    return last
