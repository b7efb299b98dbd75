"""How the desk's voice says that something is done, by kind: the forms of both languages, as patterns.

Only what is said as done: in the perfect ("I've moved", 已经…好了), or as a state ("you're booked"). Matched
in plain writing: lower case, simplified characters, straight apostrophes.
"""

from typing import Final, Literal

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
"""`confirmed`: that a visit stands, made in this call or long before; `call_back`: that somebody "
"will call."""

# English: who, and what may stand between.
_I: Final = r"\b(?:i|we)(?:'ve| have| just|'d just)? ?"
_DONE: Final = (
    r"(?:(?:just|now|all|already|also|gone ahead and|went ahead and|successfully|officially|then|finally|got)"
    r"(?:,? |\b))*"
)
_ABLE: Final = (
    r"(?:\bwas able to|\bwere able to|\bhave been able to|'ve been able to|\bmanaged to) (?:go ahead and )?"
)
_IS: Final = (
    r"(?: is| are| has been| have been|'s been|'s|'re| was just| was successfully)"
    r"(?: now| all| just| officially| successfully)*"
)
_VISIT: Final = (
    r"(?:appointment|visit|booking|consultation|consult|follow-?up|physical|check-?up|reservation|annual|"
    r"procedure)s?"
)
_YOURS: Final = rf"\b(?:your|the|that|this|his|her|their|both)(?: \w+){{0,3}}? {_VISIT}"
_YOU: Final = (
    r"\b(?:you|he|she|they|(?:your|his|her) (?:son|daughter|mom|mum|mother|dad|father|husband|wife|child|"
    r"kid|partner))"
)
_BEHIND: Final = r"(?: (?:with|for|on|at|,)?[^?]{0,90}?)?"
_WHO_CALLS: Final = (
    r"\b(?:someone|somebody|they|we|one of (?:us|our|the)[^,]{0,25}|(?:a|the|our|"
    r"your) (?:\w+(?:'s)? )?(?:nurse|doctor|clinic|"
    r"office|staff|team|front desk|receptionist|manager|team member|staff member|person|provider|physician)"
    r"(?: member)?(?: (?:from|at|of) [^,]{0,25})?|dr \w+)"
)
_LISTS: Final = r"(?:wait ?-?list|waiting list|cancellation list)"

# Chinese: for whom, and that it is done.
_FOR_YOU: Final = r"[为帮给替](?:您|你|他|她|您的?\S{1,4}?)?"
_HAS: Final = r"(?<!没)已(?:经)?(?:成功)?"
_NO_OTHER: Final = r"(?:(?!取消|改|换|挪|候补|申请).){0,12}?"
_ENDED: Final = r"(?:好了?|上了|了|成功|完成|妥了?|到了|在了)"

PATTERNS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    (
        "booked",
        (
            (
                rf"{_YOU}{_IS}(?: \w+ly)? (?:booked|scheduled|reserved|locked in|penciled in|"
                rf"pencilled in)\b(?! (?:up|out|solid|all day)\b)"
            ),
            (
                rf"{_YOU}{_IS} (?:set|good to go|down|on the (?:books|schedule|calendar)|"
                rf"in)(?: up)? (?:for|on|with|at)\b"
            ),
            (
                rf"{_YOURS}{_BEHIND}{_IS} (?:booked|scheduled|reserved|made|set(?: up)?(?: for)?|"
                rf"locked in|in the "
                r"(?:system|calendar|books|schedule)|on the (?:books|calendar|schedule))\b"
            ),
            rf"\b(?:an|one) {_VISIT} (?:has been|was) (?:just |now )?(?:booked|made|scheduled)",
            (
                r"\b(?:that|it)(?:'s| is| has been)(?: now| all)* (?:booked|scheduled)\b(?! (?:up|out|"
                r"solid|already|by)|,? (?:but|so|unfortunately))"
            ),
            (
                rf"{_I}{_DONE}(?:booked|scheduled|reserved|penciled|pencilled) (?:you|your|that|it|him|"
                rf"her|them|the|an|a|this|both)\b"
                r"(?! (?:time )?for (?:a few|five|some) min)"
            ),
            rf"{_I}{_DONE}put (?:you|him|her|them) (?:in|down) (?:for|with|on|at)\b",
            rf"{_I}{_DONE}(?:made|set up) (?:you )?(?:an|your|the|that|a|this) (?:\w+ )?{_VISIT}",
            (
                r"\b(?:i|we)(?:'ve got| have got| have| got|'ve) (?:you|that|it|him|her|"
                r"them)(?: all)? (?:down|booked|scheduled|set(?: up)?|in)\b"
            ),
            rf"\b(?:the|your) {_VISIT} (?:went through|was successful|is complete|is in)\b",
            r"\bthat's (?:you|it)(?: all)? (?:booked|scheduled)\b",
            rf"{_ABLE}(?:book|schedule|reserve|get|squeeze|fit) (?:you|that|it|him|her|them|your|the|an|a)\b",
            rf"{_HAS}{_FOR_YOU}{_NO_OTHER}(?:预约|约|预定|预订|安排|订|挂)(?!诊所|过)",
            rf"{_HAS}(?:预约|约|安排)(?:成功|好|在|到)",
            rf"{_FOR_YOU}{_NO_OTHER}(?:预约|约|预订|预定|安排|订|挂号?){_ENDED}",
            rf"(?:预约|约|预订|安排|挂号){_HAS}?(?:为您|给您)?(?:好了|成功了?|完成了?|妥了|上了)",
            r"(?:预约|约)(?:好|成功|完成)(?:了|，|在|到|的是|\Z)",
            rf"(?:预约|就诊时间|看诊时间).{{0,24}}?{_HAS}(?:预约|约好|安排好?|登记|生效|成功|完成)",
            r"把(?:您|你).{0,6}(?:安排|约|排)[在到].{2,30}了",
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
            (
                rf"\b(?:clinic|office|doctor|team)(?: has|'s)? confirmed (?:your|the|that|"
                rf"this) (?:\w+ )?{_VISIT}"
            ),
            rf"预约.{{0,24}}?{_HAS}确认",
            rf"{_HAS}确认.{{0,40}}?预约",
            r"(?:点(?:半|一刻|三刻|钟|整|[零〇一二三四五\d]?十?[一二三四五六七八九\d]*分)?|到时|到时候)见",
        ),
    ),
    (
        "requested",
        (
            (
                rf"{_I}{_DONE}(?:put in|submitted|sent|sent in|sent over|sent off|made|placed|filed|"
                rf"passed on|passed along|left)"
                r" (?:a|an|the|your|that|this) (?:\w+ ){0,2}?(?:request|message|note)\b"
            ),
            (
                rf"{_I}{_DONE}(?:asked|requested|messaged|notified) (?:the|our|your|"
                rf"dr) (?:\w+ )?(?:clinic|office|doctor|team|staff|nurse|\w+)\b"
                r".{0,40}?(?:for|to|that|about)\b"
            ),
            (
                r"\byour request(?: for [^?]{0,60}?)?(?:'s| is| has been| was)(?: now)? (?:submitted|"
                r"sent|in|placed|made|received|with the)\b"
            ),
            rf"{_HAS}(?:[为帮给替](?:您|你))?(?:[向跟给](?:诊所|医生|前台|医院|工作人员))?.{{0,6}}?(?:提交|申请|递交|转告|转达)",
            rf"(?:申请|请求|留言).{{0,12}}?(?:提交|递交|发送|发出|转达){_ENDED}",
            r"(?:提交|递交)(?:好了|成功|了).{0,8}?(?:申请|请求)",
        ),
    ),
    (
        "moved",
        (
            (
                rf"{_I}{_DONE}(?:moved|rescheduled|switched|pushed|bumped|shifted|changed|"
                rf"updated) (?:your|the|that|this|his|her) (?:\w+ ){{0,3}}?"
                rf"(?:{_VISIT}|time)\b"
            ),
            (
                rf"{_I}{_DONE}(?:moved|rescheduled|switched|pushed|bumped|shifted|changed) (?:you|it|"
                rf"that|this|him|her|them)(?: over| back| up)*"
                r" (?:to|for|from|until)\b(?! (?:the )?(?:top|english|chinese|mandarin|another (?:agent|"
                r"person)|wait))"
            ),
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
            (
                rf"{_I}{_DONE}(?:added|put|placed|gotten|have|signed) (?:you|your name|him|her|"
                rf"them)\b.{{0,40}}?{_LISTS}"
            ),
            (
                rf"{_YOU}(?:'re|'ve been| are| is| have been| has been)(?: now| all)*(?: (?:added|put|"
                rf"placed))? (?:on|to|onto)\b.{{0,25}}?{_LISTS}"
            ),
            r"\byour name(?:'s| is| has been)(?: now)?(?: (?:added|put|placed))? (?:on|to)\b.{0,25}?"
            + _LISTS,
            rf"{_HAS}.{{0,12}}?(?:加入|加到|放到|放进|列入|登记到|排进|排到|添加到|加进|加在).{{0,12}}?(?:候补|等候|轮候|等待)",
            r"把(?:您|你).{0,6}?(?:加入|加到|放到|放进|列入|加进|添加到|排进).{0,12}?(?:候补|等候|轮候|等待).{0,6}?了",
            r"(?:加入|加到|放到|放进|列入|加进).{0,12}?(?:候补|等候|轮候|等待)(?:名单)?(?:了|成功|好了)",
            r"(?:候补|等候|轮候)(?:名单)?.{0,4}?(?:登记|加)(?:好|上)了",
        ),
    ),
    (
        "registered",
        (
            (
                rf"{_YOU}(?:'re|'ve been| are| is| have been| has been)(?: now| all| officially|"
                rf" successfully)* registered\b"
            ),
            rf"{_I}{_DONE}registered (?:you|him|her|them|your)\b",
            r"\b(?:i|we)(?:'ve got| have got| have) (?:you|him|her|them)(?: all)? registered\b",
            (
                rf"{_I}{_DONE}(?:created|set up|opened|made) (?:your|a|a new|the|his|her) (?:new |"
                rf"patient )*(?:file|chart|profile|record|account)\b"
            ),
            (
                r"\byour (?:registration|file|chart|profile|record)(?:'s| is| has been)(?: now|"
                r" all)* (?:complete|completed|done|created|set up)\b"
            ),
            r"(?:登记|注册|建档)(?:好了|成功|完成了?|完毕|妥了)",
            rf"{_HAS}(?:[为帮给替](?:您|你))?.{{0,6}}?(?:登记好|注册|建档|建好|建立|创建).{{0,8}}?",
            r"档案.{0,4}?(?:建好|建立|创建)(?:好)?了",
        ),
    ),
    (
        "call_back",
        (
            (
                rf"{_WHO_CALLS}(?:'ll| will| is going to|'re going to| are going to)(?: \w+ly| also|"
                rf" then)* (?:call|phone|ring|contact|get back to|"
                r"reach out to|follow up with|give (?:you|him|her) a (?:call|ring)|be in touch|"
                r"get in touch|let you know|return your call|text)\b"
            ),
            (
                r"\byou(?:'ll| will) (?:get|receive|have|hear)(?: back)? (?:a call(?:back)?|from (?:us|"
                r"the|our|someone|dr))\b"
            ),
            (
                r"(?:诊所|我们|工作人员|同事|前台|护士|医生|有人|他们|专人|人工|负责人).{0,8}?(?:会|将).{0,8}?(?:[给跟与和向]?(?:您|你))?.{0,4}?"
                r"(?:回电|打电话|致电|回复|联系|通知|回拨|来电|打给(?:您|你)|告知)"
            ),
        ),
    ),
    (
        "transferred",
        (
            (
                r"\b(?:i'm|i am|we're)(?: now)? (?:connecting|transferring|forwarding) you\b|\b(?:i'm|"
                r"i am) putting you (?:through|over)\b"
            ),
            rf"{_I}{_DONE}(?:transferred|connected|forwarded) you\b",
            r"正在[为帮给](?:您|你)转接",
            r"(?:马上|现在|这就|立即|立刻)[为帮给](?:您|你)转(?:接)?(?:到)?",
        ),
    ),
)
