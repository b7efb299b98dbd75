"""What else a registration asks: gender and postal code, from callers' words."""

import re
import unicodedata
from typing import Literal

from frontdesk.errors import Unclear
from frontdesk.patients.names import fold

Gender = Literal["M", "F", "X", "U"]
"""Male, female, another gender, not said."""

_WORDS: dict[Gender, str] = {
    "M": "m male man boy guy gentleman masculine he him hehim 男 男性 男的 男士 男生 男人 男孩 先生",
    "F": "f female woman girl lady feminine she her sheher 女 女性 女的 女士 女生 女人 女孩 小姐",
    "X": "x nonbinary enby genderqueer agender other another diverse intersex they them theythem"
    " 非二元 非二元性别 非二元性別 其他 其它 另一 跨性别 第三性",
    "U": "u unknown unspecified undisclosed unsaid none prefernottosay rathernotsay notsaid skip"
    " 未知 不详 不明 保密 不说 不想说 不愿说 不方便说 不透露",
}
_GENDER_OF: dict[str, Gender] = {word: gender for gender, words in _WORDS.items() for word in words.split()}

_LETTER, _FIRST_LETTER = "[ABCEGHJ-NPRSTV-Z]", "[ABCEGHJ-NPRSTVXY]"
_CANADIAN = re.compile(rf"{_FIRST_LETTER}\d{_LETTER}\d{_LETTER}\d", re.ASCII)
_AMERICAN = re.compile(r"(\d{5})(\d{4})?", re.ASCII)


def gender_heard(text: str) -> Gender:
    """The gender a caller named in English or Chinese; an unwillingness to say is "U".

    Raises `Unclear` for any other word.
    """
    gender = _GENDER_OF.get(fold(text).replace(" ", ""))
    if gender is None:
        raise Unclear("Ask the caller whether to write down male, female, another gender, or nothing.")
    return gender


def postal_code_heard(text: str) -> str:
    """A Canadian postal code, "V6B 1A1", or a ZIP code, "98101" or "98101-1234", for guests from the south.

    Codes have no letter O or I (Canada Post, Addressing Guidelines, "Postal code"), so where a digit must
    stand, those are 0 and 1. Raises `Unclear` when it is neither.
    """
    code = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).upper())
    if zip_code := _AMERICAN.fullmatch(code):
        return "-".join(part for part in zip_code.groups() if part)
    code = "".join(
        {"O": "0", "I": "1"}.get(letter, letter) if place % 2 else letter for place, letter in enumerate(code)
    )
    if not _CANADIAN.fullmatch(code):
        raise Unclear(
            "A postal code is a letter, a digit, a letter, then a digit, a letter, a digit."
            " Ask the caller to say it again, sign by sign."
        )
    return f"{code[:3]} {code[3:]}"
