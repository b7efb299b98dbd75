"""Whether a caller spoke of an emergency: somebody at the clinic is told at once, and no word of it is kept.

The desk's voice has sent the caller to 911 by then; this is so that a person looks after it.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from frontdesk.calls import flags, said
from frontdesk.db.transaction import Transaction
from frontdesk.notifications import notices

_DANGER: Final = re.compile(
    r"\bchest (?:is |feels? )?(?:pain|pains|hurts?|hurting|tight\w*|pressure)\b|\bpain in (?:my|his|"
    r"her|the) chest\b|"
    r"\b(?:can't|cannot|can not|couldn't|unable to|hard to|struggling to|barely|trouble|difficulty|"
    r"difficult to) breath(?:e|ing)\b|"
    r"\bnot breathing\b|\bstopped breathing\b|\bisn't breathing\b|\bheart attack\b|"
    r"\b(?:a|having|had|mini|another) stroke\b|\bface is drooping\b|\bseizures?\b|\bconvuls\w+|"
    r"\bunconscious\b|\bpassed out\b|\b(?:won't|can't|doesn't) wake up\b|\b(?:unresponsive|not responding)\b|"
    r"\b(?:severe|heavy|uncontrolled) bleeding\b|\bbleeding (?:a lot|badly|heavily|out|everywhere)\b|"
    r"\b(?:won't|can't|doesn't|not) stop (?:the )?bleeding\b|\bchok(?:ing|ed on)\b|\boverdos\w+|"
    r"\bsuicid\w+|\bkill(?:ing)? (?:myself|himself|herself)\b|\bend (?:my|his|her) life\b|"
    r"\bending (?:my|it)(?: life| all)\b|"
    r"\b(?:want|wants|wanna|going) to die\b|\b(?:don't|doesn't) (?:want to|wanna) (?:live|be alive)\b|"
    r"\b(?:hurt|harm|cut)(?:ing)? (?:myself|himself|herself)\b|"
    r"\b(?:this is|it's|have|is) an? (?:real |medical )?emergency\b(?! contact)|\bmedical emergency\b|"
    r"胸痛|胸口(?:很|好|特别|非常|有点|一直|突然)?(?:痛|疼|闷)|(?:不能|没法|无法)呼吸|喘不(?:过|上)|呼吸(?:不了|困难|不过来|不上来)|没有?呼吸了|"
    r"心脏病发作|心脏病犯了|心梗|心肌梗|中风|抽搐|抽筋不停|癫痫|羊癫疯|昏迷|昏倒|晕倒|昏过去|晕过去|失去意识|没有?意识了|叫不醒|"
    r"大出血|流血不止|血止不住|止不住血|流了?很多血|噎住|噎到|窒息|服药过量|药吃多了|吃了(?:很多|太多|一整瓶|一瓶)药|"
    r"自杀|不想活|想死|轻生|割腕|结束(?:自己的)?生命|伤害自己|紧急情况|救命|急救"
)
_DENIED: Final = re.compile(
    r"\b(?:no|not|never|without|don't have|didn't have|haven't had|isn't|wasn't|any|deny|denies|if|"
    r"family)\b|n't\b"
    r"|没|不是|不会|并非|无(?!法)|有没有|如果|万一|家族"
)
_LONG_AGO: Final = re.compile(
    r"\b(?:years?|months?|weeks?) ago\b|\blast (?:year|month|winter|summer|spring|fall)\b|"
    r"\bhistory of\b|\bin (?:19|20)\d\d\b|"
    r"\bused to\b|\bwhen i was\b|\bback in\b|\bin the past\b|\b(?:medication|medicine|pills|clinic|"
    r"prevention|follow-?up|"
    r"specialist|screening|course|training)\b|"
    r"去年|前年|以前|曾经|病史|年前|个月前|上个?月|小时候|复查|复诊|预防|专科|(?:的)药(?!吃)"
)
_ASKS: Final = re.compile(
    r"(?:do|does|can|would) (?:you|the (?:clinic|doctor)s?|he|she|they) (?:treat|see|handle|deal|help|do)\b"
)
_CLAUSE: Final = re.compile(r"[,，、:：]\s*| but | though | however |但是?|可是|不过")


def are_in(text: str) -> bool:
    """Whether something in it is urgent now: not denied, not asked in general, not long past."""
    for sentence in said.sentences(text):
        if _ASKS.search(sentence) or _LONG_AGO.search(sentence):
            continue
        for found in _DANGER.finditer(sentence):
            clause = _CLAUSE.split(sentence[max(0, found.start() - said.LOOK_BACK) : found.start()])[-1]
            if not _DENIED.search(clause):
                return True
    return False


def heard(db: Transaction, call_id: str, spoken: Iterable[str], *, at: datetime) -> bool:
    """Flags the call and tells the clinic, once, if the caller spoke of an emergency."""
    if not any(are_in(text) for text in spoken):
        return False
    if flags.add(db, call_id, "emergency"):
        flags.note_event(db, call_id, at, "emergency")
        notices.note(db, "emergency", call_id=call_id)
    return True
