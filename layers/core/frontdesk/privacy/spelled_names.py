"""Names that are spelled: C-H-E-N, "S M I T H, S as in Sam", 耳东陈, 美丽的美."""

import re
from typing import Final

from frontdesk.privacy.cued_names import ASKED
from frontdesk.privacy.emails import HOSTS
from frontdesk.privacy.lexicon import COMMON, FUNCTION, listed
from frontdesk.privacy.people import Names
from frontdesk.privacy.places import NATO
from frontdesk.privacy.said import HAN, Said

_ACRONYMS: Final = listed(
    """
    mri ct ecg ekg abc ivf hiv usa bc ok iud adhd copd ohip ramq phn sin ssn msp dob id eta er gp np rmt
    tb uti bmi std sti pcr tsh ldl hdl cbc fyi asap faq tv pc icbc wcb ubc sfu cpap ptsd ocd ibs gerd
    mmr hpv am pm cvv icu nhs ada hmo ppo opq xyz aaa bbb a b atm vip diy
    """
)
_SPELLED_HAN: Final = re.compile(
    "耳东陈|木子李|弓长张|立早章|口天吴|双木林|草头黄|古月胡|言午许|三横一竖王|三横王|走肖赵"
    "|文武斌|双人徐|干勾于|人禾余|卯金刀刘|禾木程|木易杨|十八子李|马户卢|关耳郑|门里马|双口吕"
    "|西贝贾|草字头黄|大肚黄"
)
_OF: Final = re.compile(f"(?<![{HAN}a-z])?([{HAN}]{{2,4}}?)的([{HAN}])")
_IS_WRITTEN: Final = re.compile(
    f"(?<![{HAN}])([{HAN}])[是系](?![{HAN}]?[很太真什最更])(?=(?:[{HAN}]*[旁头底边部字]|[{HAN}]?\\1[{HAN}]?的|[{HAN}]{{2}}\\1(?![{HAN}])))"
    f"[{HAN}]{{2,6}}?(\\1)(?![{HAN}])"
)
"""婷是女字旁的婷: a character, and how it is written."""
_OF_STOP: Final = frozenset("是好对我的了你您他她在有这那个要不就会说")


def take(names: Names, said: Said) -> None:
    """Takes letters in a row: C-H-E-N, "S M I T H, S as in Sam"."""
    at = 0
    while at < said.size:
        if said.kinds[at] != "w" or (len(said.words[at]) > 1 and said.words[at] != "double"):
            at += 1
            continue
        letters, last, hints = _spelled(said, at)
        joined = "".join(letters)
        if len(letters) < 2 or joined in _ACRONYMS or _is_told(names, said, at, joined):
            at = max(at + 1, last + 1) if letters else at + 1
            continue
        owner = names.key_of(joined)
        hyphens = said.word(at + 1) == "-"
        cued = ASKED.search(said.low, max(0, said.starts[at] - 60), said.starts[at]) is not None
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
                names.learn([joined], owner or joined)
        at = last + 1
    _take_by_alphabet(said)
    _take_described(said)


def _is_told(names: Names, said: Said, at: int, joined: str) -> bool:
    """Whether these are the letters of what stands just before and survives: a mail's host, a doctor."""
    if names.key_of(joined):
        return False
    before = at - 1
    while at - before < 4 and said.words[before] in (",", "-", ".", "that's", "spelled", "so"):
        before -= 1
    is_kept = said.kinds[before] == "w" and not said.is_free_token(before)
    return joined in HOSTS or (joined in names.provider_words and is_kept)


def _take_by_alphabet(said: Said) -> None:
    """Takes four and more words of the spelling alphabet in a row: "kilo oscar whiskey alpha"."""
    at = 0
    while at < said.size:
        last = at
        while said.words[last] in NATO and said.is_free_token(last):
            last += 1
        if last - at > 3:
            said.take_tokens(at, last - 1, "NAME", "".join(NATO[word] for word in said.words[at:last]))
        at = last + 1


def _take_described(said: Said) -> None:
    """Takes 耳东陈 and 美丽的美."""
    for piece in _SPELLED_HAN.finditer(said.low):
        if said.is_free(*piece.span()):
            said.take(*piece.span(), "NAME", piece[0])
    for piece in _IS_WRITTEN.finditer(said.low):
        for group in (1, 2):
            if said.is_free(*piece.span(group)) and piece[1] not in _OF_STOP:
                said.take(*piece.span(group), "NAME", piece[1])
    for piece in _OF.finditer(said.low):
        phrase, character = piece[1], piece[2]
        at = phrase.find(character)
        if at < 0 or character in _OF_STOP:
            continue
        start = piece.start(1) + max(0, at - 2 if at == len(phrase) - 1 and len(phrase) > 2 else 0)
        if said.is_free(start, piece.end()):
            said.take(start, piece.end(), "NAME", character)


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
                    said.word(here + 1) in ("-", ".", "as", "double", "apostrophe")
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
                and said.word(here - 1) != "-"
                and (word == "i" or len(letters) < 2)
            ):
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
        elif (
            letters
            and word in ("-", ",", ".", "uh", "um", "then", "and", "、", "，", "dash", "hyphen", "apostrophe")
            and here - last < 3
        ):
            here += 1
        else:
            break
    return letters, last, hints
