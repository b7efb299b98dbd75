"""E-mail addresses, written and spoken: "m dot chen at gmail dot com", m点chen艾特gmail点com."""

import re
from typing import Final

from frontdesk.privacy.cues import Cues
from frontdesk.privacy.lexicon import BRIDGE, FUNCTION, HAN_BRIDGE, listed
from frontdesk.privacy.said import Said
from frontdesk.privacy.spoken_digits import DIGITS, HAN_DIGITS, TEENS, TENS

HOSTS: Final = listed(
    """
    gmail gee g hotmail outlook icloud yahoo live msn proton protonmail aol shaw telus rogers bell
    sympatico qq 163 126 139 sina sohu foxmail naver mac me example googlemail ymail fastmail zoho gmx
    hey videotron eastlink cogeco novuscom uvic ubc sfu mail email mailbox company work school
    """
)
_TLDS: Final = listed(
    """
    com ca org net edu cn io gov info co uk us hk tw me biz dev app example test invalid comm calm
    """
)
_HAN_AT: Final = ("艾特", "圈a", "小老鼠", "爱特", "在符号", "艾忒")
_HAN_MARKS: Final = frozenset("下划线横杠减点短")
_SIGNS: Final = frozenset(("at", "@", *(sign[0] for sign in _HAN_AT)))
_DOTS: Final = frozenset({"dot", ".", "点", "point", "period"})
_JOINERS: Final = listed(
    """
    dot . 点 point period underscore _ dash - hyphen minus plus + underline score 下 划 线 横 杠 减 号
    短 底 中 小 写 大 字 母 数 的
    """
)
_STRONG_JOINERS: Final = listed("dot . 点 underscore _ dash - hyphen minus plus + period")
_STOP: Final = (FUNCTION - {"i", "me", "a", "an", "may", "will"}) | listed(
    """
    email mail address e-mail emails send sent write contact reach confirm gmail letter letters
    lowercase capital spelled username forward reply account my's okay use using try
    """
)
_SKIPPED: Final = frozenset(
    {",", "，", "、", "uh", "um", "嗯", "呃", "then", "lowercase", "capital", "all", "small"}
)
_LONGEST_LOCAL: Final = 48


def take(said: Said, cues: Cues) -> None:
    """Takes all addresses."""
    _written(said)
    for at in range(said.size):
        if said.words[at] not in _SIGNS:
            continue
        width = _at_sign(said, at)
        if width and said.is_free_token(at):
            _spoken(said, at, width)
    _without_sign(said, cues)


def _written(said: Said) -> None:
    place = said.low.find("@")
    while place >= 0:
        start = place
        while start > 0 and place - start < 64 and _is_local(said.low[start - 1]):
            start -= 1
        end = place + 1
        while (
            end < len(said.low)
            and end - place < 255
            and (said.low[end].isascii() and (said.low[end].isalnum() or said.low[end] in "-."))
        ):
            end += 1
        while end > place and said.low[end - 1] in ".-":
            end -= 1
        if start < place and "." in said.low[place + 1 : end] and said.is_free(start, end):
            said.take(start, end, "EMAIL", said.low[start:end])
        place = said.low.find("@", place + 1)


def _is_local(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "._%+-'!#$&*/=?^`{|}~")


def _at_sign(said: Said, at: int) -> int:
    """How many tokens from here on say "at"; 0 when they don't."""
    word = said.words[at]
    if word == "at":
        after = said.word(at + 1)
        return 2 if after in ("sign", "symbol") else 3 if (after, said.word(at + 2)) in (("符", "号"),) else 1
    if word == "@":
        return 3 if (said.word(at + 1), said.word(at + 2)) == ("符", "号") else 1
    pair = word + said.word(at + 1)
    if pair in _HAN_AT:
        return 2
    if word == "小" and said.word(at + 1) + said.word(at + 2) == "老鼠":
        return 3
    return 2 if (word, said.word(at + 1)) == ("圈", "a") else 0


def _domain(said: Said, at: int) -> int | None:
    """The last token of the domain that begins here; None when it is none."""
    here = at
    while said.word(here) in ("uh", "um", ",", "嗯", "the", "sign", "呃") and here - at < 3:
        here += 1
    names = 0
    spelled = 0
    while names < 4 and spelled < 20:
        word, kind = said.word(here), said.kind(here)
        if kind not in ("w", "d") and word not in HAN_DIGITS and not (kind == "h" and word in "网易谷歌邮箱"):
            return None
        inside = "me", "i", "a", "so", "my", "all", "in", "on", "it", "we"
        joins = word == "and" and here > at and said.word(here + 2) in _DOTS
        if (word in FUNCTION and word not in inside and not joins) or word in ("website", "site"):
            return None
        named = word in HOSTS
        after = here + 1
        while said.word(after) in (",", "uh", "um", "嗯", "呃") and after - here < 3:
            after += 1
        if said.word(after) in _DOTS:
            last = _ending(said, after)
            if last is not None:
                return last
            here, names, spelled = after + 1, names + 1, 0
            continue
        nxt, nkind = said.word(here + 1), said.kind(here + 1)
        if named and word not in (
            "g",
            "me",
            "live",
            "gee",
            "mail",
            "email",
            "work",
            "school",
            "company",
            "hey",
            "bell",
            "mac",
            "example",
        ):
            return here
        if word == "g" and nxt == "mail":
            here += 1
            if said.word(here + 1) not in _DOTS:
                return here
            continue
        if nkind in ("w", "d", "h") or nxt == "-":
            here += 1 + (nxt == "-")
            spelled += 1
            if spelled > 3 and len(said.word(here)) > 1 and len(word) > 1:
                return None
            continue
        return None
    return None


def _ending(said: Said, dot: int) -> int | None:
    """The last token of ".com", "dot co dot uk", "点 c a"."""
    word = said.word(dot + 1)
    if word in _TLDS:
        if said.word(dot + 2) in _DOTS and said.word(dot + 3) in _TLDS:
            return dot + 3
        return dot + 1
    for letters in ("com", "ca", "cn", "org", "net"):
        if [said.word(dot + 1 + at) for at in range(len(letters))] == list(letters):
            return dot + len(letters)
    return None


def _spoken(said: Said, at: int, width: int) -> None:
    last = _domain(said, at + width)
    if last is None:
        return
    first = _local(said, at - 1)
    if first is None:
        return
    text = "".join(said.words[first : last + 1])
    said.take_tokens(first, last, "EMAIL", _canonical(text))


def _canonical(text: str) -> str:
    for said_so, written in (("underscore", "_"), ("下划线", "_"), ("dot", "."), ("点", "."), ("艾特", "@")):
        text = text.replace(said_so, written)
    return re.sub(r"(?<=[a-z0-9])at(?=[a-z]+\.)", "@", text)


def _local(said: Said, last: int) -> int | None:
    """The first token of the part before "at"; None when there is none."""
    first, here, words = None, last, 0
    while here >= 0 and last - here < _LONGEST_LOCAL:
        word, kind = said.words[here], said.kinds[here]
        if kind == "t":
            below = _bridged(said, here)
            if first is not None and not (words == 0 and said.word(here + 1) in _JOINERS) and below == here:
                break
            if first is not None and said.word(here + 1) not in _STRONG_JOINERS:
                break
            here = below - 1
            continue
        if kind == "P" or not said.is_free_token(here):
            break
        if kind == "w" and (hinted := _as_in(said, here)) is not None:
            first = here = hinted
            here -= 1
            continue
        is_joiner = word in _JOINERS
        if kind == "w" and word in ("back", "forward") and said.word(here + 1) == "slash":
            break
        if (
            word in DIGITS
            or word in TENS
            or word in TEENS
            or kind == "d"
            or word in HAN_DIGITS
            or (kind == "w" and len(word) == 1)
        ):
            if (
                word in ("a", "i")
                and first is not None
                and len(said.word(here + 1)) > 1
                and said.word(here + 1) not in _JOINERS
                and said.kind(here + 1) == "w"
            ):
                break
            first = here
        elif is_joiner:
            if (
                kind == "h"
                and word in "的号字母数中小大写"
                and said.word(here + 1) not in _JOINERS
                and word == "的"
            ):
                break
            if first is None and word in (".", "-"):
                break
            first = here if word in _STRONG_JOINERS or kind == "h" else first
        elif word in _SKIPPED and said.word(here + 1) not in _STRONG_JOINERS | _HAN_MARKS:
            nearby = said.word(here - 1)
            if _as_in(said, here - 1) is None and not (
                len(nearby) == 1 or nearby in _JOINERS or nearby in DIGITS or said.kind(here - 1) == "d"
            ):
                break
        elif kind == "w":
            joined = said.word(here + 1) in _STRONG_JOINERS or said.word(here - 1) in _STRONG_JOINERS
            joined = joined or said.word(here + 1) in _HAN_MARKS or said.word(here - 1) in _HAN_MARKS
            word = word.removesuffix("'s")
            if word in ("double", "triple"):
                first = here
            elif (word in _STOP and not joined) or words >= 4:
                break
            else:
                words += 1
                first = here
        else:
            break
        here -= 1
    if first is None:
        return None
    while said.words[first] in ("的", ",", "-", ".", "号") and first < last:
        first += 1
    return first


def _as_in(said: Said, here: int) -> int | None:
    """Of "m as in mary" the place of m, seen from mary."""
    before = said.word(here - 1)
    if before == "in" and said.word(here - 2) == "as" and len(said.word(here - 3)) == 1:
        return here - 3
    if before in ("for", "like") and len(said.word(here - 2)) == 1 and said.kind(here - 2) == "w":
        return here - 2
    return None


def _bridged(said: Said, turn: int) -> int:
    """The break before the other's "yes, go on", when this break ends such a turn; else this break."""
    here = turn - 1
    while here >= 0 and turn - here < 9 and said.kinds[here] != "t":
        word, kind = said.words[here], said.kinds[here]
        if not (kind == "p" or word in BRIDGE or (kind == "h" and word in HAN_BRIDGE)):
            return turn
        here -= 1
    return here if here >= 0 and said.kinds[here] == "t" else turn


def _without_sign(said: Said, cues: Cues) -> None:
    """Takes "mchen gmail dot com", where the recogniser lost the sign; only when an address was asked for."""
    for at in range(1, said.size):
        if said.words[at] not in HOSTS or len(said.words[at]) < 5 or not said.is_free_token(at):
            continue
        if said.word(at + 1) in _DOTS and (last := _ending(said, at + 1)) is not None:
            near = cues.before(said.starts[at], within=120, of=frozenset({"EMAIL"}))
            first = _local(said, at - 1) if near else None
            if first is not None and said.word(at - 1) not in _DOTS:
                said.take_tokens(first, last, "EMAIL", "".join(said.words[first : last + 1]))
