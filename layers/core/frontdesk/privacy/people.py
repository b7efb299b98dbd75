# ruff: noqa: E501, SIM102, SIM905 - patterns stay on one line, word lists stay words
"""Names: those known to the call in every spelling, those that a cue announces, and those spelled out.

A clinic's own provider survives with a title, or by the whole name. A word that is also an ordinary one
("may", "will") is taken for a name only where it stands like one. What is neither known nor cued is not found.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import permutations
from typing import Final, NamedTuple

from frontdesk.patients.names import fold, readings
from frontdesk.privacy.emails import HOSTS
from frontdesk.privacy.lexicon import (
    COMMON,
    FILLERS,
    FUNCTION,
    GIVEN,
    HAN_DOUBLE,
    HAN_ORDINARY,
    HAN_SURNAMES,
    SIMPLIFIED,
    SURNAMES,
)
from frontdesk.privacy.said import HAN, TURN, Said
from frontdesk.privacy.spoken_digits import DIGITS, TEENS, TENS

_DOCTORS: Final = frozenset(
    {"dr", "doctor", "doc", "doctors", "dr's", "practitioner", "np", "nurse", "professor"}
)
_HAN_DOCTORS: Final = ("医生", "大夫", "医师", "主任", "中医师", "护士")
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mister", "missus", "mx", "madam", "madame"})
_MONTH_NAMES: Final = frozenset({"may", "april", "june", "august", "january", "march", "summer", "autumn"})
_IN_TIME: Final = frozenset(
    "in on of this next last early late mid by until since every to from through between before after during".split()
)

_RELATION: Final = (
    "son|daughter|wife|husband|mother|father|mom|mum|dad|brother|sister|child|baby|kid|grandson|granddaughter|"
    "grandmother|grandfather|grandma|grandpa|partner|friend|aunt|uncle|niece|nephew|boyfriend|girlfriend|spouse|roommate"
)
_STRONG: Final = re.compile(
    r"(?<![a-z])(?:(?:my|his|her|their|your|the|full|legal|whose|patient's|patient|caller's|son's|daughter's|child's|wife's|husband's)"
    r" (?:\w{1,10} )?names?(?: on file)?(?: is|'s| was|:| would be| should be)|"
    r"(?:patient|caller|child|kid|son|daughter|wife|husband|mother|father|mom|dad|baby)'s (?:full |legal )?name|name's|name is|names is|"
    r"(?:first|last|family|given|middle|maiden|sur|full|legal) ?names?(?: is|'s| was|:|,| as| of| would be)?|surname(?: is|'s|:|,)?|"
    r"(?:i'm|i am|is|was|goes by|he's|she's) (?:called|named)|people call me|everyone calls me|they call me|you can call me|just call me|"
    r"goes by|go by|under the (?:last |first )?name(?: of)?|in the name of|under name|patient name(?: is)?:?|"
    r"(?:speaking|talking|speak|talk) (?:with|to)(?: a| an)?(?= )|am i speaking (?:with|to)|"
    r"(?:booked|booking(?:'s)?|it's|appointment(?:'s)?|is|file(?:'s)?|registered|listed|be|put (?:it|that|this|me|him|her|us)|filed|down|look) under)(?![a-z])"
)
_MEDIUM: Final = re.compile(
    rf"(?<![a-z])(?:this is|it's|it is|that's|is this|is that|i'm|i am|speaking is|here is|for|named|called|"
    rf"(?:my|his|her|our|their|your) (?:{_RELATION})(?: is| who is|'s name is| named| called|,)?|"
    rf"hi|hello|hey|thanks|thank you|thank you so much|bye|goodbye|welcome|okay|alright|all right|sure|perfect|great|sorry|"
    rf"good (?:morning|afternoon|evening)|patient|mom is|dad is|with|about|to|and|from|ask for|tell)(?![a-z])"
)
_SPEAKING: Final = frozenset({"calling", "speaking", "here", "again"})
_ASKED: Final = re.compile(
    r"(?<![a-z\[])(?:names?|who am i (?:speaking|talking) (?:with|to)|who is (?:this|calling|speaking)|who's (?:calling|this|speaking)|"
    r"(?:and|your) (?:first|last|given|family)(?: one)?(?=\?)|who is the (?:patient|appointment)|who's the patient|spell (?:that|it|your|the|his|her))(?![a-z])|名字|姓名|贵姓|怎么称呼|怎么拼|叫什么|哪位|姓什么|谁|全名|大名|尊姓大名|称呼"
)
_ANSWER_LEAD: Final = frozenset(
    """uh um yes yeah sure ok okay it's its it is that's so well , . - my name the first last and i'm this oh please under
    hi full legal mine of course yep""".split()
)
_PARTICLES: Final = frozenset("van de von der den la le bin al da dos del st mac mc el ibn".split())
_NEVER: Final = FUNCTION - {"will", "may", "an", "do", "so", "he", "you", "in", "on", "her", "out", "she"}
_ACRONYMS: Final = frozenset(
    """mri ct ecg ekg abc ivf hiv usa bc ok iud adhd copd ohip ramq phn sin ssn msp dob id eta er gp np rmt tb uti
    bmi std sti pcr tsh ldl hdl cbc fyi asap faq tv pc icbc wcb ubc sfu cpap ptsd ocd ibs gerd mmr hpv am pm cvv
    icu nhs ada hmo ppo opq xyz aaa bbb a b atm vip diy""".split()
)

_HAN_RELATION: Final = (
    "孩子|小孩|儿子|女儿|女|仔|囡囡|老公|老婆|先生|太太|爱人|妻子|丈夫|妈妈|爸爸|母亲|父亲|妈|爸|阿妈|阿爸|妈咪|爹地|老豆|老母"
    "|奶奶|爷爷|外婆|外公|姥姥|姥爷|婆婆|公公|岳母|岳父|弟弟|妹妹|哥哥|姐姐|朋友|侄子|侄女|外甥|外甥女|孙子|孙女|男朋友|女朋友|室友"
)
_HAN_SAYS: Final = re.compile(
    f"(?:(?:[我您佢]|这里|这边)就?[是系]|[我他她佢您你](?:的|嘅|个)?(?:{_HAN_RELATION})[是系]?)(?=[{HAN}]{{2}})"
)
"""What a name may follow that isn't announced as one; a word that ends it must follow."""
_HAN_BOUND: Final = re.compile(f"[^{HAN}]|$|约|的|[想要今明后昨上下也在打来需有预呀啊发咳头肚做看吃没不还已刚去到从她他是叫说请能可会跟和最这那住过挂改取报病]"
    "|一直|本人|电话|生日|感冒|怀孕|约")
_HAN_STRONG: Final = re.compile(
    f"(?:[我他她佢]|[我他她佢]?(?:个|嘅)?(?:{_HAN_RELATION})|病人|患者)(?:的|嘅)?(?:名字|全名|姓名|大名|中文名|英文名)?(?:就)?(?:是叫|叫做|叫作|叫)(?!了|你|您|救|什么|车|我|号|医|一|醒)"
    "|(?:名字|全名|姓名|大名|小名|乳名|学名|本名|中文名字?|英文名字?|名儿|个名)(?:就)?(?:是叫|叫做|叫|是|系|为|：|:)(?!什么|不|谁|哪|怎)"
    f"|(?:大名|全名|学名|姓名|小名|本名)(?=[{HAN}]{{2,4}}(?:[,，。.!！?？ {TURN}]|\\Z))"
    "|(?:免贵|敝)?姓(?!什么|名|氏|啥|谁)(?=[^\\s])|(?<=姓[" + HAN + "])[,， ]?名(?:字)?叫?"
    "|(?:我|这里|这边|您|你|请问)(?:就)?[是系](?=[" + HAN + "]{2,4}(?:本人|[,，。.!！?？ ]|\\Z))"
    "|(?:给|帮|替|为)(?:我|他|她|我的|我们)?(?:的)?(?:" + _HAN_RELATION + ")"
    "|(?:患者|病人|乘客|客人)(?:姓名|名字)?(?:是|叫|为|：|:)?|用户名?|挂在|登记在|预约在|名下是|称呼我"
)
_HAN_TITLE: Final = re.compile("先生|女士|小姐|太太|同学|阿姨|夫人|师傅|生(?=[,，。 ])|本人")
_HAN_NOT_NAME: Final = frozenset(
    "的是我想要今电出来了吗呢吧你您在住和跟预约挂看这那有没不也就先女小太他她它们什么谁哪怎可以能会请问好对啊呀嗯呃打号码生个一两几给帮替把被从到去过还都很太更最再又与或但如因所为"
    "，。,.!！?？;；:：、 月日年点病医患声音身份"
)
_HAN_FOLLOWS: Final = frozenset(
    "的是我想要今电出来了吗呢吧你您在住和跟预约挂看这那有没不也就先女小太他她什谁哪怎可能会请问好对啊呀嗯呃打个给帮替把被从到去过还都很再又与或但如因所生本耳木弓立口双草古言全"
)
_GIVEN_SAID: Final = re.compile(f"一?(?:(?![{''.join(sorted(_HAN_NOT_NAME))}])[{HAN}]){{1,2}}")
_HAN_NICK: Final = re.compile(
    f"(?:叫|喊|称呼)我(?:做)?[小老大]?(阿?(?:(?![{''.join(sorted(_HAN_NOT_NAME))}])[{HAN}]){{1,2}}?)(?=吧|就|好|啦|得|[^{HAN}]|$)"
)
"""叫我小王, 叫我阿强吧."""
_GIVEN_HAN: Final = re.compile(f"(?:(?![{''.join(sorted(_HAN_NOT_NAME))}])[{HAN}])*")
_SPACED: Final = re.compile(f"[{HAN}](?: [{HAN}]){{1,3}}(?![{HAN}])")
"""林 晓 燕: a name whose characters came one by one."""
_ONE_HAN: Final = re.compile(f"[{HAN}]")
_SPELLED_HAN: Final = re.compile(
    "耳东陈|木子李|弓长张|立早章|口天吴|双木林|草头黄|古月胡|言午许|三横一竖王|三横王|走肖赵|文武斌|双人徐|干勾于|人禾余|卯金刀刘|禾木程|木易杨|十八子李|马户卢|关耳郑|门里马|双口吕|西贝贾|草字头黄|大肚黄"
)
_OF: Final = re.compile(f"(?<![{HAN}a-z])?([{HAN}]{{2,4}}?)的([{HAN}])")
_OF_STOP: Final = frozenset("是好对我的了你您他她在有这那个要不就会说")


class Person(NamedTuple):
    """One patient known to the call, from our own rows."""

    first_name: str
    last_name: str
    native_name: str | None = None
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    """E.164."""
    email: str | None = None
    address: str = ""
    city: str = ""
    postal_code: str = ""
    health_card_number: str | None = None


class Known(NamedTuple):
    """What is known of a call before a word of it is read."""

    people: tuple[Person, ...] = ()
    phones: tuple[str, ...] = ()
    """The caller's number, E.164."""
    providers: tuple[str, ...] = ()
    """The clinic's own providers, by their names in any language, with a title or without."""
    clinic: tuple[str, ...] = ()
    """The clinic's own name, address and telephone: public, so they survive."""
    region: str = "CA"


def simplified(text: str) -> str:
    """Chinese characters in the form in which texts are compared."""
    return "".join(SIMPLIFIED.get(character, character) for character in text)


class Names:
    """The names that are known to a call; those cued in it are learned."""

    def __init__(self, known: Known) -> None:
        self._words: dict[str, str] = {}
        """Single words of names to whom they belong."""
        self._joined: dict[str, str] = {}
        """Whole names without spaces, for what is spelled or run together."""
        self._pairs: dict[tuple[str, ...], str] = {}
        self._native: dict[str, str] = {}
        self.fresh: set[str] = set()
        """Names learned of which the text was not yet asked again."""
        names = [tuple(word for word in _latin(name) if word not in _DOCTORS) for name in known.providers]
        self._provider_names = [name for name in names if name]
        self._provider_words = {word for name in names for word in name}
        natives = [re.sub(f"[^{HAN}]", "", simplified(name)) for name in known.providers]
        self._provider_natives = sorted(
            {re.sub("(?:医生|医师|大夫|主任|中医师)$", "", name) for name in natives} - {""},
            key=len,
            reverse=True,
        )
        for at, person in enumerate(known.people):
            self._know(person, f"person {at}")

    def _know(self, person: Person, key: str) -> None:
        first, last = _latin(person.first_name), _latin(person.last_name)
        for words in {*first} | {*last}:
            if len(words) > 1:
                self._words.setdefault(words, key)
        self._whole([*first], [*last], key)
        for name in (
            person.native_name or "",
            person.first_name + person.last_name,
            person.last_name + person.first_name,
        ):
            native = re.sub(f"[^{HAN}]", "", simplified(name))
            if len(native) > 1:
                self._know_native(native, key)
        if person.first_name and not first:
            given = simplified(person.first_name)
            if len(given) > 1:
                self._native.setdefault(given, key)

    def _know_native(self, native: str, key: str) -> None:
        self._native.setdefault(native, key)
        surname = 2 if native[:2] in HAN_DOUBLE else 1
        given = native[surname:]
        if len(given) > 1:
            self._native.setdefault(given, key)
        sounds = [readings(character)[0] for character in native]
        if all(sound.isascii() for sound in sounds):
            self._whole(["".join(sounds[surname:])], ["".join(sounds[:surname])], key)
            self._whole(sounds[surname:], ["".join(sounds[:surname])], key)
            if len(given) > 1:
                self._words.setdefault("".join(sounds[surname:]), key)

    def _whole(self, first: Sequence[str], last: Sequence[str], key: str) -> None:
        if first:
            self._joined.setdefault("".join(first), key)
        if last:
            self._joined.setdefault("".join(last), key)
        if not (first and last):
            return
        for order in (
            (*first, *last),
            (*last, *first),
            (first[0], *last),
            (first[0], last[-1]),
            (last[-1], first[0]),
        ):
            self._pairs.setdefault(tuple(order), key)
            self._joined.setdefault("".join(order), key)
        if len(last) > 1:
            self._pairs.setdefault(tuple(last), key)
        if len(first) > 1:
            self._pairs.setdefault(tuple(first), key)
            self._words.setdefault("".join(first), key)
            for order in permutations(("".join(first), "".join(last))):
                self._pairs.setdefault(order, key)

    def learn(self, words: Sequence[str], key: str) -> None:
        """Remembers a cued name for the rest of the call; ordinary words only as a part of the whole."""
        if len(words) > 1:
            self._pairs.setdefault(tuple(words), key)
        for word in words:
            if len(word) > 2 and word not in COMMON and word not in self._provider_words:
                if word not in self._words:
                    self.fresh.add(word)
                self._words.setdefault(word, key)

    def learn_native(self, name: str, key: str) -> None:
        """Remembers a cued Chinese name."""
        if len(name) > 1 and name not in self._provider_natives:
            if name not in self._native:
                self.fresh.add(name)
            self._native.setdefault(name, key)

    def key_of(self, text: str) -> str | None:
        """Whose name this is, written together; None when it is nobody's."""
        return self._joined.get(text) or self._words.get(text)

    def keep_providers(self, said: Said) -> None:
        """Claims the clinic's own providers where they stand with a title, or by the whole name."""
        for at, word in enumerate(said.words):
            if word in _DOCTORS and said.kinds[at] == "w":
                self._keep_titled(said, at)
        own = {name[0] for name in self._provider_names if len(name) > 1}
        for at, word in enumerate(said.words):
            if word in own:
                for name in self._provider_names:
                    if (
                        len(name) > 1
                        and tuple(said.words[at : at + len(name)]) == name
                        and name not in self._pairs
                    ):
                        said.keep(said.starts[at], said.ends[at + len(name) - 1])
        if self._provider_natives:
            self._keep_native(said)

    def _keep_titled(self, said: Said, at: int) -> None:
        here = at + 1
        while said.word(here) in (".", "-", "uh", "um") and here - at < 3:
            here += 1
        end = here
        while said.word(end) in self._provider_words or (
            said.word(end) == "-" and said.word(end + 1) in self._provider_words and end > here
        ):
            end += 1
        native = next(
            (
                name
                for name in self._provider_natives
                if said.low.startswith(name, said.starts[here] if here < said.size else 0)
            ),
            None,
        )
        if end > here:
            said.keep(said.starts[at], said.ends[end - 1])
        elif native is not None and here < said.size:
            said.keep(said.starts[at], said.starts[here] + len(native))
        elif here < said.size and any(said.words[here] == name[0] for name in self._provider_natives):
            said.keep(said.starts[at], said.ends[here])

    def _keep_native(self, said: Said) -> None:
        for title in re.finditer("|".join(_HAN_DOCTORS), said.low):
            surnames = {name[0] for name in self._provider_natives} | {w[-1] for w in self._provider_names}
            for name in (*self._provider_natives, *surnames):
                for written in (name, f"{name} "):
                    if said.low.endswith(written, max(0, title.start() - 24), title.start()):
                        said.keep(title.start() - len(written), title.end())
                if said.low.startswith(name, title.end()):
                    said.keep(title.start(), title.end() + len(name))
            before = said.token_before(title.start())
            if said.word(before) in self._provider_words:
                first = before
                while said.word(first - 1) in self._provider_words:
                    first -= 1
                said.keep(said.starts[first], title.end())
        for name in self._provider_natives:
            if len(name) > 1 and name not in self._native:
                longer = [native for native in self._native if native.startswith(name)]
                for place in re.finditer(re.escape(name), said.low):
                    if not any(said.low.startswith(native, place.start()) for native in longer):
                        said.keep(*place.span())

    def take_known(self, said: Said) -> None:
        """Takes known names, whole or in part."""
        longest = max((len(pair) for pair in self._pairs), default=0)
        starts = {pair[0] for pair in self._pairs}
        parts = starts.union(self._words, (name for name in self._joined if len(name) > 5))
        for at, word in enumerate(said.words):
            bare = _bare(word) if "'" in word else word
            if bare not in parts or said.kinds[at] != "w" or not said.is_free_token(at):
                continue
            if bare in starts and self._take_pair(said, at, longest):
                continue
            owner = self._words.get(bare) or (self._joined.get(bare) if len(bare) > 5 else None)
            if owner and (bare not in COMMON or _stands_as_name(said, at)):
                self._take(said, at, at, owner)
        for native, owner in sorted(self._native.items(), key=lambda one: -len(one[0])):
            for place in re.finditer("[ ]?".join(map(re.escape, native)), said.low):
                if said.is_free(*place.span()):
                    said.take(*place.span(), "NAME", owner)

    def _take_pair(self, said: Said, at: int, longest: int) -> bool:
        words: list[str] = []
        here = at
        best: tuple[int, str] | None = None
        while len(words) < longest and said.is_free_token(here):
            word, kind = said.words[here], said.kinds[here]
            if kind == "w":
                words.append(_bare(word))
                owner = self._pairs.get(tuple(words))
                if owner:
                    best = here, owner
            elif not (word in ("-", ",", ".") and words):
                break
            here += 1
        if best is None:
            return False
        if all(word in FUNCTION for word in words) and not said.is_capital(at):
            return False
        self._take(said, at, best[0], best[1])
        return True

    def _take(self, said: Said, first: int, last: int, key: str) -> None:
        end = said.ends[last] - (2 if said.words[last].endswith("'s") else 0)
        said.take(said.starts[first], end, "NAME", key)

    def take_spelled(self, said: Said) -> None:
        """Takes letters in a row: C-H-E-N, "S M I T H, S as in Sam"."""
        at = 0
        while at < said.size:
            if said.kinds[at] != "w" or (len(said.words[at]) > 1 and said.words[at] != "double"):
                at += 1
                continue
            letters, last, hints = _spelled(said, at)
            joined = "".join(letters)
            if len(letters) < 2 or joined in _ACRONYMS or self._is_told(said, at, joined):
                at = max(at + 1, last + 1) if letters else at + 1
                continue
            owner = self.key_of(joined)
            hyphens = said.word(at + 1) == "-"
            cued = _ASKED.search(said.low, max(0, said.starts[at] - 60), said.starts[at]) is not None
            if (
                owner
                or hints > 1
                or said.words[at - 1 - (said.words[at - 1] in (",", "-", "."))] == joined  # "Wu, W U"
                or (hints and cued)
                or len(letters) >= 4
                or (len(letters) == 3 and (hyphens or cued))
                or (len(letters) == 2 and cued and (hyphens or hints))
            ):
                said.take_tokens(at, last, "NAME", owner or joined)
                if len(letters) > 2 and joined not in COMMON:
                    self.learn([joined], owner or joined)
            at = last + 1
        self._take_described(said)

    def _is_told(self, said: Said, at: int, joined: str) -> bool:
        """Whether these are the letters of what stands just before and survives: a mail's host, a doctor."""
        if self.key_of(joined):
            return False
        before = at - 1
        while at - before < 4 and said.words[before] in (",", "-", ".", "that's", "spelled", "so"):
            before -= 1
        is_kept = said.kinds[before] == "w" and not said.is_free_token(before)
        return joined in HOSTS or (joined in self._provider_words and is_kept)

    def _take_described(self, said: Said) -> None:
        """Takes 耳东陈 and 美丽的美."""
        for piece in _SPELLED_HAN.finditer(said.low):
            if said.is_free(*piece.span()):
                said.take(*piece.span(), "NAME", piece[0])
        for piece in _OF.finditer(said.low):
            phrase, character = piece[1], piece[2]
            at = phrase.find(character)
            if at < 0 or character in _OF_STOP:
                continue
            start = piece.start(1) + max(0, at - 2 if at == len(phrase) - 1 and len(phrase) > 2 else 0)
            if said.is_free(start, piece.end()):
                said.take(start, piece.end(), "NAME", character)

    def take_cued(self, said: Said) -> None:
        """Takes what a cue says is a name, and learns it."""
        for cue in _STRONG.finditer(said.low):
            if not _of_a_doctor(said.low, cue.start(), cue.end()):
                self._cued(said, cue.end(), strong=True, lead=cue[0])
        for cue in _MEDIUM.finditer(said.low):
            self._cued(said, cue.end(), strong=False, lead=cue[0])
        for at, word in enumerate(said.words):
            if said.kinds[at] == "w" and word in _TITLES:
                self._cued(said, said.ends[at], strong=True, title=True)
            elif word in _SPEAKING and said.kinds[at] == "w":
                self._before_speaking(said, at)
        for question in _ASKED.finditer(said.low):
            turn = said.low.find(TURN, question.end(), question.end() + 120)
            if turn >= 0 and not _of_a_doctor(said.low, question.start(), question.end()):
                self._answered(said, turn + 1)
        self._chinese(said)

    def _cued(self, said: Said, place: int, *, strong: bool, title: bool = False, lead: str = "") -> None:
        at = said.token_at(place)
        for _ in range(3):
            if (
                said.word(at) in (":", ",", "uh", "um", "actually", "is", ".", "-", "'", '"', "ah", "er")
                or said.word(at) in _TITLES
            ):
                if said.word(at) == "," and lead in ("to", "with", "for", "and", "about", "from"):
                    return
                at += 1
        words = self._name(said, at, strong=strong, title=title, lead=lead)
        if words:
            self._take_cued_words(said, at, words)

    def _take_cued_words(self, said: Said, at: int, last: int) -> None:
        words = [_bare(said.words[one]) for one in range(at, last + 1) if said.kinds[one] == "w"]
        joined = "".join(words)
        key = (
            self._pairs.get(tuple(words))
            or self.key_of(joined)
            or next((owner for word in words if (owner := self._words.get(word))), joined)
        )
        self._take(said, at, last, key)
        self.learn(words, key)

    def _name(self, said: Said, at: int, *, strong: bool, title: bool, lead: str) -> int | None:
        """The last token of the name that begins here; None when none does."""
        cased = _is_cased(said, at)
        last, count, here = None, 0, at
        while count < 3 and said.is_free_token(here) and said.kinds[here] in "wo":
            word = _bare(said.words[here])
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
                    fine = self._fits_medium(said, here, word, cased=cased, capital=capital, lead=lead)
                if not fine:
                    break
            elif len(word) == 1 and len(said.words[here + 1]) == 1 and said.kinds[here + 1] == "w":
                break  # it is being spelled
            elif (len(word) == 1 and word != "i" and not _ends(said, here) and not ordinary) or (
                word in _PARTICLES and said.kind(here + 1) == "w"
            ):
                pass
            elif (
                ordinary
                or (cased and not capital)
                or _is_inflected(word)
            ):
                if not (cased and capital and word not in FUNCTION and word in SURNAMES | GIVEN):
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

    def _fits_medium(self, said: Said, at: int, word: str, *, cased: bool, capital: bool, lead: str) -> bool:
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
            return cased and capital and not weak and word not in _MONTH_NAMES and word in GIVEN | SURNAMES
        if len(word) < 2:
            return False
        listed = word in GIVEN or word in SURNAMES or word in self._words
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
        if said.word(at + 1) in _SPEAKING or said.word(at + 2) in _SPEAKING:
            return True
        if lead.split(" ")[0] in ("my", "his", "her", "our", "their", "your"):
            return listed or not (_is_inflected(word) or word.endswith("s"))
        return listed

    def _before_speaking(self, said: Said, at: int) -> None:
        """Takes "Mei Chen speaking", at the start of a turn or a sentence."""
        first = at
        while (
            at - first < 3
            and said.is_free_token(first - 1)
            and said.kind(first - 1) == "w"
            and said.words[first - 1] not in COMMON
        ):
            first -= 1
        before = said.word(first - 1)
        if first < at and (
            said.kind(first - 1) in ("", "t")
            or before in (".", ",", "!", "?")
            or before in FILLERS
            or before in ("is", "this", "it's")
        ):
            self._take_cued_words(said, first, at - 1)

    def _answered(self, said: Said, place: int) -> None:
        at = said.token_at(place)
        end = at
        while end < said.size and said.kinds[end] != "t":
            end += 1
            if end - at > 60:
                break
        here = at
        while here < end and said.words[here] in _ANSWER_LEAD:
            here += 1
        if here >= end:
            return
        if said.kinds[here] == "h":
            self._take_native(said, said.starts[here], strong=True, ends=True)
            return
        last = self._name(said, here, strong=True, title=False, lead="")
        if last is not None and last - here < 5:
            first_word = _bare(said.words[here])
            bounded = last + 1 >= end or said.kinds[last + 1] in "pt" or said.words[last + 1] in COMMON
            if first_word not in COMMON or (
                bounded
                and end - here <= 4
                and first_word not in FUNCTION
                and (first_word in GIVEN or first_word in SURNAMES)
            ):
                self._take_cued_words(said, here, last)

    def _chinese(self, said: Said) -> None:
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
                self._surname(said, place)
            elif re.match("[a-z]", low[place : place + 1]):
                if strong:
                    self._cued(said, place, strong=True)
                elif text.endswith("是") or text[-1] in "子儿公婆太妈爸亲奶爷弟妹哥姐友":
                    self._cued(said, place, strong=False, lead="my son")
            else:
                self._take_native(said, place, strong=strong, ends=text[-1] in "是系" and "名" not in text)
        for nick in _HAN_NICK.finditer(low):
            if said.is_free(*nick.span(1)):
                said.take(*nick.span(1), "NAME", nick[1])
        for says in _HAN_SAYS.finditer(low):
            self._said(said, says.end())
        for title in _HAN_TITLE.finditer(low):
            self._titled(said, title.start(), title[0])

    def _said(self, said: Said, place: int) -> None:
        """Takes a surname and one or two characters that a word which can't be a name follows."""
        low = said.low
        surname = _surname_width(low, place)
        if not surname:
            return
        for given in (2, 1):
            end = place + surname + given
            if _GIVEN_SAID.fullmatch(low, place + surname, end) and _HAN_BOUND.match(low, end):
                if said.is_free(place, end) and not low.startswith(("医生", "大夫"), end):
                    said.take(place, end, "NAME", self._native.get(low[place:end], low[place:end]))
                    self.learn_native(low[place:end], low[place:end])
                return

    def _surname(self, said: Said, place: int) -> None:
        if re.match("[a-z]", said.low[place : place + 1]):
            self._cued(said, place, strong=True)
            return
        width = 2 if said.low[place : place + 2] in HAN_DOUBLE else 1
        if (said.low[place : place + width] and said.low[place] in HAN_SURNAMES) or width == 2:
            if said.is_free(place, place + width):
                said.take(place, place + width, "NAME", said.low[place : place + width])
        ahead = re.compile(r"[,，、。 ]{0,2}(?:我|全名|名字)?(?:全)?(?:叫|是|系)?").match(said.low, place + width)
        whole = said.low[place : place + width]
        if ahead and ahead.end() > place + width and said.low.startswith(whole, ahead.end()):
            self._take_native(said, ahead.end(), strong=True)
            return
        name = re.match(
            f"[,， ]?(?:单)?(?:名(?:字)?(?:叫|是)?|叫)([{HAN}]{{1,2}})",
            said.low[place + width : place + width + 10],
        )
        if name and said.is_free(place + width + name.start(1), place + width + name.end(1)):
            said.take(place + width + name.start(1), place + width + name.end(1), "NAME", name[1])

    def _take_native(self, said: Said, place: int, *, strong: bool, ends: bool = False) -> None:
        low = said.low
        spaced = _SPACED.match(low, place)
        if spaced and low[place] in HAN_SURNAMES and said.is_free(*spaced.span()):
            name = spaced[0].replace(" ", "")
            said.take(*spaced.span(), "NAME", self._native.get(name, name))
            self.learn_native(name, name)
            return
        surname = _surname_width(low, place)
        if not surname and not strong:
            return
        if not surname and ends and not self._native:
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
        said.take(place, end, "NAME", self._native.get(name, name))
        if surname:
            self.learn_native(name, name)

    def _titled(self, said: Said, place: int, title: str) -> None:
        """陈先生, 王小明女士: back from the title to the surname."""
        low = said.low
        if low[place - 1 : place] in "]，。,.":
            return
        at = said.token_before(place)
        if at >= 0 and said.kinds[at] == "w" and said.ends[at] >= place - 1 and title not in ("生", "本人"):
            word = said.words[at]
            if word not in COMMON and word not in ("my",) and said.is_free_token(at):
                self._take_cued_words(said, at, at)
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
            if not _GIVEN_HAN.fullmatch(name, surname):
                continue
            if width > 1 and title == "生":
                continue
            if said.is_free(start, place):
                said.take(start, place, "NAME", self._native.get(name, name))
                if width > 1:
                    self.learn_native(name, name)
            return


def _latin(name: str) -> list[str]:
    plain = name.replace("-", " ")
    if plain.isascii() and plain.replace(" ", "").isalpha():
        return plain.lower().split()
    return re.findall("[a-z]+", fold(plain))


def _surname_width(low: str, place: int) -> int:
    """How many characters of a surname stand here; 0 where an ordinary word begins, or none does."""
    pair = low[place : place + 2]
    if pair in HAN_DOUBLE:
        return 2
    return int(pair[:1] in HAN_SURNAMES and pair[:1] != "" and pair not in HAN_ORDINARY)


def _bare(word: str) -> str:
    word = word.removesuffix("'s")
    return word.replace("'", "")


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


def _stands_as_name(said: Said, at: int) -> bool:
    """Whether an ordinary word that is also a known name is meant as the name."""
    word, before, after = said.words[at], said.word(at - 1), said.word(at + 1)
    if before in _TITLES or (before == "." and said.word(at - 2) in _TITLES):
        return True
    if len(word) > 2 and (after, said.word(at + 2)) in ((word[0], word[1]), (word[0], "-")):
        return True  # "price, p r i c e"
    if not said.is_capital(at):
        return False
    opens = said.kind(at - 1) in ("", "t") or before in (".", "!", "?")
    if opens and after not in (",", "!"):
        return False
    if word in _MONTH_NAMES:
        return not (
            before in _IN_TIME
            or said.kind(at - 1) == "d"
            or said.kind(at + 1) == "d"
            or before in ("st", "nd", "rd", "th", "the")
            or after in ("first", "second", "third", "the", "or", "and", "to")
            or after.endswith(("th", "eth", "first"))
            or before.endswith("th")
        )
    return True


def _of_a_doctor(low: str, start: int, end: int) -> bool:
    around = low[max(0, start - 26) : end]
    return (
        re.search(
            r"doctor|dr\b|provider|clinic|pharmacy|company|street|insurance|medication|医生|大夫|诊所|药|公司|街",
            around,
            re.ASCII,
        )
        is not None
    )


def _spelled(said: Said, at: int) -> tuple[list[str], int, int]:
    """Letters in a row from here, their last token, and how many of them came with "as in"."""
    letters: list[str] = []
    last, here, hints = at, at, 0
    while here < said.size and len(letters) < 30:
        word, kind = said.words[here], said.kinds[here]
        if (
            kind == "w"
            and len(word) == 1
            and said.is_free_token(here)
            and not (said.touches(here) and said.kind(here + 1) == "d")
        ):
            if (
                word in ("a", "i")
                and not letters
                and not (
                    said.word(here + 1) in ("-", ".", "as")
                    or (len(said.word(here + 1)) == 1 and said.kind(here + 1) == "w")
                )
            ):
                break
            if (
                word in ("i", "a")
                and letters
                and said.kind(here + 1) == "w"
                and len(said.word(here + 1)) > 1
                and said.word(here + 1) not in ("as", "for", "double")
            ):
                if said.word(here - 1) not in ("-",) and (word == "i" or len(letters) < 2):
                    break
            letters.append(word)
            last = here
            if (said.word(here + 1), said.word(here + 2)) == ("as", "in") and said.kind(here + 3) == "w":
                last, hints = here + 3, hints + 1
            elif (
                said.word(here + 1) in ("for", "like")
                and said.word(here + 2) not in FUNCTION
                and said.word(here + 2)[:1] == word
                and said.kind(here + 2) == "w"
                and len(said.word(here + 2)) > 1
            ):
                last, hints = here + 2, hints + 1
            here = last + 1
        elif (
            word == "double"
            and len(said.word(here + 1)) == 1
            and said.kind(here + 1) == "w"
            and (letters or len(said.word(here + 2)) == 1)
        ):
            letters += [said.words[here + 1]] * 2
            last, here = here + 1, here + 2
        elif letters and word in ("-", ",", ".", "uh", "um", "then", "and", "、", "，", "dash", "hyphen") and here - last < 3:
            here += 1
        else:
            break
    return letters, last, hints
