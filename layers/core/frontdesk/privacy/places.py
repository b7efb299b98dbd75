"""Postal codes and street addresses, written and spoken; the clinic's own address is claimed before."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from frontdesk.privacy.cues import Cues
from frontdesk.privacy.lexicon import BRIDGE, COMMON, FUNCTION, HAN_BRIDGE, UNITS, listed
from frontdesk.privacy.said import Said
from frontdesk.privacy.spoken_digits import DIGITS, HAN_DIGITS, TEENS, TENS, Item

NATO: Final = {
    word: word[0]
    for word in listed(
        """
        alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november
        oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu
        """
    )
}
_LETTER_NAMES: Final = {
    "bee": "b",
    "be": "b",
    "see": "c",
    "sea": "c",
    "cee": "c",
    "dee": "d",
    "eh": "a",
    "ay": "a",
    "gee": "g",
    "aitch": "h",
    "jay": "j",
    "kay": "k",
    "el": "l",
    "ell": "l",
    "em": "m",
    "en": "n",
    "pea": "p",
    "pee": "p",
    "are": "r",
    "ess": "s",
    "tea": "t",
    "tee": "t",
    "vee": "v",
    "we": "v",
    "ex": "x",
    "why": "y",
    "zed": "z",
    "zee": "z",
}
_LETTERS: Final = frozenset((*NATO, *_LETTER_NAMES))
_POSTAL_FIRST: Final = frozenset("abceghjklmnprstvxy")
_POSTAL_NUMBERS: Final = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
_BETWEEN: Final = listed("uh um - , . space and then dash 、 ， 嗯 呃 。")
_PLAIN_POSTAL: Final = re.compile(
    r"(?<![a-z0-9])[abceghj-nprstvxy][0-9][a-z] ?-? ?[0-9][a-z][0-9](?![a-z0-9])"
)

_STREETS: Final = listed(
    """
    street avenue ave road rd lane boulevard blvd crescent cres highway hwy parkway terrace trail st
    drive court ct place way circle mews gate row walk close square alley path grove heights gardens
    point esplanade promenade pkwy dr ln pl sq
    """
)
_SELDOM: Final = listed(
    """
    landing quay green common commons heath hollow manor meadow meadows park passage ridge rise run view
    villas vista wharf bay bend bluff bluffs cove crossing dale garden glen harbour harbor hill hills
    island knoll link orchard pointe pines line sideroad townline concession trace valley loop bridge
    centre center chase corner corners freeway laneway plaza estates greenway lanes mount wynd croft
    """
)
"""What few streets are called, and much else is."""
_WEAK: Final = _SELDOM | listed(
    """
    st drive court ct place way circle gate row walk close square path point heights dr gardens pl
    """
)
_ENDINGS: Final = _STREETS | _SELDOM
_BEFORE: Final = listed("rue chemin rang montee impasse cote ruelle allee")
"""What stands before a street's name, in French."""
_BOXES: Final = re.compile(
    r"(?<![a-z])(?:p\.? ?o\.? ?box|post office box|postal box|(?:rural route|r\.? ?r\.?)(?="
    r" ?[0-9#a-z])|邮政信箱|"
    r"box(?= ?[0-9]{1,5},? (?:rr|r\.? ?r|rural|site)))"
)
_BOX_PARTS: Final = listed(
    """
    rr r . site box comp compartment lot station stn rural route number # , - general
    """
)
_DIRECTIONS: Final = listed(
    """
    east west north south northeast northwest southeast southwest e w n s ne nw se sw
    """
)
_UNIT_WORDS: Final = listed(
    """
    apartment apt unit suite flat room basement ste townhouse penthouse
    """
)
_BARE_UNITS: Final = frozenset({"basement", "penthouse", "upstairs", "downstairs"})
"""Units that need no number."""
_CITIES: Final = listed(
    """
    vancouver burnaby richmond surrey coquitlam toronto markham mississauga scarborough calgary edmonton
    ottawa montreal victoria winnipeg brampton langley delta
    """
)
_HOME: Final = re.compile(
    r"(?<![a-z])(?:(?:i|we|he|she|they|i'm|we're|i've)(?: just| recently| now)? (?:live|lives|lived"
    r"|living|moved|stay|staying|reside)s?|"
    r"address|home is|house(?: is| at)?|place is|living|live|lives|resid(?:e|ing|ence)|moved to"
    r"|deliver|mail it|"
    r"(?:we|i)(?:'re|'m| are| am)(?: now| still)? at|"
    r"ship|send it to|mailing)(?![a-z])"
)
_ON_STREET: Final = re.compile(
    r"(?<![a-z])(?:live|lives|lived|living|house is|home is|place is) on ([a-z]{3,})"
)
"""I live on Larkspur: a street without its word, where capitals tell it from others."""
_HAN_HOME: Final = re.compile(
    "(?:家庭|现在)?(?:住址|地址|住在|家在|住|搬到|搬去|寄到|寄去)(?:是|在|改成|变成|换成|改为|到"
    "|了|喺|系)?[:：,， ]?"
)
_HAN_NUMBER: Final = "[0-9零〇一二三四五六七八九十百千两幺a-z]"
_HAN_TAIL: Final = re.compile(
    rf"(?:[ ,，]?(?:{_HAN_NUMBER}{{1,6}} ?(?:号楼|号院|单元|栋|座|楼|层|室|房|户|号)|(?:公寓|房间"
    rf"|单元)(?:号)? ?{_HAN_NUMBER}{{1,6}}(?:室|号)?))+"
)
_MIXED_STREET: Final = re.compile(
    rf"(?<!{_HAN_NUMBER}){_HAN_NUMBER.replace('a-z', '')}{{1,6}} ?号? ?[a-z][a-z' -]{{2,24}}(?:街|路|大道)"
)
"""三三一五 Bramble 街: a number, a name in Latin letters and a street's word in Chinese."""
_HAN_STOP: Final = frozenset("的是在我你您他到从去就了家住址，。,.！？!?、;；:： ")
_HAN_UNITS: Final = frozenset("号楼层室座栋房")
_HAN_POWERS: Final = frozenset("十百千")
_PROVINCES: Final = listed("bc b.c on ontario alberta quebec ab")


def take_postal_codes(said: Said) -> None:
    """Takes Canadian postal codes, however their six signs were said."""
    for piece in _PLAIN_POSTAL.finditer(said.low):
        if said.is_free(*piece.span()):
            said.take(*piece.span(), "POSTAL_CODE", re.sub(r"[ -]", "", piece[0]))
    at = 0
    while at < said.size:
        is_letter = said.kinds[at] == "w" and (len(said.words[at]) == 1 or said.words[at] in _LETTERS)
        found = _code(said, at) if is_letter and said.is_free_token(at) else None
        if found:
            said.take_tokens(at, found[0], "POSTAL_CODE", found[1])
            at = found[0]
        at += 1


def take_half_codes(said: Said, cues: Cues) -> None:
    """Takes the first or second three signs, where a postal code was asked for."""
    for at in range(said.size):
        if said.kinds[at] not in "wd" or not said.is_free_token(at):
            continue
        if _letter(said, at) is None and _number(said, at) is None:
            continue
        near = cues.before(said.starts[at], within=100)
        if near and near[0] == "POSTAL_CODE":
            found = _code(said, at, signs=3)
            if found:
                said.take_tokens(at, found[0], "POSTAL_CODE", found[1])


def _code(said: Said, at: int, signs: int = 6) -> tuple[int, str] | None:
    """The last token of the code that begins here, and its signs."""
    first = _letter(said, at)
    wants_letter = True
    if first is None:
        if signs == 6 or _number(said, at) is None:
            return None
        wants_letter = False
    elif first[0] not in _POSTAL_FIRST:
        return None
    code, here, last, steps = "", at, at, 0
    while len(code) < signs:
        while code and said.word(here) in _BETWEEN and steps < 12:
            here, steps = here + 1, steps + 1
        if code and said.kind(here) == "t" and steps < 12:
            here = _over_bridge(said, here)
            steps += 1
            continue
        found = _letter(said, here) if wants_letter else _number(said, here, strict=signs == 3)
        if found is None or not said.is_free_token(here):
            return None
        code += found[0]
        last = found[1]
        here = last + 1
        wants_letter = not wants_letter
    if said.touches(last) and said.kind(last + 1) in ("w", "d"):
        return None
    return last, code


def _over_bridge(said: Said, turn: int) -> int:
    here = turn + 1
    while here < said.size and here - turn < 9 and said.kinds[here] != "t":
        word = said.words[here]
        if not (word in BRIDGE or word in HAN_BRIDGE or said.kinds[here] == "p") or _letter(said, here):
            return turn + 1
        here += 1
    return here + 1 if here < said.size and said.kinds[here] == "t" else turn + 1


def _letter(said: Said, at: int) -> tuple[str, int] | None:
    """A letter, alone or by its name, with "as in" behind it, and its last token."""
    word = said.word(at)
    if said.kind(at) != "w":
        return None
    letter = word if len(word) == 1 else NATO.get(word) or _LETTER_NAMES.get(word)
    if letter is None:
        return None
    if (said.word(at + 1), said.word(at + 2)) == ("as", "in"):
        return letter, at + 3
    if said.word(at + 1) in ("for", "like") and said.kind(at + 2) == "w" and said.word(at + 2)[:1] == letter:
        return letter, at + 2
    if said.word(at + 1) in NATO and NATO[said.word(at + 1)] == letter and len(word) == 1:
        return letter, at + 1
    return letter, at


def _number(said: Said, at: int, *, strict: bool = False) -> tuple[str, int] | None:
    word = said.word(at)
    if said.kind(at) == "d":
        return (word, at) if len(word) == 1 else None
    digit = DIGITS.get(word) or HAN_DIGITS.get(word) or (None if strict else _POSTAL_NUMBERS.get(word))
    return (digit, at) if digit else None


def take_addresses(said: Said, items: Sequence[Item]) -> None:
    """Takes streets with a number, those without one after "I live on", and units."""
    homes = sorted(cue.end() for pattern in (_HOME, _HAN_HOME) for cue in pattern.finditer(said.low))
    first_at = {item.first: item for item in items}
    for at in range(said.size):
        if said.kinds[at] == "w" and said.words[at] in _ENDINGS and said.is_free_token(at):
            if at and said.kinds[at - 1] == "d" and said.touches(at - 1):
                continue  # the end of "21st"
            if said.words[at + 1] in _ENDINGS and said.words[at] != "st":
                continue  # Elm Grove Avenue
            _street(said, at, first_at, homes)
        elif said.words[at] in _BEFORE and said.kinds[at] == "w" and said.is_free_token(at):
            _french(said, at)
    for home in _ON_STREET.finditer(said.low):
        at = said.token_at(home.start(1))
        is_street = home[1] not in COMMON and not home[1].endswith(("day", "days")) and said.is_capital(at)
        if is_street and said.is_free_token(at) and _ends_there(said, at + 1):
            said.take_tokens(at, at, "ADDRESS", home[1])
    _boxes(said, first_at)
    _lone_units(said, first_at, homes)
    _chinese(said)


def _ends_there(said: Said, at: int) -> bool:
    return said.kind(at) in ("", "p", "t") or said.words[at] in FUNCTION


def _near(homes: Sequence[int], place: int, within: int) -> bool:
    at = bisect_right(homes, place) - 1
    return at >= 0 and place - homes[at] <= within


def _street(said: Said, at: int, first_at: dict[int, Item], homes: Sequence[int]) -> None:
    """From the word "street" back to the house number, and on to direction and unit."""
    here, words = at - 1, 0
    numbered = {"th", "st", "nd", "rd"}
    start = None
    name_start = at
    while here >= 0 and words < 5 and at - here < 14:
        word, kind = said.words[here], said.kinds[here]
        if (
            kind == "d"
            or word in DIGITS
            or word in TEENS
            or word in TENS
            or (word in HAN_DIGITS or word in _HAN_POWERS)
            or word in ("hundred", "thousand", "double", "triple")
            or (word == "a" and said.word(here + 1) in ("hundred", "thousand"))
            or (
                word in "号號"
                and (
                    said.word(here - 1) in HAN_DIGITS
                    or said.word(here - 1) in _HAN_POWERS
                    or said.kind(here - 1) == "d"
                )
            )
        ):
            if said.touches(here) and said.word(here + 1) in numbered:
                words, name_start = words + 1, here  # "41st" is a street's name
            else:
                start = here
            here -= 1
            continue
        if start is not None and word in (",", "-", "and", "uh", "um", "#") and here > 0:
            before = said.words[here - 1]
            counts = (
                before in DIGITS or before in TENS or before in TEENS or before in ("hundred", "thousand")
            )
            if said.kinds[here - 1] == "d" or counts:
                here -= 1
                continue
        if start is not None:
            break
        if kind == "p" and word in ("'", "-", "."):
            here -= 1
            continue
        if kind != "w" or not said.is_free_token(here):
            break
        if word in numbered:
            here -= 1
            continue
        if (
            (word in FUNCTION and word not in ("st", "the", "mc", "la"))
            or word in UNITS
            or word in _UNIT_WORDS
        ):
            break
        words += 1
        name_start = here
        here -= 1
    weak = said.words[at] in _WEAK
    ordinal = start is not None and _is_ordinal_street(said, start, at)
    home = _near(homes, said.starts[start if start is not None else name_start], 60)
    if start is None:
        if not (home and words and name_start < at) or said.words[at] in _SELDOM:
            return
        start = name_start
    elif words == 0 and (said.words[at] in _SELDOM or not (ordinal or home)):
        return
    elif weak and said.words[at - 1] == "the":
        return  # two lights past the bridge
    elif weak and not home:
        names = [one for one in range(start, at) if said.kinds[one] == "w" and said.words[one] not in DIGITS]
        named = [
            one
            for one in names
            if len(said.words[one]) > 2
            and said.words[one] not in COMMON
            and said.words[one] not in TENS
            and said.words[one] not in TEENS
        ]
        if not named:
            return
    first = _unit_before(said, start)
    last = _after_street(said, at, first_at)
    text = " ".join(said.words[start : at + 1])
    said.take_tokens(first, last, "ADDRESS", text)


def _is_ordinal_street(said: Said, start: int, at: int) -> bool:
    return any(said.words[one] in ("th", "st", "nd", "rd") for one in range(start, at))


def _unit_before(said: Said, start: int) -> int:
    """The first token of "apartment 4 b," or "unit 12 -" before the house number."""
    here = start - 1
    while here >= 0 and start - here < 8:
        word = said.words[here]
        if said.kinds[here] == "t" or not said.is_free_token(here):
            return start
        if word in _UNIT_WORDS or word == "#":
            return here
        if word in _HAN_UNITS or word in _HAN_POWERS or word in HAN_DIGITS:
            return _han_unit_before(said, here)
        if not (
            word in ("number", ",", "-", "at", "in", ".", "#", "，", "、")
            or len(word) == 1
            or said.kinds[here] == "d"
            or word in DIGITS
            or word in TEENS
            or word in TENS
            or word == "hundred"
        ):
            return start
        here -= 1
    return start


def _han_unit_before(said: Said, here: int) -> int:
    """The first token of 1203室 or 八楼四号 or "unit 九零二", seen from its last."""
    start = here
    while said.is_free_token(here) and (
        said.kinds[here] == "d"
        or said.words[here] in _HAN_UNITS
        or said.words[here] in HAN_DIGITS
        or said.words[here] in _HAN_POWERS
    ):
        start, here = here, here - 1
    while said.word(here) in (",", "，"):
        here -= 1
    return here if said.word(here) in _UNIT_WORDS and said.is_free_token(here) else start


def _french(said: Said, at: int) -> None:
    """Takes "905 Rue des Érables": the name goes on while it is written like one."""
    first = at
    while said.kind(first - 1) == "d" or said.word(first - 1) in DIGITS or said.word(first - 1) in TENS:
        first -= 1
    last, names = at, 0
    while said.kind(last + 1) == "w" and names < 3 and said.is_free_token(last + 1):
        word = said.words[last + 1]
        if word in ("de", "des", "du", "la", "le", "les", "l", "d", "st", "ste", "saint", "sainte"):
            last += 1
        elif word not in FUNCTION and (names == 0 or said.is_capital(last + 1)):
            last, names = last + 1, names + 1
        else:
            break
        while said.word(last + 1) in ("-", "'") and said.touches(last):
            last += 1
    if first < at and names:
        said.take_tokens(first, last, "ADDRESS", " ".join(said.words[first : last + 1]))


def _boxes(said: Said, first_at: dict[int, Item]) -> None:
    """Takes "PO box 338", "rural route two, site fourteen, comp 3"."""
    for box in _BOXES.finditer(said.low):
        first, at = said.token_at(box.start()), said.token_at(box.end())
        last = -1
        while at in first_at or said.word(at) in _BOX_PARTS:
            if at in first_at:
                at = last = first_at[at].last
            elif last > 0 and said.word(at) in ("station", "stn") and said.kind(at + 1) == "w":
                at = last = at + 1
            at += 1
        if last > 0 and said.is_free_token(first):
            said.take_tokens(first, last, "ADDRESS", " ".join(said.words[first : last + 1]))


def _after_street(said: Said, at: int, first_at: dict[int, Item]) -> int:
    last = at
    if said.word(last + 1) in _DIRECTIONS and not (len(said.word(last + 1)) == 1 and said.touches(last)):
        last += 1
    ahead = last + 1
    while said.word(ahead) in (",", ".", "in") and ahead - last < 3:
        ahead += 1
    is_unit = said.kind(ahead) == "d" and said.touches(ahead) and len(said.word(ahead + 1)) == 1
    if is_unit and said.kind(ahead + 1) == "w":
        last = ahead + 1  # "2207 Wexford Boulevard 3B"
    elif said.word(ahead) in _UNIT_WORDS or said.word(ahead) == "#":
        number = ahead + 1
        if said.word(number) in ("number", "#"):
            number += 1
        item = first_at.get(number)
        if item:
            last = item.last
            while (nxt := first_at.get(last + 1)) is not None and nxt.style in "sc":
                last = nxt.last
            if (
                said.kind(last + 1) == "w"
                and len(said.word(last + 1)) == 1
                and said.word(last + 1) not in ("i",)
            ):
                last += 1
            ahead = last + 1
            while said.word(ahead) in (",", ".", "in") and ahead - last < 3:
                ahead += 1
    if (tail := _HAN_TAIL.match(said.low, said.ends[last])) and said.is_free(*tail.span()):
        return said.token_before(tail.end())
    if said.word(ahead) in _BARE_UNITS and said.is_free_token(ahead):
        return ahead
    if said.word(ahead) in _CITIES and said.is_free_token(ahead):
        last = ahead
        ahead += said.word(ahead + 1) == ","
        if said.word(ahead + 1) in _PROVINCES and said.is_free_token(ahead + 1):
            last = ahead + 1
    return last


def _lone_units(said: Said, first_at: dict[int, Item], homes: Sequence[int]) -> None:
    for at in range(said.size):
        if said.kinds[at] != "w" or said.words[at] not in _UNIT_WORDS or not said.is_free_token(at):
            continue
        ahead = at + 1 + (said.word(at + 1) in ("number", "#", "is"))
        item = first_at.get(ahead)
        if item is None or not (said.words[at] in ("apartment", "apt") or _near(homes, said.starts[at], 60)):
            continue
        last = item.last
        while (nxt := first_at.get(last + 1)) is not None and nxt.style in "sc":
            last = nxt.last
        if (
            said.kind(last + 1) == "w"
            and len(said.word(last + 1)) == 1
            and said.word(last + 1) not in ("i", "a")
        ):
            last += 1
        said.take_tokens(at, last, "ADDRESS", " ".join(said.words[at : last + 1]))


def _chinese(said: Said) -> None:
    spans = [
        *(mixed.span() for mixed in _MIXED_STREET.finditer(said.low)),
        *_cued_chinese(said),
        *_streets_chinese(said),
    ]
    for start, end in spans:
        if start < end and said.is_free(start, end):
            said.take(start, end, "ADDRESS", said.low[start:end])


def _cued_chinese(said: Said) -> Iterator[tuple[int, int]]:
    for cue in _HAN_HOME.finditer(said.low):
        start = cue.end()
        window = said.low[start : start + 50]
        stop = re.search(r"[。!！?？;；\x1e]|邮编|电话|我想|谢谢|就是我|[，,]离|走路", window)
        window = window[: stop.start()] if stop else window
        ends = [
            piece.end()
            for piece in re.finditer(
                rf"(?:街|路|大道|巷|弄|胡同|村|小区|花园|大厦|公寓)[东西南北]?(?:"
                rf" ?{_HAN_NUMBER}{{1,6}} ?号)?|{_HAN_NUMBER}{{1,6}} ?(?:号楼|号|单元|栋|座|楼|层|室"
                rf"|房)(?!线)(?:[0-9零〇一二三四五六七八九]{{2,4}}(?!"
                rf"[0-9零〇一二三四五六七八九a-z年月日点号楼层室座栋房单元 ]))?",
                window,
            )
        ]
        if ends and (
            re.search(
                "[街路道巷弄村苑里坊庄栋座院湾城轩阁庭府]|胡同|小区|花园|大厦|公寓|单元"
                "|[0-9一二三四五六七八九十]号",
                window,
            )
        ):
            yield start, start + ends[-1]


def _streets_chinese(said: Said) -> Iterator[tuple[int, int]]:
    if "号" not in said.low:
        return
    floor = 0
    for mark in re.finditer(
        r"(?:街|路|大道|巷|胡同)[东西南北]?[ ,，]?[0-9零〇一二三四五六七八九十百千两]{1,6} ?号", said.low
    ):
        start = mark.start()
        while start > floor and mark.start() - start < 16:
            character = said.low[start - 1]
            if character in _HAN_STOP and character != " ":
                break
            if not (character == " " or character.isalnum()):
                break
            start -= 1
        tail = _HAN_TAIL.match(said.low, mark.end())
        floor = tail.end() if tail else mark.end()
        yield (
            start + len(said.low[start : mark.start()]) - len(said.low[start : mark.start()].lstrip()),
            (tail.end() if tail else mark.end()),
        )
