"""Names that a cue announces: "my name is", "this is … speaking", "my wife", or the question before."""

import re
from typing import Final

from frontdesk.privacy import announced, chinese_names
from frontdesk.privacy.announced import SPEAKING
from frontdesk.privacy.lexicon import COMMON, FILLERS, FUNCTION, GIVEN, SURNAMES, listed
from frontdesk.privacy.people import TITLES, Names, bared
from frontdesk.privacy.said import TURN, Said

_RELATION: Final = (
    "son|daughter|wife|husband|mother|father|mom|mum|dad|brother|sister|child|baby|kid|grandson"
    "|granddaughter|"
    "grandmother|grandfather|grandma|grandpa|partner|friend|aunt|uncle|niece|nephew|boyfriend"
    "|girlfriend|spouse|roommate"
)
_STRONG: Final = re.compile(
    r"(?<![a-z])(?:(?:my|his|her|their|your|the|full|legal|whose|patient's|patient|caller's|son's"
    r"|daughter's|child's|wife's|husband's)"
    r" (?:\w{1,10} )?names?(?: on file)?(?: is|'s| was|:| would be| should be)|"
    r"(?:patient|caller|child|kid|son|daughter|wife|husband|mother|father|mom|dad|baby)'s (?:full "
    r"|legal )?name|name's|name is|names is|"
    r"(?:first|last|family|given|middle|maiden|sur|full|legal) ?names?(?: is|'s| was|:|,| as| of|"
    r" would be)?|surname(?: is|'s|:|,)?|"
    r"(?:i'm|i am|is|was|goes by|he's|she's) (?:called|named)|people call me|everyone calls me|they"
    r" call me|you can call me|just call me|"
    r"goes by|go by|under the (?:last |first )?name(?: of)?|in the name of|under name|patient name(?: is)?:?|"
    r"(?:speaking|talking|speak|talk) (?:with|to)(?: a| an)?(?= )|am i speaking (?:with|to)|"
    r"(?:booked|booking(?:'s)?|it's|appointment(?:'s)?|is|file(?:'s)?|registered|listed|be|put"
    r" (?:it|that|this|me|him|her|us)|filed|down|look) under)(?![a-z])"
)
_MEDIUM: Final = re.compile(
    rf"(?<![a-z])(?:this is|it's|it is|that's|is this|is that|i'm|i am|speaking is|here is|for|named|called|"
    rf"(?:my|his|her|our|their|your) (?:{_RELATION})(?: is| who is|'s name is| named| called|,)?|"
    rf"hi|hello|hey|thanks|thank you|thank you so much|bye|goodbye|welcome|okay|alright|all right"
    rf"|sure|perfect|great|sorry|"
    rf"good (?:morning|afternoon|evening)|patient|mom is|dad is|with|about|to|and|from|ask for|tell)(?![a-z])"
)
ASKED: Final = re.compile(
    r"(?<![a-z\[])(?:names?|who am i (?:speaking|talking) (?:with|to)|who is (?:this|calling|speakin"
    r"g)|who's (?:calling|this|speaking)|"
    r"(?:and|your) (?:first|last|given|family)(?: one)?(?=\?)|who is the (?:patient|appointment)"
    r"|who's the patient|spell (?:that|it|your|the|his|her))(?![a-z])|名字|姓名|贵姓|怎么称呼"
    r"|怎么拼|叫什么|哪位|姓什么|谁|全名|大名|尊姓大名|称呼"
)
_ANSWER_LEAD: Final = listed(
    """
    uh um yes yeah sure ok okay it's its it is that's so well , . - my name the first last and i'm this
    oh please under hi full legal mine of course yep
    """
)


def take(names: Names, said: Said) -> None:
    """Takes what a cue says is a name, and learns it."""
    for cue in _STRONG.finditer(said.low):
        if not _of_a_doctor(said.low, cue.start(), cue.end()):
            announced.take_announced(names, said, cue.end(), strong=True, lead=cue[0])
    for cue in _MEDIUM.finditer(said.low):
        announced.take_announced(names, said, cue.end(), strong=False, lead=cue[0])
    for at, word in enumerate(said.words):
        if said.kinds[at] == "w" and word in TITLES:
            announced.take_announced(names, said, said.ends[at], strong=True, title=True)
        elif word in SPEAKING and said.kinds[at] == "w":
            _before_speaking(names, said, at)
    for question in ASKED.finditer(said.low):
        turn = said.low.find(TURN, question.end(), question.end() + 120)
        if turn >= 0 and not _of_a_doctor(said.low, question.start(), question.end()):
            _answered(names, said, turn + 1)
    chinese_names.take(names, said)


def _before_speaking(names: Names, said: Said, at: int) -> None:
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
        announced.take_words(names, said, first, at - 1)


def _answered(names: Names, said: Said, place: int) -> None:
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
        chinese_names.take_native(names, said, said.starts[here], strong=True, ends=True)
        return
    last = announced.last_of_name(names, said, here, strong=True, title=False, lead="")
    if last is not None and last - here < 5:
        first_word = bared(said.words[here])
        bounded = last + 1 >= end or said.kinds[last + 1] in "pt" or said.words[last + 1] in COMMON
        if first_word not in COMMON or (
            bounded
            and end - here <= 4
            and first_word not in FUNCTION
            and (first_word in GIVEN or first_word in SURNAMES)
        ):
            announced.take_words(names, said, here, last)


def _of_a_doctor(low: str, start: int, end: int) -> bool:
    around = low[max(0, start - 26) : end]
    return (
        re.search(
            r"doctor|dr\b|provider|clinic|pharmacy|company|street|insurance|medication|医生|大夫"
            r"|诊所|药|公司|街",
            around,
            re.ASCII,
        )
        is not None
    )
