"""What the words around a number say that it is: asked for in one turn, given in the next."""

import re
from bisect import bisect_left
from typing import Final

from frontdesk.privacy.said import HAN, TURN, Said

KEEP: Final = "KEEP"
"""A number of ours: a confirmation, an extension, a room."""
VISIT: Final = "VISIT"
"""A date that lies behind and is no birthday: an operation, the last visit."""

_LATIN: Final = {
    "PHONE": (
        r"(?:tele)?phones?|cell(?:phone)?|mobile|call ?back|reach (?:me|you|him|her|us)|"
        r"call (?:me|him|her|us|you) (?:back )?(?:at|on)|(?:my|your|his|her|best|contact|home|work|callback|"
        r"another|other|whats?app) number|fax|text (?:me|him|her) (?:at|on)|area code|wechat"
    ),
    "HEALTH_NUMBER": (
        r"phn|p h n|health ?-?(?:care )?(?:card|number|id|no|insurance)|care ?card|services card"
        r"|personal health"
        r"(?: number)?|ohip|o h i p|ramq|r a m q|ahcip|msp|medicare|medical (?:card|number|id|services)|"
        r"provincial (?:card|number)|version code|alberta health(?: care)?"
    ),
    "SIN": r"sin(?: number)?|social insurance|social security|ssn|s s n|s i n|social(?: number)?",
    "CARD": (
        r"credit card|debit card|credit|debit|visa|master ?card|amex|american express|card number|cvv|cvc|"
        r"security code|card on file|card ending"
    ),
    "ID": (
        r"passport(?: number)?|driver'?s? licen[cs]e|driving licen[cs]e|licen[cs]e number|policy number|"
        r"member(?:ship)? (?:id|number)|insurance (?:id|number|policy)|id number|id card|resident card|"
        r"pr card|status card|chart number|file number|medical record|mrn|group number|account number"
    ),
    "DOB": (r"born|birth ?-?dates?|date of birth|birth ?-?days?|birth|d\.?o\.?b\.?|d o b|b-?day"),
    "POSTAL_CODE": r"postal ?codes?|zip ?codes?|zip|post ?codes?",
    "EMAIL": r"e ?-?mails?(?: address)?",
    KEEP: (
        r"confirmation|reference|extension|ext|room|invoice|ticket|booking number|appointment (?:id"
        r"|number)|"
        r"pound key|press|queue|prescription number|parking"
    ),
    VISIT: (
        r"surgery|operation|visits?|last (?:seen|came|time|appointment|visit|checkup|exam|test|one)|since|"
        r"diagnosed|saw|seen|moved here|started|graduated|accident|admitted|discharged|expires?|expiry|"
        r"vaccinated|shot|x-?ray|scan|mri|tested|prescribed|arrived|immigrated|married|opened|date of loss"
        r"|founded|established"
    ),
}
_HAN: Final = {
    "PHONE": "电话|手机|联系方式|座机|回电|打给[我你您他她]|拨打|联络|[我你您他她]的号码|[我你您]号码|微信",
    "HEALTH_NUMBER": "医疗卡|健康卡|医保|医疗号|健康号|健保|医疗保险|保健卡|卡尔卡|健康保险|医护卡|省医疗",
    "SIN": "社保|社会保险|社会安全|工卡|安全号|社安",
    "CARD": "信用卡|银行卡|借记卡|付款卡|安全码|支付卡",
    "ID": "身份证|身分证|护照|驾照|驾驶证|驾驶执照|证件|保单|会员号|病历号|枫叶卡|居民证",
    "DOB": "生日|出生|生于|诞生|年生|月生|日生|号生|生辰|哪年的|年的",
    "POSTAL_CODE": "邮编|邮政编码|邮政号码|邮区|邮递区号",
    "EMAIL": "邮箱|电邮|邮件|伊妹儿|电子信箱|信箱",
    KEEP: "确认号|预约号|分机|房间|参考号|排队|订单|按[一二三四五六七八九0-9]",
    VISIT: (
        "手术|上次|上一次|看过|来过|就诊|复诊|检查|开始|确诊|打过|接种|到期|有效期|住院|出院|移民|搬来"
        "|来的|登陆|车祸|做过|结婚"
    ),
}
_ORDER: Final = (
    *("HEALTH_NUMBER", "ID", "CARD", "SIN", "DOB"),
    *("POSTAL_CODE", "EMAIL", "PHONE", KEEP, VISIT),
)
# What a cue may begin with is asked first: most places of a text fail there.
_CUE: Final = re.compile(
    "(?=[a-z])(?<![a-z\\[])(?:"
    + "|".join(rf"(?P<{label}>(?:{_LATIN[label]})(?![a-z]))" for label in _ORDER)
    + f")|(?=[{HAN}])(?:"
    + "|".join(rf"(?P<HAN_{label}>{_HAN[label]})" for label in _ORDER)
    + ")"
)


class Cues:
    """All cues of a text, in order."""

    def __init__(self, said: Said) -> None:
        self._low = said.low
        self._ends: list[int] = []
        self._labels: list[str] = []
        self._starts: list[int] = []
        for cue in _CUE.finditer(said.low):
            # "Is there sin in that" is rare; a card that is no number's is not.
            self._starts.append(cue.start())
            self._ends.append(cue.end())
            self._labels.append((cue.lastgroup or "").removeprefix("HAN_"))

    def before(
        self, place: int, *, within: int = 170, turns: int = 6, of: frozenset[str] | None = None
    ) -> tuple[str, int] | None:
        """The nearest cue that ends at this place or earlier, and where it ends; None when none is near."""
        at = bisect_left(self._ends, place + 1) - 1
        for back in range(at, max(-1, at - 8), -1):
            if place - self._ends[back] > within:
                return None
            if of is None or self._labels[back] in of:
                if self._low.count(TURN, self._ends[back], place) > turns:
                    return None
                return self._labels[back], self._ends[back]
        return None

    def is_answered(self, label: str, cue: int, place: int) -> bool:
        """Whether a placeholder between the cue and this place is what was asked for."""
        return f"[{label.lower()}" in self._low[cue:place]

    def after(self, place: int, *, within: int, of: frozenset[str]) -> bool:
        """Whether such a cue begins shortly behind this place, in the same turn."""
        at = bisect_left(self._starts, place)
        for ahead in range(at, min(at + 3, len(self._starts))):
            if self._starts[ahead] - place > within:
                return False
            if self._labels[ahead] in of:
                return TURN not in self._low[place : self._starts[ahead]]
        return False
