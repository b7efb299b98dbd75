"""What a sentence of the desk's voice tells the caller as done, and for when. Pure: words in, claims out.

Strict about form, so that a question, an offer, a wish, a condition or a "couldn't" claims nothing: what is
done is said in the perfect ("I've moved", 已经…好了) or as a state ("you're booked"). English and Chinese,
both scripts.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from frontdesk.calls.phrases import PATTERNS, Kind
from frontdesk.calls.spoken_times import Times, times

LOOK_BACK: Final = 200
"""Characters before a match in which it may be denied; else a sentence without an end costs its square."""


class Claim(NamedTuple):
    """One thing that was said to be done."""

    kind: Kind
    times: Times


def claims(text: str) -> list[Claim]:
    """What one turn says to be done, in order; of one sentence each kind once."""
    found: list[Claim] = []
    for sentence in sentences(text):
        if statement := _statement(sentence):
            kinds: list[Kind] = [kind for kind, pattern in _CLAIMS if _is_meant(kind, pattern, statement)]
            # "Your appointment is now booked for …" is one claim, whatever else its words would fit.
            said_by_others = {said for kind in kinds for said in _SAID_BY.get(kind, ())}
            found += [Claim(kind, times(statement)) for kind in kinds if kind not in said_by_others]
    return [one for one in found if one.kind not in _NEEDS_TIMES or one.times != Times()]


def takes_back(text: str) -> bool:
    """Whether the turn is sorry, and says what is not so: it corrects what was said before."""
    folded = plain(text)
    # The first apology has all that follows any other behind it.
    return bool(_CORRECTS.search(folded)) or any(
        is_not_so.search(folded, sorry.end())
        for apology, is_not_so in _SORRY
        if (sorry := apology.search(folded))
    )


def plain(text: str) -> str:
    """Lower case, one width, simplified characters, straight apostrophes; no stops in abbreviations."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").translate(_SIMPLIFIED)
    return _ABBREVIATED.sub(lambda said: said[0].replace(".", ""), folded)


def sentences(text: str) -> Iterator[str]:
    """Each sentence with its mark, in plain writing."""
    for found in _SENTENCE.finditer(plain(text)):
        if sentence := found[0].strip():
            yield sentence


def _statement(sentence: str) -> str | None:
    """What the sentence states: without the question behind it; None for one that only asks."""
    body = sentence.rstrip(" .!。！；;\"'”")
    asks = body.endswith("?")
    body = body.rstrip("?").rstrip()
    if _READS_BACK.search(body) and (asks or _ZH_PARTICLE.search(body)):
        return None
    if not asks and not _ZH_PARTICLE.search(body):
        return None if _ASKS.match(body) else body
    body = _TAG.sub("", body) if (tag := _TAG.search(body)) else body
    if tag:
        return None if _ASKS.match(body) else body
    head, comma, tail = _last_clause(body)
    is_behind = comma and (_ASKS.match(tail) or _ZH.search(tail))
    return head if is_behind and not _ASKS.match(head) else None


def _last_clause(body: str) -> tuple[str, str, str]:
    cut = [found for found in _CLAUSE.finditer(body) if found.end() < len(body)]
    return (body[: cut[-1].start()], cut[-1][0], body[cut[-1].end() :]) if cut else ("", "", body)


def _is_meant(kind: Kind, pattern: re.Pattern[str], statement: str) -> bool:
    """Whether a match is what it looks like: not denied, not conditional, not read from the file."""
    if kind == "cancelled" and _OLD_CANCEL.search(statement):
        return False
    if kind == "call_back" and _CONDITION.search(statement):
        return False
    for said in pattern.finditer(statement):
        before = statement[max(0, said.start() - LOOK_BACK) : said.start()]
        clause = _CLAUSE.split(before)[-1]
        if _CONDITION.search(before) or _CONDITION.search(said[0]) or _DENIED.search(clause):
            continue
        if _FROM_FILE.search(before) or (kind in ("booked", "confirmed") and _OLD.search(clause + said[0])):
            continue
        if _ZH_DENIED.search(said[0]):
            continue
        if kind != "waitlisted" and _LIST.search(said[0]):
            continue
        return True
    return False


_SIMPLIFIED: Final = str.maketrans(
    "約預經為給幫請訂時點週號禮兩鐘鍾個這間將會們診員電話聯繫補單進冊檔轉後還沒無醫過嗎換調動從說問對確認麼樣"
    "記錄錯務應該與讓開發關門線應報達離達處區實際現見總長鬆馬場歡來誰",
    "约预经为给帮请订时点周号礼两钟钟个这间将会们诊员电话联系补单进册档转后还没无医过吗换调动从说问对确认么样"
    "记录错务应该与让开发关门线应报达离达处区实际现见总长松马场欢来谁",
)
_ABBREVIATED: Final = re.compile(r"\b(?:dr|mr|mrs|ms|st|ave|no|prof)\.|\b[ap]\.\s?m\.?|(?<=\d)\.(?=\d\d\b)")
_SENTENCE: Final = re.compile(r"[^.!?;\n。!；]+[.!?;\n。!；]*")
_CLAUSE: Final = re.compile(r"[,，:：—]\s*| - | but | and then | and | so ")
_ZH: Final = re.compile(r"[一-鿿]")
_ZH_PARTICLE: Final = re.compile(r"[吗呢么]\Z")

# Of questions.
_ASKS: Final = re.compile(
    r"(?:(?:so|and|but|now|ok|okay|alright|great|perfect|well|also|then),? )*(?:shall|should|would|"
    r"do|does|did|can|"
    r"could|have (?:i|you|we)|has|is|are|am|was|were|will|may|might|what|which|who|where|how|why|"
    r"anything|any)\b"
)
_TAG: Final = re.compile(r",? ?\b(?:okay|ok|alright|all right|sound good|sounds good|good)\Z")
_READS_BACK: Final = re.compile(
    r",? ?\b(?:right|correct|yes|yeah|is that right|is that correct|isn't it|aren't you|didn't i)\Z"
    r"|(?:对吗|是吗|对不对|是不是|没错吧|对吧|是吧|吧|对么|是么)\Z"
)

# Of what is not so, not yet so, or was so before the call.
_CONDITION: Final = re.compile(
    r"\b(?:if|once|when|whenever|until|unless|whether|before|after|as soon as|in case|make sure|"
    r"making sure|ensure|"
    r"see whether|check whether|let me|let's|want|would like|like to|going to|gonna|about to|try|"
    r"trying|need|so that|"
    r"assuming|provided|suppose|imagine|pretend|for example|would mean|normally|usually|instead of)\b"
    r"|如果|要是|假如|假设|倘若|若是|一旦|等(?!候|待)|以后再|之后再|才能|的话|是否|要不要|需要我|要我|可以[为帮给]|能[为帮给]|"
    r"想要|想[为帮给]|打算|准备|试试|试着|尝试|确认一下是|核实|看看|万一"
)
_DENIED: Final = re.compile(
    r"\b(?:not|never|no|unable|cannot|nobody|nothing|neither|without|failed|fail)\b|n't\b"
    r"|没|未能|尚未|无法|不[能会是可行]|别|并非"
)
_ZH_DENIED: Final = re.compile(r"没|未能|尚未|无法|不[能会]")
_FROM_FILE: Final = re.compile(
    r"\b(?:i see|i can see|we see|i do see|looks like|look like|it says|it shows|shows?|showing|"
    r"showed|appears|seems|"
    r"records?|according|i found|our system|on file|on the screen|think|thought|believe|said|told|"
    r"heard|understand)\b"
    r"|查到|看到|显示|记录[上里显]|系统[里中]|据我|好像|似乎|您说|听说"
)
_OLD: Final = re.compile(
    r"\b(?:originally|previously|previous|original|old|still|currently|last (?:time|week|month|year|"
    r"visit)|earlier|"
    r"other|existing|double|fully|completely)\b|之前|原来|原先|上次|以前|目前|原定|一直|已经?有|仍然|还是"
)
_OLD_CANCEL: Final = re.compile(
    r"之前(?:就)?已|早就|早已|取消(?:了)?(?:您)?原来的时间|already (?:been )?cancel"
)
_LIST: Final = re.compile(r"wait ?-?list|waiting list|cancellation list|候补|等候名单|轮候|等待名单")
_SORRY: Final = (
    (
        re.compile(r"sorry|apolog|my mistake|correction|i misspoke|actually"),
        re.compile(r"taken|n't|\bnot\b|unable|cannot|instead|mistake|wrong|misspoke|correct|meant|\bit's\b"),
    ),
    (re.compile(r"抱歉|对不起|不好意思"), re.compile(r"约走|没|不|无法|应该|才是")),
)
"""An apology, and behind it what is not so."""
_CORRECTS: Final = re.compile(r"更正|说错|弄错")

_CLAIMS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile("|".join(f"(?:{one})" for one in each))) for kind, each in PATTERNS
)
_SAID_BY: Final[dict[Kind, tuple[Kind, ...]]] = {
    "moved": ("booked", "confirmed", "cancelled"),
    "requested": ("booked", "confirmed", "cancelled", "moved", "call_back"),
    "waitlisted": ("booked", "registered", "call_back"),
    "booked": ("confirmed",),
    "cancelled": ("confirmed",),
}
"""Kinds that a sentence of that kind doesn't also claim: "I've moved your booking" books nothing new."""
_NEEDS_TIMES: Final = frozenset({"confirmed"})
