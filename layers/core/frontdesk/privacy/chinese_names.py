"""Names in Chinese that a cue announces (我叫, 免贵姓, 我太太), or a title follows (陈先生)."""

import re
from typing import Final

from frontdesk.privacy import announced
from frontdesk.privacy.lexicon import COMMON, HAN_DOUBLE, HAN_ORDINARY, HAN_SURNAMES
from frontdesk.privacy.people import Names
from frontdesk.privacy.said import HAN, TURN, Said

_HAN_RELATION: Final = (
    "孩子|小孩|儿子|女儿|女|仔|囡囡|老公|老婆|先生|太太|爱人|妻子|丈夫|妈妈|爸爸|母亲|父亲|妈|爸"
    "|阿妈|阿爸|妈咪|爹地|老豆|老母"
    "|奶奶|爷爷|外婆|外公|姥姥|姥爷|婆婆|公公|岳母|岳父|弟弟|妹妹|哥哥|姐姐|朋友|侄子|侄女|外甥"
    "|外甥女|孙子|孙女|男朋友|女朋友|室友"
)
_HAN_SAYS: Final = re.compile(
    f"(?:(?:[我您佢]|这里|这边)就?[是系]|[我他她佢您你](?:的|嘅"
    f"|个)?(?:{_HAN_RELATION})[是系]?)(?=[{HAN}]{{2}})"
)
"""What a name may follow that isn't announced as one; a word that ends it must follow."""
_HAN_BOUND: Final = re.compile(
    f"[^{HAN}]|$|约|的|"
    f"[想要今明后昨上下也在打来需有预呀啊发咳头肚做看吃没不还已刚去到从她他是叫说请能可会跟和最这那住过挂改取报病]"
    "|一直|本人|电话|生日|感冒|怀孕|约"
)
_HAN_STRONG: Final = re.compile(
    f"(?:[我他她佢]|[我他她佢]?(?:个|嘅)?(?:{_HAN_RELATION})|病人|患者)(?:的|嘅)?(?:名字|全名|姓名"
    f"|大名|中文名|英文名)?(?:就)?(?:是叫|叫做|叫作|叫)(?!了|你|您|救|什么|车|我|号|医|一|醒)"
    "|(?:名字|全名|姓名|大名|小名|乳名|学名|本名|中文名字?|英文名字?|名儿|个名|[嘅的]名)(?:就)?(?:是叫|叫做"
    "|叫|是|系|为|：|:)(?!什么|不|谁|哪|怎)"
    f"|(?:大名|全名|学名|姓名|小名|本名)(?=[{HAN}]{{2,4}}(?:[,，。.!！?？ {TURN}]|\\Z))"
    "|(?:免贵|敝)?姓(?!什么|名|氏|啥|谁)(?=[^\\s])|(?<=姓[" + HAN + "])[,， ]?名(?:字)?叫?"
    "|(?:我|这里|这边|您|你|请问)(?:就)?[是系](?=[" + HAN + "]{2,4}(?:本人|[,，。.!！?？ ]|\\Z))"
    "|(?:给|帮|替|为)(?:我|他|她|我的|我们)?(?:的)?(?:" + _HAN_RELATION + ")"
    "|(?:患者|病人|乘客|客人)(?:姓名|名字)?(?:是|叫|为|：|:)?|用户名?|挂在|登记在|预约在|名下是|称呼我"
)
_HAN_TITLE: Final = re.compile("先生|女士|小姐|太太|同学|阿姨|夫人|师傅|生(?=[,，。 ])|本人")
_HAN_NOT_NAME: Final = frozenset(
    "的是我想要今电出来了吗呢吧你您在住和跟预约挂看这那有没不也就先女小太他她它们什么谁哪怎可以能会"
    "请问好对啊呀嗯呃打号码生个一两几给帮替把被从到去过还都很太更最再又与或但如因所为"
    "，。,.!！?？;；:：、 月日年点病医患声音身份"
)
_HAN_FOLLOWS: Final = frozenset(
    "的是我想要今电出来了吗呢吧你您在住和跟预约挂看这那有没不也就先女小太他她什谁哪怎可能会请问好对"
    "啊呀嗯呃打个给帮替把被从到去过还都很再又与或但如因所生本耳木弓立口双草古言全"
)
_NOT_GIVEN: Final = "的是我你您他她了吗呢吧什么谁哪怎不没忘"
_GIVEN_SAID: Final = re.compile(f"一?(?:(?![{''.join(sorted(_HAN_NOT_NAME))}])[{HAN}]){{1,2}}")
_HAN_NICK: Final = re.compile(
    f"(?:叫|喊|称呼)我(?:做)?(?:[小老大](?=[{''.join(sorted(HAN_SURNAMES))}]))?([小老大]?阿?(?:(?![{''.join(sorted(_HAN_NOT_NAME))}])[{HAN}]){{1,2}}?)"
    f"(?=吧|就|好|啦|得|[^{HAN}]|$)"
)
"""叫我小王, 叫我阿强吧."""
_GIVEN_HAN: Final = re.compile(f"(?:(?![{''.join(sorted(_HAN_NOT_NAME))}])[{HAN}])*")
_SPACED: Final = re.compile(f"[{HAN}](?: [{HAN}]){{1,3}}(?![{HAN}])")
"""林 晓 燕: a name whose characters came one by one."""
_ONE_HAN: Final = re.compile(f"[{HAN}]")


def take(names: Names, said: Said) -> None:
    """Takes what a Chinese cue or title says is a name, and learns it."""
    low = said.low
    for cue in _HAN_STRONG.finditer(low):
        if re.search("医生|大夫|诊所|医院", low[max(0, cue.start() - 4) : cue.end()]):
            continue
        text = cue[0]
        place = cue.end()
        if low[place : place + 1] == " ":
            place += 1
        strong = "叫" in text or "名" in text or "称呼" in text or "喊我" in text
        if text.endswith("姓"):
            _surname(names, said, place)
        elif re.match("[a-z]", low[place : place + 1]):
            if strong:
                announced.take_announced(names, said, place, strong=True)
            elif text.endswith("是") or text[-1] in "子儿公婆太妈爸亲奶爷弟妹哥姐友":
                announced.take_announced(names, said, place, strong=False, lead="my son")
        else:
            take_native(names, said, place, strong=strong, ends=text[-1] in "是系" and "名" not in text)
    for nick in _HAN_NICK.finditer(low):
        if said.is_free(*nick.span(1)):
            said.take(*nick.span(1), "NAME", nick[1])
    for says in _HAN_SAYS.finditer(low):
        _said(names, said, says.end())
    for title in _HAN_TITLE.finditer(low):
        _titled(names, said, title.start(), title[0])


def _said(names: Names, said: Said, place: int) -> None:
    """Takes a surname and one or two characters that a word which can't be a name follows."""
    low = said.low
    surname = _surname_width(low, place)
    if not surname:
        return
    for given in (2, 1):
        end = place + surname + given
        if _GIVEN_SAID.fullmatch(low, place + surname, end) and _HAN_BOUND.match(low, end):
            if said.is_free(place, end) and not low.startswith(("医生", "大夫"), end):
                said.take(place, end, "NAME", names.native.get(low[place:end], low[place:end]))
                names.learn_native(low[place:end], low[place:end])
            return


def _surname(names: Names, said: Said, place: int) -> None:
    if re.match("[a-z]", said.low[place : place + 1]):
        announced.take_announced(names, said, place, strong=True)
        return
    width = 2 if said.low[place : place + 2] in HAN_DOUBLE else 1
    whole = said.low[place : place + width]
    if (whole in HAN_SURNAMES or width == 2) and said.is_free(place, place + width):
        said.take(place, place + width, "NAME", whole)
    ahead = re.compile(r"[,，、。 ]{0,2}(?:我|全名|名字)?(?:全)?(?:叫|是|系)?").match(said.low, place + width)
    if ahead and ahead.end() > place + width and said.low.startswith(whole, ahead.end()):
        take_native(names, said, ahead.end(), strong=True)
        return
    name = re.match(
        f"[,， ]?(?:单)?(?:名字?+(?:叫|是)?+|叫)((?:(?![{_NOT_GIVEN}])[{HAN}]){{1,2}})",
        said.low[place + width : place + width + 10],
    )
    if name and said.is_free(place + width + name.start(1), place + width + name.end(1)):
        said.take(place, place + width, "NAME", whole)  # a rare surname too
        said.take(place + width + name.start(1), place + width + name.end(1), "NAME", name[1])


def take_native(names: Names, said: Said, place: int, *, strong: bool, ends: bool = False) -> None:
    """Takes the Chinese name that begins here, if one does.

    Args:
        names: the call's.
        said: the text.
        place: where it would begin.
        strong: whether the cue is said of names only (我叫), so that it needs no surname.
        ends: whether it must have one all the same, for the cue is not that sure (我是).
    """
    low = said.low
    spaced = _SPACED.match(low, place)
    if spaced and low[place] in HAN_SURNAMES and said.is_free(*spaced.span()):
        name = spaced[0].replace(" ", "")
        said.take(*spaced.span(), "NAME", names.native.get(name, name))
        names.learn_native(name, name)
        return
    surname = _surname_width(low, place)
    if not surname and not strong:
        return
    if not surname and ends and not names.native:
        return
    end = place + surname
    most = place + (surname + 2 if surname else 3)
    while end < most and end < len(low):
        character = low[end]
        taken = end - place - surname
        if not _ONE_HAN.match(character):
            break
        if character in (_HAN_NOT_NAME if taken == 0 and not surname else _HAN_FOLLOWS) and not (
            surname and taken == 0 and character not in "的是我想要了吗呢吧你您"
        ):
            break
        if low.startswith(("先生", "女士", "小姐", "太太", "本人", "医生", "大夫"), end):
            break
        end += 1
    if end - place < 2 or not said.is_free(place, end):
        return
    name = low[place:end]
    if ends and not surname:
        return
    said.take(place, end, "NAME", names.native.get(name, name))
    if surname:
        names.learn_native(name, name)


def _titled(names: Names, said: Said, place: int, title: str) -> None:
    """陈先生, 王小明女士: back from the title to the surname."""
    low = said.low
    if low[place - 1 : place] in "]，。,.":
        return
    at = said.token_before(place)
    if at >= 0 and said.kinds[at] == "w" and said.ends[at] >= place - 1 and title not in ("生", "本人"):
        word = said.words[at]
        if word not in COMMON and word not in ("my",) and said.is_free_token(at):
            announced.take_words(names, said, at, at)
        return
    for width in (4, 3, 2, 1):
        start = place - width
        if start < 0 or not (low[start] in HAN_SURNAMES or low[start : start + 2] in HAN_DOUBLE):
            continue
        if width == 1 and title == "本人":
            continue
        name = low[start:place]
        surname = 2 if name[:2] in HAN_DOUBLE else 1 if name[0] in HAN_SURNAMES else 0
        if (
            not surname
            or name[:2] in HAN_ORDINARY
            or low[max(0, start - 1) : start + 1] in HAN_ORDINARY
            or (width == 4 and surname < 2)
            or (width > 1 and surname == width and surname == 1)
        ):
            continue
        given = name[:-1] if name.endswith("生") and len(name) == surname + 2 else name  # 葛洪生先生
        if not _GIVEN_HAN.fullmatch(given, surname):
            continue
        if width > 1 and title == "生":
            continue
        if said.is_free(start, place):
            said.take(start, place, "NAME", names.native.get(name, name))
            if width > 1:
                names.learn_native(name, name)
        return


def _surname_width(low: str, place: int) -> int:
    """How many characters of a surname stand here; 0 where an ordinary word begins, or none does."""
    pair = low[place : place + 2]
    if pair in HAN_DOUBLE:
        return 2
    return int(pair[:1] in HAN_SURNAMES and pair[:1] != "" and pair not in HAN_ORDINARY)
