"""What a sentence of the desk's voice tells the caller as done, and for when. Pure: words in, claims out.

Strict about form, so that a question, an offer, a wish, a condition or a "couldn't" claims nothing: what is
done is said in the perfect ("I've moved", 已经…好了) or as a state ("you're booked"). English and Chinese,
both scripts.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from frontdesk.speech import plain_words

Kind = Literal[
    "booked",
    "confirmed",
    "requested",
    "moved",
    "cancelled",
    "waitlisted",
    "registered",
    "call_back",
    "transferred",
]
"""`confirmed`: that a visit stands, made in this call or long before; `call_back`: that somebody will call."""

_LONGEST_READ: Final = 200
"""Characters of a sentence that times are looked for in; `plain_words` takes no more."""


class Times(NamedTuple):
    """The days and times that a sentence names; empty: none."""

    clocks: frozenset[tuple[int, int]] = frozenset()
    """Hour and minute; both halves of the day where the sentence doesn't say which."""
    weekdays: frozenset[int] = frozenset()
    """ISO, 1 is Monday."""
    dates: frozenset[tuple[int, int]] = frozenset()
    """Month and day; month 0 where only "the fifth" was said."""
    ahead: frozenset[int] = frozenset()
    """Days from today: 0 today, 1 tomorrow; only when no other day is named."""

    def fit(self, start: datetime, *, today: date) -> bool:
        """Whether nothing in the sentence speaks against this start, as the clinic's clock shows it."""
        return (
            (not self.clocks or (start.hour, start.minute) in self.clocks)
            and (not self.weekdays or start.isoweekday() in self.weekdays)
            and (not self.dates or bool(self.dates & {(start.month, start.day), (0, start.day)}))
            and (not self.ahead or (start.date() - today).days in self.ahead)
        )


class Claim(NamedTuple):
    """One thing that was said to be done."""

    kind: Kind
    times: Times


def claims(text: str) -> list[Claim]:
    """What one turn says to be done, in order; of one sentence each kind once."""
    found: list[Claim] = []
    for sentence in sentences(text):
        if statement := _statement(sentence):
            kinds = [kind for kind, pattern in _CLAIMS if _is_meant(kind, pattern, statement)]
            # "Your appointment is now booked for …" is one claim, whatever else its words would fit.
            for kind in kinds:
                if not any(kind in _SAID_BY.get(other, ()) for other in kinds):
                    found.append(Claim(kind, times(statement)))
    return [one for one in found if one.kind not in _NEEDS_TIMES or one.times != Times()]


def takes_back(text: str) -> bool:
    """Whether the turn is sorry, and says what is not so: it corrects what was said before."""
    return bool(_SORRY.search(plain(text)))


def plain(text: str) -> str:
    """Lower case, one width, simplified characters, straight apostrophes; abbreviations without their stops."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").translate(_SIMPLIFIED)
    return _ABBREVIATED.sub(lambda said: said[0].replace(".", ""), folded)


def sentences(text: str) -> Iterator[str]:
    """Each sentence with its mark, in plain writing."""
    for found in _SENTENCE.finditer(plain(text)):
        if sentence := found[0].strip():
            yield sentence


def times(sentence: str) -> Times:
    """The days and times in a sentence."""
    try:
        left = plain_words.words(sentence[-_LONGEST_READ:])
    except plain_words.Unclear:
        return Times()
    parts = {hour for part in _PART.findall(left) for hour in _HOURS[part]}
    dates: set[tuple[int, int]] = set()
    for pattern in _DATES:
        for said in pattern.finditer(left):
            named = said.groupdict().get("month")
            dates.add((_MONTHS.index(named[:3]) + 1 if named else 0, int(said["day"])))
        left = pattern.sub(" ; ", left)
    clocks: set[tuple[int, int]] = set()
    for pattern in _CLOCKS:
        for said in pattern.finditer(left):
            clocks |= _clocks(said, parts)
        left = pattern.sub(" ; ", left)
    weekdays = {_WEEKDAYS.index(said) + 1 for said in _WEEKDAY.findall(left)}
    ahead = {_AHEAD[said] for said in _RELATIVE.findall(left)} if clocks and not (dates or weekdays) else set[int]()
    return Times(frozenset(clocks), frozenset(weekdays), frozenset(dates), frozenset(ahead))


def _clocks(said: re.Match[str], parts: set[int]) -> set[tuple[int, int]]:
    part = said.groupdict()
    if part.get("named"):
        return {(12 if part["named"] in ("noon", "midday") else 0, 0)}
    hour, minute = int(part["hour"]), int(part.get("minute") or 0)
    if before := part.get("before"):
        hour, minute = hour - 1, 60 - {"quarter": 15}.get(before, int(before) if before.isdigit() else 0)
    elif past := part.get("past"):
        minute = {"half": 30, "quarter": 15}.get(past) or int(past)
    if not (0 <= hour < 24 and 0 <= minute < 60):
        return set()
    if half := part.get("half"):
        return {(hour % 12 + (12 if half == "pm" else 0), minute)}
    either = {hour} if hour == 0 or hour > 12 else {hour % 12, hour % 12 + 12}
    return {(one, minute) for one in either & parts or either}


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
    """Whether one of the matches is what it looks like: not denied, not conditional, not read from the file."""
    for said in pattern.finditer(statement):
        before = statement[: said.start()]
        clause = _CLAUSE.split(before)[-1]
        if _CONDITION.search(before) or _CONDITION.search(said[0]) or _DENIED.search(clause):
            continue
        if _FROM_FILE.search(before) or (kind in ("booked", "confirmed") and _OLD.search(clause + said[0])):
            continue
        if kind == "cancelled" and _OLD_CANCEL.search(statement):
            continue
        if _ZH_DENIED.search(said[0]) or (kind == "call_back" and _CONDITION.search(statement)):
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
    r"(?:(?:so|and|but|now|ok|okay|alright|great|perfect|well|also|then),? )*(?:shall|should|would|do|does|did|can|"
    r"could|have (?:i|you|we)|has|is|are|am|was|were|will|may|might|what|which|who|where|how|why|anything|any)\b"
)
_TAG: Final = re.compile(r",? ?\b(?:okay|ok|alright|all right|sound good|sounds good|good)\Z")
_READS_BACK: Final = re.compile(
    r",? ?\b(?:right|correct|yes|yeah|is that right|is that correct|isn't it|aren't you|didn't i)\Z"
    r"|(?:对吗|是吗|对不对|是不是|没错吧|对吧|是吧|吧|对么|是么)\Z"
)

# Of what is not so, not yet so, or was so before the call.
_CONDITION: Final = re.compile(
    r"\b(?:if|once|when|whenever|until|unless|whether|before|after|as soon as|in case|make sure|making sure|ensure|"
    r"see whether|check whether|let me|let's|want|would like|like to|going to|gonna|about to|try|trying|need|so that|"
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
    r"\b(?:i see|i can see|we see|i do see|looks like|look like|it says|it shows|shows?|showing|showed|appears|seems|"
    r"records?|according|i found|our system|on file|on the screen|think|thought|believe|said|told|heard|understand)\b"
    r"|查到|看到|显示|记录[上里显]|系统[里中]|据我|好像|似乎|您说|听说"
)
_OLD: Final = re.compile(
    r"\b(?:originally|previously|previous|original|old|still|currently|last (?:time|week|month|year|visit)|earlier|"
    r"other|existing|double|fully|completely)\b|之前|原来|原先|上次|以前|目前|原定|一直|已经?有|仍然|还是"
)
_OLD_CANCEL: Final = re.compile(r"之前(?:就)?已|早就|早已|取消(?:了)?(?:您)?原来的时间|already (?:been )?cancel")
_LIST: Final = re.compile(r"wait ?-?list|waiting list|cancellation list|候补|等候名单|轮候|等待名单")
_SORRY: Final = re.compile(
    r"(?:sorry|apolog|my mistake|correction|i misspoke|actually).*"
    r"(?:taken|n't|\bnot\b|unable|cannot|instead|mistake|wrong|misspoke|correct|meant|\bit's\b)"
    r"|(?:抱歉|对不起|不好意思|更正|说错|弄错).*(?:约走|没|不|无法|应该|更正|说错|弄错|才是)|(?:更正|说错|弄错)",
    re.DOTALL,
)

# English: who, and what may stand between.
_I: Final = r"\b(?:i|we)(?:'ve| have| just|'d just)? ?"
_DONE: Final = (
    r"(?:(?:just|now|all|already|also|gone ahead and|went ahead and|successfully|officially|then|finally|got)"
    r"(?:,? |\b))*"
)
_ABLE: Final = r"(?:\bwas able to|\bwere able to|\bhave been able to|'ve been able to|\bmanaged to) (?:go ahead and )?"
_IS: Final = (
    r"(?: is| are| has been| have been|'s been|'s|'re| was just| was successfully)"
    r"(?: now| all| just| officially| successfully)*"
)
_VISIT: Final = (
    r"(?:appointment|visit|booking|consultation|consult|follow-?up|physical|check-?up|reservation|annual|procedure)s?"
)
_YOURS: Final = rf"\b(?:your|the|that|this|his|her|their|both)(?: \w+){{0,3}}? {_VISIT}"
_YOU: Final = (
    r"\b(?:you|he|she|they|(?:your|his|her) (?:son|daughter|mom|mum|mother|dad|father|husband|wife|child|"
    r"kid|partner))"
)
_BEHIND: Final = r"(?: (?:with|for|on|at|,)?[^?]{0,90}?)?"
_WHO_CALLS: Final = (
    r"\b(?:someone|somebody|they|we|one of (?:us|our|the)[^,]{0,25}|(?:a|the|our|your) (?:\w+(?:'s)? )?(?:nurse|doctor|clinic|"
    r"office|staff|team|front desk|receptionist|manager|team member|staff member|person|provider|physician)"
    r"(?: member)?(?: (?:from|at|of) [^,]{0,25})?|dr \w+)"
)
_LISTS: Final = r"(?:wait ?-?list|waiting list|cancellation list)"

# Chinese: for whom, and that it is done.
_FOR_YOU: Final = r"[为帮给替](?:您|你|他|她|您的?\S{1,4}?)?"
_HAS: Final = r"(?<!没)已(?:经)?(?:成功)?"
_NO_OTHER: Final = r"(?:(?!取消|改|换|挪|候补|申请).){0,12}?"
_ENDED: Final = r"(?:好了?|上了|了|成功|完成|妥了?|到了|在了)"

_PATTERNS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    (
        "booked",
        (
            rf"{_YOU}{_IS}(?: \w+ly)? (?:booked|scheduled|reserved|locked in|penciled in|pencilled in)\b(?! (?:up|out|solid|all day)\b)",
            rf"{_YOU}{_IS} (?:set|good to go|down|on the (?:books|schedule|calendar)|in)(?: up)? (?:for|on|with|at)\b",
            rf"{_YOURS}{_BEHIND}{_IS} (?:booked|scheduled|reserved|made|set(?: up)?(?: for)?|locked in|in the "
            r"(?:system|calendar|books|schedule)|on the (?:books|calendar|schedule))\b",
            rf"\b(?:an|one) {_VISIT} (?:has been|was) (?:just |now )?(?:booked|made|scheduled)",
            r"\b(?:that|it)(?:'s| is| has been)(?: now| all)* (?:booked|scheduled)\b(?! (?:up|out|solid|already|by)|,? (?:but|so|unfortunately))",
            rf"{_I}{_DONE}(?:booked|scheduled|reserved|penciled|pencilled) (?:you|your|that|it|him|her|them|the|an|a|this|both)\b"
            r"(?! (?:time )?for (?:a few|five|some) min)",
            rf"{_I}{_DONE}put (?:you|him|her|them) (?:in|down) (?:for|with|on|at)\b",
            rf"{_I}{_DONE}(?:made|set up) (?:you )?(?:an|your|the|that|a|this) (?:\w+ )?{_VISIT}",
            r"\b(?:i|we)(?:'ve got| have got| have| got|'ve) (?:you|that|it|him|her|them)(?: all)? (?:down|booked|scheduled|set(?: up)?|in)\b",
            rf"\b(?:the|your) {_VISIT} (?:went through|was successful|is complete|is in)\b",
            r"\bthat's (?:you|it)(?: all)? (?:booked|scheduled)\b",
            rf"{_ABLE}(?:book|schedule|reserve|get|squeeze|fit) (?:you|that|it|him|her|them|your|the|an|a)\b",
            rf"{_HAS}{_FOR_YOU}{_NO_OTHER}(?:预约|约|预定|预订|安排|订|挂)(?!诊所|过)",
            rf"{_HAS}(?:预约|约|安排)(?:成功|好|在|到)",
            rf"{_FOR_YOU}{_NO_OTHER}(?:预约|约|预订|预定|安排|订|挂号?){_ENDED}",
            rf"(?:预约|约|预订|安排|挂号){_HAS}?(?:为您|给您)?(?:好了|成功了?|完成了?|妥了|上了)",
            rf"(?:预约|约)(?:好|成功|完成)(?:了|，|在|到|的是|\Z)",
            rf"(?:预约|就诊时间|看诊时间).{{0,24}}?{_HAS}(?:预约|约好|安排好?|登记|生效|成功|完成)",
            rf"把(?:您|你).{{0,6}}(?:安排|约|排)[在到].{{2,30}}了",
            r"(?:您|你)(?:已经?)?(?:约|预约)好了",
        ),
    ),
    (
        "confirmed",
        (
            rf"{_YOU}{_IS} confirmed (?:for|on|with|at)\b",
            rf"{_YOURS}{_BEHIND}{_IS} confirmed\b",
            rf"{_I}{_DONE}confirmed (?:your|the|that|this) (?:\w+ )?{_VISIT}",
            r"(?<!\bi )(?<!can )\bsee you\b(?!')",
            rf"\b(?:clinic|office|doctor|team)(?: has|'s)? confirmed (?:your|the|that|this) (?:\w+ )?{_VISIT}",
            rf"预约.{{0,24}}?{_HAS}确认",
            rf"{_HAS}确认.{{0,40}}?预约",
            r"(?:点(?:半|一刻|三刻|钟|整|[零〇一二三四五\d]?十?[一二三四五六七八九\d]*分)?|到时|到时候)见",
        ),
    ),
    (
        "requested",
        (
            rf"{_I}{_DONE}(?:put in|submitted|sent|sent in|sent over|sent off|made|placed|filed|passed on|passed along|left)"
            r" (?:a|an|the|your|that|this) (?:\w+ ){0,2}?(?:request|message|note)\b",
            rf"{_I}{_DONE}(?:asked|requested|messaged|notified) (?:the|our|your|dr) (?:\w+ )?(?:clinic|office|doctor|team|staff|nurse|\w+)\b"
            r".{0,40}?(?:for|to|that|about)\b",
            r"\byour request(?: for [^?]{0,60}?)?(?:'s| is| has been| was)(?: now)? (?:submitted|sent|in|placed|made|received|with the)\b",
            rf"{_HAS}(?:[为帮给替](?:您|你))?(?:[向跟给](?:诊所|医生|前台|医院|工作人员))?.{{0,6}}?(?:提交|申请|递交|转告|转达)",
            rf"(?:申请|请求|留言).{{0,12}}?(?:提交|递交|发送|发出|转达){_ENDED}",
            r"(?:提交|递交)(?:好了|成功|了).{0,8}?(?:申请|请求)",
        ),
    ),
    (
        "moved",
        (
            rf"{_I}{_DONE}(?:moved|rescheduled|switched|pushed|bumped|shifted|changed|updated) (?:your|the|that|this|his|her) (?:\w+ ){{0,3}}?"
            rf"(?:{_VISIT}|time)\b",
            rf"{_I}{_DONE}(?:moved|rescheduled|switched|pushed|bumped|shifted|changed) (?:you|it|that|this|him|her|them)(?: over| back| up)*"
            r" (?:to|for|from|until)\b(?! (?:the )?(?:top|english|chinese|mandarin|another (?:agent|person)|wait))",
            rf"{_YOURS}{_BEHIND}{_IS} (?:moved|rescheduled|changed|switched|pushed|shifted|updated)\b",
            rf"{_YOURS}(?: is|'s) now (?:with|on|at|for|set for|scheduled|booked|tomorrow|this|next)\b",
            r"\byour new (?:appointment )?(?:time|date) is\b",
            r"\byou're now (?:booked|scheduled|set|down|on|in)\b.{0,60}\binstead\b",
            r"\b(?:it|that)(?:'s| is| has)(?: been| now| all)* (?:moved|rescheduled)\b",
            rf"{_ABLE}(?:move|reschedule|switch|change|shift|push) (?:you|your|that|it|the)\b",
            rf"{_HAS}(?:[为帮给替](?:您|你))?.{{0,22}}?(?:改|换|挪|调整?|移|推迟|提前|延后)(?:到|成|为|约|期|好|至|了)",
            r"(?:改|换|挪|调整?|移|推迟|提前)(?:到|成|为|至).{1,30}?了(?!吗)",
            r"(?:改期?|改约|换|挪|调整?)(?:好了?|成功)(?:了|，|\Z)",
        ),
    ),
    (
        "cancelled",
        (
            rf"{_I}{_DONE}(?:cancell?ed|called off) (?:your|the|that|it|this|both|all|his|her|their)\b",
            rf"{_ABLE}cancel (?:your|the|that|it|this|both|all)\b",
            rf"{_I}{_DONE}(?:removed|deleted|taken) (?:your|the|that|this) (?:\w+ ){{0,3}}?{_VISIT}",
            rf"{_YOURS}{_BEHIND}(?:,)?{_IS} cancell?ed\b",
            r"\b(?:it|that)(?:'s| is| has)(?: been| now| all)* cancell?ed\b",
            rf"{_HAS}(?:[为帮给替](?:您|你))?.{{0,24}}?取消(?!政策|名单)",
            r"取消(?:好了|成功了?|掉了|了)(?!吗)",
        ),
    ),
    (
        "waitlisted",
        (
            rf"{_I}{_DONE}(?:added|put|placed|gotten|have|signed) (?:you|your name|him|her|them)\b.{{0,40}}?{_LISTS}",
            rf"{_YOU}(?:'re|'ve been| are| is| have been| has been)(?: now| all)*(?: (?:added|put|placed))? (?:on|to|onto)\b.{{0,25}}?{_LISTS}",
            r"\byour name(?:'s| is| has been)(?: now)?(?: (?:added|put|placed))? (?:on|to)\b.{0,25}?" + _LISTS,
            rf"{_HAS}.{{0,12}}?(?:加入|加到|放到|放进|列入|登记到|排进|排到|添加到|加进|加在).{{0,12}}?(?:候补|等候|轮候|等待)",
            r"把(?:您|你).{0,6}?(?:加入|加到|放到|放进|列入|加进|添加到|排进).{0,12}?(?:候补|等候|轮候|等待).{0,6}?了",
            r"(?:加入|加到|放到|放进|列入|加进).{0,12}?(?:候补|等候|轮候|等待)(?:名单)?(?:了|成功|好了)",
            r"(?:候补|等候|轮候)(?:名单)?.{0,4}?(?:登记|加)(?:好|上)了",
        ),
    ),
    (
        "registered",
        (
            rf"{_YOU}(?:'re|'ve been| are| is| have been| has been)(?: now| all| officially| successfully)* registered\b",
            rf"{_I}{_DONE}registered (?:you|him|her|them|your)\b",
            r"\b(?:i|we)(?:'ve got| have got| have) (?:you|him|her|them)(?: all)? registered\b",
            rf"{_I}{_DONE}(?:created|set up|opened|made) (?:your|a|a new|the|his|her) (?:new |patient )*(?:file|chart|profile|record|account)\b",
            r"\byour (?:registration|file|chart|profile|record)(?:'s| is| has been)(?: now| all)* (?:complete|completed|done|created|set up)\b",
            rf"(?:登记|注册|建档)(?:好了|成功|完成了?|完毕|妥了)",
            rf"{_HAS}(?:[为帮给替](?:您|你))?.{{0,6}}?(?:登记好|注册|建档|建好|建立|创建).{{0,8}}?",
            r"档案.{0,4}?(?:建好|建立|创建)(?:好)?了",
        ),
    ),
    (
        "call_back",
        (
            rf"{_WHO_CALLS}(?:'ll| will| is going to|'re going to| are going to)(?: \w+ly| also| then)* (?:call|phone|ring|contact|get back to|"
            r"reach out to|follow up with|give (?:you|him|her) a (?:call|ring)|be in touch|get in touch|let you know|return your call|text)\b",
            r"\byou(?:'ll| will) (?:get|receive|have|hear)(?: back)? (?:a call(?:back)?|from (?:us|the|our|someone|dr))\b",
            r"(?:诊所|我们|工作人员|同事|前台|护士|医生|有人|他们|专人|人工|负责人).{0,8}?(?:会|将).{0,8}?(?:[给跟与和向]?(?:您|你))?.{0,4}?"
            r"(?:回电|打电话|致电|回复|联系|通知|回拨|来电|打给(?:您|你)|告知)",
        ),
    ),
    (
        "transferred",
        (
            r"\b(?:i'm|i am|we're)(?: now)? (?:connecting|transferring|forwarding) you\b|\b(?:i'm|i am) putting you (?:through|over)\b",
            rf"{_I}{_DONE}(?:transferred|connected|forwarded) you\b",
            r"正在[为帮给](?:您|你)转接",
            r"(?:马上|现在|这就|立即|立刻)[为帮给](?:您|你)转(?:接)?(?:到)?",
        ),
    ),
)
_CLAIMS: Final = tuple((kind, re.compile("|".join(f"(?:{one})" for one in each))) for kind, each in _PATTERNS)
_SAID_BY: Final[dict[Kind, tuple[Kind, ...]]] = {
    "moved": ("booked", "confirmed", "cancelled"),
    "requested": ("booked", "confirmed", "cancelled", "moved", "call_back"),
    "waitlisted": ("booked", "registered", "call_back"),
    "booked": ("confirmed",),
    "cancelled": ("confirmed",),
}
"""Kinds that a sentence of that kind doesn't also claim: "I've moved your booking" books nothing new."""
_NEEDS_TIMES: Final = frozenset({"confirmed"})

_WEEKDAYS: Final = plain_words.WEEKDAYS
_MONTHS: Final = tuple(month[:3] for month in plain_words.MONTHS)
_HOURS: Final[dict[str, range]] = {
    "dawn": range(6),
    "morning": range(1, 12),
    "midday": range(11, 15),
    "afternoon": range(12, 19),
    "evening": range(16, 24),
    "night": range(17, 24),
}
_PART: Final = re.compile(rf"\b({'|'.join(_HOURS)})\b")
_MONTH: Final = rf"(?P<month>{'|'.join(plain_words.MONTHS)}|{'|'.join(_MONTHS)})"
_DATES: Final = (
    re.compile(rf"\b{_MONTH},? (?:the )?(?P<day>\d\d?)(?:st|nd|rd|th)?\b(?![:点]| ?[ap]m)"),
    re.compile(rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?,? (?:of )?{_MONTH}\b"),
    re.compile(r"(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th)\b"),
)
_CLOCKS: Final = (
    re.compile(r"\b(?P<past>half|quarter|\d\d?)(?: minutes?)? past (?P<hour>\d\d?)\b"),
    re.compile(r"\b(?P<before>quarter|\d\d?(?= minutes?))(?: minutes?)? (?:to|before) (?P<hour>\d\d?)\b"),
    re.compile(r"(?<![\d:])(?P<hour>\d\d?)(?:[:.点 ](?P<minute>\d\d))? ?(?P<half>am|pm)\b"),
    re.compile(r"(?<![\d:])(?P<hour>\d\d?)[:点](?P<minute>\d\d)(?!\d)"),
    re.compile(r"\b(?:at|until|till) (?:the )?(?P<hour>\d\d?)(?: (?P<minute>[0-5]\d))?(?![\d:]|th|st|nd|rd)\b"),
    re.compile(r"(?:day|tomorrow|today|next week),? (?P<hour>\d\d?)(?: (?P<minute>[0-5]\d))?(?![\d:]|th|st|nd|rd)\b"),
    re.compile(r"\b(?P<named>noon|midnight)\b"),
)
_WEEKDAY: Final = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\b")
_AHEAD: Final = {"today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2}
_RELATIVE: Final = re.compile(r"\b(day after tomorrow|tomorrow|tonight|today)\b")
